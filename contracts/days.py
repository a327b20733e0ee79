"""The business day 办理日期 of an event: what people wrote, as against the moment when it was recorded."""

from datetime import date

from contracts.event import Event

NOT_THE_DAY = frozenset({"due_on", "until_on"})
"""Dates that lie ahead of an event."""


def business_date(event: Event) -> tuple[date | None, str]:
    """Give the day on which something happened, as people gave it, and the field that says so."""
    for name, value in event:
        if isinstance(value, date) and (name == "on" or name.endswith("_on")) and name not in NOT_THE_DAY:
            return value, name
    return None, ""
