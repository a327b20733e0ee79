"""The demo's plan and its judgement; the year itself is driven by `make demo`."""

import copy
from collections import Counter
from datetime import date
from typing import Any

import pytest

from yishi.demo.plan import LAST_DAY, cases, load_facts, steps
from yishi.demo.report import HALF_MONTHS, OVERSEER, PARTS, differences

FACTS = load_facts()
PLAN = cases(FACTS)


def test_the_plan_has_the_cases_that_the_source_states() -> None:
    assert Counter(case.unit for case in PLAN) == FACTS["units"]
    assert Counter(case.kind for case in PLAN) == {"npc_suggestion": 236, "cppcc_proposal": 67}
    assert Counter(case.nature for case in PLAN) == {"思路类": 6, "项目资金类": 258, "解释说明类": 39}
    led = [(case.kind, case.number, case.leader) for case in PLAN if case.leader]
    assert len(led) == 10
    assert ("cppcc_proposal", 707, "局长") in led


def test_every_case_is_met_three_times_signed_by_30_april_and_closed_by_30_may() -> None:
    for case in PLAN:
        plan = steps(case)
        assert [step.on for step in plan] == sorted(step.on for step in plan)
        assert [step.name for step in plan if step.name.startswith("meet_")] == [
            "meet_before",
            "meet_during",
            "meet_after",
        ]
        assert next(step.on for step in plan if step.name == "sign") <= date(2005, 4, 30)
        assert plan[-1].name == "close"
        assert plan[-1].on <= LAST_DAY
    assert sum(step.name == "rate_dissatisfied" for case in PLAN for step in steps(case)) == 2


def _report() -> dict[str, Any]:
    return {
        "cases": 303,
        "by_kind": {"npc_suggestion": 236, "cppcc_proposal": 67},
        "by_unit": {name: dict.fromkeys(PARTS, count) for name, count in FACTS["units"].items()},
        "by_nature": {
            "思路类": {"count": 6, "percent": 2},
            "项目资金类": {"count": 258, "percent": 85},
            "解释说明类": {"count": 39, "percent": 13},
        },
        "rates": {"met": 100.0, "replied": 100.0, "satisfied": 100.0},
        "on_time": 303,
        "rehandled": 2,
        "by_stage": {"closed": 303},
        "led_by_leaders": copy.deepcopy(FACTS["led_by_leaders"]),
        "log": {"events": 9, "verified": True},
        "positions": dict.fromkeys(("members", "proposals", "meetings", "notifications"), 9),
        "digests_by_whom": {**dict.fromkeys(FACTS["units"], 3), OVERSEER: HALF_MONTHS},
        "reminders": 1,
    }


def test_a_report_with_every_figure_right_differs_in_nothing() -> None:
    assert differences(FACTS, _report()) == []


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("cases",), 302, "cases"),
        (("by_kind", "npc_suggestion"), 235, "by_kind"),
        (("by_unit", "规划办", "on_time"), 78, "by_unit"),
        (("by_nature", "思路类", "count"), 5, "by_nature"),
        (("rates", "satisfied"), 99.67, "rates"),
        (("on_time",), 302, "on_time"),
        (("rehandled",), 1, "rehandled"),
        (("by_stage",), {"closed": 302, "replied": 1}, "by_stage"),
        (("led_by_leaders",), [], "led_by_leaders"),
        (("log", "verified"), False, "log"),
        (("positions", "meetings"), 8, "positions"),
        (("digests_by_whom", OVERSEER), 4, "digests"),
        (("digests_by_whom", "法规处"), 0, "digests"),
        (("reminders",), 0, "reminders"),
    ],
)
def test_every_wrong_figure_is_named(path: tuple[str, ...], value: object, named: str) -> None:
    report = _report()
    place = report
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert [line.partition(":")[0] for line in differences(FACTS, report)] == [named]
