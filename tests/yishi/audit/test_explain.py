"""Why a clock is due on its day is argued from the events alone: start, rule, days left out, calendar, moves, end."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from contracts.clocks import Clock, ClockChanges, ClockClosed
from contracts.envelope import TYPE_HEADER, Address, Envelope, digest_of
from contracts.event import Event
from contracts.proposals import ClocksMoved, HistoryCorrected, ProposalHandedOver, ReplyDelivered
from contracts.retelling import told
from rules.calendar import Calendars, load_calendar
from rules.due import move_when_published, open_clock
from rules.pack import load_pack
from rules.shelf import published_packs, shipped_calendars
from runtime.messages import EXPECTED_SEQUENCE_HEADER, Recorded
from yishi.child import StackError
from yishi.explain import document, explained, lives, run, run_file, wanted
from yishi.history.names import Names

if TYPE_CHECKING:
    from tests.yishi.audit.conftest import World

CASE, UNIT, MEMBER = UUID(int=1), UUID(int=2), UUID(int=3)
QINGDAO = load_pack(published_packs()["qingdao-2021"])
NOTICE = load_calendar(
    "year: 2027\nsource: 样例\nholidays: [{name: 元旦, from: 2027-01-01, to: 2027-01-03}]\n".encode()
)
NAMES = Names(units={str(UNIT): [(date(2020, 1, 1), "规划局")]})


def messages(*events: Event) -> list[Recorded]:
    found = []
    for version, event in enumerate(events, 1):
        envelope = Envelope[Any](
            id=UUID(int=100 + version),
            source="urn:yishi:proposals",
            type=event.type_name(),
            subject=f"proposal/{CASE}",
            time=datetime(2026, 10, 1, 2, tzinfo=UTC),
            county="370200",
            actor="person:office",
            actorrole="office",
            commandid=UUID(int=200 + version),
            commanddigest=digest_of(b""),
            correlationid="test",
            version=version,
            data=event,
        )
        subject = Address("370200", "proposals", "proposal", str(CASE)).subject
        headers = {TYPE_HEADER: envelope.type, EXPECTED_SEQUENCE_HEADER: str(version - 1)}
        found.append(Recorded(version, subject, envelope.encode(), headers))
    return found


def reply_clock() -> Clock:
    clock = open_clock(
        QINGDAO,
        "reply",
        aggregate=CASE,
        whom=f"unit:{UNIT}",
        started_by="handed_over",
        started_on=date(2026, 10, 1),
        calendars=shipped_calendars(),
    )
    assert clock is not None
    return clock


@pytest.fixture
def story() -> list[Event]:
    """A reply that was due on New Year's Day of a year without a calendar, moved when it appeared, then late."""
    clock = reply_clock()
    move = move_when_published(clock, Calendars([*shipped_calendars().values(), NOTICE]))
    assert move is not None
    return [
        ProposalHandedOver(
            lead=UNIT,
            pack=QINGDAO.name,
            pack_digest=QINGDAO.digest,
            answer_to=(MEMBER,),
            handed_over_on=date(2026, 10, 1),
            clocks=ClockChanges(opened=(clock,)),
        ),
        ClocksMoved(years=(2027,), moved_on=date(2026, 11, 20), clocks=ClockChanges(moved=(move,))),
        ReplyDelivered(
            member=MEMBER,
            round=1,
            mode="paper",
            delivered_on=date(2027, 1, 6),
            clocks=ClockChanges(closed=(ClockClosed(id=clock.id, on=date(2027, 1, 6)),)),
        ),
    ]


def lines(events: Sequence[Event]) -> list[str]:
    (life,) = wanted(lives(messages(*events)), "答复")
    return list(explained(life, NAMES))


def test_a_due_date_is_argued_from_its_start_through_its_move_to_its_end(story: list[Event]) -> None:
    assert lines(story) == [
        "时限：答复（规划局）",
        "起因：2026-10-01（周四） 交办，序号 1",
        f"依据：{QINGDAO.source}第25条，规则 reply",
        f"规则包：qingdao-2021，{QINGDAO.digest}",
        "起算：交办之日 2026-10-01（周四），当日不计入",
        "期限：3个月",
        "期满：2027-01-01（周五）",
        "日历：2027年放假安排尚未公布，只按周末计算，到期日为暂定",
        "到期：最迟 2027-01-01（周五），含当日（暂定）",
        "变更：2026-11-20（周五） 时限重算，序号 2，由 2027-01-01（周五） 改为 2027-01-04（周一）；"
        "原因：2027年放假安排公布",
        "  顺延：2027-01-01（周五）、2027-01-02（周六）、2027-01-03（周日） 为休息日，顺延至其后第一个工作日",
        f"  日历：2027年放假安排 {NOTICE.digest}",
        "  到期：最迟 2027-01-04（周一），含当日",
        "结束：2027-01-06（周三） 送达，序号 3，逾期 2 日",
    ]


def test_a_clock_that_still_runs_says_so(story: list[Event]) -> None:
    assert lines(story[:1])[-1] == "现状：仍在运行"


def test_a_clock_that_fell_away_is_neither_late_nor_in_time(story: list[Event]) -> None:
    void = ClockChanges(closed=(ClockClosed(id=reply_clock().id, on=date(2027, 1, 6), outcome="void"),))
    assert lines([*story[:2], story[2].model_copy(update={"clocks": void})])[-1].endswith("序号 3，不再适用")


def test_a_history_told_again_is_argued_as_it_is_told_now(story: list[Event]) -> None:
    again = HistoryCorrected(acts=(told(story[0]), told(story[2])), corrected_on=date(2027, 2, 1))
    argued = lines([*story, again])
    assert argued[1] == "起因：2026-10-01（周四） 交办，序号 4"
    assert argued[-1] == "结束：2027-01-06（周三） 送达，序号 4，逾期 5 日"
    assert not any(line.startswith("变更") for line in argued)


def test_the_document_holds_the_proof_and_every_move(story: list[Event]) -> None:
    (life,) = wanted(lives(messages(*story)), "reply")
    shown = document(life, NAMES)
    assert (shown["kind"], shown["whom_name"], str(shown["due_on"])) == ("reply", "规划局", "2027-01-04")
    assert (str(shown["opened_until"]), shown["provisional"]) == ("2027-01-01", False)
    assert shown["proof"]["calendars"] == [{"year": 2027, "digest": NOTICE.digest}]
    (move,) = shown["moves"]
    assert (str(move["due_from"]), str(move["due_on"]), move["reason"]) == (
        "2027-01-01",
        "2027-01-04",
        "2027年放假安排公布",
    )
    assert shown["ended"]["outcome"] == "met"


def test_a_clock_is_found_by_kind_term_or_id_and_what_there_is_is_said(story: list[Event]) -> None:
    found = lives(messages(*story))
    assert wanted(found, "reply") == wanted(found, "答复") == wanted(found, str(reply_clock().id)) == found
    with pytest.raises(StackError, match="此件没有时限 rating；它有过的时限：reply（答复）"):
        wanted(found, "rating")


async def test_the_log_and_an_export_argue_alike(world: "World", capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(world.target, "第1号", "unit_reply", world.town.code, as_json=False) == 0
    from_log = capsys.readouterr().out
    assert run_file(world.files["county"], world.case.id, "单位答复", as_json=False) == 0
    assert capsys.readouterr().out == from_log
    argued = from_log.splitlines()
    assert argued[0].startswith("第1号《关于修缮村道的提案》")
    assert argued[2] == "时限：单位答复（规划股）"
    assert argued[3].startswith("起因：2005-03-01（周二） 交办，序号 ")
    assert "期限：固定日期 2005-04-30（周六），含当日，遇休息日不顺延" in argued
    assert argued[-1].endswith("逾期 10 日")
    assert await run(world.target, world.case.id, "rating", None, as_json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [clock["kind"] for clock in shown["clocks"]] == ["rating", "rating"]
    assert all(clock["ended"]["outcome"] == "met" for clock in shown["clocks"])
