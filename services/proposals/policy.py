"""Who may do what with a case: role × action × relation. A relation is computed from the case and the caller."""

from collections.abc import Collection
from uuid import UUID

from runtime.http import Caller
from runtime.policy import May, Policy
from services.proposals.case.proposal import Proposal

_OFFICES = (May("committee"), May("office"))
_IN_THE_UNIT = ("office_clerk", "handler", "reviewer", "signer")

POLICY: Policy = {
    "proposal.submit": (May("member", "submitter"), May("committee", "submitter"), May("integrator")),
    "paper.enter": _OFFICES,
    "paper.check": _OFFICES,
    "proposal.confirm": (May("member", "cosigner"), May("committee", "cosigner"), May("integrator")),
    "proposal.decline_cosigning": (May("member", "cosigner"), May("committee", "cosigner")),
    "proposal.return": (May("committee"),),
    "proposal.revise": (May("member", "submitter"), May("committee", "submitter")),
    "proposal.decline": (May("committee"),),
    "proposal.register": (May("committee"),),
    "proposal.hand_over": _OFFICES,
    "proposal.ask_withdrawal": (May("member", "submitter"), May("committee", "submitter")),
    "proposal.agree_withdrawal": (May("member", "cosigner"), May("committee", "cosigner")),
    "proposal.withdraw": (May("member", "submitter"), May("committee")),
    "proposal.merge": (May("committee"),),
    "proposal.undo_merge": (May("committee"),),
    "proposal.split": (May("committee"),),
    "proposal.list_items": _OFFICES,
    "proposal.answer_item": (May("handler", "lead"), May("handler", "co")),
    "proposal.sign_for_at_meeting": _OFFICES,
    "proposal.ask_adjustment": (May("office_clerk", "lead"), May("office_clerk", "co")),
    "proposal.refuse_adjustment": _OFFICES,
    "proposal.redirect": _OFFICES,
    "proposal.succeed": _OFFICES,
    "extension.ask": tuple(May(role, unit) for role in ("handler", "office_clerk") for unit in ("lead", "co")),
    "extension.relay": (May("office_clerk", "lead"), May("office_clerk", "co")),
    "extension.grant": _OFFICES,
    "extension.refuse": _OFFICES,
    "extension.explain": tuple(May(role, unit) for role in ("handler", "office_clerk") for unit in ("lead", "co")),
    "proposal.sign_for": tuple(May(role, unit) for role in ("office_clerk", "handler") for unit in ("lead", "co")),
    "proposal.contact": (May("handler", "lead"),),
    "proposal.give_opinion": (May("handler", "co"),),
    "proposal.waive_opinion": _OFFICES,
    "proposal.waive_step": _OFFICES,
    "proposal.change_handler": (May("office_clerk", "lead"), May("handler", "lead")),
    "proposal.note": tuple(May(role, "lead") for role in _IN_THE_UNIT),
    "proposal.read_notes": tuple(May(role, "lead") for role in _IN_THE_UNIT),
    "reply.draft": (May("handler", "lead"),),
    "reply.show_draft": (May("handler", "lead"),),
    "reply.comment": (May("member", "self"),),
    "reply.review": (May("reviewer", "lead"),),
    "reply.sign": (May("signer", "lead"),),
    "reply.sign_elsewhere": (May("office_clerk", "lead"),),
    "reply.correct": (May("signer", "lead"),),
    "reply.stamp": (May("office_clerk", "lead"),),
    "reply.check": (May("office_clerk", "lead"),),
    "reply.recall": (May("signer", "lead"),),
    "reply.deliver": (May("office_clerk", "lead"), May("handler", "lead")),
    "reply.receive": (May("member", "self"), May("committee")),
    "reply.rate": (May("member", "self"),),
    "reply.enter_rating": (May("committee"),),
    "reply.remind": _OFFICES,
    "reply.lapse": (May("committee"),),
    "reply.find_impossible": (May("committee"),),
    "reply.assess": _OFFICES,
    "reply.consent_to_relay": (May("member", "cosigner"), May("member", "signer_of_case")),
    "reply.relay": (May("member", "signer_of_case"),),
    "commitment.make": (May("handler", "lead"), May("signer", "lead")),
    "commitment.restate": (May("handler", "lead"), May("signer", "lead")),
    "commitment.put_off": (May("signer", "lead"),),
    "commitment.keep": (May("handler", "lead"), May("signer", "lead")),
    "commitment.answer": (May("signer", "lead"),),
    "proposal.rehandle": _OFFICES,
    "proposal.close": _OFFICES,
    "proposal.erase": (May("committee"),),
    "proposal.designate_key_case": _OFFICES,
    "proposal.urge": _OFFICES,
    "proposal.answer_urging": tuple(
        May(role, unit) for role in ("office_clerk", "handler") for unit in ("lead", "co")
    ),
    "proposal.commend": (May("committee"),),
    "proposal.disclose": _OFFICES,
    "commendation.make": _OFFICES,
    "call.manage": (May("committee"),),
    "summary.ask": _OFFICES,
    "summary.submit": (May("office_clerk", "unit"), May("handler", "unit"), May("office", "office")),
    "summary.receive": _OFFICES,
    "summary.erase": (May("committee"),),
    "summary.read_text": (*_OFFICES, May("office_clerk", "unit"), May("handler", "unit")),
    "opinion.submit": (May("member", "submitter"), May("committee", "submitter"), May("integrator")),
    "opinion.divert": (May("committee"),),
    "opinion.edit": (May("committee"),),
    "opinion.erase": (May("committee"),),
    "opinion.read": (*_OFFICES, May("auditor"), May("member", "submitter")),
    "opinion.read_text": (*_OFFICES, May("member", "submitter")),
    "proposal.archive": _OFFICES,
    "proposal.import": (May("registrar"), May("committee"), May("integrator")),
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
    "proposal.similar": (
        *_OFFICES,
        *(May(role, unit) for role in ("office_clerk", "handler", "reviewer", "signer") for unit in ("lead", "co")),
    ),
    "proposal.similar_to_text": _OFFICES,
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
        if member in case.signers or any(member in one.signers for one in case.review.originals.values()):
            found.add("signer_of_case")
        if case.cosigners.get(member) == "asked":
            found.add("asked_to_cosign")
    unit = who.principal.unit
    if unit is not None:
        if unit in map(str, case.answering):
            found.add("lead")
        if unit in map(str, case.co):
            found.add("co")
    return found


def with_self(case: Proposal, who: Caller, member: UUID) -> Collection[str]:
    """Name how the caller relates to the case, and whether he is the member whom the act is about."""
    return {*relations(case, who), *(("self",) if is_member(who, member) else ())}


def is_member(who: Caller, member: UUID) -> bool:
    """Say whether the caller is this member, or stands in for him."""
    return _member(who) == member


def _member(who: Caller) -> UUID | None:
    kind, _, id = who.party.partition(":")
    try:
        return UUID(id) if kind == "member" else None
    except ValueError:
        return None
