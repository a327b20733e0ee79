"""What a pack says of more time 延期: who decides, for which cases.

Natures of cases are checked; a condition in the source's own words (涉及面广、办理难度大的) no machine decides, so
whoever grants more time has to state why the case meets it.
"""

from typing import Literal

from rules.handling import Extension as Rule
from runtime.refusals import Refusal
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules

DECIDED_BY: dict[str, tuple[Literal["committee", "office"], ...]] = {
    "deputies_office": ("committee",),
    "government_section": ("office",),
}
"""Who decides where the pack names somebody."""


class ExtensionNotProvided(Refusal):
    """The pack knows no extension."""

    code, status, title = "extension.not_provided", 409, "办理规则没有规定延期"


class NotEntitled(Refusal):
    """The pack has somebody else decide."""

    code, status, title = "extension.not_entitled", 403, "按办理规则由其他机关批准延期"


class NotForThisCase(Refusal):
    """The pack has more time for cases of other natures alone."""

    code, status, title = "extension.not_for_this_case", 409, "按办理规则, 此类件不得延期"


class GroundNeeded(Refusal):
    """The pack says in words which cases may have more time, and nothing says why this is one of them."""

    code, status, title = "extension.ground_needed", 409, "须写明该件符合办理规则所定延期情形的依据"


def rule_of(rules: Rules) -> Rule:
    """Give what the pack says of more time. *Raises* ExtensionNotProvided."""
    if rules.pack.extension is None:
        raise ExtensionNotProvided
    return rules.pack.extension


def entitled(case: Proposal, rule: Rule) -> tuple[str, ...]:
    """Name the roles that decide on more time under a pack; where it is silent, whoever handed the case over."""
    if rule.approved_by in DECIDED_BY:
        return DECIDED_BY[rule.approved_by]
    by = case.assignment.by
    return (by,) if by in ("committee", "office") else ("committee", "office")


def refuse_other_natures(case: Proposal, rule: Rule) -> None:
    """Refuse a case of a nature for which the pack has no more time. *Raises* NotForThisCase."""
    if rule.only_for_natures and case.nature not in rule.only_for_natures:
        raise NotForThisCase(nature=case.nature, natures=list(rule.only_for_natures))


def refuse_groundless(rule: Rule, ground: str | None) -> None:
    """Refuse more time without the ground that the pack's condition in words asks for. *Raises* GroundNeeded."""
    if rule.only_for is not None and ground is None:
        raise GroundNeeded(only_for=rule.only_for)
