"""The worklist 待办: which act a case waits for next, from whom, and until when.

One row for each party that owes an act. "Mine" is the rows of my unit or of me; "waiting for whom" is the rows of a
case I lead that name somebody else.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from contracts.copies.names import names_of
from runtime import paging
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals import deadlines
from services.proposals.proposal import Proposal

COMMITTEE = "committee"
OFFICE = "office"

_CLOCKS_OF = {
    "sign_for": ("return",),
    "contact": ("contact",),
    "give_opinion": ("co_opinion",),
    "draft": ("unit_reply", "reply", "reply_final", "rehandle"),
    "review": ("unit_reply", "reply", "reply_final", "rehandle"),
    "sign": ("unit_reply", "reply", "reply_final", "rehandle"),
    "deliver": ("reply", "reply_final", "rehandle"),
    "rate": ("rating",),
    "close": ("closing",),
}


class Owed(NamedTuple):
    """An act that somebody owes."""

    act: str
    whom: str


def owed(case: Proposal) -> Iterator[Owed]:
    """Give the acts that can be done next, with who owes each."""
    if case.submitter is None or case.erased:
        return
    match case.stage:
        case "submitted":
            asked = [member for member, answer in case.cosigners.items() if answer == "asked"]
            for member in asked:
                yield Owed("confirm", deadlines.member(member))
            if not asked:
                yield Owed("register", COMMITTEE)
        case "returned":
            yield Owed("revise", deadlines.member(case.submitter))
        case "registered":
            yield Owed("hand_over", OFFICE)
        case "handed_over":
            yield from _in_the_units(case)
        case "replied":
            yield from _towards_the_member(case)
        case "dissatisfied":
            yield Owed("rehandle", OFFICE)
        case _:
            return


def _in_the_units(case: Proposal) -> Iterator[Owed]:
    assert case.lead is not None
    lead = deadlines.unit(case.lead)
    for unit in (case.lead, *case.co):
        if unit not in case.signed_for:
            yield Owed("sign_for", deadlines.unit(unit))
    if case.lead in case.signed_for and case.contacted_on is None:
        yield Owed("contact", lead)
    for unit in case.co:
        if unit not in case.opinions:
            yield Owed("give_opinion", deadlines.unit(unit))
    if case.lead in case.signed_for:
        reply = case.reply
        if reply is None or reply.passed is False:
            yield Owed("draft", lead)
        else:
            yield Owed("review" if reply.passed is None else "sign", lead)


def _towards_the_member(case: Proposal) -> Iterator[Owed]:
    assert case.lead is not None
    assert case.reply is not None
    for member in case.answer_to:
        if member not in case.reply.delivered:
            yield Owed("deliver", deadlines.unit(case.lead))
        elif member not in case.reply.received:
            yield Owed("receive", deadlines.member(member))
        elif member not in case.reply.rated:
            yield Owed("rate", deadlines.member(member))
    if all(member in case.reply.rated for member in case.answer_to):
        yield Owed("close", deadlines.office_of(case))


def _rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    for act, whom in sorted(set(owed(case))):
        kinds = _CLOCKS_OF.get(act, ())
        own = [clock for clock in case.clocks.values() if clock.kind in kinds and clock.whom == whom]
        due = [clock.due_on for clock in own if clock.due_on]
        yield {
            "act": act,
            "whom": whom,
            "lead": case.lead,
            "title": case.title,
            "kind": case.kind,
            "number": case.number,
            "round": case.round,
            "due_on": min(due, default=None),
        }


WORKLIST: Table[Proposal] = Table(
    name="worklist",
    columns={
        "act": "text NOT NULL",
        "whom": "text NOT NULL",
        "lead": "text",
        "title": "text NOT NULL",
        "kind": "text NOT NULL",
        "number": "int",
        "round": "int NOT NULL",
        "due_on": "date",
    },
    rows=_rows,
    key=("act", "whom"),
    indexes=("(county, whom, due_on)", "(county, lead)"),
)

ACTS = {
    "confirm": "联名确认",
    "register": "审查立案",
    "revise": "修改",
    "hand_over": "交办",
    "sign_for": "签收",
    "contact": "首次联系",
    "give_opinion": "提出会办意见",
    "draft": "拟文",
    "review": "审核",
    "sign": "签发",
    "deliver": "送达",
    "receive": "回执",
    "rate": "测评",
    "rehandle": "再次办理",
    "close": "办结",
}
"""What each act is called on a worklist."""

_FAR = date(9000, 1, 1)
"""Sorts acts without a last day behind all others; asyncpg sends date.max as infinity, which no cursor can hold."""


async def page(
    db: Db,
    *,
    mine: Iterable[str] | None,
    lead: str | None,
    due_within: int | None,
    as_of: date,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """Give a page of acts, most urgent first: those owed by `mine`, or those of the cases that `lead` leads.

    `due_within` counts calendar days from `as_of`; what is overdue is included.
    """
    arguments: list[Any] = [_FAR]
    where = ["true"]
    if mine is not None:
        arguments.append(list(mine))
        where.append(f"whom = ANY(${len(arguments)}::text[])")
    if lead is not None:
        arguments.append(lead)
        where.append(f"lead = ${len(arguments)}")
    if due_within is not None:
        arguments.append(as_of + timedelta(days=due_within))
        where.append(f"due_on <= ${len(arguments)}")
    if after is not None:
        day, id, act, whom = paging.parse_cursor(after, (str, str, str, str))
        arguments += [paging.parse_date(day), id, act, whom]
        n = len(arguments)
        where.append(f"(coalesce(due_on, $1), id, act, whom) > (${n - 3}, ${n - 2}, ${n - 1}, ${n})")
    rows = await db.fetch(
        f"SELECT *, coalesce(due_on, $1) AS due_key FROM worklist WHERE {' AND '.join(where)}"
        f" ORDER BY coalesce(due_on, $1), id, act, whom LIMIT {limit + 1}",
        *arguments,
    )
    result = paging.page([dict(row) for row in rows], limit, ("due_key", "id", "act", "whom"))
    names = await names_of(
        db, {item["whom"] for item in result["items"]} | {item["lead"] for item in result["items"]}
    )
    for item in result["items"]:
        del item["due_key"]
        item["act_name"] = ACTS[item["act"]]
        item["whom_name"] = names.get(item["whom"])
        item["lead_name"] = names.get(str(item["lead"]))
        item["overdue"] = item["due_on"] is not None and item["due_on"] < as_of
    return result
