"""The argument for a due date (时限论证): a clock's proof, put as an office would argue it, line by line in Chinese.

Everything comes from the proof inside the event, so that it can be said again from the log alone, whatever has been
adopted since.
"""

from collections.abc import Iterator
from datetime import date

from contracts.clocks import Clock, Proof
from rules.clock_rule import STARTS as RULE_STARTS

STARTS = {**RULE_STARTS, "promised": "作出承诺", "summary_asked": "布置总结"}
"""What starts a clock, as offices say it; a pack's own word stands for itself."""

UNITS = {"day": "日", "working_day": "个工作日", "month": "个月"}
_WEEKDAYS = "一二三四五六日"


def argue(clock: Clock) -> list[str]:
    """Give the argument for a clock's due date: rule, start, arithmetic, calendars, result.

    Source: 民法典 201–203 for the arithmetic; the clock's own proof for everything else.
    """
    return list(_lines(clock, clock.proof))


def _lines(clock: Clock, proof: Proof) -> Iterator[str]:
    article = f"第{proof.article}条" if proof.article else "（未载条文号）"
    yield f"依据：{proof.source}{article}，规则 {proof.rule}"
    if proof.pack:
        yield f"规则包：{proof.pack}，{proof.pack_digest}"
    if proof.chosen:
        yield "说明：此规则原文没有规定，由本地采用时自定"
    yield f"起算：{STARTS.get(proof.started_by, proof.started_by)}之日 {day(proof.started_on)}，当日不计入"
    if proof.undefined is not None:
        yield f"期限：原文留空“{proof.undefined}”，不是数值，因此没有到期日"
        return
    if proof.extended_from is not None and proof.fixed_on is not None:
        latest = f"，规则所定最长至 {day(proof.latest_on)}" if proof.latest_on else ""
        yield f"期限：由 {day(proof.extended_from)} 延至 {day(proof.fixed_on)}，含当日{latest}"
    elif proof.fixed_on is not None:
        yield f"期限：固定日期 {day(proof.fixed_on)}，含当日，遇休息日不顺延"
    elif proof.amount is not None and proof.unit is not None:
        yield from _period(clock, proof)
    for use in proof.calendars:
        told = f"放假安排 {use.digest}" if use.digest else "放假安排尚未公布，只按周末计算，到期日为暂定"
        yield f"日历：{use.year}年{told}"
    if clock.due_on is not None:
        strength = "最迟" if clock.strength == "hard" else "原则上"
        provisional = "（暂定）" if clock.provisional else ""
        yield f"到期：{strength} {day(clock.due_on)}，含当日{provisional}"


def _period(clock: Clock, proof: Proof) -> Iterator[str]:
    assert proof.unit is not None
    yield f"期限：{proof.amount}{UNITS[proof.unit]}"
    excluded = "、".join(day(off) for off in proof.excluded)
    if proof.unit == "working_day":
        yield f"不计入的休息日（{len(proof.excluded)}天）：{excluded or '无'}"
    elif proof.nominal_on is not None:
        yield f"期满：{day(proof.nominal_on)}"
        if excluded and clock.due_on is not None:
            yield f"顺延：{excluded} 为休息日，顺延至其后第一个工作日"


def day(value: date) -> str:
    """Give a date with its weekday: 2026-03-05（周四）."""
    return f"{value.isoformat()}（周{_WEEKDAYS[value.weekday()]}）"
