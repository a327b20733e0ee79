"""Clocks (时限): the one mechanism behind every deadline of every service.

A clock is a value inside an event. It names what is due (kind), from whom, on which day, how strictly, and
carries the proof of that day: rule pack, article, starting day, arithmetic, calendar. An event may open, move
and close several clocks, by id, so whoever follows clocks needs no rule of the trade (ADR 0003).
"""

from datetime import date
from typing import Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

CLOCK_NAMESPACE = uuid5(NAMESPACE_URL, "urn:yishi:clock")

Unit = Literal["day", "working_day", "month"]
"""日 (calendar day), 工作日 (working day under the State Council's calendar), 月 (calendar month)."""

Strength = Literal["soft", "hard"]
"""原则上 (soft: may be passed with a reason) or 最迟 (hard)."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class CalendarUse(_Value):
    """Which holiday calendar was consulted for one year, or that none had been published yet."""

    year: int = Field(description="Calendar year, Asia/Shanghai")
    digest: str | None = Field(
        default=None, description="sha256:… of the published calendar's bytes; absent when unpublished"
    )


class Proof(_Value):
    """Why a clock is due on its day: everything needed to compute the day again from the log alone."""

    pack: str = Field(description="Name of the rule pack, e.g. henan-2017")
    pack_digest: str = Field(description="sha256:… of the pack's exact bytes")
    rule: str = Field(description="Key of the rule within the pack's clocks, e.g. reply")
    source: str = Field(default="", description="The regulation, as the pack names it")
    article: str | None = Field(default=None, description="Article of the regulation, when it states one")
    chosen: bool = Field(default=False, description="True when no source states the rule and the county chose it")
    started_by: str = Field(description="What started the clock: handed_over, received, reply_received …")
    started_on: date = Field(description="Business date of the start (Asia/Shanghai); not counted itself")
    amount: int | None = Field(default=None, description="Length of the period, in `unit`")
    unit: Unit | None = Field(default=None, description="Unit of `amount`")
    fixed_on: date | None = Field(default=None, description="A fixed last day (4月30日以前): inclusive, never moved")
    nominal_on: date | None = Field(default=None, description="The period's last day before it rolled forward")
    excluded: tuple[date, ...] = Field(
        default=(), description="Non-working days skipped: while counting 工作日, or while rolling forward"
    )
    calendars: tuple[CalendarUse, ...] = Field(default=(), description="Holiday calendars consulted")
    undefined: str | None = Field(default=None, description="The placeholder that stands where a value should")
    extended_from: date | None = Field(default=None, description="The last day before it was put off by an extension")
    latest_on: date | None = Field(default=None, description="The day beyond which the pack lets no extension go")


class Clock(_Value):
    """A running deadline 时限."""

    id: UUID = Field(description="uuid5 of aggregate, kind, whom and round")
    kind: str = Field(description="What is due: return, contact, co_opinion, unit_reply, reply, rating, rehandle …")
    whom: str = Field(description="Who owes it: unit:<id>, member:<id> or body:<id>")
    round: int = Field(default=1, ge=1, description="Round of handling, 1 = first")
    about: str | None = Field(
        default=None,
        description="Whose reply it is about, unit:<id>, where several units answer; then part of the id",
    )
    due_on: date | None = Field(default=None, description="Last day (inclusive, Asia/Shanghai); absent = undefined")
    strength: Strength = Field(default="hard", description="soft 原则上, hard 最迟")
    provisional: bool = Field(default=False, description="Computed without a published calendar for some year")
    proof: Proof = Field(description="Why it is due on that day")


class ClockMoved(_Value):
    """A running clock gets another last day."""

    id: UUID = Field(description="The clock that is moved")
    due_from: date | None = Field(default=None, description="Its last day so far, Asia/Shanghai; absent = undefined")
    due_on: date | None = Field(description="Its last day from now on, inclusive, Asia/Shanghai; absent = undefined")
    reason: str = Field(description="Why, in the office's words: extension granted, calendar published …")
    provisional: bool = Field(default=False, description="Computed without a published calendar for some year")
    proof: Proof = Field(description="Why it is due on the new day")


class ClockClosed(_Value):
    """A clock stops: what it waited for happened on `on`, or it no longer applies."""

    id: UUID = Field(description="The clock that stops")
    on: date = Field(description="Business date on which it was met or fell away (Asia/Shanghai)")
    outcome: Literal["met", "void"] = Field(default="met", description="met 完成, void 不再适用")


class ClockChanges(_Value):
    """All that one event does to clocks."""

    opened: tuple[Clock, ...] = Field(default=(), description="Clocks that start")
    moved: tuple[ClockMoved, ...] = Field(default=(), description="Running clocks that get another last day")
    closed: tuple[ClockClosed, ...] = Field(default=(), description="Running clocks that stop")

    def __bool__(self) -> bool:
        return bool(self.opened or self.moved or self.closed)


def clock_id(aggregate: UUID, kind: str, whom: str, round: int = 1) -> UUID:
    """Give the id of a clock: the same facts always name the same clock.

    Source: ADR 0003.
    """
    return uuid5(CLOCK_NAMESPACE, f"{aggregate}/{kind}/{whom}/{round}")


def running_after(running: dict[UUID, Clock], changes: ClockChanges) -> dict[UUID, Clock]:
    """Give the clocks that run once `changes` have been applied to `running`; the argument is not touched."""
    after = {**running, **{clock.id: clock for clock in changes.opened}}
    for move in changes.moved:
        if move.id in after:
            after[move.id] = after[move.id].model_copy(
                update={"due_on": move.due_on, "provisional": move.provisional, "proof": move.proof}
            )
    for closing in changes.closed:
        after.pop(closing.id, None)
    return after
