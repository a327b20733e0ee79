"""What people may ask of the proposals service; each model is the body of one HTTP request."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.event import ClearText
from contracts.proposals import Delivery, Form
from contracts.review import Diversion
from runtime.http import BusinessDate, Command

FreeText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200_000)]
"""Free text: sealed before it enters an event."""

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=16)]
"""A word of the rule pack: a rating, a category."""


class ExternalId(BaseModel):
    """What another system calls the case 外部编号: no two cases of a county have the same one of the same system."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: ClearText
    id: ClearText


class SubmitProposal(Command):
    """Submit a case 提交: alone, jointly 联名, or as a group 集体 with a named contact."""

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,31}$")]
    body: UUID
    term: int = Field(ge=1, le=999)
    session: int = Field(ge=1, le=999)
    form: Form = "single"
    title: ClearText
    text: FreeText
    submitter: UUID
    cosigners: tuple[UUID, ...] = Field(default=(), max_length=500)
    group: ClearText | None = None
    nature: ClearText | None = None
    call: UUID | None = None
    topic: int | None = Field(default=None, ge=1, le=9999)
    external: ExternalId | None = None
    submitted_on: BusinessDate


class ConfirmCosigning(Command):
    """Agree to co-sign 联名确认."""

    confirmed_on: BusinessDate


class DeclineCosigning(Command):
    """Do not co-sign."""

    declined_on: BusinessDate


class ReturnForRevision(Command):
    """Give the case back for revision 退回修改."""

    reason: FreeText
    returned_on: BusinessDate


class ReviseProposal(Command):
    """Hand in a revised text."""

    title: ClearText
    text: FreeText
    revised_on: BusinessDate


class DeclineProposal(Command):
    """Do not register the case 不予立案; `diverted_to` says that it is to live on as 社情民意."""

    reason: FreeText
    diverted_to: Diversion | None = None
    declined_on: BusinessDate


class RegisterProposal(Command):
    """Register the case 立案, under the next number or under the one that the body has given it."""

    number: int | None = Field(default=None, ge=1, le=9_999_999)
    nature: ClearText | None = None
    registered_on: BusinessDate


class HandOver(Command):
    """Hand the case to the units that handle it 交办; without `pack` the county's adopted pack for the kind rules."""

    lead: UUID | None = None
    separate: tuple[UUID, ...] = Field(default=(), max_length=50)
    co: tuple[UUID, ...] = Field(default=(), max_length=50)
    office: UUID | None = None
    leader: ClearText | None = None
    pack: Annotated[str, StringConstraints(max_length=64)] | None = None
    handed_over_on: BusinessDate


class SignFor(Command):
    """Sign for the case 签收, for the caller's unit."""

    signed_for_on: BusinessDate


class ContactMember(Command):
    """Record the first contact: the member was told section, handler and telephone."""

    section: ClearText
    contacted_on: BusinessDate


class GiveOpinion(Command):
    """Give a co unit's opinion to the lead 会办意见."""

    opinion: FreeText
    given_on: BusinessDate


class WaiveOpinion(Command):
    """Let the lead go on without a co unit's opinion."""

    unit: UUID
    reason: ClearText
    waived_on: BusinessDate


class DraftReply(Command):
    """Draft the reply 拟文."""

    category: Word
    scheme: Annotated[str, StringConstraints(max_length=64)]
    text: FreeText
    drafted_on: BusinessDate


class ReviewReply(Command):
    """Pass the draft on to the signer, or send it back 审核."""

    passed: bool
    remark: FreeText | None = None
    reviewed_on: BusinessDate


class SignReply(Command):
    """Sign the reply 签发."""

    document: ClearText
    signed_on: BusinessDate


class CorrectReply(Command):
    """Correct a signed reply 更正."""

    text: FreeText
    category: Word | None = None
    scheme: Annotated[str, StringConstraints(max_length=64)] | None = None
    reason: ClearText
    approved_by: ClearText
    corrected_on: BusinessDate


class DeliverReply(Command):
    """Deliver the signed reply to one of those who must be answered 送达."""

    member: UUID
    mode: Delivery
    delivered_on: BusinessDate


class ReceiveReply(Command):
    """Give the receipt 回执."""

    member: UUID
    unit: UUID | None = None
    """Whose reply; needed where several units answer."""
    received_on: BusinessDate


class RateReply(Command):
    """Rate the handling 测评, by the pack's words."""

    member: UUID
    unit: UUID | None = None
    """Whose reply; needed where several units answer."""
    result: Word
    attitude: Word | None = None
    remark: FreeText | None = None
    instead_of: UUID | None = None
    """A member whose seat has ended, and for whom the pack lets the calling co-signer rate."""
    rated_on: BusinessDate


class OrderRehandling(Command):
    """Have the case handled again 再次办理."""

    unit: UUID | None = None
    """Whose reply; needed where several units answer."""
    ordered_on: BusinessDate


class CloseProposal(Command):
    """Close the case 办结."""

    closed_on: BusinessDate


class EraseProposal(Command):
    """Destroy the keys of the case by order."""

    reason: ClearText
    ordered_by: ClearText
    erased_on: BusinessDate
