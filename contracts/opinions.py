"""Events of 社情民意: what members report of public opinion, from submission to feedback and score."""

from datetime import date
from typing import ClassVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import Field

from contracts.event import ClearText, Event
from contracts.sealed import Sealed

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:yishi:opinion")


def opinion_of(case: UUID) -> UUID:
    """Give the id of the 社情民意 that a declined case becomes; the same case always the same."""
    return uuid5(_NAMESPACE, str(case))


class _Opinion(Event):
    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "opinion"


class OpinionSubmitted(_Opinion):
    """A member reports what people think 提交社情民意, or a case that was not registered becomes such a report."""

    body: UUID = Field(description="机构: id of the body it is submitted to")
    title: ClearText = Field(description="题目: title, in clear")
    text: Sealed = Field(description="正文: sealed; of a diverted case with that case's key")
    submitter: UUID = Field(description="反映人: id of the member who reports it")
    case: UUID | None = Field(default=None, description="转自: id of the case that was not registered")
    submitted_on: date = Field(description="提交日期: business date, Asia/Shanghai")


class OpinionEdited(_Opinion):
    """The committee's editor gives it another wording 编辑社情民意; the first one stays in the log."""

    title: ClearText = Field(description="题目: the edited title, in clear")
    text: Sealed = Field(description="正文: the edited text, sealed")
    edited_on: date = Field(description="编辑日期: business date, Asia/Shanghai")


class OpinionAdopted(_Opinion):
    """It is adopted at a level 采用, e.g. by the county's or the province's body."""

    level: ClearText = Field(description="采用层级: 县级, 市级, 省级 …: the county's own words")
    adopted_by: ClearText = Field(description="采用单位: who adopted it, by office")
    issue: ClearText | None = Field(default=None, description="刊期: in which issue it was printed")
    adopted_on: date = Field(description="采用日期: business date, Asia/Shanghai")


class OpinionForwarded(_Opinion):
    """It is forwarded to whoever can act upon it 转送."""

    number: int = Field(ge=1, description="转送次序: of the forwarding of this report, 1 = first")
    to: ClearText = Field(description="转送对象: who gets it, by office")
    unit: UUID | None = Field(default=None, description="单位: id of the unit, when it is one of the county's")
    forwarded_on: date = Field(description="转送日期: business date, Asia/Shanghai")


class OpinionFedBack(_Opinion):
    """Whoever it was forwarded to says what became of it 反馈."""

    number: int = Field(ge=1, description="转送次序: the forwarding that this answers")
    feedback: Sealed = Field(description="反馈内容: sealed")
    fed_back_on: date = Field(description="反馈日期: business date, Asia/Shanghai")


class OpinionScored(_Opinion):
    """The adoption at a level earns the member points 计分."""

    level: ClearText = Field(description="采用层级: the adoption that is scored")
    points: int = Field(ge=0, le=1000, description="分值: whole points")
    basis: ClearText = Field(description="计分依据: the scoring scheme or decision, in clear")
    scored_on: date = Field(description="计分日期: business date, Asia/Shanghai")


class OpinionErased(_Opinion):
    """Its key is destroyed by order 销毁社情民意: its texts can never be read again."""

    reason: ClearText = Field(description="理由: in clear")
    ordered_by: ClearText = Field(description="依据: the order or law that demands it")
    erased_on: date = Field(description="销毁日期: business date, Asia/Shanghai")


EVENTS: tuple[type[Event], ...] = (
    OpinionSubmitted,
    OpinionEdited,
    OpinionAdopted,
    OpinionForwarded,
    OpinionFedBack,
    OpinionScored,
    OpinionErased,
)
