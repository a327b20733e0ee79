"""Answers to items 答复诉求: each by its own unit, with a category of its own, before the reply is signed."""

from datetime import date
from uuid import UUID

from contracts.review import ItemAnswered
from contracts.sealed import Sealed
from runtime.refusals import Refusal
from services.proposals.answering.drafting import UnknownCategory, in_hand
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules
from services.proposals.guards import at, dated
from services.proposals.handling.handling import NotSignedFor
from services.proposals.review.review_commands import AnswerItem


class NoSuchItem(Refusal):
    """The case has no such item, or it is another unit's."""

    code, status, title = "proposal.no_such_item", 409, "没有该项诉求, 或非本单位答复"


def answer_item(
    case: Proposal, unit: UUID, command: AnswerItem, answer: Sealed, rules: Rules, today: date
) -> ItemAnswered:
    """Decide on a unit's answer to an item; a new one replaces the last until the reply of the round is signed.

    Raises: WrongStage, NoSuchItem, NotSignedFor, UnknownCategory, DateInFuture, DateOutOfOrder.
    """
    if unit in case.answering:
        in_hand(case, unit)
    else:
        at(case, "handed_over")
    dated(command.answered_on, today, case.handed_over_on)
    own = (unit, None) if unit in case.answering else (unit,)
    if not any(asked.item == command.item and asked.unit in own for asked in case.review.items):
        raise NoSuchItem(item=command.item)
    if unit not in case.signed_for:
        raise NotSignedFor
    if command.category not in rules.pack.schemes.get(command.scheme, {}):
        raise UnknownCategory(scheme=command.scheme, category=command.category, schemes=sorted(rules.pack.schemes))
    return ItemAnswered(
        item=command.item,
        unit=unit,
        category=command.category,
        scheme=command.scheme,
        answer=answer,
        round=case.work_of(unit).round if unit in case.answering else case.round,
        answered_on=command.answered_on,
    )
