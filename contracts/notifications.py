"""Events of the notifications service: every reminder 提醒 and digest 督办通报, sent once, and who has read it."""

from datetime import date
from typing import ClassVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import Event

REMINDER_NAMESPACE = uuid5(NAMESPACE_URL, "urn:yishi:reminder")
DIGEST_NAMESPACE = uuid5(NAMESPACE_URL, "urn:yishi:digest")


class _Notifications(Event):
    service: ClassVar[str] = "notifications"


class ReminderSent(_Notifications):
    """Somebody was reminded of a clock 提醒: once for each rule and due date."""

    aggregate: ClassVar[str] = "reminder"

    clock: UUID = Field(description="时限: id of the clock")
    clock_kind: str = Field(description="时限类别: what is due, as the clock says")
    subject: str = Field(
        description="所属事项: subject of the aggregate that owns the clock, evt.<county>.<service>.<aggregate>.<id>"
    )
    whom: str = Field(description="提醒对象: unit:<id>, member:<id> or body:<id>")
    due_on: date = Field(description="到期日: the last day that the reminder was about, Asia/Shanghai")
    rule: str = Field(description="提醒规则: working_days_before:7, due_today, overdue:3 (working days) …")
    for_on: date = Field(description="提醒日: the day on which the reminder fell due, Asia/Shanghai")
    provisional: bool = Field(
        default=False, description="暂定: the last day was computed without a published calendar"
    )


class DigestEntry(BaseModel):
    """One open clock in a digest."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    clock: UUID = Field(description="时限: id of the clock")
    clock_kind: str = Field(description="时限类别: what is due, as the clock says")
    subject: str = Field(
        description="所属事项: subject of the aggregate that owns the clock, evt.<county>.<service>.<aggregate>.<id>"
    )
    due_on: date | None = Field(
        default=None, description="到期日: last day, Asia/Shanghai; absent when the rule leaves it undefined"
    )
    overdue: bool = Field(default=False, description="逾期: whether that day had passed when the period ended")


class DigestSent(_Notifications):
    """A unit's half-monthly supervision digest 督办通报: what it still has open."""

    aggregate: ClassVar[str] = "digest"

    whom: str = Field(description="通报对象: unit:<id> or body:<id>")
    period_from: date = Field(description="期初: first day of the half month, the 1st or the 16th, Asia/Shanghai")
    period_until: date = Field(description="期末: last day of the half month, inclusive, Asia/Shanghai")
    open: int = Field(ge=0, description="未结: open clocks of the unit on that day, a count")
    overdue: int = Field(ge=0, description="逾期: those past their last day, a count")
    entries: tuple[DigestEntry, ...] = Field(default=(), description="清单: the first 50 of them, most urgent first")


class ReminderRead(_Notifications):
    """A reminder was read 提醒已阅 by one of those it was for."""

    aggregate: ClassVar[str] = "reminder"

    by: str = Field(max_length=128, description="阅读人: token subject of the reader")
    read_on: date = Field(description="阅读日期: Asia/Shanghai date")


class DigestRead(_Notifications):
    """A digest was read 通报已阅 by one of those it was for."""

    aggregate: ClassVar[str] = "digest"

    by: str = Field(max_length=128, description="阅读人: token subject of the reader")
    read_on: date = Field(description="阅读日期: Asia/Shanghai date")


def reminder_id(clock: UUID, rule: str, due_on: date) -> UUID:
    """Give the id of a reminder: the same clock, rule and last day are reminded of once."""
    return uuid5(REMINDER_NAMESPACE, f"{clock}/{rule}/{due_on}")


def digest_id(county: str, whom: str, period_from: date) -> UUID:
    """Give the id of a digest: one for each unit and half month."""
    return uuid5(DIGEST_NAMESPACE, f"{county}/{whom}/{period_from}")


EVENTS: tuple[type[Event], ...] = (ReminderSent, ReminderRead, DigestSent, DigestRead)
