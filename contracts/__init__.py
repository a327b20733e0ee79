"""The shared language of the services: envelope, events, clocks, sealed text and their schemas."""
