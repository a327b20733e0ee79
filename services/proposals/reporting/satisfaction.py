"""The rate of satisfaction 满意率: which ratings count, and what it divides by.

As the office asks; where it does not ask, as the pack says that a case follows. When the packs of a county do not
agree, each case is counted by its own, and the answer says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from rules.pack import Pack

Denominator = Literal["assigned", "rated"]

_OUTCOME = "outcome"

SILENT = ("满意", "基本满意")
"""What counts where no pack says anything."""
_OVER = {"assigned": "已交办件数（未测评计为未满意，另列）", "rated": "已测评件数（未测评不计）"}


class Rule(NamedTuple):
    """What counts as satisfied, and out of what."""

    words: tuple[str, ...]
    denominator: Denominator

    @property
    def told(self) -> str:
        """Say it."""
        return f"全部答复对象末轮测评均为{'或'.join(self.words)}的件数 ÷ {_OVER[self.denominator]}"


@dataclass(frozen=True)
class Satisfaction:
    """How the rate is counted in one answer."""

    rule: Rule
    """Of every case, but for those of the packs below."""
    packs: Mapping[str, tuple[str, Rule]] = field(default_factory=dict)
    """By digest, with the pack's name, where the packs do not agree."""

    @property
    def policy(self) -> dict[str, Any]:
        """Give the policy as the answer states it; None where each case follows its own pack."""
        if self.packs:
            return {"denominator": None, "basic_counts": None}
        return {"denominator": self.rule.denominator, "basic_counts": "基本满意" in self.rule.words}

    @property
    def told(self) -> str:
        """Say how the rate is counted."""
        if not self.packs:
            return self.rule.told
        rules = dict.fromkeys((name, rule.told) for name, rule in self.packs.values())
        return "按各件所循办理规则：" + "；".join(f"{name}：{told}" for name, told in rules)

    def columns(self, bind: Callable[[Any], str]) -> str:
        """Give `content` and `countable` of a case, in SQL: of its outcome and pack_digest."""
        content = f"{_OUTCOME} = ANY({bind(list(self.rule.words))}::text[])"
        countable = _countable(self.rule)
        if self.packs:
            digests = bind(list(self.packs))
            pairs = bind([f"{digest} {word}" for digest, (_, rule) in self.packs.items() for word in rule.words])
            rated = bind([digest for digest, (_, rule) in self.packs.items() if rule.denominator == "rated"])
            ruled = f"pack_digest = ANY({digests}::text[])"
            said = f"pack_digest || ' ' || {_OUTCOME} = ANY({pairs}::text[])"
            content = f"CASE WHEN {ruled} THEN {said} ELSE {content} END"
            judged = f"pack_digest <> ALL({rated}::text[]) OR {_OUTCOME} IS NOT NULL"
            countable = f"CASE WHEN {ruled} THEN {judged} ELSE {countable} END"
        return f"{content} AS content, {countable} AS countable"


def _countable(rule: Rule) -> str:
    return "true" if rule.denominator == "assigned" else f"{_OUTCOME} IS NOT NULL"


def satisfaction(denominator: Denominator | None, basic: bool | None, packs: Sequence[Pack]) -> Satisfaction:
    """Give how the rate is counted: as asked for, else as the county's packs say, each for its own cases."""
    asked = None if basic is None else SILENT if basic else SILENT[:1]
    ruled = {
        pack.digest: (pack.name, Rule(asked or pack.satisfied, denominator or pack.rates.denominator))
        for pack in packs
    }
    agreed = {rule for _, rule in ruled.values()}
    if len(agreed) == 1:
        return Satisfaction(agreed.pop())
    return Satisfaction(Rule(asked or SILENT, denominator or "assigned"), ruled)
