"""Routes of cases that come on paper: entering one for its signers, comparing it, entering it once more."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from contracts.copies.names import body_exists, member_seat
from contracts.event import Event
from runtime.http import Calling, carry_out
from services.proposals.ask import command_case, new_case, sealed
from services.proposals.call_for_proposals.call import Call, require_open
from services.proposals.case.proposal import Proposal
from services.proposals.folds import CALL, PROPOSAL
from services.proposals.policy import POLICY
from services.proposals.review import paper
from services.proposals.review.intake import refuse_taken
from services.proposals.review.paper_commands import CheckPaper, EnterPaper, ReenterPaper

router = APIRouter(prefix="/v1/proposals", tags=["intake"])


@router.post("/from-paper", status_code=201)
async def enter_paper(command: EnterPaper, who: Calling) -> JSONResponse:
    """Enter a case from its paper original 代录原件; a second person compares it before it can be registered."""
    case = new_case(who, command.external)
    text = await sealed(who, case, "paper.enter", "proposal.text", command.text)
    async with who.process.database.county(who.county) as db:
        body_known = await body_exists(db, command.body)
        members = {id for id in (command.submitter, *command.cosigners) if await member_seat(db, id) is not None}
    called = (await who.load(CALL, str(command.call))).state if command.call else Call()
    clerk = who.principal.subject

    def decide(state: Proposal) -> Event:
        refuse_taken(state, case, command.external)
        require_open(called, command)
        return paper.enter(state, clerk, command, text, members=members, body_known=body_known, today=who.today)

    return await carry_out(who, PROPOSAL, str(case), "paper.enter", command, decide, policy=POLICY, new=True)


@router.post("/{id}/paper/reenter")
async def reenter_paper(id: UUID, command: ReenterPaper, who: Calling) -> JSONResponse:
    """Enter the text from paper once more 重新录入, which somebody else then compares again."""
    text = await sealed(who, id, "paper.enter", "proposal.text", command.text)
    clerk = who.principal.subject
    return await command_case(
        who, id, "paper.enter", command, lambda case: paper.reenter(case, clerk, command, text, who.today)
    )


@router.post("/{id}/paper/check")
async def check_paper(id: UUID, command: CheckPaper, who: Calling) -> JSONResponse:
    """Confirm as a second person that the entry agrees with the paper 核对原件, or send it back with the reason."""
    checker = who.principal.subject
    return await command_case(
        who, id, "paper.check", command, lambda case: paper.check(case, checker, command, who.today)
    )
