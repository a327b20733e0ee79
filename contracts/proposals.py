"""Events of the proposals service: a case 件 (提案 or 建议) from submission to close, and the numbers of cases."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import ClearText, Event
from contracts.meetings import Stage
from contracts.sealed import Sealed

Form = Literal["single", "joint", "group"]
"""个人, 联名, 集体 (a group answers through its named contact)."""

Delivery = Literal["paper", "electronic"]


class _Proposals(Event):
    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "proposal"


class ProposalSubmitted(_Proposals):
    """A member, several, or a group submits a case 提交."""

    kind: str = Field(description="cppcc_proposal 提案 or npc_suggestion 建议; kinds are data of the rule packs")
    body: UUID = Field(description="The body it is submitted to")
    term: int = Field(ge=1, description="届")
    session: int = Field(ge=1, description="次")
    form: Form
    title: ClearText
    text: Sealed
    submitter: UUID = Field(description="The member who submits; of a group, its named contact")
    cosigners: tuple[UUID, ...] = Field(default=(), description="Members asked to co-sign 联名")
    group: ClearText | None = Field(default=None, description="Name of the submitting group 集体")
    nature: ClearText | None = Field(default=None, description="思路类, 项目资金类 …: the county's own words")
    submitted_on: date = Field(description="Business date, Asia/Shanghai")


class CosignerConfirmed(_Proposals):
    """A member asked to co-sign agrees 联名确认."""

    member: UUID
    confirmed_on: date


class CosignerDeclined(_Proposals):
    """A member asked to co-sign does not."""

    member: UUID
    declined_on: date


class ProposalReturned(_Proposals):
    """The committee gives it back for revision 退回修改."""

    reason: Sealed
    returned_on: date


class ProposalRevised(_Proposals):
    """The submitter hands in a revised text."""

    title: ClearText
    text: Sealed
    revised_on: date


class ProposalDeclined(_Proposals):
    """The committee does not register it 不予立案, and says why."""

    reason: Sealed
    declined_on: date


class ProposalRegistered(_Proposals):
    """The committee registers it 立案 under a number of the body's term and session."""

    number: int = Field(ge=1)
    nature: ClearText | None = None
    registered_on: date


class NumberClaimed(_Proposals):
    """A number of one body, term and session belongs to one case from now on; claimed before it is registered."""

    aggregate: ClassVar[str] = "number"

    body: UUID
    term: int
    session: int
    number: int = Field(ge=1)
    case: UUID


class ProposalHandedOver(_Proposals):
    """The case goes to the units that handle it 交办; the rule pack is pinned and clocks start."""

    lead: UUID = Field(description="主办: the unit that answers")
    co: tuple[UUID, ...] = Field(default=(), description="会办: units that give their opinion to the lead")
    office: UUID | None = Field(default=None, description="The office that oversees and closes, when it is a unit")
    leader: ClearText | None = Field(default=None, description="领办: the leader or leading group that handles it")
    pack: str = Field(description="Name of the rule pack that the case follows from now on")
    pack_digest: str = Field(description="sha256:… of its bytes")
    answer_to: tuple[UUID, ...] = Field(description="Members who must be answered, computed by the pack")
    handed_over_on: date


class ProposalSignedFor(_Proposals):
    """A unit signs for the case 签收."""

    unit: UUID
    signed_for_on: date


class MemberContacted(_Proposals):
    """The first contact: the member learns section, handler and telephone (which no event keeps)."""

    unit: UUID
    section: ClearText
    handler: str = Field(max_length=128, description="Token subject of the handler")
    contacted_on: date


class MeetingNoted(_Proposals):
    """The case takes note of a handler meeting that the meetings service recorded."""

    meeting: UUID
    unit: UUID
    stage: Stage
    round: int = Field(ge=1)
    met_on: date


class MeetingStruck(_Proposals):
    """A meeting record was withdrawn and counts no longer."""

    meeting: UUID
    struck_on: date


class CoOpinionGiven(_Proposals):
    """A co unit gives its opinion to the lead 会办意见."""

    unit: UUID
    opinion: Sealed
    given_on: date


class CoOpinionWaived(_Proposals):
    """The committee lets the lead go on without a co unit's opinion."""

    unit: UUID
    reason: ClearText
    waived_on: date


class ReplyDrafted(_Proposals):
    """The lead's handler drafts the reply 拟文; a new draft replaces the last."""

    unit: UUID
    round: int = Field(ge=1)
    drafter: str = Field(max_length=128)
    category: str = Field(max_length=8, description="A, B, C … under `scheme`")
    scheme: str = Field(max_length=64, description="Which scheme the category belongs to")
    text: Sealed
    drafted_on: date


class ReplyReviewed(_Proposals):
    """A reviewer passes the draft on to the signer or sends it back 审核."""

    unit: UUID
    round: int = Field(ge=1)
    reviewer: str = Field(max_length=128)
    passed: bool
    remark: Sealed | None = None
    reviewed_on: date


class ReplySigned(_Proposals):
    """The reply is signed 签发 by another person than its drafter, with its document number."""

    unit: UUID
    round: int = Field(ge=1)
    signer: str = Field(max_length=128)
    document: ClearText = Field(description="Document number 文号")
    category: str = Field(max_length=8)
    scheme: str = Field(max_length=64)
    signed_on: date


class ReplyCorrected(_Proposals):
    """A signed reply is corrected 更正: the new text stands beside the signed one, with reason and authority."""

    round: int = Field(ge=1)
    corrects: UUID = Field(description="The ReplySigned event that is corrected")
    text: Sealed
    category: str | None = Field(default=None, max_length=8)
    scheme: str | None = Field(default=None, max_length=64)
    reason: ClearText
    approved_by: ClearText = Field(description="Authority: who approved the correction, by office")
    corrected_on: date


class ReplyDelivered(_Proposals):
    """The signed reply goes to one of those who must be answered 送达."""

    member: UUID
    round: int = Field(ge=1)
    mode: Delivery
    delivered_on: date


class ReplyReceived(_Proposals):
    """The member, or the committee for a returned paper slip, gives the receipt 回执."""

    member: UUID
    round: int = Field(ge=1)
    received_on: date


class ReplyRated(_Proposals):
    """The member rates the handling 测评."""

    member: UUID
    round: int = Field(ge=1)
    result: str = Field(max_length=16, description="满意, 基本满意, 不满意: the pack's words")
    attitude: str | None = Field(default=None, max_length=16, description="The second axis where the pack has one")
    remark: Sealed | None = None
    rehandle: bool = Field(default=False, description="By the pack, the rating calls for another round")
    rated_on: date


class RehandlingOrdered(_Proposals):
    """The case is handled again 再次办理; the first round stays on record."""

    round: int = Field(ge=2)
    ordered_on: date


class ProposalClosed(_Proposals):
    """The case is closed 办结."""

    closed_on: date


class ProposalErased(_Proposals):
    """The keys of the case are destroyed by order: its texts and photos can never be read again."""

    reason: ClearText
    ordered_by: ClearText = Field(description="The order or law that demands it")
    erased_on: date


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
)
