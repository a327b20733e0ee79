"""The words of the statistics 统计口径: by what cases are grouped, what figures count, what rates divide by.

A condition reads a case, or a unit's share in it, as it stood on the day that is asked for; what is `content` and
`countable` is said in satisfaction.py, what is `original` and `counted` in counting.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from services.proposals.reporting.satisfaction import Denominator, Satisfaction

APART = ("declined", "merged", "withdrawn")
"""Stages of cases that are in no rate; a merged one is, when the originals of a merge are asked for."""

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

FACTS = ("registered", "handed_over", "met", "replied", "on_time", "closed", "imported", "again", "co")
"""What is said of a case, or of a unit's share in it, from a day on, besides stage, outcome and category; `again`: in
a later round; `co`: the share is that of a co unit, whose reply is its opinion."""

BIT = {name: 1 << n for n, name in enumerate(FACTS)}
_PARTED = "\t"


class Told(NamedTuple):
    """How a case, or a unit's share in it, stands from a day on: one text, by which those alike are counted together.

    A text, so that PostgreSQL reads and compares one column instead of twelve for each of 100,000 cases.
    """

    facts: frozenset[str]
    stage: str
    outcome: str | None
    category: str | None

    @staticmethod
    def text(bits: int, stage: str, outcome: str | None, category: str | None) -> str:
        """Give it as it is kept, the facts as the sum of their bits."""
        return f"{bits}{_PARTED}{stage}{_PARTED}{outcome or ''}{_PARTED}{category or ''}"

    @classmethod
    def read(cls, text: str) -> "Told":
        """Read what is kept."""
        bits, stage, outcome, category = text.split(_PARTED)
        facts = frozenset(name for name, bit in BIT.items() if int(bits) & bit)
        return cls(facts, stage, outcome or None, category or None)


def told_apart(columns: str, source: str) -> str:
    """Give a statement that takes `told` of a source's rows apart, once for each: facts, stage, outcome, category.

    OFFSET 0 keeps PostgreSQL from doing it again for every figure.
    """
    parts = [f"split_part(told, E'\\t', {n})" for n in range(1, 5)]
    facts = ", ".join(f"bits & {bit} > 0 AS {name}" for name, bit in BIT.items())
    return f"""SELECT {columns}, {facts}, stage, outcome, category FROM (
        SELECT {columns}, {parts[0]}::int AS bits, {parts[1]} AS stage, nullif({parts[2]}, '') AS outcome,
            nullif({parts[3]}, '') AS category FROM {source} OFFSET 0) AS apart"""


_OWN = "NOT co AND NOT original"
_ASSIGNED = "counted AND handed_over AND NOT apart"
_CO = "co AND NOT original AND handed_over AND NOT apart"
CO_FIGURES = {"co": _CO, "co_replied": f"{_CO} AND replied", "co_on_time": f"{_CO} AND replied AND on_time"}
"""Only told where shares of units are counted."""
FIGURES = {
    "cases": _OWN,
    "pending": f"{_OWN} AND NOT apart AND NOT registered",
    "registered": f"{_OWN} AND registered AND NOT apart",
    **{stage: f"{_OWN} AND stage = '{stage}'" for stage in APART},
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
    "closed": "counted AND closed AND NOT apart",
    "imported": f"{_ASSIGNED} AND imported",
    **CO_FIGURES,
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
    "co": "会办",
    "co_replied": "会办意见已提",
    "co_on_time": "会办按期",
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
    "originals": "并案各原件随主件答复、测评，不另计件",
    "co": "会办件次及其已提、按期提出的会办意见，仅在按单位统计时另列，不进入任何比率",
    "imported": "分母中由历史数据导入的件数，随每一比率列出",
    "share": "各组占比以最大余数法取两位小数，合计恰为 100.00；比率各自四舍五入",
}

ORIGINALS_TOO = {
    "apart": "不予立案、撤回的件另列，不进入任何比率",
    "originals": "已并案的各原件按主件的办理情况另计一件，自已交办起计入各数与比率的分子、分母；立案数仍不含并案",
}
"""What is defined otherwise when the originals of merges count."""


@dataclass(frozen=True)
class Policy:
    """What rates divide by, and what is satisfied: the office's choice, stated in the answer."""

    denominator: Denominator | None = None
    """Of the satisfaction rate: all that were handed over, or only what was rated; None as the packs say."""
    basic: bool | None = None
    """Whether 基本满意 counts as satisfied; None as the packs say."""
    originals: bool = False
    """Whether each original of a merge counts too, as the main case stands: it is answered and rated with it."""

    def definitions(self, by: str | None, counted: Satisfaction) -> dict[str, str]:
        """Say what each figure means under this policy and the county's packs."""
        return {
            "unit_of_count": "件次（每一主办或分办单位各计一次）" if by == "unit" else "件",
            "denominator": "已交办件数；满意率以计入满意率的件数（countable）为分母",
            **DEFINITIONS,
            **(ORIGINALS_TOO if self.originals else {}),
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
