"""A call for proposals 征集: its topics, until when, and whether a submission may name it."""

from datetime import date
from typing import Any
from uuid import UUID

from contracts.calls import CallClosed, CallOpened, TopicAdded
from contracts.envelope import Envelope
from contracts.event import Event
from runtime.folds import State
from runtime.refusals import Refusal
from services.proposals.call_for_proposals.call_commands import AddTopic, CloseCall, OpenCall
from services.proposals.commands import SubmitProposal
from services.proposals.guards import BodyUnknown, DateOutOfOrder, dated


class Call(State):
    """A call for proposals 征集."""

    body: UUID | None = None
    term: int = 0
    session: int = 0
    title: str = ""
    topics: tuple[str, ...] = ()
    """Numbered from 1."""
    until_on: date | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    reason: str | None = None

    def open_on(self, day: date) -> bool:
        """Say whether it takes submissions on a business date, first and last day included."""
        if self.opened_on is None or self.until_on is None:
            return False
        return self.opened_on <= day <= min(self.until_on, self.closed_on or self.until_on)


class CallIsClosed(Refusal):
    """The call has ended."""

    code, status, title = "call.closed", 409, "征集已经截止"


class CallNotOpen(Refusal):
    """There is no such call of this body, or it takes no submission on that day."""

    code, status, title = "call.not_open", 409, "没有该项征集, 或当日不在征集期内"


class TopicUnknown(Refusal):
    """The call has no topic of this number."""

    code, status, title = "call.topic_unknown", 409, "征集中没有该选题"


class TopicRepeated(Refusal):
    """The call has this topic already."""

    code, status, title = "call.topic_repeated", 409, "征集中已有该选题"


def evolve(call: Call, event: Event, envelope: Envelope[Any]) -> Call:
    """Give the call after an event."""
    match event:
        case CallOpened():
            return Call(**event.model_dump(exclude={"clocks"}))
        case TopicAdded():
            return call.model_copy(update={"topics": (*call.topics, event.topic)})
        case CallClosed():
            return call.model_copy(update={"closed_on": event.closed_on, "reason": event.reason})
        case _:
            raise AssertionError(f"no fold for {type(event).__name__}")


def open_call(command: OpenCall, *, body_known: bool, today: date) -> CallOpened:
    """Decide to call for proposals.

    Raises: BodyUnknown, TopicRepeated, DateInFuture, DateOutOfOrder when it would end before it begins.
    """
    dated(command.opened_on, today)
    if command.until_on < command.opened_on:
        raise DateOutOfOrder(date=str(command.until_on), after=str(command.opened_on))
    if not body_known:
        raise BodyUnknown(body=str(command.body))
    if len(set(command.topics)) != len(command.topics):
        raise TopicRepeated
    return CallOpened(**command.model_dump())


def add_topic(call: Call, command: AddTopic, today: date) -> TopicAdded:
    """Decide to add a topic while the call is open.

    Raises: CallIsClosed, TopicRepeated, DateInFuture, DateOutOfOrder.
    """
    dated(command.added_on, today, call.opened_on)
    if not call.open_on(command.added_on):
        raise CallIsClosed
    if command.topic in call.topics:
        raise TopicRepeated
    return TopicAdded(number=len(call.topics) + 1, topic=command.topic, added_on=command.added_on)


def close_call(call: Call, command: CloseCall, today: date) -> CallClosed:
    """Decide to end the call; nothing is taken after that day.

    Raises: CallIsClosed, DateInFuture, DateOutOfOrder.
    """
    if call.closed_on is not None:
        raise CallIsClosed
    dated(command.closed_on, today, call.opened_on)
    return CallClosed(reason=command.reason, closed_on=command.closed_on)


def require_open(call: Call, command: SubmitProposal) -> None:
    """Refuse a submission that names a call which is not its body's or not open, or a topic that the call has not.

    Raises: CallNotOpen, TopicUnknown.
    """
    if command.call is not None and not (call.body == command.body and call.open_on(command.submitted_on)):
        raise CallNotOpen(call=str(command.call))
    if command.topic is not None and (command.call is None or command.topic > len(call.topics)):
        raise TopicUnknown(topic=command.topic)
