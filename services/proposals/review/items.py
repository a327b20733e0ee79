"""Items 诉求: the questions that a case puts, each with the unit that answers it, its answer and its category."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from contracts.review import Item, ItemsListed
from runtime.refusals import Refusal
from services.proposals.case.proposal import Proposal
from services.proposals.guards import UnitUnknown, at, dated
from services.proposals.review.intake import refuse_strangers
from services.proposals.review.review_commands import ListItems


class ItemsUnanswered(Refusal):
    """An item of the unit's, or of a co unit's, has no answer."""

    code, status, title = "reply.items_unanswered", 409, "尚有诉求未答复, 不能签发"


def list_items(case: Proposal, command: ListItems, *, units: Collection[UUID], today: date) -> ItemsListed:
    """Decide on the list of items; `units` are those of the named ones that exist and are open.

    Raises: WrongStage, UnitUnknown, ItemUnitMismatch once the case is handed over, DateInFuture, DateOutOfOrder.
    """
    at(case, "submitted", "registered", "handed_over")
    dated(command.listed_on, today, case.submitted_on)
    named = {item.unit for item in command.items if item.unit is not None}
    if unknown := sorted(str(id) for id in named if id not in units):
        raise UnitUnknown(units=unknown)
    if case.stage == "handed_over":
        refuse_strangers(named, case.units)
    items = (Item(item=n, title=item.title, unit=item.unit) for n, item in enumerate(command.items, 1))
    return ItemsListed(items=tuple(items), listed_on=command.listed_on)


def refuse_unanswered(case: Proposal, unit: UUID) -> None:
    """Refuse the signature while an item has no answer: of the unit, of its co units, or given out to nobody.

    An answer of an earlier round stands until the item is answered again. Raises: ItemsUnanswered.
    """
    concerned = {unit, None, *(case.co if unit == case.lead else ())}
    if missing := [asked.item for asked in case.review.items if asked.reply is None and asked.unit in concerned]:
        raise ItemsUnanswered(items=missing)
