"""A case's life is told in the office's words, on either axis of time, from the log and from a file alike."""

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from contracts.clocks import Clock, ClockChanges, ClockMoved, Proof
from contracts.days import NOT_THE_DAY, business_date
from contracts.registry import ALL
from contracts.terms import field_term, term_of, value_term
from yishi.case_events import Case
from yishi.child import StackError
from yishi.exported import Reading
from yishi.history.clocks import told
from yishi.history.names import Names
from yishi.history.run import AsOf, document, history_of, run, run_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.yishi.audit.conftest import Lines, World


def history(world: "World", as_of: AsOf | None = None, file: "Path | None" = None) -> dict[str, Any]:
    """Tell the lived case from the county's export."""
    held = list(Reading(file or world.files["county"]).messages())
    case, names = Case(world.town.code, world.case.id), Names()
    for message in held:
        names.take(message)
    subjects = {message.subject for message in held if case.concerns(message)}
    return document(history_of(case, [m for m in held if m.subject in subjects], names, as_of or AsOf()))


async def test_the_log_and_the_file_tell_the_same_life_in_the_offices_words(
    world: "World", capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(world.target, "第1号", world.town.code, AsOf(), as_json=False) == 0
    from_log = capsys.readouterr().out
    assert run_file(world.files["county"], world.case.id, AsOf(), as_json=False) == 0
    assert capsys.readouterr().out == from_log
    lines = from_log.splitlines()
    assert lines[0] == "第1号《关于修缮村道的提案》  提案，县政协第10届第3次"
    signed = next(n for n, line in enumerate(lines) if "  签发  " in line)
    assert lines[signed].startswith("2005-05-10  签发    录入 2005-05-10 09:30，序号 ")
    assert lines[signed + 1].endswith("（签发人，规划股）")
    assert "文号：县交提字〔2005〕1号" in lines[signed + 2]
    assert lines[signed + 3] == "  ■ 时限结束：单位答复（规划股），2005年5月10日，逾期 10 日（期限 2005年4月30日）"
    contact = next(line for line in lines if "时限开始：首次联系" in line)
    assert "最迟2005年3月22日。依据《湖南省交通厅 2005 年建议提案办理工作方案》" in contact
    assert "起15个工作日" in contact
    assert lines[-7:] == [
        "  阶段：已办结",
        "  主办单位：规划股",
        "  会办单位：公路站",
        "  见面：办前 1 次、办中 1 次、办后 1 次",
        "  答复：县交提字〔2005〕1号，2005-05-10 签发，类别 B",
        "  测评：张委员 满意、李委员 满意",
        "  运行中的时限：无",
    ]
    assert world.case.texts.text not in from_log
    assert "正文（密封）" in from_log
    assert "模拟时钟" in from_log


def test_as_of_a_business_date_shows_what_had_happened_and_which_clocks_ran(world: "World") -> None:
    told = history(world, AsOf(date(2005, 3, 4)))
    assert told["as_of"] == {"date": date(2005, 3, 4), "axis": "business"}
    assert [event["term"] for event in told["events"]][-3:] == ["交办", "签收", "首次联系"]
    assert told["state"]["阶段"] == "已交办"
    assert told["state"]["运行中的时限"] == [
        "退回（申请调整）（公路站）：最迟2005年3月8日",
        "会办意见（公路站）：最迟2005年4月1日",
        "单位答复（规划股）：最迟2005年4月30日",
        "办结（办公室）：最迟2005年5月30日",
    ]
    late = history(world, AsOf(date(2005, 5, 3)))
    assert "单位答复（规划股）：最迟2005年4月30日，已逾期 3 日" in late["state"]["运行中的时限"]
    before = history(world, AsOf(date(2005, 2, 21)))["state"]
    assert before == {"阶段": "已提交", "运行中的时限": []}


def test_as_of_a_recorded_date_shows_what_was_known(world: "World") -> None:
    """The second delivery happened on the 11th and was recorded on the 12th."""
    day = date(2005, 5, 11)
    happened, known = history(world, AsOf(day)), history(world, AsOf(day, recorded=True))
    assert [event["term"] for event in happened["events"]].count("送达") == 2
    assert [event["term"] for event in known["events"]].count("送达") == 1
    assert known["as_of"]["axis"] == "recorded"
    assert [event["recorded_at"].date() for event in known["events"]][-1] == day


def test_somebody_who_acts_for_somebody_else_is_told_with_the_mandate(
    world: "World", lines: Any, tmp_path: "Path", capsys: pytest.CaptureFixture[str]
) -> None:
    edited: Lines = lines("county")
    line = edited.line_of(lambda content: ".ReplyRated.v" in content["headers"]["Yishi-Type"])
    edited.edit(line, actor="person:li", onbehalfof=f"member:{world.town.member}", authority="委托-7")
    file = edited.write(tmp_path / "county.jsonl")
    run_file(file, world.case.id, AsOf(), as_json=False)
    assert "办理人：person:li（委员代表本人），代 张委员，依据委托 委托-7" in capsys.readouterr().out
    with pytest.raises(StackError, match="没有这一件"):
        run_file(file, world.town.lead, AsOf(), as_json=False)
    file.write_bytes(file.read_bytes().replace(b"evt.", b"Evt.", 1))
    with pytest.raises(StackError, match="file_chain_broken"):
        run_file(file, world.case.id, AsOf(), as_json=False)


def test_a_clock_that_is_moved_says_from_when_to_when_and_why() -> None:
    unit = uuid4()
    proof = Proof(
        pack="p", pack_digest="sha256:0", rule="reply", source="办法", article="12", started_by="handed_over",
        started_on=date(2005, 3, 1), amount=3, unit="month",
    )  # fmt: skip
    clock = Clock(id=UUID(int=1), kind="reply", whom=f"unit:{unit}", due_on=date(2005, 6, 1), proof=proof)
    names = Names(units={str(unit): [(date(2004, 1, 1), "规划办"), (date(2005, 4, 1), "规划处")]})
    longer = proof.model_copy(update={"amount": 6})
    move = ClockMoved(id=clock.id, due_from=clock.due_on, due_on=date(2005, 9, 1), reason="情况复杂", proof=longer)
    (change,) = told(ClockChanges(moved=(move,)), {clock.id: clock}, names, date(2005, 5, 1))
    assert change.words == (
        "时限变更：答复（规划处），由2005年6月1日改为2005年9月1日；原因：情况复杂。依据《办法》第12条，"
        "自交办之日（2005年3月1日，当日不计）起6个月，至2005年9月1日。"
    )
    assert (change.change, change.due_on, change.proof["article"]) == ("moved", date(2005, 9, 1), "12")
    assert names.of(unit, date(2005, 3, 31)) == "规划办"


def test_every_event_has_a_term_and_every_fact_of_a_case_a_label() -> None:
    for event in ALL:
        assert term_of(event)
        for name in event.model_fields:
            assert field_term(event, name), f"{event.__name__}.{name}"


@pytest.mark.parametrize("event", [event for event in ALL if event.service in ("proposals", "meetings")])
def test_every_event_of_a_case_has_a_business_date(event: type[Any]) -> None:
    named = [name for name, field in event.model_fields.items() if field.annotation is date]
    dates = [name for name in named if name not in NOT_THE_DAY]
    assert bool(dates) == (event.__name__ != "NumberClaimed")
    if dates:
        made = event.model_construct(**{dates[0]: date(2005, 3, 1)})
        assert business_date(made) == (date(2005, 3, 1), dates[0])


def test_values_are_told_in_the_words_of_the_contracts() -> None:
    by_name = {event.__name__: event for event in ALL}
    assert value_term(by_name["HandlerMet"], "stage", "before") == "办前"
    assert value_term(by_name["ProposalSubmitted"], "kind", "npc_suggestion") == "建议"
    assert value_term(by_name["ReplySigned"], "category", "A") == "A"
