"""What people may ask about who handles a case and until when; each model is the body of one HTTP request."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from contracts.event import ClearText
from runtime.http import BusinessDate, Command
from services.proposals.commands import HandOver

ClockKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,31}$")]
"""Kind of a clock, as the pack names it."""


class AskAdjustment(Command):
    """Say that the case is another unit's 申请调整, for the caller's unit."""

    reason: ClearText
    suggested: UUID | None = None
    asked_on: BusinessDate


class RefuseAdjustment(Command):
    """Leave the case with the unit that asked."""

    unit: UUID
    reason: ClearText
    refused_on: BusinessDate


class RedirectUnit(Command):
    """Give a unit's part to another 改办; without `to` a co unit is needed no longer."""

    unit: UUID
    to: UUID | None = None
    reason: ClearText | None = None
    redirected_on: BusinessDate


class SucceedUnit(Command):
    """Give a unit's part to its successor 承继办理."""

    unit: UUID
    to: UUID
    succeeded_on: BusinessDate


class AskExtension(Command):
    """Ask for more time 申请延期, for the caller's unit."""

    kind: ClockKind = "reply"
    until_on: BusinessDate
    reason: ClearText
    asked_on: BusinessDate


class RelayExtension(Command):
    """Pass the unit's request on, as its office."""

    kind: ClockKind = "reply"
    relayed_on: BusinessDate


class GrantExtension(Command):
    """Grant more time 准予延期 until the day asked for, or another; with the ground where the pack asks for it."""

    unit: UUID
    kind: ClockKind = "reply"
    until_on: BusinessDate | None = None
    reason: ClearText
    ground: ClearText | None = None
    granted_on: BusinessDate


class RefuseExtension(Command):
    """Grant no more time."""

    unit: UUID
    kind: ClockKind = "reply"
    reason: ClearText
    refused_on: BusinessDate


class ExplainExtension(Command):
    """Tell the members why it takes longer 说明延期, for the caller's unit."""

    kind: ClockKind = "reply"
    until_on: BusinessDate
    reason: ClearText
    ground: ClearText | None = None
    told: tuple[UUID, ...] = Field(min_length=1, max_length=500)
    explained_on: BusinessDate


class HandOverRow(HandOver):
    """One case of a hand-over meeting; who signs for it there stands under `signed_for`."""

    case: UUID
    signed_for: tuple[UUID, ...] = Field(default=(), max_length=51)


class HoldHandOverMeeting(Command):
    """Hand many cases over in one act 交办会."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "rows": [
                    {
                        "case": "685508dd-cf85-50da-8f85-6e809bcc59ee",
                        "lead": "c7c59f20-5d11-5fa4-a29c-afdd7ffc5b45",
                        "handed_over_on": "2005-03-01",
                        "signed_for": ["c7c59f20-5d11-5fa4-a29c-afdd7ffc5b45"],
                    }
                ]
            }
        }
    )

    rows: tuple[HandOverRow, ...] = Field(min_length=1, max_length=1000)


class Reorganise(Command):
    """Give every open case of a unit that is no more to its successor."""

    unit: UUID
    to: UUID
    succeeded_on: BusinessDate
