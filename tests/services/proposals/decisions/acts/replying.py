"""The reply 答复 from its draft to its delivery, and what it promises."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from contracts.event import Event
from services.proposals import commands
from services.proposals.answering import answer_commands, answers, commitments, drafting
from tests.services.proposals.decisions.people import LEAD, MEMBER, day

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


def draft(
    story: "Story",
    *,
    unit: UUID = LEAD,
    drafter: str = "person:drafter",
    on: str = "2005-04-01",
    seen: bool = True,
    **said: Any,
) -> Event:
    scheme, letters = next(iter(story.rules.pack.schemes.items()))
    body = {"category": min(letters), "scheme": scheme, "text": "答复", "drafted_on": on} | said
    command = commands.DraftReply.model_validate(body)
    return drafting.draft(
        story.case,
        unit,
        drafter,
        command,
        story.sealed(command.text),
        story.rules,
        seen=story.held.version if seen else None,
        today=story.day,
    )


def review(story: "Story", *, unit: UUID = LEAD, on: str = "2005-04-02", passed: bool = True) -> Event:
    command = commands.ReviewReply(passed=passed, reviewed_on=day(on))
    return drafting.review(story.case, unit, "person:reviewer", command, None, story.day)


def sign(story: "Story", *, unit: UUID = LEAD, signer: str = "person:signer", on: str = "2005-04-05") -> Event:
    command = commands.SignReply(document="湘交提字〔2005〕1号", signed_on=day(on))
    return drafting.sign(story.case, unit, signer, command, story.rules, story.day)


def sign_elsewhere(
    story: "Story", *, unit: UUID = LEAD, clerk: str = "person:clerk", on: str = "2005-04-05"
) -> Event:
    elsewhere = {
        "system": "省公文系统",
        "document_id": "2005-1",
        "digest": "sha256:" + "0" * 64,
        "signed_by": "分管副厅长",
    }
    command = answer_commands.SignElsewhere.model_validate(
        {"document": "湘交提字〔2005〕1号", "elsewhere": elsewhere, "signed_on": on}
    )
    return drafting.sign_elsewhere(story.case, unit, clerk, command, story.rules, story.day)


def correct(story: "Story", *, unit: UUID = LEAD, on: str = "2005-04-07", **said: Any) -> Event:
    body = {"text": "更正后的答复", "reason": "金额有误", "approved_by": "厅办公室", "corrected_on": on} | said
    command = commands.CorrectReply.model_validate(body)
    return answers.correct(story.case, unit, command, story.sealed(command.text), story.rules, story.day)


def stamp(story: "Story", *, unit: UUID = LEAD, on: str = "2005-04-06") -> Event:
    command = answer_commands.StampReply(stamp="湖南省交通厅印章", stamped_on=day(on))
    return answers.stamp(story.case, unit, command, story.day)


def check(story: "Story", *, unit: UUID = LEAD, passed: bool = True, on: str = "2005-04-06") -> Event:
    command = answer_commands.CheckReply(passed=passed, checked_on=day(on))
    return answers.check(story.case, unit, "person:clerk", command, None, story.day)


def show_draft(story: "Story", *, unit: UUID = LEAD, members: tuple[UUID, ...] = (), on: str = "2005-04-01") -> Event:
    command = answer_commands.ShowDraft(members=members, shown_on=day(on))
    return drafting.show_draft(story.case, unit, command, story.day)


def comment(
    story: "Story", *, member: UUID = MEMBER, unit: UUID | None = None, word: str = "满意", on: str = "2005-04-01"
) -> Event:
    command = answer_commands.CommentOnDraft(member=member, unit=unit, word=word, commented_on=day(on))
    return drafting.comment(story.case, command, story.sealed("可"), story.rules, story.day)


def recall(story: "Story", *, unit: UUID = LEAD, on: str = "2005-04-11") -> Event:
    command = answer_commands.RecallReply(reason="数字有误", approved_by="厅办公室", recalled_on=day(on))
    return answers.recall(story.case, unit, command, story.rules, story.day)


def deliver(story: "Story", *, unit: UUID = LEAD, member: UUID = MEMBER, on: str = "2005-04-08") -> Event:
    command = commands.DeliverReply(member=member, mode="paper", delivered_on=day(on))
    return answers.deliver(story.case, unit, command, story.rules, story.day)


def make(story: "Story", *, unit: UUID = LEAD, on: str = "2005-04-06", due: str = "2005-12-31") -> Event:
    command = answer_commands.MakeCommitment(what="年内修通断头路", made_on=day(on), due_on=day(due))
    return commitments.make(story.case, unit, command, story.rules, story.day)


def restate(story: "Story", *, number: int = 1, what: str = "年内修通三条断头路", on: str = "2005-05-01") -> Event:
    command = answer_commands.RestateCommitment(number=number, what=what, reason="写明条数", restated_on=day(on))
    return commitments.restate(story.case, LEAD, command, story.day)


def put_off(story: "Story", *, number: int = 1, due: str = "2006-06-30", on: str = "2005-06-01") -> Event:
    command = answer_commands.PutOffCommitment(number=number, reason="汛期停工", slipped_on=day(on), due_on=day(due))
    return commitments.put_off(story.case, LEAD, command, story.rules, story.day)


def keep(story: "Story", *, number: int = 1, on: str = "2005-06-20") -> Event:
    command = answer_commands.KeepCommitment(number=number, how="已通车", kept_on=day(on))
    return commitments.keep(story.case, LEAD, command, story.rules, story.day)


def tell(story: "Story", *, number: int = 1, on: str = "2005-06-25") -> Event:
    command = answer_commands.AnswerCommitment(number=number, text="已通车", answered_on=day(on))
    return commitments.answer(story.case, LEAD, command, story.sealed(command.text), story.day)
