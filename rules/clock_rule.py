"""The rule of one deadline (时限规则): how long or by which day, from what event on, by whom."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from contracts.clocks import Strength, Unit
from rules.handling import Strict
from rules.values import ArticleNumber, MaybeAmount, MaybeFixedDay, Undefined

Owes = Literal["lead", "co", "member", "office"]
"""主办单位, 会办单位, 委员或代表, 机构或政府的办公室 (the body's or the government's office)."""


STARTS: Mapping[str, str] = {
    "handed_over": "交办",
    "received": "收到",
    "returned": "退回",
    "reply_received": "收到答复",
    "dissatisfied": "评为不满意",
    "second_dissatisfied": "再次评为不满意",
    "decided": "决定再次办理",
    "kept": "兑现承诺",
    "urged": "催办",
    "supervised": "督办",
}
"""What starts a clock, as offices say it: the acts of a case at which clocks of a pack are opened."""


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class ClockRule(Strict):
    """One deadline: a period after its start, or a fixed day; a cap only limits an extension."""

    amount: MaybeAmount = Field(default=None, description="Length of the period, in `unit`")
    unit: Unit | None = None
    by: MaybeFixedDay = Field(
        default=None, description="Fixed last day, of the year of the start unless it names one"
    )
    from_: str = Field(alias="from", description="起算事件: one of STARTS")
    owed_by: Annotated[tuple[Owes, ...], BeforeValidator(_one_or_more)] = Field(alias="for", min_length=1)
    strength: Strength = Field(default="hard", description="soft = 原则上, hard = 最迟")
    article: ArticleNumber = None
    note: str | None = None
    cap: bool = Field(default=False, description="Only limits an extension of `clock`; never opens a clock")
    clock: str | None = Field(default=None, description="Kind of the clock when it is not the rule's key")

    @model_validator(mode="after")
    def _is_period_or_day(self) -> Self:
        if (self.amount is None) == (self.by is None):
            raise PydanticCustomError("rule.incomplete_clock", "须写明期限或固定日期，且只写一种")
        if (self.amount is None) != (self.unit is None):
            raise PydanticCustomError("rule.incomplete_clock", "期限须连同单位（day、working_day、month）")
        if self.cap and self.clock is None:
            raise PydanticCustomError("rule.incomplete_clock", "上限须写明它限制哪一种时限（clock）")
        return self

    @property
    def undefined(self) -> str | None:
        """The placeholder that stands where the value should, if one does."""
        value = self.amount if self.amount is not None else self.by
        return value.text if isinstance(value, Undefined) else None
