"""The worklist 待办: which act a case waits for next, from whom, and until when.

One row for each party that owes an act. "Mine" is the rows of my unit or of me; "waiting for whom" is the rows of a
case I lead that name somebody else.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from contracts.copies.names import names_of
from runtime import paging
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals import deadlines
from services.proposals.answering import matrix
from services.proposals.case.proposal import Proposal
from services.proposals.case.work import Reply

COMMITTEE = "committee"
OFFICE = "office"

_CLOCKS_OF = {
    "sign_for": ("return",),
    "contact": ("contact",),
    "give_opinion": ("co_opinion",),
    "draft": ("unit_reply", "reply", "reply_final", "rehandle"),
    "review": ("unit_reply", "reply", "reply_final", "rehandle"),
    "sign": ("unit_reply", "reply", "reply_final", "rehandle"),
    "check": ("reply", "reply_final", "rehandle"),
    "stamp": ("reply", "reply_final", "rehandle"),
    "deliver": ("reply", "reply_final", "rehandle"),
    "rate": ("rating",),
    "close": ("closing",),
    "answer_urging": ("urging", "supervision"),
    "decide_adjustment": ("reassign",),
    "answer_item": ("unit_reply", "reply", "reply_final", "rehandle", "co_opinion"),
    "keep_commitment": (deadlines.COMMITMENT,),
}


class Owed(NamedTuple):
    """An act that somebody owes."""

    act: str
    whom: str


def owed(case: Proposal) -> Iterator[Owed]:
    """Give the acts that can be done next, with who owes each."""
    if case.submitter is None or case.erased:
        return
    yield from _consents(case)
    yield from _promised(case)
    match case.stage:
        case "submitted":
            asked = [member for member, answer in case.cosigners.items() if answer == "asked"]
            for member in asked:
                yield Owed("confirm", deadlines.member(member))
            if case.paper is not None and not case.paper.agrees:
                yield Owed("check_paper" if case.paper.agrees is None else "reenter_paper", COMMITTEE)
            elif not asked:
                yield Owed("register", COMMITTEE)
        case "returned":
            yield Owed("revise", deadlines.member(case.submitter))
        case "registered":
            yield Owed("hand_over", OFFICE)
        case "handed_over" | "replied" | "dissatisfied":
            yield from _in_the_units(case)
            yield from _towards_the_member(case)
            yield from _about_the_units(case)
            for urging in case.overlays.unanswered():
                yield Owed("answer_urging", deadlines.unit(urging.unit))
        case _:
            return


def _in_the_units(case: Proposal) -> Iterator[Owed]:
    handling = [unit for unit in case.answering if case.work_of(unit).standing == "handling"]
    for unit in (*handling, *(case.co if handling else ())):
        if unit not in case.signed_for:
            yield Owed("sign_for", deadlines.unit(unit))
    for unit in case.co if handling else ():
        if unit not in case.opinions:
            yield Owed("give_opinion", deadlines.unit(unit))
    for unit in handling:
        if unit not in case.signed_for:
            continue
        party, work = deadlines.unit(unit), case.work_of(unit)
        if work.contact is None:
            yield Owed("contact", party)
        if work.reply is None or work.reply.passed is False:
            yield Owed("draft", party)
        else:
            yield Owed("review" if work.reply.passed is None else "sign", party)


def _about_the_units(case: Proposal) -> Iterator[Owed]:
    """Give what is to be decided about who handles the case and until when."""
    if any(asked.outcome is None for asked in case.assignment.adjustments):
        yield Owed("decide_adjustment", _overseer(case))
    for asked in case.assignment.extensions:
        if asked.outcome is None:
            waits = asked.through_office and asked.relayed_on is None
            decides = COMMITTEE if asked.decided_by == (COMMITTEE,) else _overseer(case, asked.decided_by)
            yield Owed("relay_extension", deadlines.unit(asked.unit)) if waits else Owed("decide_extension", decides)
        elif asked.tell:
            yield Owed("tell_extension", deadlines.unit(asked.unit))
    for unit in case.units:
        if case.work_of(unit).standing == "handling" and case.review.unanswered(unit):
            yield Owed("answer_item", deadlines.unit(unit))


def _consents(case: Proposal) -> Iterator[Owed]:
    """Give the co-signers whose consent to a withdrawal is asked for."""
    withdrawal = case.review.withdrawal
    if withdrawal is None or case.stage in ("closed", "withdrawn", "declined", "merged"):
        return
    for member in case.signers[1:]:
        if member not in withdrawal.agreed:
            yield Owed("agree_withdrawal", deadlines.member(member))


def _towards_the_member(case: Proposal) -> Iterator[Owed]:
    for unit in case.answering:
        work = case.work_of(unit)
        if work.standing == "dissatisfied":
            yield Owed("rehandle", OFFICE)
        elif work.standing == "replied" and work.reply:
            yield from _of_the_reply(case, unit, work.reply)
    rows = matrix.owed(case)
    for row in rows:
        if row.by is not None and not row.settled and _has_it(case, row.unit, row.by):
            yield Owed("relay", deadlines.member(row.by))
    if case.stage == "replied" and all(row.settled for row in rows):
        yield Owed("close", _overseer(case))


def _overseer(case: Proposal, entitled: tuple[str, ...] | None = None) -> str:
    """Name who decides about the case: the office unit that was named, else everybody in the role that decides.

    Where no rule names a role, it is the one in which the case was handed over.
    """
    if case.office:
        return deadlines.unit(case.office)
    roles = entitled or (case.assignment.by,)
    return COMMITTEE if roles == (COMMITTEE,) else OFFICE


def _of_the_reply(case: Proposal, unit: UUID, reply: Reply) -> Iterator[Owed]:
    for member in case.answer_to:
        if member not in reply.delivered:
            yield from (Owed(act, deadlines.unit(unit)) for act in reply.held_up_by or ("deliver",))
        elif member not in reply.received:
            yield Owed("receive", deadlines.member(member))
        elif member in case.raters and member not in reply.rated:
            yield Owed("rate", deadlines.member(member))


def _has_it(case: Proposal, unit: UUID, member: UUID) -> bool:
    reply = case.work_of(unit).reply
    return reply is not None and member in reply.delivered


def _promised(case: Proposal) -> Iterator[Owed]:
    """Give what replies have promised, whatever became of the case since."""
    for unit, work in case.work.items():
        for commitment in work.commitments.values() if unit in case.answering else ():
            if commitment.kept_on is None:
                yield Owed("keep_commitment", deadlines.unit(unit))
            elif commitment.answered_on is None:
                yield Owed("answer_commitment", deadlines.unit(unit))


def _rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    for act, whom in sorted(set(owed(case))):
        kinds = _CLOCKS_OF.get(act, ())
        # A role's clocks are those of the body to which the case was submitted: no unit oversees it.
        party = deadlines.office_of(case) if whom in (COMMITTEE, OFFICE) else whom
        own = [clock for clock in case.clocks.values() if clock.kind in kinds and clock.whom == party]
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
    "check_paper": "核对原件",
    "reenter_paper": "重新录入",
    "revise": "修改",
    "hand_over": "交办",
    "sign_for": "签收",
    "contact": "首次联系",
    "give_opinion": "提出会办意见",
    "draft": "拟文",
    "review": "审核",
    "sign": "签发",
    "check": "核查",
    "stamp": "用印",
    "deliver": "送达",
    "receive": "回执",
    "rate": "测评",
    "relay": "转告联名人",
    "rehandle": "再次办理",
    "keep_commitment": "兑现承诺",
    "answer_commitment": "再答复",
    "close": "办结",
    "agree_withdrawal": "同意撤回",
    "decide_adjustment": "决定调整",
    "relay_extension": "转报延期",
    "decide_extension": "决定延期",
    "tell_extension": "告知延期",
    "answer_item": "答复诉求",
    "answer_urging": "答复催办",
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
