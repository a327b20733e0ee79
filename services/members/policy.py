"""Who may do what in the members service: the registrar keeps the county's data, and everybody may lend his own hand.

Everybody of the county may read names, offices, mandates and rules.
"""

from runtime.policy import May, Policy

_REGISTRAR = (May("registrar"),)
_GIVERS = ("member", "handler", "reviewer", "signer", "office_clerk", "committee", "office")

POLICY: Policy = {
    "body.establish": _REGISTRAR,
    "member.enrol": _REGISTRAR,
    "member.end_seat": _REGISTRAR,
    "unit.establish": _REGISTRAR,
    "unit.rename": _REGISTRAR,
    "unit.move": _REGISTRAR,
    "unit.add_alias": _REGISTRAR,
    "unit.close": _REGISTRAR,
    "appointment.make": _REGISTRAR,
    "appointment.end": _REGISTRAR,
    "mandate.give": (*_REGISTRAR, *(May(role, "giver") for role in _GIVERS)),
    "mandate.revoke": (*_REGISTRAR, *(May(role, "giver") for role in _GIVERS)),
    "pack.adopt": _REGISTRAR,
    "pack.adopt_shipped": _REGISTRAR,
    "calendar.publish": _REGISTRAR,
    "calendar.publish_shipped": _REGISTRAR,
}
