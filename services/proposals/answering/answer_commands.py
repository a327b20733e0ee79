"""What people may ask on a reply's way from the draft to everybody who must be answered, and of what it promises."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from contracts.answering import Elsewhere, Step
from contracts.event import ClearText
from runtime.http import BusinessDate, Command
from services.proposals.commands import FreeText, Word

Person = Annotated[str, StringConstraints(pattern=r"^person:[\x21-\x7e]{1,121}$")]
"""A token subject of somebody in office."""

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class ChangeHandler(Command):
    """Give the case to another handler or section of the unit 更换经办人; the member is told."""

    handler: Person
    section: ClearText
    reason: ClearText
    changed_on: BusinessDate


class AddNote(Command):
    """Leave a note for colleagues 内部批注."""

    note: FreeText
    noted_on: BusinessDate


class ShowDraft(Command):
    """Ask members for their opinion on the draft 征求意见; without `members` everybody who must be answered."""

    members: tuple[UUID, ...] = Field(default=(), max_length=500)
    shown_on: BusinessDate


class CommentOnDraft(Command):
    """Say what one thinks of the draft 反馈意见; this is no rating."""

    member: UUID
    unit: UUID | None = None
    word: Word
    remark: FreeText | None = None
    commented_on: BusinessDate


class WaiveStep(Command):
    """Dispense with a meeting or with the consultation on the draft 免除程序; `unit` where several answer."""

    unit: UUID | None = None
    step: Step
    reason: ClearText
    waived_on: BusinessDate


class SignElsewhere(Command):
    """Record that the reply was signed in another system 系统外签发."""

    document: ClearText
    elsewhere: Elsewhere
    signed_on: BusinessDate


class StampReply(Command):
    """Seal the signed reply 用印."""

    stamp: ClearText
    stamped_on: BusinessDate


class CheckReply(Command):
    """Let the signed reply go out, or send it back to be written anew 核查."""

    passed: bool
    remark: FreeText | None = None
    checked_on: BusinessDate


class RecallReply(Command):
    """Take a signed reply back 撤回答复."""

    reason: ClearText
    approved_by: ClearText
    recalled_on: BusinessDate


class ConsentToRelay(Command):
    """Agree to be told the reply by the first signer 同意转告, for the calling member."""

    consented_on: BusinessDate


class RelayReply(Command):
    """Tell a co-signer the reply 转告, for the calling member who had it."""

    member: UUID
    unit: UUID | None = None
    relayed_on: BusinessDate


class Form(Command):
    """A rating on paper 纸质测评表: who saw it entered, and the scan."""

    witness: Person
    digest: Digest


class EnterRating(Command):
    """Enter a rating from a witnessed paper form 代录测评."""

    member: UUID
    unit: UUID | None = None
    result: Word
    attitude: Word | None = None
    remark: FreeText | None = None
    paper: Form
    rated_on: BusinessDate


class RemindToRate(Command):
    """Remind a member to rate 催评."""

    member: UUID
    unit: UUID | None = None
    reminded_on: BusinessDate


class LapseRating(Command):
    """Count a member who kept silent as the pack says 逾期未评."""

    member: UUID
    unit: UUID | None = None
    lapsed_on: BusinessDate


class FindRatingImpossible(Command):
    """Record that nobody can rate any more, because the member's seat has ended 无法测评."""

    member: UUID
    unit: UUID | None = None
    found_on: BusinessDate


class AssessDissatisfaction(Command):
    """Record the evaluation or consultation after a second 不满意, with its result 专项评估、协商."""

    unit: UUID | None = None
    result: FreeText
    handle_again: bool
    assessed_on: BusinessDate


Number = Annotated[int, Field(ge=1, le=999)]


class MakeCommitment(Command):
    """Put a promise of the signed reply on the ledger 承诺事项."""

    what: ClearText
    made_on: BusinessDate
    due_on: BusinessDate


class RestateCommitment(Command):
    """Put a commitment in other words 重述."""

    number: Number
    what: ClearText
    reason: ClearText
    restated_on: BusinessDate


class PutOffCommitment(Command):
    """Put a commitment off, with a reason 延后."""

    number: Number
    reason: ClearText
    slipped_on: BusinessDate
    due_on: BusinessDate


class KeepCommitment(Command):
    """Record that what was promised is done 兑现."""

    number: Number
    how: ClearText
    kept_on: BusinessDate


class AnswerCommitment(Command):
    """Tell the members that the promise was kept 再答复."""

    number: Number
    document: ClearText | None = None
    text: FreeText
    answered_on: BusinessDate
