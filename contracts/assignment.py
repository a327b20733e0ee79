"""Events of who handles a case, and until when: 申请调整, 改办, 承继, 延期."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import ClearText, Event


class _Assignment(Event):
    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "proposal"


class AdjustmentAsked(_Assignment):
    """A unit says that the case is another one's 申请调整; until the decision it stays the unit's."""

    unit: UUID = Field(description="单位: id of the unit that asks")
    reason: ClearText = Field(description="理由: why the case is not its own, in clear")
    suggested: UUID | None = Field(default=None, description="建议单位: id of the unit that it thinks responsible")
    asked_on: date = Field(description="申请日期: business date, Asia/Shanghai")


class AdjustmentRefused(_Assignment):
    """The office leaves the case with the unit that asked 不予调整."""

    unit: UUID = Field(description="单位: id of the unit that keeps the case")
    reason: ClearText = Field(description="理由: in clear")
    refused_on: date = Field(description="决定日期: business date, Asia/Shanghai")


class UnitRedirected(_Assignment):
    """The office gives a unit's part of the case to another 改办; its clocks fall away, the other's start."""

    unit: UUID = Field(description="原承办单位: id of the unit that is relieved")
    to: UUID | None = Field(
        default=None, description="改办单位: id of the unit in its place; absent = a co unit is needed no longer"
    )
    reason: ClearText | None = Field(default=None, description="理由: in clear, when the unit had not asked")
    redirected_on: date = Field(
        description="改办日期: business date, Asia/Shanghai; the new unit's clocks start from it"
    )


class UnitSucceeded(_Assignment):
    """A unit that is no more gives its part to its successor 承继办理; what ran for the one runs on for the other."""

    unit: UUID = Field(description="原承办单位: id of the unit that is no more")
    to: UUID = Field(description="承继单位: id of its successor")
    succeeded_on: date = Field(description="承继日期: business date, Asia/Shanghai")


class ExtensionAsked(_Assignment):
    """A unit asks for more time 申请延期."""

    unit: UUID = Field(description="单位: id of the unit that asks")
    kind: str = Field(max_length=32, description="时限: kind of the clock that is to run longer")
    until_on: date = Field(description="拟延至: the last day asked for, inclusive, Asia/Shanghai")
    reason: ClearText = Field(description="理由: in clear")
    through_office: bool = Field(
        default=False, description="须经转报: by the pack, the unit's office has to pass the request on"
    )
    decided_by: tuple[Literal["committee", "office"], ...] | None = Field(
        default=None, description="批准机关: who decides by the pack; absent = whoever handed the case over"
    )
    only_for: ClearText | None = Field(
        default=None, description="可延期的情形: as the pack's source words it; the grant states that it is so"
    )
    asked_on: date = Field(description="申请日期: business date, Asia/Shanghai")


class ExtensionRelayed(_Assignment):
    """The unit's office passes the request on 转报延期, as the pack has it."""

    unit: UUID = Field(description="单位: id of the unit that asks")
    kind: str = Field(max_length=32, description="时限: kind of the clock that is to run longer")
    relayed_on: date = Field(description="转报日期: business date, Asia/Shanghai")


class ExtensionGranted(_Assignment):
    """More time is granted 准予延期; the members named have to be told."""

    unit: UUID = Field(description="单位: id of the unit that gets it")
    kind: str = Field(max_length=32, description="时限: kind of the clock that runs longer")
    until_on: date = Field(description="延至: the new last day, inclusive, Asia/Shanghai")
    reason: ClearText = Field(description="理由: in clear")
    ground: ClearText | None = Field(
        default=None,
        description="符合情形的依据: why the case is one that may have it, where the pack says which may",
    )
    tell: tuple[UUID, ...] = Field(description="告知对象: ids of the members who have to be told")
    granted_on: date = Field(description="批准日期: business date, Asia/Shanghai")


class ExtensionRefused(_Assignment):
    """More time is not granted 不予延期."""

    unit: UUID = Field(description="单位: id of the unit that asked")
    kind: str = Field(max_length=32, description="时限: kind of the clock that stays as it is")
    reason: ClearText = Field(description="理由: in clear")
    refused_on: date = Field(description="决定日期: business date, Asia/Shanghai")


class ExtensionExplained(_Assignment):
    """The unit tells the members why it takes longer 说明延期; where nobody approves, this is what extends."""

    unit: UUID = Field(description="单位: id of the unit that takes longer")
    kind: str = Field(max_length=32, description="时限: kind of the clock that runs longer")
    until_on: date = Field(description="延至: the new last day, inclusive, Asia/Shanghai")
    reason: ClearText = Field(description="理由: as the members were told, in clear")
    ground: ClearText | None = Field(
        default=None,
        description="符合情形的依据: why the case is one that may have it, where the pack says which may",
    )
    told: tuple[UUID, ...] = Field(description="告知对象: ids of the members who were told")
    explained_on: date = Field(description="说明日期: business date, Asia/Shanghai")


EVENTS: tuple[type[Event], ...] = (
    AdjustmentAsked,
    AdjustmentRefused,
    UnitRedirected,
    UnitSucceeded,
    ExtensionAsked,
    ExtensionRelayed,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionExplained,
)
