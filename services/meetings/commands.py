"""What people may ask of the meetings service; each model is the body of one HTTP request."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from contracts.event import ClearText
from contracts.meetings import Mode, Stage
from runtime.http import BusinessDate, Command

FreeText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
"""Text that is sealed before anything keeps it."""

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
"""The name of an uploaded photo, as the upload was answered."""


class RecordMeeting(Command):
    """Record that a handler met the member 见面; the handler is the caller."""

    case: UUID
    unit: UUID
    member: UUID
    stage: Stage
    mode: Mode
    met_on: BusinessDate
    place: ClearText | None = None
    summary: FreeText
    wishes: FreeText | None = None
    measures: FreeText | None = None
    evidence: tuple[Digest, ...] = Field(default=(), max_length=20)
    late_reason: ClearText | None = None


class ConfirmMeeting(Command):
    """The member confirms that the meeting took place."""

    confirmed_on: BusinessDate


class DisputeMeeting(Command):
    """The member says that the meeting did not take place as recorded."""

    reason: FreeText
    disputed_on: BusinessDate


class WithdrawMeeting(Command):
    """Withdraw a record made in error."""

    reason: ClearText
    approved_by: ClearText
    withdrawn_on: BusinessDate
