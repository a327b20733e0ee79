"""What people may ask about reports of public opinion 社情民意; each model is the body of one HTTP request."""

from uuid import UUID

from pydantic import Field

from contracts.event import ClearText
from runtime.http import BusinessDate, Command
from services.proposals.commands import FreeText


class SubmitOpinion(Command):
    """Report what people think 提交."""

    body: UUID
    title: ClearText
    text: FreeText
    submitter: UUID
    submitted_on: BusinessDate


class DivertProposal(Command):
    """Let a case that was not registered live on as a report 转为社情民意."""

    submitted_on: BusinessDate


class EditOpinion(Command):
    """Give it another wording 编辑."""

    title: ClearText
    text: FreeText
    edited_on: BusinessDate


class AdoptOpinion(Command):
    """Adopt it at a level 采用."""

    level: ClearText
    adopted_by: ClearText
    issue: ClearText | None = None
    adopted_on: BusinessDate


class ForwardOpinion(Command):
    """Forward it to whoever can act upon it 转送."""

    to: ClearText
    unit: UUID | None = None
    forwarded_on: BusinessDate


class FeedBackOpinion(Command):
    """Record what became of it 反馈."""

    number: int = Field(ge=1, le=9999)
    feedback: FreeText
    fed_back_on: BusinessDate


class ScoreOpinion(Command):
    """Score an adoption 计分, in whole points."""

    level: ClearText
    points: int = Field(ge=0, le=1000)
    basis: ClearText
    scored_on: BusinessDate


class EraseOpinion(Command):
    """Destroy its key by order."""

    reason: ClearText
    ordered_by: ClearText
    erased_on: BusinessDate
