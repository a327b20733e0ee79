"""The words of the statistics 统计口径: by what cases are grouped, what figures count, what rates divide by.

A condition reads a case as it stood on the day that is asked for ($1); what is `content` and `countable` is said in
satisfaction.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.proposals.satisfaction import Denominator, Satisfaction

APART = ("declined", "merged", "withdrawn")
"""Stages of cases that are in no rate."""

BY = {
    "unit": "unit",
    "kind": "kind",
    "nature": "nature",
    "category": "category",
    "body": "body",
    "stage": "stage",
    "outcome": "outcome",
    "sector": "sector",
    "term": "term",
    "session": "meeting",
    "month": "month",
    "hand_over_month": "hand_over_month",
    "imported": "imported",
}
"""By what cases may be grouped, and the column that says it."""
GROUP_TITLES = {
    "unit": "承办单位",
    "kind": "类别",
    "nature": "性质",
    "category": "答复分类",
    "body": "机构",
    "stage": "阶段",
    "outcome": "测评结果",
    "sector": "界别",
    "term": "届",
    "session": "届次",
    "month": "提交月份",
    "hand_over_month": "交办月份",
    "imported": "历史导入",
}

FACTS = {
    "registered": "registered_on <= $1",
    "handed_over": "handed_over_on <= $1",
    "met": "met_before <= $1 AND met_during <= $1 AND met_after <= $1",
    "replied": "replied_on <= $1",
    "on_time": "on_time",
    "closed": "closed_on <= $1",
    "imported": "imported",
}
"""What a row says of a case as it stood on the day, besides stage, outcome, round and how late it was recorded."""

_ASSIGNED = "handed_over AND NOT apart"
FIGURES = {
    "cases": "true",
    "pending": "NOT apart AND NOT registered",
    "registered": "registered AND NOT apart",
    **{stage: f"stage = '{stage}'" for stage in APART},
    "assigned": _ASSIGNED,
    "met": f"{_ASSIGNED} AND met",
    "replied": f"{_ASSIGNED} AND replied",
    "on_time": f"{_ASSIGNED} AND replied AND on_time",
    "recorded_late": f"{_ASSIGNED} AND replied AND on_time AND recorded_late",
    "rated": f"{_ASSIGNED} AND outcome IS NOT NULL",
    "unrated": f"{_ASSIGNED} AND replied AND outcome IS NULL",
    "fully_satisfied": f"{_ASSIGNED} AND outcome = '满意'",
    "basically_satisfied": f"{_ASSIGNED} AND outcome = '基本满意'",
    "dissatisfied": f"{_ASSIGNED} AND outcome = '不满意'",
    "satisfied": f"{_ASSIGNED} AND content",
    "countable": f"{_ASSIGNED} AND countable",
    "rehandled": f"{_ASSIGNED} AND again",
    "closed": "closed AND NOT apart",
    "imported": f"{_ASSIGNED} AND imported",
}
"""What each figure counts; the same words count the cases and name them."""
TITLES = {
    "cases": "件数",
    "pending": "待审查",
    "registered": "立案",
    "declined": "不予立案",
    "merged": "并案",
    "withdrawn": "撤回",
    "assigned": "已交办",
    "met": "见面",
    "replied": "答复",
    "on_time": "按期",
    "recorded_late": "按期但补录",
    "rated": "已测评",
    "unrated": "未测评",
    "fully_satisfied": "满意",
    "basically_satisfied": "基本满意",
    "dissatisfied": "不满意",
    "satisfied": "计为满意",
    "countable": "计入满意率",
    "rehandled": "再次办理",
    "closed": "办结",
    "imported": "导入",
}
RATE_TITLES = {
    "met": "见面率 %",
    "replied": "答复率 %",
    "on_time": "按期率 %",
    "on_time_recorded": "按期且及时录入率 %",
    "satisfied": "满意率 %",
}

FIRST_FILTERS = {
    **{name: (name, "=") for name in ("kind", "body", "term", "session", "nature", "month", "hand_over_month")},
    **{"imported": ("imported", "="), "from_on": ("submitted_on", ">="), "until_on": ("submitted_on", "<=")},
}
"""Filters and what they compare; one that is not here compares the column of its name."""

DEFINITIONS = {
    "met": "办前、办中、办后见面均有记录的件数 ÷ 已交办件数",
    "replied": "全部答复对象均已送达首轮答复的件数 ÷ 已交办件数",
    "on_time": "首轮答复类时限均按期完成的件数 ÷ 已交办件数（以业务日期为准）",
    "on_time_recorded": "首轮答复类时限均按期完成且按规则及时录入的件数 ÷ 已交办件数（补录者另列于 recorded_late）",
    "apart": "不予立案、并案、撤回的件另列，不进入任何比率",
    "imported": "分母中由历史数据导入的件数，随每一比率列出",
    "share": "各组占比以最大余数法取两位小数，合计恰为 100.00；比率各自四舍五入",
}


@dataclass(frozen=True)
class Policy:
    """What rates divide by, and what is satisfied: the office's choice, stated in the answer."""

    denominator: Denominator | None = None
    """Of the satisfaction rate: all that were handed over, or only what was rated; None as the packs say."""
    basic: bool | None = None
    """Whether 基本满意 counts as satisfied; None as the packs say."""

    def definitions(self, by: str | None, counted: Satisfaction) -> dict[str, str]:
        """Say what each figure means under this policy and the county's packs."""
        return {
            "unit_of_count": "件次（每一主办或分办单位各计一次）" if by == "unit" else "件",
            "denominator": "已交办件数；满意率以 countable 为分母",
            **DEFINITIONS,
            "satisfied": counted.told,
        }

    def rates(self) -> dict[str, tuple[str, str]]:
        """Give numerator and denominator of each rate."""
        return {
            **{name: (name, "assigned") for name in ("met", "replied", "on_time", "on_time_recorded")},
            "satisfied": ("satisfied", "countable"),
        }


@dataclass(frozen=True)
class Question:
    """Which cases are counted, as of which day, under which policy."""

    as_of: date
    filters: Mapping[str, Any] = field(default_factory=dict)
    """By name; an empty text asks for cases of which nothing is said."""
    policy: Policy = Policy()
    successors: bool = False
    """Whether a unit that was merged away counts under its successor."""
