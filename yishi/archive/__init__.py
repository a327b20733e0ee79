"""The archive: a second copy of the log in plain files, written as it grows, compared with it, put back."""
