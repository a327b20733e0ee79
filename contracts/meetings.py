"""Events of the meetings service: handler meetings 见面."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import ClearText, Event
from contracts.sealed import Sealed, SealedFile

Stage = Literal["before", "during", "after"]
"""办前, 办中, 办后."""

Mode = Literal["in_person", "telephone", "on_site", "symposium", "local_office"]
"""当面, 电话, 实地, 座谈, 委托基层."""


class _Meetings(Event):
    service: ClassVar[str] = "meetings"
    aggregate: ClassVar[str] = "meeting"


class HandlerMet(_Meetings):
    """A handler met the member 见面: when, how, for which unit, with which evidence."""

    case: UUID = Field(description="件: id of the case that the meeting was about")
    unit: UUID = Field(description="单位: id of the handling unit on whose behalf the handler came")
    handler: str = Field(max_length=128, description="经办人: who met the member: a token subject")
    member: UUID = Field(description="委员代表: id of the member who was met")
    stage: Stage = Field(description="见面阶段: before 办前, during 办中, after 办后")
    mode: Mode = Field(
        description="见面方式: in_person 当面, telephone 电话, on_site 实地, symposium 座谈, local_office 委托基层"
    )
    met_on: date = Field(description="见面日期: business date, Asia/Shanghai")
    place: ClearText | None = Field(default=None, description="见面地点: in clear")
    summary: Sealed = Field(description="见面情况: what was said, sealed")
    wishes: Sealed | None = Field(default=None, description="委员意愿: what the member asks for, sealed")
    measures: Sealed | None = Field(default=None, description="商定措施: what was agreed, sealed")
    evidence: tuple[SealedFile, ...] = Field(
        default=(), description="佐证照片: sealed files, by mode as the pack demands"
    )
    pack_digest: str = Field(description="规则摘要: sha256:… of the rule pack whose evidence rule was applied")
    late: bool = Field(
        default=False, description="迟录: recorded later than the pack allows; counted apart in every rate"
    )
    late_reason: ClearText | None = Field(default=None, description="迟录原因: why it was recorded late, in clear")


class HandlerMeetingConfirmed(_Meetings):
    """The member confirms that the meeting took place 确认见面; silence blocks nothing."""

    member: UUID = Field(description="委员代表: id of the member who confirms")
    confirmed_on: date = Field(description="确认日期: business date, Asia/Shanghai")


class HandlerMeetingDisputed(_Meetings):
    """The member says that the meeting did not take place as recorded 见面异议."""

    member: UUID = Field(description="委员代表: id of the member who disputes")
    disputed_on: date = Field(description="异议日期: business date, Asia/Shanghai")
    reason: Sealed = Field(description="异议理由: sealed")


class HandlerMeetingWithdrawn(_Meetings):
    """A record made in error is withdrawn 撤回见面, with reason and authority; it is never erased."""

    case: UUID = Field(description="件: id of the case that the meeting was about")
    corrects: UUID = Field(description="撤回对象: id of the HandlerMet event that no longer counts")
    reason: ClearText = Field(description="撤回理由: in clear")
    approved_by: ClearText = Field(description="批准: authority: who approved the withdrawal, by office")
    withdrawn_on: date = Field(description="撤回日期: business date, Asia/Shanghai")


EVENTS: tuple[type[Event], ...] = (
    HandlerMet,
    HandlerMeetingConfirmed,
    HandlerMeetingDisputed,
    HandlerMeetingWithdrawn,
)
