"""What people may ask of the notifications service; each model is the body of one HTTP request."""

from runtime.http import BusinessDate, Command


class Run(Command):
    """Send everything that fell due up to a date and has not been sent."""

    as_of: BusinessDate


class MarkRead(Command):
    """Say that a reminder or a digest has been read."""
