"""Who may do what in the notifications service, and whose notifications somebody may see.

Those who oversee see everybody's; a unit's people see their unit's, a member the member's own. Only those whom a
notification is for say that they have read it.
"""

from collections.abc import Collection

from runtime.auth import Principal
from runtime.policy import May, Policy, permitting_role

OVERSEERS = ("committee", "office", "auditor", "operator")
UNIT_STAFF = ("handler", "reviewer", "signer", "office_clerk")

UNIT, SEAT, BODY = "unit", "seat", "body"
"""Relations: of the unit in question, the member in question, of a body."""

_OWN = (*(May(role, UNIT) for role in UNIT_STAFF), May("member", SEAT))
_SEE = (*(May(role) for role in OVERSEERS), *_OWN)
_READ = (*_OWN, May("committee", BODY), May("office", BODY), May("office", UNIT))

POLICY: Policy = {
    "notifications.run": (May("operator"),),
    "inbox.see": _SEE,
    "clocks.see": _SEE,
    "summary.see": tuple(May(role) for role in OVERSEERS),
    "reminder.read": _READ,
    "digest.read": _READ,
}


def relations(caller: Principal, party: str, whom: str | None) -> Collection[str]:
    """Say how the caller, acting for `party`, stands to the one whom a notification is for."""
    found = set()
    if whom is not None and caller.unit is not None and whom == f"unit:{caller.unit}":
        found.add(UNIT)
    if whom is not None and whom == party and whom.startswith("member:"):
        found.add(SEAT)
    if whom is not None and whom.startswith("body:"):
        found.add(BODY)
    return found


def seen_party(caller: Principal, action: str, whom: str | None) -> str | None:
    """Give the party whose notifications the request shows; None stands for everybody's.

    Who asks for nobody in particular sees everybody's when that is allowed, and else their own.

    Raises: Forbidden.
    """
    if whom is None and not caller.roles.intersection(OVERSEERS):
        own_unit = caller.unit and caller.roles.intersection(UNIT_STAFF)
        whom = f"unit:{caller.unit}" if own_unit else caller.subject
    permitting_role(POLICY, action, caller.roles, relations(caller, caller.subject, whom))
    return whom
