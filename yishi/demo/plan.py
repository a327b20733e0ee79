"""The year's plan: which 303 cases there are and on which day each step of each is taken. Pure and deterministic.

What the source states comes from the facts file; everything else is chosen here and printed as chosen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

FACTS_FILE = Path(__file__).with_name("hunan-transport-2005.yaml")

HAND_OVER = date(2005, 3, 1)
SETUP = date(2005, 1, 10)
LAST_DAY = date(2005, 5, 30)

CO_CASES = frozenset({20, 60, 100, 140, 180, 220})
JOINT_CASES = frozenset({15, 45, 75, 105, 135, 165, 195, 225, 255})
DISSATISFIED = frozenset({33, 211})
MEMBERS = 40
"""Members of each body in the demo."""

_SUBJECTS = ("县乡公路改造", "村级公路硬化", "国省道路面大修", "危桥改造", "客运站场建设", "航道疏浚", "收费站点设置")
_PLACES = ("湘东", "湘南", "湘西", "湘北", "湘中", "环洞庭湖")


@dataclass(frozen=True)
class Case:
    """One case of the year."""

    index: int
    kind: str
    unit: str
    nature: str
    title: str
    submitter: int
    cosigner: int | None
    number: int | None
    leader: str | None
    co_unit: str | None
    dissatisfied: bool

    @property
    def category(self) -> str:
        """Give the reply's category under the bureau's scheme (chosen)."""
        return "C" if self.nature == "解释说明类" else "A" if self.index % 3 == 0 else "B"

    def text(self) -> str:
        """Give the case's text (chosen)."""
        return (
            f"{self.title}。案由: 当地群众出行与物资运输需要, 现有条件不能适应。"
            "建议: 一、列入年度计划; 二、落实资金; 三、明确完成时限。"
        )


def load_facts() -> dict[str, Any]:
    """Read the facts file."""
    facts: dict[str, Any] = yaml.safe_load(FACTS_FILE.read_text(encoding="utf-8"))
    return facts


def nature_counts(facts: Mapping[str, Any]) -> dict[str, int]:
    """Give the cases of each nature; the one count that is not stated is the remainder."""
    stated = {name: nature["count"] for name, nature in facts["natures"].items() if "count" in nature}
    rest = facts["cases"]["total"] - sum(stated.values())
    return {name: stated.get(name, rest) for name in facts["natures"]}


def cases(facts: Mapping[str, Any]) -> list[Case]:
    """Give the year's cases: the ten led by leaders first, then the others."""
    led = facts["led_by_leaders"]
    units = dict(facts["units"])
    kinds = {kind: facts["cases"][kind] for kind in ("npc_suggestion", "cppcc_proposal")}
    for case in led:
        units[case["unit"]] -= 1
        kinds[case["kind"]] -= 1
    units_left = [name for name, count in units.items() for _ in range(count)]
    kinds_left = _spread(kinds, len(units_left))
    natures = _spread(nature_counts(facts), facts["cases"]["total"])
    names = list(facts["units"])
    result = []
    for index in range(facts["cases"]["total"]):
        fact = led[index] if index < len(led) else None
        unit = fact["unit"] if fact else units_left[index - len(led)]
        result.append(
            Case(
                index=index,
                kind=fact["kind"] if fact else kinds_left[index - len(led)],
                unit=unit,
                nature=natures[index],
                title=fact["title"] if fact else _title(index),
                submitter=index % MEMBERS,
                cosigner=(index + 7) % MEMBERS if index in JOINT_CASES else None,
                number=fact["number"] if fact else None,
                leader=fact["leader"] if fact else None,
                co_unit=names[(names.index(unit) + 1) % len(names)] if index in CO_CASES else None,
                dissatisfied=index in DISSATISFIED,
            )
        )
    return result


def _spread(counts: Mapping[str, int], total: int) -> list[str]:
    """Give each name as often as counted, evenly mixed."""
    places = sorted(
        ((2 * n + 1) / (2 * count), name) for name, count in counts.items() if count for n in range(count)
    )
    assert len(places) == total
    return [name for _, name in places]


def _title(index: int) -> str:
    place, subject = _PLACES[index % len(_PLACES)], _SUBJECTS[index % len(_SUBJECTS)]
    return f"关于支持{place}{subject}的建议(演示之{index})"


@dataclass(frozen=True)
class Step:
    """A step of a case on a day."""

    on: date
    name: str


def steps(case: Case) -> list[Step]:
    """Give a case's steps in order, each on a working day between the submission and 30 May."""
    shift = case.index % 10
    plan = [
        Step(date(2005, 2, 16) + timedelta(days=case.index % 3), "submit"),
        *([Step(date(2005, 2, 21), "confirm_cosigning")] if case.cosigner is not None else []),
        Step(date(2005, 2, 22), "register"),
        Step(HAND_OVER, "hand_over"),
        Step(date(2005, 3, 2), "sign_for"),
        Step(_day(date(2005, 3, 3), shift), "contact"),
        Step(_day(date(2005, 3, 7), shift), "meet_before"),
        *([Step(date(2005, 3, 29), "give_opinion")] if case.co_unit else []),
        Step(_day(date(2005, 4, 1), shift), "meet_during"),
        Step(_day(date(2005, 4, 12), shift), "draft"),
        Step(_day(date(2005, 4, 13), shift), "review"),
        Step(_day(date(2005, 4, 15), shift), "sign"),
        Step(_day(date(2005, 4, 18), shift), "deliver"),
        Step(_day(date(2005, 4, 19), shift), "receive"),
        Step(_day(date(2005, 5, 8), shift % 5), "meet_after"),
    ]
    if case.dissatisfied:
        plan += [
            Step(date(2005, 5, 12), "rate_dissatisfied"),
            Step(date(2005, 5, 13), "rehandle"),
            Step(date(2005, 5, 17), "draft"),
            Step(date(2005, 5, 18), "review"),
            Step(date(2005, 5, 19), "sign"),
            Step(date(2005, 5, 20), "deliver"),
            Step(date(2005, 5, 23), "receive"),
            Step(date(2005, 5, 25), "rate"),
            Step(date(2005, 5, 27), "close"),
        ]
    else:
        rated = _day(date(2005, 5, 12), shift % 4)
        plan += [Step(rated, "rate"), Step(_day(date(2005, 5, 19), shift), "close")]
    return plan


def _day(start: date, shift: int) -> date:
    """Give the day `shift` weekdays after a start, never later than the last day."""
    day = start
    while shift:
        day += timedelta(days=1)
        if day.weekday() < 5:
            shift -= 1
    return min(day, LAST_DAY)


def days() -> Iterator[date]:
    """Give every day of the demo's year, from the set-up to the last day."""
    day = SETUP
    while day <= LAST_DAY:
        yield day
        day += timedelta(days=1)
