"""Who may do what with a case: role × action × relation. A relation is computed from the case and the caller."""

from collections.abc import Collection
from uuid import UUID

from runtime.http import Caller
from runtime.policy import May, Policy
from services.proposals.proposal import Proposal

_OFFICES = (May("committee"), May("office"))

POLICY: Policy = {
    "proposal.submit": (May("member", "submitter"), May("committee", "submitter"), May("integrator")),
    "proposal.confirm": (May("member", "cosigner"), May("committee", "cosigner"), May("integrator")),
    "proposal.decline_cosigning": (May("member", "cosigner"), May("committee", "cosigner")),
    "proposal.return": (May("committee"),),
    "proposal.revise": (May("member", "submitter"), May("committee", "submitter")),
    "proposal.decline": (May("committee"),),
    "proposal.register": (May("committee"),),
    "proposal.hand_over": _OFFICES,
    "proposal.sign_for": tuple(May(role, unit) for role in ("office_clerk", "handler") for unit in ("lead", "co")),
    "proposal.contact": (May("handler", "lead"),),
    "proposal.give_opinion": (May("handler", "co"),),
    "proposal.waive_opinion": _OFFICES,
    "reply.draft": (May("handler", "lead"),),
    "reply.review": (May("reviewer", "lead"),),
    "reply.sign": (May("signer", "lead"),),
    "reply.correct": (May("signer", "lead"),),
    "reply.deliver": (May("office_clerk", "lead"), May("handler", "lead")),
    "reply.receive": (May("member", "self"), May("committee")),
    "reply.rate": (May("member", "self"),),
    "proposal.rehandle": _OFFICES,
    "proposal.close": _OFFICES,
    "proposal.erase": (May("committee"),),
    "proposal.read": tuple(
        May(role)
        for role in (
            "committee",
            "office",
            "office_clerk",
            "handler",
            "reviewer",
            "signer",
            "member",
            "auditor",
            "integrator",
            "operator",
        )
    ),
    "proposal.read_text": (
        *_OFFICES,
        May("member", "signer_of_case"),
        May("member", "asked_to_cosign"),
        *(May(role, unit) for role in ("office_clerk", "handler", "reviewer", "signer") for unit in ("lead", "co")),
    ),
}


def relations(case: Proposal, who: Caller) -> Collection[str]:
    """Name how the caller, or the one the caller stands in for, relates to the case."""
    found: set[str] = set()
    member = _member(who)
    if member is not None:
        if member == case.submitter:
            found.add("submitter")
        if member in case.cosigners:
            found.add("cosigner")
        if member in case.signers:
            found.add("signer_of_case")
        if case.cosigners.get(member) == "asked":
            found.add("asked_to_cosign")
    unit = who.principal.unit
    if unit is not None:
        if unit == str(case.lead):
            found.add("lead")
        if unit in map(str, case.co):
            found.add("co")
    return found


def is_member(who: Caller, member: UUID) -> bool:
    """Say whether the caller is this member, or stands in for him."""
    return _member(who) == member


def _member(who: Caller) -> UUID | None:
    kind, _, id = who.party.partition(":")
    try:
        return UUID(id) if kind == "member" else None
    except ValueError:
        return None
