"""In which columns a row differs from what was imported before: the two cases compared, fact by fact."""

from collections.abc import Callable, Iterator
from typing import Any

from contracts.sealed import Sealed
from services.proposals.case.proposal import Proposal
from services.proposals.case.work import Reply
from services.proposals.importing.columns import BY_NAME, COLUMNS

Open = Callable[[Sealed | None], str | None]

_PLAIN = (
    "external_id",
    "system",
    "kind",
    "body",
    "term",
    "session",
    "number",
    "title",
    "group",
    "nature",
    "category",
    "submitted_on",
    "registered_on",
    "office",
    "leader",
    "handed_over_on",
    "closed_on",
)


def differing(before: Proposal, after: Proposal, opened: Open) -> list[str]:
    """Give the columns whose facts are not the same, in the template's order."""
    old, new = dict(_facts(before, opened)), dict(_facts(after, opened))
    found = {column for column in old.keys() | new.keys() if old.get(column) != new.get(column)}
    return [column.name for column in COLUMNS if column.name in found]


def _facts(case: Proposal, opened: Open) -> Iterator[tuple[str, Any]]:
    for column in _PLAIN:
        yield column, getattr(case, column)
    yield "text", opened(case.text)
    yield "submitters", case.submitter
    yield "cosigners", tuple(case.cosigners)
    yield "lead_unit", case.lead
    yield "co_units", set(case.co)
    yield "separate_units", set(case.separate)
    yield "received_on", case.signed_for
    review = case.review
    yield "declined_on", review.declined.declined_on if review.declined else None
    yield "declined_reason", opened(review.declined.reason) if review.declined else None
    yield "withdrawn_on", review.withdrawal.withdrawn_on if review.withdrawal else None
    yield "withdrawn_reason", opened(review.withdrawal.reason) if review.withdrawal else None
    yield "merged_on", review.merged.merged_on if review.merged else None
    yield "co_opinion_on", {unit: opinion.on for unit, opinion in case.opinions.items()}
    for round in (1, 2):
        suffix = "_2" if round == 2 else ""
        for stage in ("before", "during", "after"):
            met = {m.met_on for m in case.meetings.values() if (m.stage, m.round) == (stage, round)}
            yield f"met_{stage}_on{suffix}", met
        for reply in (reply for (_, n), reply in case.replies.items() if n == round):
            yield from ((f"{name}{suffix}", value) for name, value in _reply(reply, opened))


def _reply(reply: Reply, opened: Open) -> Iterator[tuple[str, Any]]:
    yield "signed_on", reply.signed_on
    yield "document", reply.document
    yield "reply_category", reply.category
    yield "scheme", reply.scheme
    yield "reply_text", opened(reply.text)
    yield "delivered_on", set(reply.delivered.values())
    yield "rating_result", {rating.result for rating in reply.rated.values()}
    yield "rating_attitude", {rating.attitude for rating in reply.rated.values()}
    yield "rated_on", {rating.on for rating in reply.rated.values()}


assert set(_PLAIN) <= BY_NAME.keys()
