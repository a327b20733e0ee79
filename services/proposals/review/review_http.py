"""Routes of the review: withdrawal, merging, splitting, items."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from contracts.copies.names import open_unit_exists
from contracts.envelope import reaction_id
from contracts.event import Event
from rules.pack import Pack
from runtime.execute import Act
from runtime.folds import Held
from runtime.http import Caller, Calling, Command, act_of, carry_out
from runtime.policy import permitting_role
from services.proposals.answering import item_answers
from services.proposals.ask import PackNotHere, command_case, ruled, rules_for, rules_of, sealed, unit_of
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules
from services.proposals.folds import PROPOSAL
from services.proposals.guards import AlreadyDone
from services.proposals.policy import POLICY, is_member, relations
from services.proposals.review import items, merging, withdrawal
from services.proposals.review.intake_http import member_id
from services.proposals.review.review_commands import (
    AgreeToWithdrawal,
    AnswerItem,
    AskWithdrawal,
    ListItems,
    MergeProposal,
    SplitProposal,
    UndoMerge,
    WithdrawProposal,
)

router = APIRouter(prefix="/v1/proposals", tags=["intake"])


@router.post("/{id}/ask-withdrawal")
async def ask_withdrawal(id: UUID, command: AskWithdrawal, who: Calling) -> JSONResponse:
    """Ask the co-signers to agree that the case be withdrawn 提议撤回."""
    reason = await sealed(who, id, "proposal.ask_withdrawal", "withdrawal.reason", command.reason)
    rules = await _rules_before_or_after(who, id, command.asked_on)
    return await command_case(
        who,
        id,
        "proposal.ask_withdrawal",
        command,
        _under(rules, lambda case, pack: withdrawal.ask(case, command, reason, pack, who.today)),
    )


@router.post("/{id}/agree-withdrawal")
async def agree_withdrawal(id: UUID, command: AgreeToWithdrawal, who: Calling) -> JSONResponse:
    """Agree that the case be withdrawn 同意撤回, for the calling co-signer."""
    member = member_id(who)
    return await command_case(
        who,
        id,
        "proposal.agree_withdrawal",
        command,
        lambda case: withdrawal.agree(case, member, command, who.today),
    )


@router.post("/{id}/withdraw")
async def withdraw(id: UUID, command: WithdrawProposal, who: Calling) -> JSONResponse:
    """Withdraw the case 撤回, as the rule pack allows; handling ends."""
    reason = await sealed(who, id, "proposal.withdraw", "withdrawal.reason", command.reason)
    rules = await _rules_before_or_after(who, id, command.withdrawn_on)

    def decide(case: Proposal, pack: Pack | None) -> Event:
        own = case.submitter is not None and is_member(who, case.submitter)
        return withdrawal.withdraw(case, command, reason, pack, own=own, today=who.today)

    return await command_case(who, id, "proposal.withdraw", command, _under(rules, decide))


@router.post("/{id}/merge")
async def merge(id: UUID, command: MergeProposal, who: Calling) -> JSONResponse:
    """Handle the case together with a main case 并案: the main case is told first, then this one is merged."""
    before, act = await _checked(
        who, id, "proposal.merge", command, lambda case: merging.may_merge(case, id, command, who.today)
    )
    if act.commandid not in before.handled:
        with suppress(AlreadyDone):
            await who.process.executor.execute(
                PROPOSAL,
                str(command.main),
                _also(act, "join"),
                lambda main: merging.join(main, id, before.state, command, who.today),
            )
    return await command_case(
        who, id, "proposal.merge", command, lambda case: merging.merge(case, id, command, who.today)
    )


@router.post("/{id}/undo-merge")
async def undo_merge(id: UUID, command: UndoMerge, who: Calling) -> JSONResponse:
    """Undo the merge 撤销并案: the main case gives the original back, which stands where it stood before."""

    def check(case: Proposal) -> None:
        merging.may_undo(case, command, who.today)

    before, act = await _checked(who, id, "proposal.undo_merge", command, check)
    if act.commandid not in before.handled:
        main = merging.may_undo(before.state, command, who.today)
        with suppress(merging.NotMergedHere):
            await who.process.executor.execute(
                PROPOSAL,
                str(main),
                _also(act, "release"),
                lambda main: merging.release(main, id, command, who.today),
            )
    return await command_case(
        who, id, "proposal.undo_merge", command, lambda case: merging.undo(case, command, who.today)
    )


@router.post("/{id}/split", status_code=201)
async def split(id: UUID, command: SplitProposal, who: Calling) -> JSONResponse:
    """Split a part of the case off 分案: the id in the answer is the sibling's."""
    sibling = UUID(who.new_id())
    before, act = await _checked(
        who, id, "proposal.split", command, lambda case: _ignore(merging.split(case, sibling, command, who.today))
    )
    text = await sealed(who, sibling, "proposal.split", "proposal.text", command.text)
    await who.process.executor.execute(
        PROPOSAL, str(id), act, lambda case: merging.split(case, sibling, command, who.today)
    )
    return await carry_out(
        replace(who, if_match=None),
        PROPOSAL,
        str(sibling),
        "proposal.split",
        command,
        lambda state: merging.submit_sibling(state, id, before.state, command, text),
        policy=POLICY,
        new=True,
    )


@router.post("/{id}/items")
async def list_items(id: UUID, command: ListItems, who: Calling) -> JSONResponse:
    """List what the case asks for, each with the unit that answers it 列明诉求."""
    named = {item.unit for item in command.items if item.unit is not None}
    async with who.process.database.county(who.county) as db:
        units = {unit for unit in named if await open_unit_exists(db, unit, command.listed_on)}
    return await command_case(
        who,
        id,
        "proposal.list_items",
        command,
        lambda case: items.list_items(case, command, units=units, today=who.today),
    )


@router.post("/{id}/items/answer")
async def answer_item(id: UUID, command: AnswerItem, who: Calling) -> JSONResponse:
    """Answer one item 答复诉求, for the caller's unit."""
    unit, rules = unit_of(who), await rules_of(who, id)
    answer = await sealed(who, id, "proposal.answer_item", "item.answer", command.answer)
    return await command_case(
        who,
        id,
        "proposal.answer_item",
        command,
        ruled(
            rules,
            lambda case, rules: item_answers.answer_item(case, unit, command, answer, rules, who.today),
        ),
    )


async def _checked(
    who: Caller, id: UUID, action: str, command: Command, check: Callable[[Proposal], None]
) -> tuple[Held[Proposal], Act]:
    """Give the case for which a command on two cases passes, before the other one is told of it.

    Raises: Refusal.
    """
    act = await act_of(who, PROPOSAL, str(id), action, command, new=False, policy=POLICY)

    def passes(case: Proposal) -> None:
        permitting_role(POLICY, action, who.principal.roles, relations(case, who))
        check(case)

    return await who.process.executor.newest(PROPOSAL, str(id), act, passes), act


def _also(act: Act, what: str) -> Act:
    """Give the act by which the same command changes another case: repeated, it finds its first outcome."""
    return replace(act, commandid=reaction_id(act.commandid, what), if_match=None, action=f"proposal.{what}")


def _ignore(event: Event) -> None:
    del event


def _under(rules: Rules | None, decide: Callable[[Proposal, Pack | None], Event]) -> Callable[[Proposal], Event]:
    """Give a decision under the pack that the case has pinned, or before that under the county's for its kind.

    Raises: PackNotHere when the projection has not brought the pinned pack yet.
    """

    def decision(case: Proposal) -> Event:
        if case.pack_digest is not None and (rules is None or rules.pack.digest != case.pack_digest):
            raise PackNotHere
        return decide(case, rules.pack if rules else None)

    return decision


async def _rules_before_or_after(who: Caller, id: UUID, on: date) -> Rules | None:
    return await rules_of(who, id) or await rules_for(who, id, None, on)
