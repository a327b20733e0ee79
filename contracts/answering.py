"""Events of a reply's way from the draft to everybody who must be answered: 征求意见, 用印, 核查, 撤回, 转告."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import ClearText, Event
from contracts.sealed import Sealed

Step = Literal["meeting_before", "meeting_during", "meeting_after", "consultation"]
"""办前见面, 办中见面, 办后见面, 征求意见: what may be waived with a reason."""

Assessment = Literal["expert_evaluation", "consultation"]
"""专项评估, 协商: what follows a second 不满意."""


class Elsewhere(BaseModel):
    """Where a reply was signed that was not signed here 系统外签发."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    system: ClearText = Field(description="签发系统: name of the system in which it was signed")
    document_id: ClearText = Field(description="文件标识: the document's id in that system")
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$", description="文件摘要: sha256:… of the signed document")
    signed_by: ClearText = Field(description="签发人职务: who signed it, by office")


class PaperForm(BaseModel):
    """A rating on paper that the committee enters before a witness 纸质测评表."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    witness: str = Field(max_length=128, description="见证人: token subject of the second person")
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$", description="扫描件摘要: sha256:… of the scanned form")


class _Answering(Event):
    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "proposal"

    unit: UUID = Field(description="单位: id of the unit that answers")


class _OfAReply(_Answering):
    round: int = Field(ge=1, description="办理轮次: round of handling, 1 = first")


class HandlerChanged(_Answering):
    """Another person or section handles the case from now on 更换经办人, and the member is told."""

    handler: str = Field(max_length=128, description="经办人: token subject of the new handler")
    section: ClearText = Field(description="承办处室: section that handles it, in clear")
    reason: ClearText = Field(description="理由: in clear")
    changed_on: date = Field(description="更换日期: business date, Asia/Shanghai")


class NoteAdded(_OfAReply):
    """Somebody of the unit leaves a note for his colleagues 内部批注; no member ever reads it."""

    author: str = Field(max_length=128, description="批注人: token subject")
    note: Sealed = Field(description="批注: sealed")
    noted_on: date = Field(description="批注日期: business date, Asia/Shanghai")


class DraftShown(_OfAReply):
    """The draft goes to the members for their opinion 征求意见; this is no rating."""

    members: tuple[UUID, ...] = Field(description="征求对象: ids of the members who are asked")
    draft: int = Field(ge=1, description="稿次: version of the draft, 1 = first")
    shown_on: date = Field(description="征求日期: business date, Asia/Shanghai")


class DraftCommented(_OfAReply):
    """A member says what he thinks of the draft 反馈意见; this is no rating."""

    member: UUID = Field(description="征求对象: id of the member")
    draft: int = Field(ge=1, description="稿次: version of the draft, 1 = first")
    word: str = Field(max_length=16, description="意见: 满意, 基本满意, 不满意: the pack's words")
    remark: Sealed | None = Field(default=None, description="具体意见: sealed")
    commented_on: date = Field(description="反馈日期: business date, Asia/Shanghai")


class StepWaived(_Answering):
    """A meeting or the consultation on the draft is dispensed with 免除程序, for a reason, by whoever may."""

    step: Step = Field(description="程序: which step is dispensed with")
    reason: ClearText = Field(description="理由: in clear")
    waived_on: date = Field(description="决定日期: business date, Asia/Shanghai")


class ReplyStamped(_OfAReply):
    """The signed reply is sealed 用印."""

    stamp: ClearText = Field(description="印章: which seal was used")
    stamped_on: date = Field(description="用印日期: business date, Asia/Shanghai")


class ReplyChecked(_OfAReply):
    """The unit's office checks the signed reply before it goes out 核查, or sends it back to be written anew."""

    checker: str = Field(max_length=128, description="核查人: token subject")
    passed: bool = Field(description="通过: true lets the reply go out, false voids its signature")
    remark: Sealed | None = Field(default=None, description="核查意见: sealed")
    checked_on: date = Field(description="核查日期: business date, Asia/Shanghai")


class ReplyRecalled(_OfAReply):
    """A signed reply is taken back 撤回答复; the next one signed in the round is its reissue 重发."""

    recalls: UUID = Field(description="撤回对象: id of the ReplySigned event that is taken back")
    document: ClearText = Field(description="文号: document number that is void from now on")
    reason: ClearText = Field(description="理由: in clear")
    approved_by: ClearText = Field(description="批准: authority: who approved it, by office")
    recalled_on: date = Field(description="撤回日期: business date, Asia/Shanghai")


class RelayConsented(Event):
    """A co-signer agrees to be told the reply by the first signer 同意转告."""

    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "proposal"

    member: UUID = Field(description="联名人: id of the co-signer")
    consented_on: date = Field(description="同意日期: business date, Asia/Shanghai")


class ReplyRelayed(_OfAReply):
    """The member who was answered tells a co-signer the reply 转告."""

    by: UUID = Field(description="转告人: id of the member who had the reply")
    member: UUID = Field(description="联名人: id of the co-signer who was told")
    relayed_on: date = Field(description="转告日期: business date, Asia/Shanghai")


class RatingReminded(_OfAReply):
    """A member who has not rated is reminded to 催评."""

    member: UUID = Field(description="测评人: id of the member")
    reminded_on: date = Field(description="催评日期: business date, Asia/Shanghai")


class RatingLapsed(_OfAReply):
    """A member who kept silent after the reminder is counted as the pack says 逾期未评."""

    member: UUID = Field(description="测评人: id of the member")
    word: str = Field(max_length=16, description="视为: 未表态, or the rating that silence stands for")
    counts: bool = Field(description="计入: whether the word counts as a rating")
    place: int | None = Field(
        default=None, ge=1, description="等次: place of `word` among the pack's ratings, 1 = the best"
    )
    lapsed_on: date = Field(description="认定日期: business date, Asia/Shanghai")


class RatingImpossible(_OfAReply):
    """Nobody can rate any more, because the member's seat has ended 无法测评."""

    member: UUID = Field(description="测评人: id of the member whose seat has ended")
    found_on: date = Field(description="认定日期: business date, Asia/Shanghai")
    seat_ended_on: date = Field(description="离任日期: last business date of the seat, Asia/Shanghai")


class DissatisfactionAssessed(_OfAReply):
    """After a second 不满意 the pack's evaluation or consultation is held 专项评估、协商, with a result."""

    form: Assessment = Field(description="方式: expert_evaluation 专项评估, consultation 协商")
    result: Sealed = Field(description="结论: sealed")
    handle_again: bool = Field(description="再次办理: true when the unit has to handle the case once more")
    assessed_on: date = Field(description="评估日期: business date, Asia/Shanghai")


class _Promise(_Answering):
    number: int = Field(ge=1, description="序号: of the commitment among the unit's in this case, 1 = first")


class CommitmentMade(_Promise):
    """A reply promises something by a day 承诺; it stands on the ledger 承诺事项台账 until it is kept."""

    round: int = Field(ge=1, description="办理轮次: round whose reply promises it, 1 = first")
    what: ClearText = Field(description="承诺事项: in clear")
    made_on: date = Field(description="承诺日期: business date, Asia/Shanghai")
    due_on: date = Field(description="承诺期限: promised last day, Asia/Shanghai")


class CommitmentRestated(_Promise):
    """A commitment is put in other words 重述; its day stays."""

    what: ClearText = Field(description="承诺事项: in clear, from now on")
    reason: ClearText = Field(description="理由: in clear")
    restated_on: date = Field(description="重述日期: business date, Asia/Shanghai")


class CommitmentSlipped(_Promise):
    """A commitment is put off 延后, with a reason; every earlier day stays on record."""

    reason: ClearText = Field(description="理由: in clear")
    slipped_on: date = Field(description="延后日期: business date on which it was put off, Asia/Shanghai")
    due_on: date = Field(description="承诺期限: promised last day from now on, Asia/Shanghai")


class CommitmentKept(_Promise):
    """What was promised is done 兑现; the members have still to be told."""

    how: ClearText = Field(description="兑现情况: in clear")
    kept_on: date = Field(description="兑现日期: business date, Asia/Shanghai")


class CommitmentAnswered(_Promise):
    """The members are told that the promise was kept 再答复."""

    document: ClearText | None = Field(default=None, description="文号: document number of the further reply")
    text: Sealed = Field(description="再答复: sealed")
    answered_on: date = Field(description="再答复日期: business date, Asia/Shanghai")


EVENTS: tuple[type[Event], ...] = (
    HandlerChanged,
    NoteAdded,
    DraftShown,
    DraftCommented,
    StepWaived,
    ReplyStamped,
    ReplyChecked,
    ReplyRecalled,
    RelayConsented,
    ReplyRelayed,
    RatingReminded,
    RatingLapsed,
    RatingImpossible,
    DissatisfactionAssessed,
    CommitmentMade,
    CommitmentRestated,
    CommitmentSlipped,
    CommitmentKept,
    CommitmentAnswered,
)
