"""What queries about overlays answer."""

from runtime.shapes import Schema, listed, model, row, shape
from services.proposals.case.overlay_state import Decision, Overlays, Urging
from services.proposals.supervision.overlays import OVERLAYS

_NAMES: Schema = {"type": "array", "items": {"type": ["string", "null"]}}

MARKED = row(
    OVERLAYS,
    kind="text NOT NULL",
    number="int",
    title="text NOT NULL",
    stage="text NOT NULL",
    lead="text",
    co="text[] NOT NULL",
    closed_on="date",
    submitted_on="date NOT NULL",
    lead_name="text",
    key_unit_name="text",
    unanswered_names=_NAMES,
)


def _opened(part: type[Urging] | type[Decision], name: str) -> Schema:
    """Give a part of the state with its sealed text as people read it."""
    told = model(part)["properties"]
    return shape(**{**told, name: "text"})


OVERLAYS_SHOWN = shape(
    **{
        **model(Overlays)["properties"],
        "urgings": listed(_opened(Urging, "answer")),
        "decisions": listed(_opened(Decision, "text")),
    }
)
DISCLOSED = shape(
    id="uuid NOT NULL",
    kind="text NOT NULL",
    number="int",
    title="text NOT NULL",
    disclosure="text NOT NULL",
    decided_by="text NOT NULL",
    decided_on="date NOT NULL",
    text="text NOT NULL",
    replies="text[] NOT NULL",
)
CHECKLIST = shape(
    items=listed(shape(item="text NOT NULL", title="text NOT NULL", held="boolean NOT NULL")),
    complete="boolean NOT NULL",
)
