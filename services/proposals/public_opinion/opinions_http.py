"""Routes of reports of public opinion 社情民意."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from contracts.copies.names import body_exists, member_seat, names_of, open_unit_exists
from contracts.envelope import reaction_id
from contracts.event import Event
from contracts.opinions import opinion_of
from contracts.sealed import Sealed
from runtime import paging, vault
from runtime.http import Caller, Calling, Command, act_of, carry_out
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.refusals import Forbidden, NotFound
from runtime.sealing import unseal
from runtime.shapes import listed, mapped, model, page_of, row, shape
from services.proposals.ask import sealed
from services.proposals.case.proposal import Proposal
from services.proposals.folds import OPINION, PROPOSAL
from services.proposals.policy import POLICY, is_member
from services.proposals.public_opinion import opinion, opinions
from services.proposals.public_opinion.opinion_commands import (
    AdoptOpinion,
    DivertProposal,
    EditOpinion,
    EraseOpinion,
    FeedBackOpinion,
    ForwardOpinion,
    ScoreOpinion,
    SubmitOpinion,
)
from services.proposals.public_opinion.opinion_state import Forwarding, Opinion

router = APIRouter(prefix="/v1", tags=["opinions"])

_ROW = row(opinions.OPINIONS, submitter_name="text")
_FORWARDING = shape(**{**model(Forwarding)["properties"], "feedback": "text"})
_SHOWN = shape(
    **{**model(Opinion)["properties"], "text": "text", "forwardings": listed(_FORWARDING)},
    id="uuid NOT NULL",
    version="int NOT NULL",
    points="int NOT NULL",
    names=mapped("text NOT NULL"),
    texts={"enum": ["shown", "withheld", "erased"]},
)


@router.post("/opinions", status_code=201)
async def submit_opinion(command: SubmitOpinion, who: Calling) -> JSONResponse:
    """Report what people think 提交社情民意."""
    id = UUID(who.new_id())
    text = await sealed(who, id, "opinion.submit", "opinion.text", command.text)
    async with who.process.database.county(who.county) as db:
        body_known = await body_exists(db, command.body)
        members = {command.submitter} if await member_seat(db, command.submitter) else set[UUID]()
    return await carry_out(
        who,
        OPINION,
        str(id),
        "opinion.submit",
        command,
        lambda _: opinion.submit(command, text, members=members, body_known=body_known, today=who.today),
        policy=POLICY,
        relations=lambda _: ("submitter",) if is_member(who, command.submitter) else (),
        new=True,
    )


@router.post("/proposals/{id}/divert", status_code=201)
async def divert_proposal(id: UUID, command: DivertProposal, who: Calling) -> JSONResponse:
    """Let a case that was not registered live on as a report 转为社情民意; the answer names the report."""
    return await divert(who, id, command)


async def divert(who: Caller, case: UUID, command: DivertProposal) -> JSONResponse:
    """Make the report that a declined case becomes.

    Raises: NotFound when there is no such case; as `opinion.divert`.
    """
    id = opinion_of(case)
    act = await act_of(who, PROPOSAL, str(case), "opinion.divert", command, new=False, policy=POLICY)

    def check(state: Proposal) -> None:
        permitting_role(POLICY, "opinion.divert", who.principal.roles, ())
        opinion.divert(Opinion(), case, state, command.submitted_on, who.today)

    # The key may be that of the decline, which the case has carried out already; here the case is only looked at.
    look = replace(act, commandid=reaction_id(act.commandid, "divert"))
    newest = (await who.process.executor.newest(PROPOSAL, str(case), look, check)).state
    return await carry_out(
        who,
        OPINION,
        str(id),
        "opinion.divert",
        command,
        lambda state: opinion.divert(state, case, newest, command.submitted_on, who.today),
        policy=POLICY,
        new=True,
    )


@router.post("/opinions/{id}/edit")
async def edit_opinion(id: UUID, command: EditOpinion, who: Calling) -> JSONResponse:
    """Give it another wording 编辑社情民意."""
    text = await _sealed(who, id, "opinion.edit", "opinion.text", command.text)
    return await _change(who, id, "opinion.edit", command, lambda s: opinion.edit(s, command, text, who.today))


@router.post("/opinions/{id}/adopt")
async def adopt_opinion(id: UUID, command: AdoptOpinion, who: Calling) -> JSONResponse:
    """Adopt it at a level 采用."""
    return await _change(who, id, "opinion.edit", command, lambda s: opinion.adopt(s, command, who.today))


@router.post("/opinions/{id}/score")
async def score_opinion(id: UUID, command: ScoreOpinion, who: Calling) -> JSONResponse:
    """Score an adoption 计分."""
    return await _change(who, id, "opinion.edit", command, lambda s: opinion.score(s, command, who.today))


@router.post("/opinions/{id}/forward")
async def forward_opinion(id: UUID, command: ForwardOpinion, who: Calling) -> JSONResponse:
    """Forward it to whoever can act upon it 转送."""
    async with who.process.database.county(who.county) as db:
        known = command.unit is not None and await open_unit_exists(db, command.unit, command.forwarded_on)
    units = {command.unit} if known and command.unit else set[UUID]()
    return await _change(
        who, id, "opinion.edit", command, lambda s: opinion.forward(s, command, units=units, today=who.today)
    )


@router.post("/opinions/{id}/feed-back")
async def feed_back_opinion(id: UUID, command: FeedBackOpinion, who: Calling) -> JSONResponse:
    """Record what became of it 反馈."""
    feedback = await _sealed(who, id, "opinion.edit", "opinion.feedback", command.feedback)
    return await _change(
        who, id, "opinion.edit", command, lambda s: opinion.feed_back(s, command, feedback, who.today)
    )


@router.post("/opinions/{id}/erase")
async def erase_opinion(id: UUID, command: EraseOpinion, who: Calling) -> JSONResponse:
    """Destroy its key by order 依令销毁: its texts can never be read again."""
    return await _change(who, id, "opinion.erase", command, lambda s: opinion.erase(s, command, who.today))


@router.get("/opinions", responses=shows(page_of(_ROW)))
async def list_opinions(
    who: Calling,
    submitter: UUID | None = None,
    level: Annotated[str | None, Query(max_length=300)] = None,
    adopted: bool | None = None,
    year: Annotated[int | None, Query(ge=1900, le=2999)] = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=paging.LIMIT_MAX)] = paging.LIMIT,
) -> dict[str, Any]:
    """List the reports 社情民意台账; members see their own."""
    own = who.party.removeprefix("member:")
    role = permitting_role(POLICY, "opinion.read", who.principal.roles, ("submitter",))
    wanted = own if role == "member" else str(submitter) if submitter else None
    async with who.process.database.county(who.county) as db:
        return await opinions.page(
            db, submitter=wanted, level=level, adopted=adopted, year=year, after=after, limit=limit
        )


@router.get("/opinions/{id}", responses=shows(_SHOWN, "ETag"))
async def show_opinion(id: UUID, who: Calling) -> JSONResponse:
    """Show one report 社情民意详情; its texts to the committee, the office and the member alone."""
    held, _ = await who.process.states.show(OPINION, who.county, str(id))
    state: Opinion = held.state
    if held.version == 0:
        permitting_role(POLICY, "opinion.read", who.principal.roles, ("submitter",))
        raise NotFound
    related = ("submitter",) if state.submitter and is_member(who, state.submitter) else ()
    permitting_role(POLICY, "opinion.read", who.principal.roles, related)
    texts, key = await _key(who, state, related)

    def opened(text: Sealed | None) -> str | None:
        return unseal(key, who.county, text) if key and text else None

    content = state.model_dump(mode="json", exclude={"text"}) | {"text": opened(state.text), "texts": texts}
    for told, sent in zip(content["forwardings"], state.forwardings, strict=True):
        told["feedback"] = opened(sent.feedback)
    units = (sent.unit for sent in state.forwardings if sent.unit)
    async with who.process.database.county(who.county) as db:
        names = await names_of(db, [id for id in (state.submitter, state.body, *units) if id])
    content |= {"id": str(id), "version": held.version, "points": state.points, "names": names}
    return JSONResponse(content, headers={"ETag": f'"{held.version}"'})


async def _key(who: Caller, state: Opinion, related: tuple[str, ...]) -> tuple[str, bytes | None]:
    """Give whether the caller may read the texts, and the key when it is there."""
    try:
        permitting_role(POLICY, "opinion.read_text", who.principal.roles, related)
    except Forbidden:
        return "withheld", None
    assert state.text is not None
    wanted = (who.county, state.text.case)
    async with who.process.database.owner() as db:
        key = (await vault.keys_of(db, [wanted])).get(wanted)
    return ("shown" if key else "erased"), key


async def _sealed(who: Caller, id: UUID, action: str, label: str, text: str) -> Sealed:
    """Seal a text with the key of the report, or of the case that it came of.

    Raises: as `sealed`; NotFound.
    """
    state: Opinion = (await who.load(OPINION, str(id))).state
    return await sealed(who, state.case or id, action, label, text)


async def _change(
    who: Caller, id: UUID, action: str, command: Command, decide: Callable[[Opinion], Event]
) -> JSONResponse:
    return await carry_out(who, OPINION, str(id), action, command, decide, policy=POLICY)
