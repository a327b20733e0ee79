"""A history told again 导入更正: the acts that a correction holds, as the events that they would have been.

Whoever folds a case folds these in place of all that the case was before.
"""

from collections.abc import Iterator

from contracts.event import Event
from contracts.proposals import HistoryCorrected, ToldAct
from contracts.registry import EVENTS, UPCASTS
from contracts.upcast import upcast


def told(event: Event) -> ToldAct:
    """Give an event as an act of a history that is told again."""
    return ToldAct(type=event.type_name(), data=event.model_dump(mode="json", exclude_none=True))


def retold(event: HistoryCorrected) -> Iterator[Event]:
    """Give the acts as events of their newest versions; one of a type that this program does not know is left out."""
    for act in event.acts:
        name, data = upcast(act.type, act.data, UPCASTS)
        if name in EVENTS:
            yield EVENTS[name].model_validate(data)
