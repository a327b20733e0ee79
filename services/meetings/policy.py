"""Who may do what in the meetings service, and in which relation people stand to a meeting and its case."""

from runtime.http import Caller
from runtime.policy import ANY, May, Policy
from services.meetings.cases import CaseFacts

OF_UNIT = "of_unit"
"""The caller acts in the very unit for which the meeting is recorded."""
HANDLING_UNIT = "handling_unit"
"""The caller acts in a unit that handles the case, lead or co."""
OF_CASE = "of_case"
"""The caller submitted or co-signed the case."""
MANDATED = "mandated"
"""The caller acts for somebody else under a mandate: a witnessed paper slip entered by the committee."""

_UNIT_ROLES = ("handler", "reviewer", "signer", "office_clerk")
_PARTIES = (*(May(role, HANDLING_UNIT) for role in _UNIT_ROLES), May("member", OF_CASE))

POLICY: Policy = {
    "photo.upload": (May("handler", HANDLING_UNIT),),
    "photo.see": (May("committee"), May("office"), *_PARTIES),
    "photo.sweep": (May("operator"),),
    "meeting.record": (May("handler", OF_UNIT),),
    "meeting.confirm": (May("member"), May("committee", MANDATED)),
    "meeting.dispute": (May("member"), May("committee", MANDATED)),
    "meeting.withdraw": (May("handler", OF_UNIT), May("committee")),
    "meeting.read": (May("committee"), May("office"), May("operator"), May("auditor"), *_PARTIES),
    "meeting.read_texts": (May("committee"), May("office"), *_PARTIES),
}


def relations(who: Caller, *, case: CaseFacts | None = None, unit: object = None) -> set[str]:
    """Give the relations of the caller to a case and to the unit of a meeting."""
    found = {MANDATED} if who.on_behalf_of else set()
    own = who.principal.unit
    if own and unit is not None and own == str(unit):
        found.add(OF_UNIT)
    if case is not None and own in case.units:
        found.add(HANDLING_UNIT)
    if case is not None and member_of(who) in case.members:
        found.add(OF_CASE)
    return found


def member_of(who: Caller) -> str | None:
    """Give the id of the member who calls in person: reading is under no mandate."""
    kind, _, id = who.principal.subject.partition(":")
    return id if kind == "member" else None


def sees_everything(who: Caller) -> bool:
    """Say whether the caller may list the whole county's meetings, or only those of own cases."""
    return any(may.relation == ANY and may.role in who.principal.roles for may in POLICY["meeting.read"])
