"""What people may ask about yearly summaries 年度总结; each model is the body of one HTTP request."""

from uuid import UUID

from pydantic import Field

from contracts.event import ClearText
from contracts.summaries import Receiver, Scope
from runtime.http import BusinessDate, Command
from services.proposals.commands import FreeText


class AskSummary(Command):
    """Have a unit, or the office itself, sum up its year 布置总结."""

    unit: UUID
    scope: Scope = "unit"
    year: int = Field(ge=1900, le=2999)
    asked_by: ClearText
    due_on: BusinessDate
    asked_on: BusinessDate


class SubmitSummary(Command):
    """Hand the summary in 报送总结; the figures are counted, not given."""

    text: FreeText
    submitted_on: BusinessDate


class ReceiveSummary(Command):
    """Give the receipt of one of the three 总结回执."""

    receiver: Receiver
    received_by: ClearText | None = None
    received_on: BusinessDate


class EraseSummary(Command):
    """Destroy its key by order."""

    reason: ClearText
    ordered_by: ClearText
    erased_on: BusinessDate
