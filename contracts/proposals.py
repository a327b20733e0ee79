"""Events of the proposals service: a case 件 (提案 or 建议) from submission to close, and the numbers of cases."""

from datetime import date
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.answering import Elsewhere, PaperForm
from contracts.event import ClearText, Event
from contracts.meetings import Stage
from contracts.paper import PaperOriginal
from contracts.review import Diversion
from contracts.sealed import Sealed

Form = Literal["single", "joint", "group"]
"""个人, 联名, 集体 (a group answers through its named contact)."""

Delivery = Literal["paper", "electronic"]


class _Proposals(Event):
    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "proposal"


class ProposalSubmitted(_Proposals):
    """A member, several, or a group submits a case 提交."""

    kind: str = Field(
        description="类别: cppcc_proposal 提案 or npc_suggestion 建议; kinds are data of the rule packs"
    )
    body: UUID = Field(description="机构: id of the body it is submitted to")
    term: int = Field(ge=1, description="届: of the body, 1 = first")
    session: int = Field(ge=1, description="次: session within the term, 1 = first")
    form: Form = Field(description="提出方式: single 个人, joint 联名, group 集体")
    title: ClearText = Field(description="案由: title, in clear")
    text: Sealed = Field(description="正文: sealed")
    submitter: UUID = Field(description="提出人: id of the member who submits; of a group, its named contact")
    cosigners: tuple[UUID, ...] = Field(default=(), description="联名人: ids of the members asked to co-sign")
    group: ClearText | None = Field(default=None, description="提出集体: name of the submitting group")
    nature: ClearText | None = Field(default=None, description="性质: 思路类, 项目资金类 …: the county's own words")
    call: UUID | None = Field(default=None, description="征集: id of the call for proposals that it answers")
    topic: int | None = Field(default=None, ge=1, description="选题序号: number of the call's topic, 1 = first")
    submitted_on: date = Field(description="提交日期: business date, Asia/Shanghai")
    category: ClearText | None = Field(default=None, description="分类: by subject, 工交, 农林 …: the county's words")
    external_id: ClearText | None = Field(default=None, description="外部编号: what `system` calls the case")
    system: ClearText | None = Field(default=None, description="来源系统: within which the external id is unique")
    split_from: UUID | None = Field(
        default=None, description="分自: id of the case that it was split off from; its co-signers have confirmed"
    )
    paper: PaperOriginal | None = Field(
        default=None, description="纸质原件: the signed paper from which a clerk has entered the case"
    )


class CosignerConfirmed(_Proposals):
    """A member asked to co-sign agrees 联名确认."""

    member: UUID = Field(description="联名人: id of the member who was asked")
    confirmed_on: date = Field(description="确认日期: business date, Asia/Shanghai")


class CosignerDeclined(_Proposals):
    """A member asked to co-sign does not 谢绝联名."""

    member: UUID = Field(description="联名人: id of the member who was asked")
    declined_on: date = Field(description="谢绝日期: business date, Asia/Shanghai")


class ProposalReturned(_Proposals):
    """The committee gives it back for revision 退回修改."""

    reason: Sealed = Field(description="退回理由: sealed")
    returned_on: date = Field(description="退回日期: business date, Asia/Shanghai")


class ProposalRevised(_Proposals):
    """The submitter hands in a revised text 修改重报."""

    title: ClearText = Field(description="案由: the new title, in clear")
    text: Sealed = Field(description="正文: the new text, sealed")
    paper: PaperOriginal | None = Field(
        default=None, description="纸质原件: the paper from which a clerk has entered the text, also once more"
    )
    revised_on: date = Field(description="重报日期: business date, Asia/Shanghai")


class ProposalDeclined(_Proposals):
    """The committee does not register it 不予立案, and says why."""

    reason: Sealed = Field(description="不予立案理由: sealed")
    diverted_to: Diversion | None = Field(
        default=None, description="转为: opinion 社情民意, when it is to live on as one"
    )
    declined_on: date = Field(description="决定日期: business date, Asia/Shanghai")


class ProposalRegistered(_Proposals):
    """The committee registers it 立案 under a number of the body's term and session."""

    number: int = Field(ge=1, description="编号: of the case within body, term and session, 1 = first")
    nature: ClearText | None = Field(default=None, description="性质: 思路类, 项目资金类 …: the county's own words")
    registered_on: date = Field(description="立案日期: business date, Asia/Shanghai")


class NumberClaimed(_Proposals):
    """A number belongs to one case from now on 占用编号; claimed before the case is registered."""

    aggregate: ClassVar[str] = "number"

    body: UUID = Field(description="机构: id of the body that numbers its cases")
    term: int = Field(description="届: of the body, 1 = first")
    session: int = Field(description="次: session within the term, 1 = first")
    number: int = Field(ge=1, description="编号: within body, term and session, 1 = first")
    case: UUID = Field(description="件: id of the case that the number belongs to")


class ProposalHandedOver(_Proposals):
    """The case goes to the units that handle it 交办; the rule pack is pinned and clocks start."""

    lead: UUID | None = Field(
        default=None, description="主办单位: id of the unit that answers; absent when separate units do"
    )
    separate: tuple[UUID, ...] | None = Field(
        default=None, description="分办单位: ids of the units that each answer for themselves, instead of a lead"
    )
    co: tuple[UUID, ...] = Field(
        default=(), description="会办单位: ids of the units that give their opinion to the lead"
    )
    office: UUID | None = Field(
        default=None, description="督办单位: id of the office that oversees and closes, when it is a unit"
    )
    leader: ClearText | None = Field(default=None, description="领办: the leader or leading group that handles it")
    pack: str = Field(description="办理规则: name of the rule pack that the case follows from now on")
    pack_digest: str = Field(description="规则摘要: sha256:… of the pack's exact bytes")
    answer_to: tuple[UUID, ...] = Field(
        description="答复对象: ids of the members who must be answered, computed by the pack"
    )
    rated_by: Literal["lead"] | None = Field(
        default=None, description="测评人: lead = the first signer alone, after asking the others; absent = each"
    )
    handed_over_on: date = Field(description="交办日期: business date, Asia/Shanghai")


class ProposalSignedFor(_Proposals):
    """A unit signs for the case 签收."""

    unit: UUID = Field(description="单位: id of the unit that did it")
    signed_for_on: date = Field(description="签收日期: business date, Asia/Shanghai")


class MemberContacted(_Proposals):
    """The first contact 首次联系: the member learns section, handler and telephone (which no event keeps)."""

    unit: UUID = Field(description="单位: id of the unit that did it")
    section: ClearText = Field(description="承办处室: section that handles it, in clear")
    handler: str = Field(max_length=128, description="经办人: token subject of the handler")
    contacted_on: date = Field(description="联系日期: business date, Asia/Shanghai")


class MeetingNoted(_Proposals):
    """The case takes note of a handler meeting that the meetings service recorded 见面入件."""

    meeting: UUID = Field(description="见面: id of the meeting in the meetings service")
    unit: UUID = Field(description="单位: id of the unit whose handler met the member")
    stage: Stage = Field(description="见面阶段: before 办前, during 办中, after 办后")
    round: int = Field(ge=1, description="办理轮次: round of handling, 1 = first")
    met_on: date = Field(description="见面日期: business date, Asia/Shanghai")


class MeetingStruck(_Proposals):
    """A meeting record was withdrawn and counts no longer 见面不计."""

    meeting: UUID = Field(description="见面: id of the meeting that counts no longer")
    struck_on: date = Field(description="不计日期: business date, Asia/Shanghai")


class CoOpinionGiven(_Proposals):
    """A co unit gives its opinion to the lead 会办意见."""

    unit: UUID = Field(description="会办单位: id of the unit whose opinion it is")
    opinion: Sealed = Field(description="会办意见: sealed")
    given_on: date = Field(description="提出日期: business date, Asia/Shanghai")


class CoOpinionWaived(_Proposals):
    """The committee lets the lead go on without a co unit's opinion 免待会办意见."""

    unit: UUID = Field(description="会办单位: id of the unit that is no longer waited for")
    reason: ClearText = Field(description="理由: in clear")
    waived_on: date = Field(description="决定日期: business date, Asia/Shanghai")


class ReplyDrafted(_Proposals):
    """The lead's handler drafts the reply 拟文; a new draft replaces the last."""

    unit: UUID = Field(description="单位: id of the unit that did it")
    round: int = Field(ge=1, description="办理轮次: round of handling, 1 = first")
    drafter: str = Field(max_length=128, description="拟稿人: token subject")
    category: str = Field(max_length=8, description="办理结果类别: A, B, C … under `scheme`")
    scheme: str = Field(max_length=64, description="分类办法: which scheme the category belongs to")
    text: Sealed = Field(description="答复文稿: sealed")
    drafted_on: date = Field(description="拟文日期: business date, Asia/Shanghai")


class ReplyReviewed(_Proposals):
    """A reviewer passes the draft on to the signer or sends it back 审核."""

    unit: UUID = Field(description="单位: id of the unit that did it")
    round: int = Field(ge=1, description="办理轮次: round of handling, 1 = first")
    reviewer: str = Field(max_length=128, description="审核人: token subject")
    passed: bool = Field(description="通过: true passes the draft on to the signer, false sends it back")
    remark: Sealed | None = Field(default=None, description="审核意见: sealed")
    reviewed_on: date = Field(description="审核日期: business date, Asia/Shanghai")


class ReplySigned(_Proposals):
    """The reply is signed 签发 by another person than its drafter, with its document number."""

    unit: UUID = Field(description="单位: id of the unit that did it")
    round: int = Field(ge=1, description="办理轮次: round of handling, 1 = first")
    signer: str = Field(
        max_length=128, description="签发人: token subject, another than the drafter's unless the pack allows it"
    )
    document: ClearText = Field(description="文号: document number of the reply")
    category: str = Field(max_length=8, description="办理结果类别: A, B, C … under `scheme`")
    scheme: str = Field(max_length=64, description="分类办法: which scheme the category belongs to")
    elsewhere: Elsewhere | None = Field(
        default=None, description="系统外签发: where it was signed; then `signer` is who entered that"
    )
    reissues: UUID | None = Field(
        default=None, description="重发对象: id of the ReplySigned event of this round that was recalled or sent back"
    )
    awaits: tuple[Literal["check", "stamp"], ...] | None = Field(
        default=None, description="送达前须办: check 核查, stamp 用印: what the pack has done before it goes out"
    )
    signed_on: date = Field(description="签发日期: business date, Asia/Shanghai")


class ReplyCorrected(_Proposals):
    """A signed reply is corrected 更正: the new text stands beside the signed one, with reason and authority."""

    unit: UUID | None = Field(default=None, description="单位: id of the unit whose reply it is, absent = the lead's")
    round: int = Field(ge=1, description="办理轮次: round of handling, 1 = first")
    corrects: UUID = Field(description="更正对象: id of the ReplySigned event that is corrected")
    text: Sealed = Field(description="更正文本: sealed")
    category: str | None = Field(
        default=None, max_length=8, description="办理结果类别: the corrected one under `scheme`, absent when it stays"
    )
    scheme: str | None = Field(
        default=None,
        max_length=64,
        description="分类办法: which scheme the category belongs to, absent when it stays",
    )
    reason: ClearText = Field(description="理由: why it is corrected, in clear")
    approved_by: ClearText = Field(description="批准: authority: who approved the correction, by office")
    corrected_on: date = Field(description="更正日期: business date, Asia/Shanghai")


class ReplyDelivered(_Proposals):
    """The signed reply goes to one of those who must be answered 送达."""

    member: UUID = Field(description="答复对象: id of the member who gets the reply")
    unit: UUID | None = Field(default=None, description="单位: id of the unit whose reply it is, absent = the lead's")
    round: int = Field(ge=1, description="办理轮次: round of handling, 1 = first")
    mode: Delivery = Field(description="送达方式: paper 纸质, electronic 电子")
    delivered_on: date = Field(description="送达日期: business date, Asia/Shanghai")


class ReplyReceived(_Proposals):
    """The member, or the committee for a returned paper slip, gives the receipt 回执."""

    member: UUID = Field(description="答复对象: id of the member who has it")
    unit: UUID | None = Field(default=None, description="单位: id of the unit whose reply it is, absent = the lead's")
    round: int = Field(ge=1, description="办理轮次: round of handling, 1 = first")
    received_on: date = Field(description="回执日期: business date, Asia/Shanghai")


class ReplyRated(_Proposals):
    """The member rates the handling 测评."""

    member: UUID = Field(description="测评人: id of the member who rates")
    unit: UUID | None = Field(default=None, description="单位: id of the unit whose reply it is, absent = the lead's")
    round: int = Field(ge=1, description="办理轮次: round of handling, 1 = first")
    result: str = Field(max_length=16, description="办理结果测评: 满意, 基本满意, 不满意: the pack's words")
    attitude: str | None = Field(
        default=None, max_length=16, description="办理态度测评: the second axis where the pack has one"
    )
    remark: Sealed | None = Field(default=None, description="测评意见: sealed")
    paper: PaperForm | None = Field(
        default=None, description="纸质测评表: the witnessed form from which the committee has entered the rating"
    )
    instead_of: UUID | None = Field(
        default=None, description="代评对象: id of the member whose seat has ended and for whom `member` rates"
    )
    place: int | None = Field(
        default=None, ge=1, description="等次: place of `result` among the pack's words, 1 = the best"
    )
    rehandle: bool = Field(default=False, description="须再次办理: by the pack, the rating calls for another round")
    rated_on: date = Field(description="测评日期: business date, Asia/Shanghai")


class RehandlingOrdered(_Proposals):
    """The case is handled again 再次办理; the first round stays on record."""

    unit: UUID | None = Field(default=None, description="单位: id of the unit whose reply it is, absent = the lead's")
    round: int = Field(ge=2, description="办理轮次: the round that begins, 2 = second")
    ordered_on: date = Field(description="决定日期: business date, Asia/Shanghai")


class ProposalClosed(_Proposals):
    """The case is closed 办结."""

    closed_on: date = Field(description="办结日期: business date, Asia/Shanghai")


class ProposalErased(_Proposals):
    """The keys of the case are destroyed by order 依令销毁: its texts and photos can never be read again."""

    reason: ClearText = Field(description="理由: in clear")
    ordered_by: ClearText = Field(description="依据: the order or law that demands it")
    erased_on: date = Field(description="销毁日期: business date, Asia/Shanghai")


class ClocksMoved(_Proposals):
    """A calendar is published or corrected 时限重算: the last days that had lacked or used it are computed again."""

    years: tuple[int, ...] = Field(description="放假安排年份: years whose calendars are new")
    moved_on: date = Field(description="重算日期: business date, Asia/Shanghai")


class ToldAct(BaseModel):
    """One act of a history that is told again."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str = Field(description="Type of the event as the log would keep it, yishi.<service>.<Name>.v<version>")
    data: dict[str, Any] = Field(description="The event's data, texts sealed")


class HistoryCorrected(_Proposals):
    """An imported history is told again as the corrected row has it 导入更正; the log keeps the first."""

    acts: tuple[ToldAct, ...] = Field(description="经过: every act of the case, in order, in place of all before")
    corrected_on: date = Field(description="更正日期: business date, Asia/Shanghai")


EVENTS: tuple[type[Event], ...] = (
    ProposalSubmitted,
    CosignerConfirmed,
    CosignerDeclined,
    ProposalReturned,
    ProposalRevised,
    ProposalDeclined,
    ProposalRegistered,
    NumberClaimed,
    ProposalHandedOver,
    ProposalSignedFor,
    MemberContacted,
    MeetingNoted,
    MeetingStruck,
    CoOpinionGiven,
    CoOpinionWaived,
    ReplyDrafted,
    ReplyReviewed,
    ReplySigned,
    ReplyCorrected,
    ReplyDelivered,
    ReplyReceived,
    ReplyRated,
    RehandlingOrdered,
    ProposalClosed,
    ProposalErased,
    ClocksMoved,
    HistoryCorrected,
)
