"""Routes from submission to hand-over."""

from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from contracts.copies.names import body_exists, member_seat, open_unit_exists
from contracts.event import Event
from runtime.execute import Outcome
from runtime.http import Caller, Calling, act_of, carry_out
from runtime.openapi import records
from runtime.policy import permitting_role
from runtime.refusals import Forbidden
from services.proposals.ask import command_case, new_case, rules_for, sealed
from services.proposals.call_for_proposals.call import Call, require_open
from services.proposals.case.proposal import Proposal
from services.proposals.commands import (
    ConfirmCosigning,
    DeclineCosigning,
    DeclineProposal,
    HandOver,
    RegisterProposal,
    ReturnForRevision,
    ReviseProposal,
    SubmitProposal,
)
from services.proposals.folds import CALL, NUMBER, PROPOSAL
from services.proposals.policy import POLICY, is_member, relations
from services.proposals.public_opinion.opinion_commands import DivertProposal
from services.proposals.public_opinion.opinions_http import divert
from services.proposals.review import intake
from services.proposals.review.numbers import Register, Series

router = APIRouter(prefix="/v1/proposals", tags=["intake"])

REGISTER = Register(NUMBER)


@router.post("", status_code=201)
async def submit(command: SubmitProposal, who: Calling) -> JSONResponse:
    """Submit a case 提交: the id in the answer is the case's for ever."""
    case = new_case(who, command.external)
    text = await sealed(who, case, "proposal.submit", "proposal.text", command.text)
    async with who.process.database.county(who.county) as db:
        body_known = await body_exists(db, command.body)
        members = {id for id in (command.submitter, *command.cosigners) if await member_seat(db, id) is not None}
    called = (await who.load(CALL, str(command.call))).state if command.call else Call()

    def decide(state: Proposal) -> Event:
        intake.refuse_taken(state, case, command.external)
        require_open(called, command)
        return intake.submit(state, command, text, members=members, body_known=body_known, today=who.today)

    return await carry_out(
        who,
        PROPOSAL,
        str(case),
        "proposal.submit",
        command,
        decide,
        policy=POLICY,
        relations=lambda _: ("submitter",) if is_member(who, command.submitter) else (),
        new=True,
    )


@router.post("/{id}/confirm-cosigning")
async def confirm_cosigning(id: UUID, command: ConfirmCosigning, who: Calling) -> JSONResponse:
    """Agree to co-sign 联名确认, for the calling member."""
    member = member_id(who)
    return await command_case(
        who, id, "proposal.confirm", command, lambda case: intake.confirm(case, member, command, who.today)
    )


@router.post("/{id}/decline-cosigning")
async def decline_cosigning(id: UUID, command: DeclineCosigning, who: Calling) -> JSONResponse:
    """Do not co-sign 谢绝联名, for the calling member."""
    member = member_id(who)
    return await command_case(
        who,
        id,
        "proposal.decline_cosigning",
        command,
        lambda case: intake.decline_cosigning(case, member, command, who.today),
    )


@router.post("/{id}/return")
async def return_for_revision(id: UUID, command: ReturnForRevision, who: Calling) -> JSONResponse:
    """Give the case back for revision 退回修改."""
    reason = await sealed(who, id, "proposal.return", "return.reason", command.reason)
    return await command_case(
        who, id, "proposal.return", command, lambda case: intake.give_back(case, command, reason, who.today)
    )


@router.post("/{id}/revise")
async def revise(id: UUID, command: ReviseProposal, who: Calling) -> JSONResponse:
    """Hand in a revised text 修改重报."""
    text = await sealed(who, id, "proposal.revise", "proposal.text", command.text)
    return await command_case(
        who, id, "proposal.revise", command, lambda case: intake.revise(case, command, text, who.today)
    )


@router.post("/{id}/decline")
async def decline(id: UUID, command: DeclineProposal, who: Calling) -> JSONResponse:
    """Do not register the case 不予立案; with `diverted_to` it lives on as 社情民意 at once."""
    reason = await sealed(who, id, "proposal.decline", "decline.reason", command.reason)
    answer = await command_case(
        who, id, "proposal.decline", command, lambda case: intake.decline(case, command, reason, who.today)
    )
    if command.diverted_to is not None:
        # The case's version and mandate were for the decline; whoever died in between repeats the request.
        again = replace(who, if_match=None, on_behalf_of=None, authority=None)
        diverted = await divert(again, id, DivertProposal(submitted_on=command.declined_on))
        answer.headers["Event-Position"] = diverted.headers["Event-Position"]
    return answer


@router.post("/{id}/register", responses=records(number={"type": "integer", "minimum": 1}))
async def register(id: UUID, command: RegisterProposal, who: Calling) -> JSONResponse:
    """Register the case 立案: a number is claimed first, then the case is registered under it."""
    number = await _number(who, id, command)

    async def answer(outcome: Outcome) -> dict[str, object]:
        return {"number": number}

    return await carry_out(
        who,
        PROPOSAL,
        str(id),
        "proposal.register",
        command,
        lambda case: intake.register(case, command, number, who.today),
        policy=POLICY,
        relations=lambda case: relations(case, who),
        answer=answer,
    )


async def _number(who: Caller, id: UUID, command: RegisterProposal) -> int:
    """Give the case's number: claimed once it is certain that the newest state lets it be registered."""
    process = who.process
    act = await act_of(who, PROPOSAL, str(id), "proposal.register", command, new=False, policy=POLICY)

    def check(case: Proposal) -> None:
        permitting_role(POLICY, "proposal.register", who.principal.roles, relations(case, who))
        intake.may_register(case, command, who.today)

    held = await process.executor.newest(PROPOSAL, str(id), act, check)
    case = held.state
    if act.commandid in held.handled and case.number is not None:
        return case.number
    assert case.body is not None
    series = Series(who.county, case.body, case.term, case.session)
    return await REGISTER.number_for(process, act, series, id, command.number)


@router.post("/{id}/hand-over")
async def hand_over(id: UUID, command: HandOver, who: Calling) -> JSONResponse:
    """Hand the case to its units 交办: the rule pack is pinned and the clocks start."""
    rules = await rules_for(who, id, command.pack, command.handed_over_on)
    named = [id for id in (command.lead, *command.separate, *command.co, command.office) if id is not None]
    async with who.process.database.county(who.county) as db:
        units = {unit for unit in named if await open_unit_exists(db, unit, command.handed_over_on)}
    return await command_case(
        who,
        id,
        "proposal.hand_over",
        command,
        lambda case: intake.hand_over(case, command, rules, units=units, today=who.today),
    )


def member_id(who: Caller) -> UUID:
    """Give the member in whose name the caller acts.

    Raises: Forbidden.
    """
    kind, _, id = who.party.partition(":")
    try:
        if kind == "member":
            return UUID(id)
    except ValueError as error:
        raise Forbidden from error
    raise Forbidden("须由委员或代表本人办理")
