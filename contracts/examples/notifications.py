"""Examples of the notifications service's events."""

from datetime import date

from contracts.clocks import clock_id
from contracts.envelope import Address
from contracts.examples.story import CASE, COUNTY, LEAD_PARTY, Story
from contracts.notifications import (
    DigestEntry,
    DigestRead,
    DigestSent,
    ReminderRead,
    ReminderSent,
    digest_id,
    reminder_id,
)

_CLOCK = clock_id(CASE, "unit_reply", LEAD_PARTY)
_SUBJECT = Address(COUNTY, "proposals", "proposal", str(CASE)).subject
_DUE = date(2005, 4, 30)
_RULE = "working_days_before:7"

STORIES = (
    Story(
        "reminder",
        str(reminder_id(_CLOCK, _RULE, _DUE)),
        "service:notifications",
        "service",
        (
            ReminderSent(
                clock=_CLOCK,
                clock_kind="unit_reply",
                subject=_SUBJECT,
                whom=LEAD_PARTY,
                due_on=_DUE,
                rule=_RULE,
                for_on=date(2005, 4, 21),
            ),
            ReminderRead(by="person:wang", read_on=date(2005, 4, 22)),
        ),
    ),
    Story(
        "digest",
        str(digest_id(COUNTY, LEAD_PARTY, date(2005, 4, 1))),
        "service:notifications",
        "service",
        (
            DigestSent(
                whom=LEAD_PARTY,
                period_from=date(2005, 4, 1),
                period_until=date(2005, 4, 15),
                open=1,
                overdue=0,
                entries=(DigestEntry(clock=_CLOCK, clock_kind="unit_reply", subject=_SUBJECT, due_on=_DUE),),
            ),
            DigestRead(by="person:wang", read_on=date(2005, 4, 18)),
        ),
    ),
)
