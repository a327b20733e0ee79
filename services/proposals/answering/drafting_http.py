"""Routes of the reply inside the unit, until it is signed: drafts by version, notes, consultation, signature."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from contracts.sealed import Sealed
from runtime import vault
from runtime.http import Caller, Calling, carry_out
from runtime.openapi import records, refuses, shows
from runtime.policy import permitting_role
from runtime.refusals import NotFound
from runtime.sealing import unseal
from runtime.shapes import listed, model, shape
from services.proposals.answering import drafting
from services.proposals.answering.answer_commands import AddNote, CommentOnDraft, ShowDraft, SignElsewhere
from services.proposals.ask import command_case, ruled, rules_of, sealed, unit_of
from services.proposals.case.proposal import Proposal
from services.proposals.case.reply import Draft
from services.proposals.commands import DraftReply, ReviewReply, SignReply
from services.proposals.folds import PROPOSAL
from services.proposals.handling.handling import add_note
from services.proposals.likeness import similar_replies
from services.proposals.likeness.similar import open_text, similar_cases
from services.proposals.likeness.similar_replies import ALIKE, SIMILAR
from services.proposals.policy import POLICY, relations, with_self

router = APIRouter(prefix="/v1/proposals", tags=["handling"])


@router.post("/{id}/reply/draft", responses=refuses(428))
async def draft(id: UUID, command: DraftReply, who: Calling) -> JSONResponse:
    """Draft the reply 拟文; what replaces an earlier version needs If-Match, the case's version that was seen."""
    unit, rules = unit_of(who), await rules_of(who, id)
    text = await sealed(who, id, "reply.draft", "reply.text", command.text)
    drafter, seen = who.principal.subject, who.if_match
    return await command_case(
        who,
        id,
        "reply.draft",
        command,
        ruled(
            rules,
            lambda case, rules: drafting.draft(case, unit, drafter, command, text, rules, seen=seen, today=who.today),
        ),
    )


DRAFT = {name: told for name, told in model(Draft)["properties"].items() if name != "text"}


@router.get("/{id}/reply/drafts", responses=shows(listed(shape(**DRAFT, round="int NOT NULL", text="text")), "ETag"))
async def show_drafts(id: UUID, who: Calling) -> JSONResponse:
    """Show every version of the unit's draft 历次文稿, the present one last; to the unit's own people alone."""
    case, version = await _case_of_unit(who, id)
    unit = unit_of(who)
    opened = await _opener(who, case)
    told = [
        draft.model_dump(mode="json", exclude={"text"}) | {"round": reply.round, "text": opened(draft.text)}
        for (of, _), reply in case.replies.items()
        if of == unit
        for draft in drafting.versions(reply)
    ]
    return JSONResponse(told, headers={"ETag": f'"{version}"'})


@router.post("/{id}/note")
async def note(id: UUID, command: AddNote, who: Calling) -> JSONResponse:
    """Leave a note for the unit's own people 内部批注."""
    unit, author = unit_of(who), who.principal.subject
    text = await sealed(who, id, "proposal.note", "note", command.note)
    return await command_case(
        who, id, "proposal.note", command, lambda case: add_note(case, unit, author, command, text, who.today)
    )


_NOTE = shape(round="int NOT NULL", author="text NOT NULL", on="date NOT NULL", text="text")


@router.get("/{id}/notes", responses=shows(listed(_NOTE)))
async def show_notes(id: UUID, who: Calling) -> list[dict[str, Any]]:
    """Show the unit's notes 内部批注, to its own people alone."""
    case, _ = await _case_of_unit(who, id)
    opened = await _opener(who, case)
    return [
        {"round": one.round, "author": one.author, "on": str(one.on), "text": opened(one.text)}
        for one in case.work_of(unit_of(who)).notes
    ]


@router.post("/{id}/reply/show-draft")
async def show_draft(id: UUID, command: ShowDraft, who: Calling) -> JSONResponse:
    """Ask members for their opinion on the draft 征求意见; this is no rating."""
    unit = unit_of(who)
    return await command_case(
        who, id, "reply.show_draft", command, lambda case: drafting.show_draft(case, unit, command, who.today)
    )


@router.post("/{id}/reply/comment")
async def comment(id: UUID, command: CommentOnDraft, who: Calling) -> JSONResponse:
    """Say what one thinks of the draft 反馈意见: the member alone; this is no rating."""
    rules = await rules_of(who, id)
    remark = await sealed(who, id, "reply.comment", "comment.remark", command.remark) if command.remark else None
    return await carry_out(
        who,
        PROPOSAL,
        str(id),
        "reply.comment",
        command,
        ruled(rules, lambda case, rules: drafting.comment(case, command, remark, rules, who.today)),
        policy=POLICY,
        relations=lambda case: with_self(case, who, command.member),
    )


@router.post("/{id}/reply/review")
async def review(id: UUID, command: ReviewReply, who: Calling) -> JSONResponse:
    """Pass the draft on, or send it back 审核."""
    unit = unit_of(who)
    remark = await sealed(who, id, "reply.review", "review.remark", command.remark) if command.remark else None
    return await command_case(
        who,
        id,
        "reply.review",
        command,
        lambda case: drafting.review(case, unit, who.principal.subject, command, remark, who.today),
    )


_WARNED = {"similar": listed(SIMILAR), "conflicts": {"type": "integer", "minimum": 0}}


@router.post("/{id}/reply/sign", responses=records(**_WARNED))
async def sign(id: UUID, command: SignReply, who: Calling) -> JSONResponse:
    """Sign the reply 签发; the answer shows replies to similar cases, and how many have another category."""
    unit, rules = unit_of(who), await rules_of(who, id)
    return await carry_out(
        who,
        PROPOSAL,
        str(id),
        "reply.sign",
        command,
        ruled(rules, lambda case, rules: drafting.sign(case, unit, who.principal.subject, command, rules, who.today)),
        policy=POLICY,
        relations=lambda case: relations(case, who),
        answer=lambda _: _warning(who, id, unit),
    )


@router.post("/{id}/reply/sign-elsewhere", responses=records(**_WARNED))
async def sign_elsewhere(id: UUID, command: SignElsewhere, who: Calling) -> JSONResponse:
    """Record that the reply was signed in another system 系统外签发: which, under which id, the document's digest."""
    unit, rules = unit_of(who), await rules_of(who, id)
    clerk = who.principal.subject
    return await carry_out(
        who,
        PROPOSAL,
        str(id),
        "reply.sign_elsewhere",
        command,
        ruled(rules, lambda case, rules: drafting.sign_elsewhere(case, unit, clerk, command, rules, who.today)),
        policy=POLICY,
        relations=lambda case: relations(case, who),
        answer=lambda _: _warning(who, id, unit),
    )


@router.get("/{id}/reply/similar", responses=shows(shape(**_WARNED)))
async def show_similar_replies(id: UUID, who: Calling) -> dict[str, Any]:
    """Show the replies to similar cases 同类件答复 before one signs: by title, by text, or handled together."""
    await _case_of_unit(who, id)
    return await _warning(who, id, unit_of(who))


async def _warning(who: Caller, id: UUID, unit: UUID) -> dict[str, Any]:
    """Give the replies to cases like this one by title or text, and how many of them have another category."""
    held = await who.load(PROPOSAL, str(id))
    text = await open_text(who.process, who.county, held.state)
    like = await similar_cases(who.process, who.county, text, but=str(id)) if text else []
    alike = [UUID(one.id) for one in like if one.likeness.containment >= ALIKE]
    async with who.process.database.county(who.county) as db:
        found = await similar_replies.beside(db, id, held.state, unit, alike)
    return {"similar": found, "conflicts": sum(row["conflicting"] for row in found)}


async def _case_of_unit(who: Caller, id: UUID) -> tuple[Proposal, int]:
    """Give a case of the caller's unit.

    Raises: NotFound; Forbidden for other units and for members.
    """
    held = await who.load(PROPOSAL, str(id))
    if held.version == 0:
        raise NotFound
    permitting_role(POLICY, "proposal.read_notes", who.principal.roles, relations(held.state, who))
    return held.state, held.version


async def _opener(who: Caller, case: Proposal) -> Any:
    if case.text is None or case.erased:
        return lambda _: None
    wanted = (who.county, case.text.case)
    async with who.process.database.owner() as db:
        key = (await vault.keys_of(db, [wanted])).get(wanted)

    def opened(text: Sealed) -> str | None:
        return unseal(key, who.county, text) if key else None

    return opened
