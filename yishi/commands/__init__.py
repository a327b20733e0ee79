"""The wiring of the command line `yishi`, by what its commands are about; each command's work is elsewhere."""
