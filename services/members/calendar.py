"""A year's holiday calendar 放假安排 as the county publishes it: one aggregate for each year.

What a published calendar is after its events is the same here and in every service that computes with it:
contracts/copies/adopted.py.
"""

from contracts.copies.adopted import PublishedCalendar
from contracts.members import CalendarPublished
from rules.calendar import Calendar, PackError, load_calendar
from runtime.refusals import Refusal


class CalendarInvalid(Refusal):
    """The calendar cannot be read; the facts say where and why."""

    code, status, title = "calendar.invalid", 422, "放假安排不符合格式"


class CalendarNotShipped(Refusal):
    """No calendar of this year ships with the system."""

    code, status, title = "calendar.not_shipped", 404, "系统未附带该年的放假安排"


class AlreadyPublished(Refusal):
    """Exactly these bytes are the year's calendar already."""

    code, status, title = "calendar.already_published", 409, "该年的放假安排已经公布"


class ReplacesOther(Refusal):
    """A correction names the calendar that it replaces; this one names another, or none."""

    code, status, title = "calendar.replaces_other", 409, "更正放假安排须写明所替换的现行版本"


def read(content: bytes) -> Calendar:
    """Read a calendar from its exact bytes.

    Raises: CalendarInvalid.
    """
    try:
        return load_calendar(content)
    except PackError as error:
        raise CalendarInvalid(
            str(error), path=error.path, reason=error.reason, line=error.line, error=error.code
        ) from error


def publish(
    published: PublishedCalendar, calendar: Calendar, content: bytes, replaces: str | None
) -> CalendarPublished:
    """Decide to publish a year's calendar; `replaces` is the digest of the one that it corrects.

    Raises: AlreadyPublished, ReplacesOther.
    """
    if published.digest == calendar.digest:
        raise AlreadyPublished(digest=calendar.digest)
    if (published.digest or None) != replaces:
        raise ReplacesOther(present=published.digest or None)
    return CalendarPublished(year=calendar.year, digest=calendar.digest, content=content.decode())
