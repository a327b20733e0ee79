"""`yishi stats --compare`: two periods side by side 对比, with what changed in cases and in percentage points."""

import re
from datetime import date
from typing import Any

import typer

from services.proposals.reporting.exports import group_term
from services.proposals.reporting.figures import GROUP_TITLES, TITLES
from yishi.terminal import output, table

LAST_YEAR = "last-year"
FIGURES = ("cases", "assigned", "met", "replied", "on_time", "satisfied", "dissatisfied", "rehandled", "closed")
DAY = r"\d{4}-\d{2}-\d{2}"


def period(text: str | None) -> dict[str, str]:
    """Give which cases a period holds: a session (10-3), or the days on which they were submitted (A..B).

    *Raises* `BadParameter` for what is neither.
    """
    if text is None:
        return {}
    if found := re.fullmatch(r"(\d{1,4})-(\d{1,4})", text):
        return {"term": found[1], "session": found[2]}
    if found := re.fullmatch(rf"({DAY})\.\.({DAY})", text):
        return {"from_on": _day(found[1]), "until_on": _day(found[2])}
    raise typer.BadParameter("时期应为届-次（如 10-3）或提交起止日期（如 2005-01-01..2005-06-30）")


def against(text: str, now: dict[str, str]) -> dict[str, str]:
    """Give what is different in the period that is compared with: its day, its session or its days of submission.

    *Raises* `BadParameter` for what is none of these, and when one of the two is a session and the other is not.
    """
    if text == LAST_YEAR:
        return {}
    if re.fullmatch(DAY, text):
        return {"versus_as_of": _day(text)}
    then = period(text)
    if set(then) != set(now):
        raise typer.BadParameter("两个时期应以同样方式指明：请用 --period 指明另一时期")
    return {f"versus_{name}": value for name, value in then.items()}


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise typer.BadParameter(f"没有 {text} 这一天") from None


def show(county: str, by: str | None, names: tuple[str, str], answer: dict[str, Any]) -> None:
    """Print both periods; of each group the figures that at least one of them has."""
    now, then = answer["now"], answer["then"]
    headings = [GROUP_TITLES.get(by or "", ""), "指标", *(f">{name}" for name in names), ">增减", ">百分点"]
    shown = table(f"{county} 办理统计对比", *headings)
    first, last = ({group["key"]: group for group in period.get("groups", [])} for period in (then, now))
    for group in answer.get("groups", []):
        _rows(shown, group_term(by, group["name"]), last.get(group["key"]), first.get(group["key"]), group)
        shown.add_section()
    _rows(shown, "合计", now["total"], then["total"], answer["change"])
    output.print(shown)


def _rows(
    shown: Any, name: str, now: dict[str, Any] | None, then: dict[str, Any] | None, change: dict[str, Any]
) -> None:
    for figure in FIGURES:
        cells = [_cell(counts, figure) for counts in (now, then)]
        if figure != "cases" and cells == ["0", "0"]:
            continue
        point = change["points"].get(figure)
        moved = "" if point is None else point if point.startswith("-") else f"+{point}"
        shown.add_row(name, TITLES[figure], *cells, f"{change['counts'][figure]:+d}".replace("+0", "0"), moved)
        name = ""


def _cell(counts: dict[str, Any] | None, figure: str) -> str:
    """Give a count; a rate stands behind its numerator."""
    if counts is None:
        return "0"
    percent = counts["rates"].get(figure, {}).get("percent")
    return f"{counts[figure]}" + (f"（{percent} %）" if percent is not None else "")
