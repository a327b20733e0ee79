"""Routes that do one thing with many cases: the hand-over meeting 交办会, and re-organisation 机构改革.

Each row is a command of its own under a key that derives from the request's; a row that is refused stands in the
answer with its reason, and the others are done. The same request again does nothing twice, and what was left undone.
"""

import json
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from contracts.copies.names import names_of
from contracts.envelope import command_id
from runtime.http import BusinessDate, Caller, Calling
from runtime.openapi import keyed, shows
from runtime.policy import permitting_role
from runtime.positions import parse_token, token
from runtime.refusals import Refusal
from runtime.shapes import listed, mapped, shape
from services.proposals.ask import command_case, ruled, rules_of
from services.proposals.case.proposal import Proposal
from services.proposals.commands import HandOver, SignFor
from services.proposals.folds import PROPOSAL
from services.proposals.handling import handling, handover
from services.proposals.handling.assignment_commands import HandOverRow, HoldHandOverMeeting, Reorganise, SucceedUnit
from services.proposals.handling.assignment_http import open_units
from services.proposals.letters import hand_over_list
from services.proposals.letters.letters_http import GIVES, document
from services.proposals.policy import POLICY
from services.proposals.review.intake_http import hand_over

router = APIRouter(prefix="/v1", tags=["handling"])

_DONE = shape(
    case="uuid NOT NULL",
    done="boolean NOT NULL",
    status="int NOT NULL",
    problem="text",
    title="text",
    facts=mapped({}),
)
_LISTED = shape(
    **{name: kind for name, kind in _DONE["properties"].items()},
    number="int",
    case_title="text",
    stage="text",
    lead="text",
    separate="text[] NOT NULL",
    co="text[] NOT NULL",
    signed_for="text[] NOT NULL",
)
_OPEN_OF = """
SELECT id FROM board
WHERE (stage IN ('handed_over', 'replied', 'dissatisfied') OR stage = 'closed' AND next_due IS NOT NULL)
AND (lead = $1 OR $1 = ANY(co) OR $1 = ANY(separate)) ORDER BY number, id"""


@router.post(
    "/hand-over-meetings",
    responses=shows(shape(done="int NOT NULL", refused="int NOT NULL", rows=listed(_LISTED))),
    openapi_extra=keyed(),
)
async def hold_hand_over_meeting(command: HoldHandOverMeeting, who: Calling) -> JSONResponse:
    """Hand many cases over in one act 交办会, sign for those whose units are there, and list them for printing."""
    permitting_role(POLICY, "proposal.hand_over", who.principal.roles, ())
    who.idempotency_key()
    outcomes = [await _attempt(row.case, _hand_over(who, row)) for row in command.rows]
    lines = [outcome | await _line(who, row.case) for row, outcome in zip(command.rows, outcomes, strict=True)]
    return await _answer(who, lines)


@router.post(
    "/reorganisations",
    responses=shows(shape(done="int NOT NULL", refused="int NOT NULL", rows=listed(_DONE))),
    openapi_extra=keyed(),
)
async def reorganise(command: Reorganise, who: Calling) -> JSONResponse:
    """Give every open case of a unit that is no more to its successor 机构改革: clocks run on to the same days."""
    permitting_role(POLICY, "proposal.succeed", who.principal.roles, ())
    who.idempotency_key()
    async with who.process.database.county(who.county) as db:
        cases = [UUID(row["id"]) for row in await db.fetch(_OPEN_OF, str(command.unit))]
    units = await open_units(who, (command.to,), command.succeeded_on)
    succeed = SucceedUnit(**command.model_dump())
    rows = [await _attempt(case, _succeed(who, case, succeed, units)) for case in cases]
    return await _answer(who, rows)


@router.get("/hand-over-lists", **GIVES)
async def print_hand_over_list(who: Calling, on: BusinessDate) -> Response:
    """Give the list of all cases handed over on a day as a document 交办清单, with room for the signatures."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        lines = await hand_over_list.handed_over_on(db, on)
    return await document(who, "hand-over-list", hand_over_list.values(on, lines, who.today), str(on))


async def _hand_over(who: Caller, row: HandOverRow) -> JSONResponse:
    given = HandOver(**row.model_dump(exclude={"case", "signed_for"}))
    answer = await hand_over(row.case, given, _as(who, "hand-over", row.case))
    rules = await rules_of(who, row.case)
    sign = SignFor(signed_for_on=row.handed_over_on)
    for unit in row.signed_for:
        answer = await command_case(
            _as(who, f"sign-for/{unit}", row.case),
            row.case,
            "proposal.sign_for_at_meeting",
            sign,
            ruled(rules, lambda case, rules, unit=unit: handling.sign_for(case, unit, sign, rules, who.today)),  # type: ignore[misc]
        )
    return answer


async def _succeed(who: Caller, case: UUID, command: SucceedUnit, units: set[UUID]) -> JSONResponse:
    return await command_case(
        _as(who, "succeed", case),
        case,
        "proposal.succeed",
        command,
        lambda state: handover.succeed(state, case, command, units=units, today=who.today),
    )


def _as(who: Caller, what: str, case: UUID) -> Caller:
    """Give the caller with the key of one row."""
    key = command_id(who.county, who.principal.subject, f"{who.idempotency_key()}/{what}/{case}")
    return replace(who, key=str(key), if_match=None)


async def _attempt(case: UUID, doing: Awaitable[JSONResponse]) -> dict[str, Any]:
    """Give what became of one row: done, or refused with the reason."""
    row: dict[str, Any] = {"case": str(case), "problem": None, "title": None, "facts": {}}
    try:
        answer = await doing
    except Refusal as refusal:
        told = {"problem": refusal.code, "title": refusal.title, "facts": refusal.facts}
        return row | told | {"done": False, "status": refusal.status, "position": 0}
    position = parse_token(json.loads(bytes(answer.body))["position"])
    return row | {"done": True, "status": answer.status_code, "position": position}


async def _line(who: Caller, id: UUID) -> dict[str, Any]:
    """Give what the printed list says of a case."""
    held, _ = await who.process.states.show(PROPOSAL, who.county, str(id))
    case: Proposal = held.state
    async with who.process.database.county(who.county) as db:
        names = await names_of(db, case.units)

    def named(units: Iterable[UUID]) -> list[str]:
        return [names.get(str(unit), str(unit)) for unit in units]

    return {
        "number": case.number,
        "case_title": case.title or None,
        "stage": case.stage if held.version else None,
        "lead": named((case.lead,))[0] if case.lead else None,
        "separate": named(case.separate),
        "co": named(case.co),
        "signed_for": named(case.signed_for),
    }


async def _answer(who: Caller, rows: list[dict[str, Any]]) -> JSONResponse:
    last = max((row.pop("position") for row in rows), default=0)
    done = sum(row["done"] for row in rows)
    headers = {"Event-Position": token(last)} if last else None
    return JSONResponse({"done": done, "refused": len(rows) - done, "rows": rows}, headers=headers)
