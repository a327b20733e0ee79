"""Events of yearly summaries 年度总结: of a unit's handling, or of the office's, with counts and three receipts."""

from datetime import date
from typing import ClassVar, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import ClearText, Event
from contracts.sealed import Sealed

Scope = Literal["unit", "office"]
"""承办单位总结, 办公室总结 (of all units)."""

Receiver = Literal["congress", "government", "consultative"]
"""人大, 政府, 政协."""

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:yishi:summary")


def summary_of(county: str, unit: UUID, scope: Scope, year: int) -> UUID:
    """Give the id of a unit's summary of a year: there is one, whoever asks for it."""
    return uuid5(_NAMESPACE, f"{county}/{unit}/{scope}/{year}")


class Tally(BaseModel):
    """What a unit, or all units, did in one part 主办 or 会办; counted when the summary was handed in."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    assigned: int = Field(ge=0, description="Cases handed over in the year, by unit (件次)")
    answered: int = Field(ge=0, description="Of these, those whose answer, or opinion to the lead, was given")
    on_time: int = Field(ge=0, description="Of these, those answered by their last day")
    met: int = Field(default=0, ge=0, description="Of the cases, those with a meeting before, during and after")
    closed: int = Field(default=0, ge=0, description="Of the cases, those closed")
    categories: dict[str, int] = Field(
        default_factory=dict, description="Cases by scheme/category of the signed reply; only of those who answer"
    )
    ratings: dict[str, int] = Field(
        default_factory=dict, description="Cases by the worst rating of the last round; only of those who answer"
    )

    def __str__(self) -> str:
        return f"{self.assigned} 件次，已答 {self.answered}，按期 {self.on_time}，见面 {self.met}，办结 {self.closed}"


class _Summary(Event):
    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "summary"


class SummaryAsked(_Summary):
    """A unit, or the office itself, is to sum up its year 布置总结; the clock starts."""

    unit: UUID = Field(description="单位: id of the unit that sums up")
    scope: Scope = Field(description="范围: unit 本单位承办, office 全部承办单位")
    year: int = Field(ge=1900, le=2999, description="年度: the year that is summed up")
    asked_by: ClearText = Field(description="布置机关: who asks, by office, or the document that does")
    asked_on: date = Field(description="布置日期: business date, Asia/Shanghai")


class SummarySubmitted(_Summary):
    """The summary is handed in 报送总结, with the figures of that moment; until a receipt a new one replaces it."""

    text: Sealed = Field(description="总结正文: sealed")
    lead: Tally = Field(description="主办: what the unit did as lead, or answering for itself")
    co: Tally = Field(description="会办: what the unit did as co unit")
    submitted_on: date = Field(description="报送日期: business date, Asia/Shanghai")


class SummaryReceived(_Summary):
    """One of those to whom it is due has it 总结回执."""

    receiver: Receiver = Field(description="签收方: congress 人大, government 政府, consultative 政协")
    received_by: ClearText | None = Field(default=None, description="签收人: by office, in clear")
    received_on: date = Field(description="签收日期: business date, Asia/Shanghai")


class SummaryErased(_Summary):
    """Its key is destroyed by order 销毁总结: its text can never be read again; the figures stay."""

    reason: ClearText = Field(description="理由: in clear")
    ordered_by: ClearText = Field(description="依据: the order or law that demands it")
    erased_on: date = Field(description="销毁日期: business date, Asia/Shanghai")


EVENTS: tuple[type[Event], ...] = (SummaryAsked, SummarySubmitted, SummaryReceived, SummaryErased)
