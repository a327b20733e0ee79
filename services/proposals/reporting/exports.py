"""Exports 导出: the board and the statistics as sheets with Chinese headings, of the same cases as are shown."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from contracts.proposals import ProposalSubmitted
from contracts.terms import value_term
from contracts.vocabulary import CASE_STAGES
from runtime.sheets import Cell
from services.proposals.reporting.figures import GROUP_TITLES, RATE_TITLES, TITLES

BOARD_TITLE = "办理总表"
STATISTICS_TITLE = "办理统计"
BOARD_HEADINGS = (
    *("类别", "机构", "届", "次", "编号", "案由", "阶段", "轮次", "性质", "提交日期", "提出人"),
    *("主办单位", "分办单位", "会办单位", "领办领导", "最近时限", "已逾期", "办结日期", "件标识"),
)


def board_line(item: Mapping[str, Any]) -> list[Cell]:
    """Give a case of the board as a line of a sheet."""
    return [
        kind_term(item["kind"]),
        item["body_name"],
        item["term"],
        item["session"],
        item["number"],
        item["title"],
        stage_term(item["stage"]),
        item["round"],
        item["nature"],
        item["submitted_on"],
        _joined(item["submitter_names"]),
        item["lead_name"],
        _joined(item["separate_names"]),
        _joined(item["co_names"]),
        item["leader"],
        item["next_due"],
        bool(item["overdue"]),
        item["closed_on"],
        item["id"],
    ]


def statistics_headings(by: str | None) -> list[str]:
    """Give the headings of the statistics."""
    return [GROUP_TITLES[by] if by else "范围", "占比 %", *TITLES.values(), *RATE_TITLES.values()]


def statistics_lines(answer: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    """Give the lines of the statistics: the groups, the total, then as of when and by which definitions."""
    by = answer.get("by")
    for group in answer.get("groups", ()):
        yield [group_term(by, group["name"]), _number(group["share_percent"]), *_figures(group)]
    yield ["合计", None, *_figures(answer["total"])]
    yield []
    yield ["截至", str(answer["as_of"])]
    for name, told in answer["definitions"].items():
        yield [RATE_TITLES.get(name, "").removesuffix(" %") or _OTHER.get(name, name), told]


_OTHER = {
    "unit_of_count": "计数单位",
    "denominator": "分母",
    "apart": "另列",
    "imported": "历史导入",
    "share": "占比",
}


def group_term(by: str | None, name: str | None) -> str:
    """Give a group's name in Chinese."""
    match by, name:
        case _, None:
            return "未定"
        case "kind", _:
            return kind_term(name)
        case "stage", _:
            return stage_term(name)
        case "imported", _:
            return "历史导入" if name == "true" else "本系统办理"
        case _:
            return name


def kind_term(kind: str) -> str:
    """Give a kind of case in Chinese, itself when it is data that the contract does not name."""
    return value_term(ProposalSubmitted, "kind", kind)


def stage_term(stage: str) -> str:
    """Give a stage in Chinese."""
    return CASE_STAGES[stage].term if stage in CASE_STAGES else stage


def _joined(names: Sequence[str | None]) -> str:
    return "、".join(name for name in names if name)


def _figures(counts: Mapping[str, Any]) -> list[Cell]:
    return [
        *(counts[name] for name in TITLES),
        *(_number(counts["rates"][name]["percent"]) for name in RATE_TITLES),
    ]


def _number(percent: str | None) -> Decimal | None:
    return None if percent is None else Decimal(percent)
