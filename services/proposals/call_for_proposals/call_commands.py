"""What people may ask about calls for proposals 征集; each model is the body of one HTTP request."""

from uuid import UUID

from pydantic import Field

from contracts.event import ClearText
from runtime.http import BusinessDate, Command


class OpenCall(Command):
    """Call for proposals 发布征集."""

    body: UUID
    term: int = Field(ge=1, le=999)
    session: int = Field(ge=1, le=999)
    title: ClearText
    topics: tuple[ClearText, ...] = Field(default=(), max_length=200)
    until_on: BusinessDate
    opened_on: BusinessDate


class AddTopic(Command):
    """Add a topic 增列选题."""

    topic: ClearText
    added_on: BusinessDate


class CloseCall(Command):
    """End the call 截止征集."""

    reason: ClearText | None = None
    closed_on: BusinessDate
