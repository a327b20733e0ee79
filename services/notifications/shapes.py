"""What the notifications service's queries answer: clocks, reminders and digests as people look at them."""

from contracts.clocks import Proof
from contracts.notifications import DigestEntry
from runtime.shapes import Schema, listed, mapped, model, row, shape
from services.notifications.clocks import CLOCKS
from services.notifications.digest import DIGESTS
from services.notifications.followed import Move
from services.notifications.reminder import REMINDERS

_HIDDEN = ("due_order", "opened_on", "proof", "moves")


def _clock(**more: str | Schema) -> Schema:
    columns = {name: kind for name, kind in CLOCKS.columns.items() if name not in _HIDDEN}
    return shape(**columns, opened_on="date NOT NULL", whom_name="text", **more)


CLOCK = _clock(overdue="boolean NOT NULL")
CLOCK_SHOWN = _clock(proof=model(Proof), moves=listed(model(Move)), why="text NOT NULL")

_OF_BOTH = ("whom", "sent_at", "version")
_KEPT = {**DIGESTS.columns, **REMINDERS.columns}
_SENT = {name: kind for name, kind in _KEPT.items() if name not in ("entries", "clock_subject", *_OF_BOTH)}
NOTICE = shape(
    (*_SENT, "strength"),
    notification={"enum": ["reminder", "digest"]},
    id="text NOT NULL",
    **{name: _KEPT[name] for name in _OF_BOTH},
    **_SENT,
    strength="text",
    whom_name="text",
    title="text NOT NULL",
    read="boolean NOT NULL",
)
_ENTRY = model(DigestEntry)
_ENTRY_SHOWN = {**_ENTRY, "properties": {**_ENTRY["properties"], "case": {"type": "string"}}}
DIGEST_SHOWN = row(DIGESTS, "entries", entries=listed(_ENTRY_SHOWN), whom_name="text", title="text NOT NULL")

_COUNT: Schema = {"type": "integer", "minimum": 0}
SUMMARY = shape(
    reminders=_COUNT,
    digests=_COUNT,
    by_kind=mapped(_COUNT),
    by_rule=mapped(_COUNT),
    by_whom=mapped(shape(name="text", reminders=_COUNT, digests=_COUNT)),
)
RUN = shape(as_of="date NOT NULL", reminders=_COUNT, digests=_COUNT, position="text NOT NULL")
