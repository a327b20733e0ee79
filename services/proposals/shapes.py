"""What the proposals service's queries answer: the case, and rows of its read models with what is joined to them."""

from contracts.clocks import Clock
from runtime.shapes import Schema, listed, mapped, model, row, shape
from services.proposals.case.proposal import Proposal
from services.proposals.case.work import Contact, Reply
from services.proposals.reporting.board import BOARD
from services.proposals.reporting.figures import BY, CO_FIGURES, FIGURES
from services.proposals.reporting.worklist import WORKLIST
from services.proposals.review.review_shapes import REVIEW_SHOWN
from services.proposals.supervision.overlay_shapes import OVERLAYS_SHOWN

_NAMES: Schema = {"type": "array", "items": {"type": ["string", "null"]}}
BOARD_ROW = row(
    BOARD,
    county="text NOT NULL",
    overdue="boolean",
    parked="boolean NOT NULL",
    body_name="text",
    lead_name="text",
    separate_names=_NAMES,
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
    **_without(model(Proposal), "text", "opinions", "work", "clocks", "overlays", "review", "history"),
    round="int NOT NULL",
    rounds=mapped("int NOT NULL"),
    contacted_on="date",
    section="text",
    contacts=mapped(model(Contact)),
    id="uuid NOT NULL",
    version="int NOT NULL",
    parked="boolean NOT NULL",
    position="text NOT NULL",
    clocks=listed(model(Clock)),
    names=mapped("text NOT NULL"),
    texts={"enum": ["shown", "withheld", "erased"]},
    overlays=OVERLAYS_SHOWN,
    review=REVIEW_SHOWN,
    text=_TEXT,
    opinions=mapped(shape(on="date NOT NULL", text=_TEXT)),
    replies=listed(
        shape(
            **_without(model(Reply), "text", "earlier", "comments", "verdict"),
            text=_TEXT,
            comments=listed(
                shape(member="uuid NOT NULL", draft="int NOT NULL", word="text", on="date", remark=_TEXT)
            ),
            verdict={
                "anyOf": [shape(form="text", handle_again="boolean", on="date", result=_TEXT), {"type": "null"}]
            },
        )
    ),
)

_COUNT: Schema = {"type": "integer", "minimum": 0}
_RATE = shape(numerator=_COUNT, denominator=_COUNT, percent="text", imported=_COUNT)
_COUNTS: dict[str, str | Schema] = {
    **dict.fromkeys(FIGURES, _COUNT),
    **dict.fromkeys(CO_FIGURES, "int"),
    "rates": mapped(_RATE),
}
_POLICY = shape(
    denominator={"enum": ["assigned", "rated", None]}, basic_counts="boolean", originals="boolean NOT NULL"
)
_GROUP = shape(("rank",), **_COUNTS, key="text", name="text", share_percent="text", rank="int")
STATISTICS = shape(
    ("by", "groups"),
    as_of="date NOT NULL",
    policy=_POLICY,
    definitions=mapped("text NOT NULL"),
    total=shape(**_COUNTS),
    by={"enum": list(BY)},
    groups=listed(_GROUP),
)
_CHANGE: dict[str, str | Schema] = {
    "counts": shape(**{**dict.fromkeys(FIGURES, "int NOT NULL"), **dict.fromkeys(CO_FIGURES, "int")}),
    "points": mapped("text NOT NULL"),
}
COMPARISON = shape(
    ("groups",),
    now=STATISTICS,
    then=STATISTICS,
    change=shape(**_CHANGE),
    groups=listed(shape(**_CHANGE, key="text", name="text")),
)
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
SIMILAR = shape(
    items=listed(
        shape(
            id="uuid NOT NULL",
            number="int",
            title="text NOT NULL",
            kind="text NOT NULL",
            stage="text NOT NULL",
            containment=_SHARE,
            jaccard=_SHARE,
            category="text",
            scheme="text",
        )
    )
)
