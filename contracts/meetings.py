"""Events of the meetings service: handler meetings 见面."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import ClearText, Event
from contracts.sealed import Sealed, SealedFile

Stage = Literal["before", "during", "after"]
"""办前, 办中, 办后."""

Mode = Literal["in_person", "telephone", "on_site", "symposium", "local_office"]
"""当面, 电话, 实地, 座谈, 委托基层."""


class _Meetings(Event):
    service: ClassVar[str] = "meetings"
    aggregate: ClassVar[str] = "meeting"


class HandlerMet(_Meetings):
    """A handler met the member 见面: when, how, for which unit, with which evidence."""

    case: UUID = Field(description="The proposal that the meeting was about")
    unit: UUID = Field(description="The handling unit on whose behalf the handler came")
    handler: str = Field(max_length=128, description="Who met the member: a token subject")
    member: UUID = Field(description="The member who was met")
    stage: Stage
    mode: Mode
    met_on: date = Field(description="Business date of the meeting, Asia/Shanghai")
    place: ClearText | None = None
    summary: Sealed = Field(description="What was said")
    wishes: Sealed | None = Field(default=None, description="What the member asks for")
    measures: Sealed | None = Field(default=None, description="What was agreed")
    evidence: tuple[SealedFile, ...] = Field(default=(), description="Photos, by mode as the pack demands")
    pack_digest: str = Field(description="The rule pack whose evidence rule was applied")
    late: bool = Field(default=False, description="Recorded later than the pack allows; counted apart in every rate")
    late_reason: ClearText | None = Field(default=None, description="Why it was recorded late")


class HandlerMeetingConfirmed(_Meetings):
    """The member confirms that the meeting took place; silence blocks nothing."""

    member: UUID
    confirmed_on: date


class HandlerMeetingDisputed(_Meetings):
    """The member says that the meeting did not take place as recorded."""

    member: UUID
    disputed_on: date
    reason: Sealed


class HandlerMeetingWithdrawn(_Meetings):
    """A record made in error is withdrawn, with reason and authority; it is never erased."""

    case: UUID = Field(description="The proposal that the meeting was about")
    corrects: UUID = Field(description="The HandlerMet event that no longer counts")
    reason: ClearText
    approved_by: ClearText = Field(description="Authority: who approved the withdrawal, by office")
    withdrawn_on: date


EVENTS: tuple[type[Event], ...] = (
    HandlerMet,
    HandlerMeetingConfirmed,
    HandlerMeetingDisputed,
    HandlerMeetingWithdrawn,
)
