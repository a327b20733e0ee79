"""What people may ask about what lies over a case; each model is the body of one HTTP request."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.event import ClearText
from contracts.overlays import Disclosure, Pressing
from runtime.http import BusinessDate, Command
from services.proposals.commands import FreeText


class DesignateKeyCase(Command):
    """Make the case a key case 列为重点."""

    leader: ClearText
    unit: UUID | None = None
    reason: ClearText | None = None
    designated_by: ClearText
    designated_on: BusinessDate


class EndKeyCase(Command):
    """Make the case a key case no longer."""

    reason: ClearText
    ended_on: BusinessDate


class UrgeUnit(Command):
    """Press a handling unit 催办, 督办; without `due_on` the pack's rule, if any, says until when."""

    unit: UUID
    pressing: Pressing
    level: ClearText | None = None
    urged_by: ClearText
    demand: ClearText
    due_on: BusinessDate | None = None
    urged_on: BusinessDate


class AnswerUrging(Command):
    """Answer an urging, for the caller's unit."""

    number: int = Field(ge=1, le=9999)
    answer: FreeText
    answered_on: BusinessDate


class CommendProposal(Command):
    """Commend the case 评选表彰."""

    award: ClearText
    awarded_by: ClearText
    awarded_on: BusinessDate


class RevokeProposalCommendation(Command):
    """Take a commendation of the case back."""

    award: ClearText
    reason: ClearText
    revoked_on: BusinessDate


class DecideDisclosure(Command):
    """Decide whether the public may read the case 公开; `text` is the redacted text that takes the case's place."""

    disclosure: Disclosure
    text: FreeText | None = None
    reason: ClearText | None = None
    decided_by: ClearText
    decided_on: BusinessDate


class Gap(BaseModel):
    """An entry of the checklist that the file does not hold, and why it is accepted all the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    reason: ClearText


class ArchiveProposal(Command):
    """Archive the file of the closed case 立卷归档."""

    shelf: ClearText
    gaps: tuple[Gap, ...] = Field(default=(), max_length=500)
    archived_on: BusinessDate


class CommendUnit(Command):
    """Commend a unit 评选表彰, e.g. for a year's work."""

    unit: UUID
    year: int = Field(ge=1900, le=2999)
    award: ClearText
    awarded_by: ClearText
    awarded_on: BusinessDate


class RevokeUnitCommendation(Command):
    """Take a unit's commendation back."""

    reason: ClearText
    revoked_on: BusinessDate
