"""A pack that says what cannot be is refused with path, line and stable code; a blank is no number."""

from datetime import date

import pytest

from rules.pack import ClockRule, Pack, PackError, load_pack
from rules.values import FixedDay, Undefined

HEAD = "name: p\ntitle: 样例\nkinds: [npc_suggestion]\nsource: 样例\n"


def pack_with(*lines: str) -> Pack:
    return load_pack((HEAD + "\n".join(lines) + "\n").encode())


def rule(fields: str) -> ClockRule:
    return pack_with(f"clocks: {{reply: {{{fields}, from: received, for: lead}}}}").clocks["reply"]


@pytest.mark.parametrize("text", ["x", "X", "xx", "×", "x个工作日", "3x", "0x10", "x天", "__", "□"])
def test_a_placeholder_never_becomes_a_number(text: str) -> None:
    found = rule(f"amount: {text}, unit: working_day")
    assert found.amount == Undefined(text=text)
    assert found.undefined == text


@pytest.mark.parametrize("text", ["x月xx日", "4月x日", "×月××日", "x-xx", "4月xx日前"])
def test_a_placeholder_never_becomes_a_day(text: str) -> None:
    assert rule(f"by: {text}").by == Undefined(text=text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("4-30", FixedDay(month=4, day=30)),
        ("04-30", FixedDay(month=4, day=30)),
        ("4月30日", FixedDay(month=4, day=30)),
        ("2005-04-30", FixedDay(month=4, day=30, year=2005)),
        ("2005年4月30日", FixedDay(month=4, day=30, year=2005)),
        ("2024-02-29", FixedDay(month=2, day=29, year=2024)),
    ],
)
def test_a_fixed_day_is_read_as_people_write_it(text: str, day: FixedDay) -> None:
    assert rule(f"by: {text}").by == day


@pytest.mark.parametrize(
    "text", ["9-31", "9月31日", "2008-09-31", "2008年9月31日", "2-30", "2-29", "13-1", "0-10", "2025-02-29"]
)
def test_a_day_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(PackError) as refused:
        rule(f"by: {text}")
    assert (refused.value.code, refused.value.path) == ("pack.impossible_date", "clocks.reply.by")
    assert refused.value.line == 5
    assert text in refused.value.reason or text == "2-29"


@pytest.mark.parametrize(
    "fields",
    [
        "amount: 三, unit: month",
        "amount: '3', unit: month",
        "amount: 3.5, unit: month",
        "amount: 0, unit: month",
        "amount: -1, unit: month",
        "amount: 1001, unit: day",
        "amount: 010, unit: day",
        "amount: true, unit: day",
        "by: 年底",
        "by: 4月30",
        "by: 4-30日",
        "by: 430",
    ],
)
def test_what_is_neither_value_nor_blank_is_refused(fields: str) -> None:
    with pytest.raises(PackError) as refused:
        rule(fields)
    assert refused.value.code == "pack.not_a_value"
    assert refused.value.path == f"clocks.reply.{fields.partition(':')[0]}"


@pytest.mark.parametrize(
    ("lines", "code", "path", "line"),
    [
        ("kind: x", "pack.unknown_field", "kind", 5),
        ("digest: sha256:00", "pack.unknown_field", "digest", 5),
        ("name: q", "pack.repeated_field", "name", 5),
        (
            "clocks: {reply: {amount: 3, unit: month, from: received}}",
            "pack.missing_field",
            "clocks.reply.for",
            5,
        ),
        (
            "clocks: {reply: {unit: month, from: received, for: lead}}",
            "pack.incomplete_clock",
            "clocks.reply",
            5,
        ),
        (
            "clocks: {reply: {amount: 3, from: received, for: lead}}",
            "pack.incomplete_clock",
            "clocks.reply",
            5,
        ),
        (
            "clocks: {reply: {amount: 3, unit: month, by: 4-30, from: received, for: lead}}",
            "pack.incomplete_clock",
            "clocks.reply",
            5,
        ),
        (
            "clocks: {reply: {amount: 3, unit: week, from: received, for: lead}}",
            "pack.bad_value",
            "clocks.reply.unit",
            5,
        ),
        (
            "clocks: {cap: {amount: 3, unit: day, from: received, for: lead, cap: true, clock: reply}}",
            "pack.unknown_path",
            "clocks.cap.clock",
            5,
        ),
        ("chosen: [ratings]", "pack.unknown_path", "chosen.0", 5),
        ("chosen: [clocks.reply]", "pack.unknown_path", "chosen.0", 5),
        ("extension: {cap: reply_cap}", "pack.unknown_path", "extension.cap", 5),
        ("ratings: {rehandle_on: [不高兴]}", "pack.unknown_path", "ratings.rehandle_on", 5),
        ("meetings: {before: -1}", "pack.bad_value", "meetings.before", 5),
        ("meetings: {evidence: {pigeon: photo}}", "pack.bad_value", "meetings.evidence.pigeon", 5),
        ("targets_percent: {met: 101}", "pack.not_a_value", "targets_percent.met", 5),
        ("effective_from: 2017-09-31", "pack.impossible_date", "effective_from", 5),
        ("effective_from: soon", "pack.not_a_value", "effective_from", 5),
        ("notes: &a {a: b}\nlevels: *a", "pack.unreadable", "levels", 6),
        ("notes: {a: !!int '3'}", "pack.unreadable", "notes.a", 5),
        ("notes: {a: !!python/name:os.system b}", "pack.unreadable", "notes.a", 5),
    ],
)
def test_a_pack_that_says_what_cannot_be_is_refused_at_its_place(lines: str, code: str, path: str, line: int) -> None:
    with pytest.raises(PackError) as refused:
        pack_with(lines)
    assert (refused.value.code, refused.value.path, refused.value.line) == (code, path, line)
    assert refused.value.reason


@pytest.mark.parametrize("raw", [b"", b"- 1", b"\xff\xfe\x00", b"a: [", b"a: {b: 1", b"[" * 20000])
def test_bytes_that_are_no_mapping_are_refused(raw: bytes) -> None:
    with pytest.raises(PackError) as refused:
        load_pack(raw)
    assert refused.value.code == "pack.unreadable"


def test_two_rules_may_not_open_the_same_clock_at_the_same_event() -> None:
    with pytest.raises(PackError) as refused:
        pack_with(
            "clocks:",
            "  reply: {amount: 3, unit: month, from: received, for: lead}",
            "  late: {amount: 4, unit: month, from: received, for: [co, lead], clock: reply}",
        )
    assert refused.value.code == "pack.ambiguous_clock"


def test_a_pack_is_in_force_on_both_of_its_ends() -> None:
    pack = pack_with("effective_from: 2017-08-01", "effective_until: 2017-08-31")
    days = [date(2017, 7, 31), date(2017, 8, 1), date(2017, 8, 31), date(2017, 9, 1)]
    assert [pack.in_force(day) for day in days] == [False, True, True, False]
    assert pack_with().in_force(date(1900, 1, 1))


def test_a_chosen_rule_covers_what_it_holds_and_nothing_beside_it() -> None:
    pack = pack_with("meetings: {before: 1}", "seal: required", "chosen: [meetings]")
    assert pack.is_chosen("meetings")
    assert pack.is_chosen("meetings.before")
    assert not pack.is_chosen("meeting")
    assert not pack.is_chosen("meetings_after")
    assert not pack.is_chosen("seal")


def test_a_silent_pack_has_the_trades_defaults_and_no_clock() -> None:
    pack = pack_with()
    assert pack.clocks == {}
    assert (pack.meetings.before, pack.meetings.during, pack.meetings.after) == (0, 0, 0)
    assert pack.ratings.rehandle_on == ("不满意",)
    assert pack.ratings.seat_ended == "cannot_rate"
    assert pack.drafter_may_sign is False
    assert pack.answer.cosigners is None
