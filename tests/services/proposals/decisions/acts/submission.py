"""Before the hand-over 提交、审查: what members and the committee do."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from contracts.event import Event
from services.proposals import commands
from services.proposals.review import intake, merging, review_commands, withdrawal
from services.proposals.review import items as item_lists
from tests.services.proposals.decisions.people import BODY, CASE, CO, COSIGNER, LEAD, MEMBER, ORIGINAL, OTHER, day

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


def submit(
    story: "Story", *, members: Iterable[UUID] = (MEMBER, COSIGNER, OTHER), body_known: bool = True, **said: Any
) -> Event:
    body = {
        "kind": "cppcc_proposal",
        "body": BODY,
        "term": 9,
        "session": 3,
        "form": "joint" if story.cosigners else "single",
        "title": "关于改善县乡公路的提案",
        "text": "正文",
        "submitter": MEMBER,
        "cosigners": story.cosigners,
        "submitted_on": "2005-01-20",
    } | said
    command = commands.SubmitProposal.model_validate(body)
    return intake.submit(
        story.case,
        command,
        story.sealed(command.text),
        members=set(members),
        body_known=body_known,
        today=story.day,
    )


def confirm(story: "Story", *, member: UUID = COSIGNER, on: str = "2005-01-21") -> Event:
    return intake.confirm(story.case, member, commands.ConfirmCosigning(confirmed_on=day(on)), story.day)


def decline_cosigning(story: "Story", *, member: UUID = COSIGNER, on: str = "2005-01-21") -> Event:
    command = commands.DeclineCosigning(declined_on=day(on))
    return intake.decline_cosigning(story.case, member, command, story.day)


def give_back(story: "Story", *, on: str = "2005-01-22") -> Event:
    command = commands.ReturnForRevision(reason="案由不明", returned_on=day(on))
    return intake.give_back(story.case, command, story.sealed(command.reason), story.day)


def revise(story: "Story", *, on: str = "2005-01-24", title: str = "关于修通断头路的提案") -> Event:
    command = commands.ReviseProposal(title=title, text="新正文", revised_on=day(on))
    return intake.revise(story.case, command, story.sealed(command.text), story.day)


def decline(story: "Story", *, on: str = "2005-01-25", **said: Any) -> Event:
    body = {"reason": "不属受理范围", "declined_on": on} | said
    command = commands.DeclineProposal.model_validate(body)
    return intake.decline(story.case, command, story.sealed(command.reason), story.day)


def register(story: "Story", *, number: int = 67, nature: str | None = None, on: str = "2005-02-01") -> Event:
    command = commands.RegisterProposal(nature=nature, registered_on=day(on))
    return intake.register(story.case, command, number, story.day)


def ask_withdrawal(story: "Story", *, on: str = "2005-02-10") -> Event:
    command = review_commands.AskWithdrawal(reason="情况已变", asked_on=day(on))
    return withdrawal.ask(story.case, command, story.sealed("情况已变"), story.rules.pack, story.day)


def agree_withdrawal(story: "Story", *, member: UUID = COSIGNER, on: str = "2005-02-11") -> Event:
    command = review_commands.AgreeToWithdrawal(agreed_on=day(on))
    return withdrawal.agree(story.case, member, command, story.day)


def withdraw(story: "Story", *, on: str = "2005-06-10", own: bool = True, written: str | None = None) -> Event:
    command = review_commands.WithdrawProposal(reason="情况已变", written=written, withdrawn_on=day(on))
    sealed = story.sealed(command.reason)
    return withdrawal.withdraw(story.case, command, sealed, story.rules.pack, own=own, today=story.day)


def join(story: "Story", *, original: "Story | None" = None, id: UUID = ORIGINAL, on: str = "2005-02-15") -> Event:
    command = review_commands.MergeProposal(main=CASE, merged_on=day(on))
    return merging.join(story.case, id, (original or story).case, command, story.day)


def release(story: "Story", *, id: UUID = ORIGINAL, on: str = "2005-03-10") -> Event:
    command = review_commands.UndoMerge(reason="内容不同", undone_on=day(on))
    return merging.release(story.case, id, command, story.day)


def merge(story: "Story", *, main: UUID = ORIGINAL, on: str = "2005-02-15") -> Event:
    command = review_commands.MergeProposal(main=main, merged_on=day(on))
    return merging.merge(story.case, CASE, command, story.day)


def undo_merge(story: "Story", *, on: str = "2005-03-10") -> Event:
    return merging.undo(story.case, review_commands.UndoMerge(reason="内容不同", undone_on=day(on)), story.day)


def split(story: "Story", *, on: str = "2005-02-16", sibling: UUID = ORIGINAL) -> Event:
    command = review_commands.SplitProposal(title="关于路灯的提案", text="装路灯", split_on=day(on))
    return merging.split(story.case, sibling, command, story.day)


def list_items(
    story: "Story",
    *,
    on: str = "2005-03-02",
    items: Iterable[tuple[str, UUID | None]] = (("修路", LEAD),),
    units: Iterable[UUID] = (LEAD, CO, OTHER),
) -> Event:
    body = {"items": [{"title": title, "unit": unit} for title, unit in items], "listed_on": on}
    command = review_commands.ListItems.model_validate(body)
    return item_lists.list_items(story.case, command, units=set(units), today=story.day)
