"""Routes of yearly summaries 年度总结."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from contracts.copies.names import names_of, unit_exists
from contracts.sealed import Sealed
from contracts.summaries import Tally, summary_of
from runtime import paging, vault
from runtime.http import Caller, Calling, carry_out
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.refusals import Forbidden, NotFound
from runtime.sealing import unseal
from runtime.shapes import Schema, listed, mapped, model, page_of, row, shape
from services.proposals.ask import sealed
from services.proposals.folds import SUMMARY
from services.proposals.policy import POLICY
from services.proposals.yearly_summary import summaries, summary
from services.proposals.yearly_summary.summary import Summary
from services.proposals.yearly_summary.summary_commands import AskSummary, EraseSummary, ReceiveSummary, SubmitSummary

router = APIRouter(prefix="/v1/summaries", tags=["summaries"])

_TALLY: Schema = {"anyOf": [model(Tally), {"type": "null"}]}
_RECEIPTS = mapped("date NOT NULL")
_ROW = row(summaries.SUMMARIES, unit_name="text", lead=_TALLY, co=_TALLY, receipts=_RECEIPTS)
_SHOWN = shape(
    **{name: told for name, told in model(Summary)["properties"].items() if name not in ("text", "clocks")},
    text="text",
    clocks=listed(model(Summary)["properties"]["clocks"]["additionalProperties"]),
    id="uuid NOT NULL",
    version="int NOT NULL",
    unit_name="text",
    lacking="text[] NOT NULL",
    texts={"enum": ["shown", "withheld", "erased"]},
)


@router.post("", status_code=201)
async def ask_summary(command: AskSummary, who: Calling) -> JSONResponse:
    """Have a unit, or the office itself, sum up its year 布置总结: the clock starts."""
    id = summary_of(who.county, command.unit, command.scope, command.year)
    async with who.process.database.county(who.county) as db:
        units = {command.unit} if await unit_exists(db, command.unit) else set[UUID]()
    return await carry_out(
        who,
        SUMMARY,
        str(id),
        "summary.ask",
        command,
        lambda state: summary.ask(state, id, command, units=units, today=who.today),
        policy=POLICY,
        new=True,
    )


@router.post("/{id}/submit")
async def submit_summary(id: UUID, command: SubmitSummary, who: Calling) -> JSONResponse:
    """Hand the summary in 报送总结; the figures are counted at this moment and kept with it."""
    text = await sealed(who, id, "summary.submit", "summary.text", command.text)
    held = await who.load(SUMMARY, str(id))
    known: Summary = held.state
    async with who.process.database.county(who.county) as db:
        unit = str(known.unit) if known.scope == "unit" else None
        lead, co = await summaries.tallies(db, unit=unit, year=known.year)
    return await carry_out(
        who,
        SUMMARY,
        str(id),
        "summary.submit",
        command,
        lambda state: summary.submit(state, command, text, lead=lead, co=co, today=who.today),
        policy=POLICY,
        relations=lambda state: _relations(state, who),
    )


@router.post("/{id}/receive")
async def receive_summary(id: UUID, command: ReceiveSummary, who: Calling) -> JSONResponse:
    """Give the receipt of one of the three 总结回执: 人大, 政府, 政协."""
    return await carry_out(
        who,
        SUMMARY,
        str(id),
        "summary.receive",
        command,
        lambda state: summary.receive(state, command, who.today),
        policy=POLICY,
    )


@router.post("/{id}/erase")
async def erase_summary(id: UUID, command: EraseSummary, who: Calling) -> JSONResponse:
    """Destroy its key by order 依令销毁: its text can never be read again, the figures stay."""
    return await carry_out(
        who,
        SUMMARY,
        str(id),
        "summary.erase",
        command,
        lambda state: summary.erase(state, command, who.today),
        policy=POLICY,
    )


@router.get("", responses=shows(page_of(_ROW)))
async def list_summaries(
    who: Calling,
    unit: UUID | None = None,
    year: Annotated[int | None, Query(ge=1900, le=2999)] = None,
    submitted: bool | None = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=paging.LIMIT_MAX)] = paging.LIMIT,
) -> dict[str, Any]:
    """List the summaries 总结台账: of a unit, of a year, handed in or not."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        return await summaries.page(
            db, unit=str(unit) if unit else None, year=year, submitted=submitted, after=after, limit=limit
        )


@router.get("/{id}", responses=shows(_SHOWN, "ETag"))
async def show_summary(id: UUID, who: Calling) -> JSONResponse:
    """Show one summary 总结详情; its text to committee, office and the unit itself."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    held, _ = await who.process.states.show(SUMMARY, who.county, str(id))
    state: Summary = held.state
    if held.version == 0:
        raise NotFound
    texts, text = await _text(who, state)
    content = state.model_dump(mode="json", exclude={"text", "clocks"})
    async with who.process.database.county(who.county) as db:
        names = await names_of(db, [state.unit])
    content |= {
        "id": str(id),
        "version": held.version,
        "text": text,
        "texts": texts,
        "lacking": list(state.lacking),
        "unit_name": names.get(str(state.unit)),
        "clocks": [clock.model_dump(mode="json") for clock in state.clocks.values()],
    }
    return JSONResponse(content, headers={"ETag": f'"{held.version}"'})


async def _text(who: Caller, state: Summary) -> tuple[str, str | None]:
    """Give whether the caller may read the text, and the text when there is one."""
    sealed_text: Sealed | None = state.text
    if state.erased:
        return "erased", None
    try:
        permitting_role(POLICY, "summary.read_text", who.principal.roles, _relations(state, who))
    except Forbidden:
        return "withheld", None
    if sealed_text is None:
        return "shown", None
    wanted = (who.county, sealed_text.case)
    async with who.process.database.owner() as db:
        key = (await vault.keys_of(db, [wanted])).get(wanted)
    return ("shown", unseal(key, who.county, sealed_text)) if key else ("erased", None)


def _relations(state: Summary, who: Caller) -> set[str]:
    """Name how the caller relates to the summary: of its unit, or of the office that sums up all units."""
    own = {"unit"} if who.principal.unit and who.principal.unit == str(state.unit) else set[str]()
    return own | ({"office"} if state.scope == "office" else set())
