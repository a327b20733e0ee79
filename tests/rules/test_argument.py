"""The argument for a due date says what the arithmetic did, from the clock's own proof."""

from datetime import date
from uuid import UUID

from contracts.clocks import Clock, Proof
from rules.argument import argue
from rules.calendar import Calendars
from rules.due import open_clock
from rules.pack import Pack, load_pack
from rules.shelf import published_packs

HENAN = load_pack(published_packs()["henan-2017"])
BLANK = load_pack(published_packs()["city-medical-insurance-bureau"])
DEMO = load_pack(published_packs()["hunan-transport-2005"])


def argued(pack: Pack, rule: str, start: date, calendars: Calendars) -> list[str]:
    clock = open_clock(
        pack,
        rule,
        aggregate=UUID(int=1),
        whom="unit:u",
        started_by=pack.clocks[rule].from_,
        started_on=start,
        calendars=calendars,
    )
    assert clock is not None
    return argue(clock)


def test_working_days_list_every_day_that_was_not_counted(calendars: Calendars) -> None:
    lines = argued(HENAN, "return", date(2026, 9, 28), calendars)
    assert lines[0].endswith("第14条，规则 return")
    assert lines[2:4] == ["起算：交办之日 2026-09-28（周一），当日不计入", "期限：10个工作日"]
    assert lines[4].startswith("不计入的休息日（8天）：2026-10-01（周四）、")
    assert lines[4].endswith("2026-10-07（周三）、2026-10-11（周日）")
    # 29, 30 September, 8, 9, 10 (a Saturday that is worked), 12, 13, 14, 15, 16 October.
    assert lines[-1] == "到期：最迟 2026-10-16（周五），含当日"


def test_a_period_that_ends_on_a_day_off_says_how_it_rolled_forward(calendars: Calendars) -> None:
    lines = argued(HENAN, "reply", date(2026, 2, 1), calendars)
    assert "期满：2026-05-01（周五）" in lines
    assert next(line for line in lines if line.startswith("顺延")).endswith("为休息日，顺延至其后第一个工作日")
    assert lines[-1] == "到期：最迟 2026-05-06（周三），含当日"


def test_a_year_without_a_calendar_makes_the_day_provisional_and_says_so(calendars: Calendars) -> None:
    lines = argued(HENAN, "reply", date(2026, 11, 21), calendars)
    assert "日历：2027年放假安排尚未公布，只按周末计算，到期日为暂定" in lines
    assert lines[-1] == "到期：最迟 2027-02-22（周一），含当日（暂定）"


def test_a_fixed_day_is_inclusive_and_never_moves(calendars: Calendars) -> None:
    rule = next(key for key, rule in DEMO.clocks.items() if rule.by is not None)
    lines = argued(DEMO, rule, date(2005, 3, 1), calendars)
    assert any(line.startswith("期限：固定日期") and line.endswith("遇休息日不顺延") for line in lines)


def test_a_blank_has_no_day_and_the_argument_quotes_it(calendars: Calendars) -> None:
    rule = next(key for key, rule in BLANK.clocks.items() if rule.undefined)
    assert argued(BLANK, rule, date(2026, 3, 2), calendars)[-1].startswith("期限：原文留空“x")


def test_an_extension_says_from_when_to_when_and_how_far_the_pack_would_let_it_go() -> None:
    proof = Proof(
        pack="henan-2017",
        pack_digest="sha256:0",
        rule="reply",
        source="办法",
        started_by="received",
        started_on=date(2026, 3, 2),
        fixed_on=date(2026, 7, 1),
        extended_from=date(2026, 6, 2),
        latest_on=date(2026, 9, 2),
    )
    clock = Clock(id=UUID(int=1), kind="reply", whom="unit:u", due_on=date(2026, 7, 1), proof=proof)
    assert argue(clock)[3:] == [
        "期限：由 2026-06-02（周二） 延至 2026-07-01（周三），含当日，规则所定最长至 2026-09-02（周三）",
        "到期：最迟 2026-07-01（周三），含当日",
    ]
