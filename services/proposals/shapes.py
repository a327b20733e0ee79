"""What the proposals service's queries answer: the case, and rows of its read models with what is joined to them."""

from contracts.clocks import Clock
from runtime.shapes import Schema, listed, mapped, model, row, shape
from services.proposals.board import BOARD
from services.proposals.proposal import Proposal, Reply
from services.proposals.statistics import BY, FIGURES
from services.proposals.worklist import WORKLIST

_NAMES: Schema = {"type": "array", "items": {"type": ["string", "null"]}}
BOARD_ROW = row(
    BOARD,
    county="text NOT NULL",
    overdue="boolean",
    parked="boolean NOT NULL",
    body_name="text",
    lead_name="text",
    co_names=_NAMES,
    submitter_names=_NAMES,
)
OWED = row(
    WORKLIST,
    county="text NOT NULL",
    act_name="text NOT NULL",
    whom_name="text",
    lead_name="text",
    overdue="boolean NOT NULL",
)


def _without(described: Schema, *names: str) -> dict[str, str | Schema]:
    return {name: told for name, told in described["properties"].items() if name not in names}


_TEXT = "text"
CASE = shape(
    **_without(model(Proposal), "text", "opinions", "replies", "clocks"),
    id="uuid NOT NULL",
    version="int NOT NULL",
    parked="boolean NOT NULL",
    position="text NOT NULL",
    clocks=listed(model(Clock)),
    names=mapped("text NOT NULL"),
    texts={"enum": ["shown", "withheld", "erased"]},
    text=_TEXT,
    opinions=mapped(shape(on="date NOT NULL", text=_TEXT)),
    replies=listed(shape(**_without(model(Reply), "text"), text=_TEXT)),
)

_COUNT: Schema = {"type": "integer", "minimum": 0}
_RATE = shape(numerator=_COUNT, denominator=_COUNT, percent="text")
_COUNTS: dict[str, str | Schema] = {**dict.fromkeys(FIGURES, _COUNT), "rates": mapped(_RATE)}
STATISTICS = shape(
    ("by", "groups"),
    definitions=mapped("text NOT NULL"),
    total=shape(**_COUNTS),
    by={"enum": list(BY)},
    groups=listed(shape(**_COUNTS, key="text", name="text", share_percent="text")),
)
