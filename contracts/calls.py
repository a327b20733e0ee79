"""Events of calls for proposals 征集: topics, until when, and their end."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import ClearText, Event


class _Call(Event):
    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "call"


class CallOpened(_Call):
    """A body calls for proposals 发布征集, with topics to choose from and a closing date."""

    body: UUID = Field(description="机构: id of the body that calls")
    term: int = Field(ge=1, description="届: of the body, 1 = first")
    session: int = Field(ge=1, description="次: session for which it calls, 1 = first")
    title: ClearText = Field(description="征集公告: its title, in clear")
    topics: tuple[ClearText, ...] = Field(default=(), description="选题: in order, numbered from 1")
    until_on: date = Field(description="截止日期: last day of submission, inclusive, Asia/Shanghai")
    opened_on: date = Field(description="发布日期: business date, Asia/Shanghai")


class TopicAdded(_Call):
    """A topic is added to the call 增列选题."""

    number: int = Field(ge=1, description="选题序号: of the topic within the call, 1 = first")
    topic: ClearText = Field(description="选题: in clear")
    added_on: date = Field(description="增列日期: business date, Asia/Shanghai")


class CallClosed(_Call):
    """The call ends 截止征集, by its day or before."""

    reason: ClearText | None = Field(default=None, description="理由: why it ends before its day, in clear")
    closed_on: date = Field(description="截止办理日期: business date, Asia/Shanghai")


EVENTS: tuple[type[Event], ...] = (CallOpened, TopicAdded, CallClosed)
