"""What letters and sheets of a case say 答复函, 交办单, 送达回执: the values of their placeholders, in Chinese.

Which words there are is written in letter_placeholders; how a page looks is its template's.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from contracts.proposals import ProposalSubmitted
from contracts.terms import value_term
from contracts.vocabulary import CLOCKS
from runtime.refusals import Refusal
from services.proposals import deadlines
from services.proposals.answering.answers import NotToBeAnswered
from services.proposals.case.proposal import Proposal
from services.proposals.case.reply import Reply
from services.proposals.guards import NotAHandlingUnit, WrongStage
from services.proposals.handling.handling import meant
from services.proposals.letters.letter_placeholders import Row, Values

Names = Mapping[str, str]
"""Of bodies, members and units, by id."""
_DIGITS = "零一二三四五六七八九"
_GIVEN = ("return", "contact", "co_opinion", "unit_reply", "reply", "reply_cap", "reply_final")
"""The clocks of the first handling, which a hand-over sheet states."""


class ReplyNotSigned(Refusal):
    """There is no signed reply of this unit and round, so there is no letter."""

    code, status, title = "letter.reply_not_signed", 409, "该单位该轮答复尚未签发"


def chinese_date(day: date | None) -> str:
    """Give a date as letters write it, 2005年4月5日; nothing for none."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def chinese_number(number: int) -> str:
    """Give a number below a hundred in Chinese, 十二 for 12; others as they are."""
    tens, ones = divmod(number, 10)
    if not 0 < number < 100:
        return str(number)
    return (_DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


class Handled(NamedTuple):
    """A case with the one under which it is handled: itself, or the main case that it is merged into 并案."""

    case: Proposal
    main: Proposal

    @property
    def answered(self) -> tuple[UUID, ...]:
        """Name those of its own signers who must be answered; an original's are told of their own case."""
        return tuple(member for member in self.main.answer_to if member in self.case.signers)


def signed_reply(handled: Handled, unit: UUID | None, round: int | None) -> Reply:
    """Give the signed reply of a unit, in the round or its present one.

    Raises: UnitNotNamed, NotAHandlingUnit, ReplyNotSigned.
    """
    unit = meant(handled.main, unit)
    round = round or handled.main.work_of(unit).round
    reply = handled.main.replies.get((unit, round))
    if reply is None or reply.signed_on is None:
        raise ReplyNotSigned(unit=str(unit), round=round)
    return reply


def reply_letter(
    handled: Handled, reply: Reply, text: str, names: Names, *, member: UUID | None, today: date
) -> Values:
    """Give what a reply letter says: to everybody who must be answered, or to one of them.

    Raises: NotToBeAnswered.
    """
    contact = handled.main.work_of(reply.unit).contact
    return {
        **_of_case(handled, names, today),
        **_of_reply(reply, names),
        "收件人": "、".join(_addressed(handled.case, one, names) for one in _answered(handled, member)),
        "正文": text,
        "承办处室": contact.section if contact else "",
    }


def receipt_sheet(handled: Handled, reply: Reply, names: Names, *, member: UUID | None, today: date) -> Values:
    """Give what the sheet says on which the members confirm that they have the reply.

    Raises: NotToBeAnswered.
    """
    rows = [
        {
            "姓名": _name(names, one),
            "送达日期": chinese_date(reply.delivered.get(one)),
            "回执日期": chinese_date(reply.received.get(one)),
        }
        for one in _answered(handled, member)
    ]
    return {**_of_case(handled, names, today), **_of_reply(reply, names), "各收件人": rows}


def hand_over_sheet(case: Proposal, text: str, names: Names, *, unit: UUID | None, today: date) -> Values:
    """Give what the sheet says with which a case goes to its units, or to one of them.

    Raises: WrongStage before hand-over; NotAHandlingUnit.
    """
    if case.handed_over_on is None:
        raise WrongStage(stage=case.stage)
    if unit is not None and unit not in case.units:
        raise NotAHandlingUnit
    units = case.units if unit is None else (unit,)
    return {
        **_of_case(Handled(case, case), names, today),
        "单位": _names(names, units),
        "督办单位": _names(names, [case.office] if case.office else []),
        "正文": text,
        "各时限": _time_limits(case, units, names),
        "各单位": [
            {
                "单位": _name(names, one),
                "方式": "主办" if one == case.lead else "会办" if one in case.co else "分办",
                "签收日期": chinese_date(case.signed_for.get(one)),
            }
            for one in units
        ],
    }


def parties(handled: Handled) -> set[UUID]:
    """Name everybody whose name a letter may state."""
    case, main = handled
    named = {case.body, main.office, *main.units, *case.signers, *(unit for unit, _ in main.replies)}
    return {id for id in named if id is not None}


def _of_case(handled: Handled, names: Names, today: date) -> dict[str, str]:
    case, main = handled
    return {
        "机构": _name(names, case.body) if case.body else "",
        "类别": value_term(ProposalSubmitted, "kind", case.kind),
        "届次": f"{chinese_number(case.term)}届{chinese_number(case.session)}次",
        "编号": str(case.number or ""),
        "案由": case.title,
        "提案人": case.group or _names(names, case.signers),
        "交办日期": chinese_date(main.handed_over_on),
        "主办单位": _names(names, main.answering),
        "会办单位": _names(names, main.co),
        "领办": main.leader or "",
        "打印日期": chinese_date(today),
    }


def _of_reply(reply: Reply, names: Names) -> dict[str, str]:
    return {
        "答复单位": _name(names, reply.unit),
        "文号": reply.document or "",
        "签发日期": chinese_date(reply.signed_on),
        "办理结果": reply.category,
        "轮次": chinese_number(reply.round),
    }


def _answered(handled: Handled, member: UUID | None) -> tuple[UUID, ...]:
    if member is None:
        return handled.answered
    if member not in handled.answered:
        raise NotToBeAnswered
    return (member,)


def _addressed(case: Proposal, member: UUID, names: Names) -> str:
    if case.group and member == case.submitter:
        return case.group
    return _name(names, member) + ("代表" if case.kind.startswith("npc_") else "委员")


def _time_limits(case: Proposal, units: Iterable[UUID], names: Names) -> list[Row]:
    """Give the last days of the units' clocks as they are now, also of those that have stopped."""
    clocks = [(clock.kind, clock.whom, clock.round, clock.due_on) for clock in case.stopped]
    clocks += [(clock.kind, clock.whom, clock.round, clock.due_on) for clock in case.clocks.values()]
    due = {(kind, whom): day for kind, whom, round, day in clocks if round == 1}
    return [
        {"事项": CLOCKS[kind].term, "单位": _name(names, unit), "期限": chinese_date(day) or "未定"}
        for unit in units
        for kind in _GIVEN
        if (key := (kind, deadlines.unit(unit))) in due
        for day in (due[key],)
    ]


def _name(names: Names, id: UUID) -> str:
    return names.get(str(id), str(id))


def _names(names: Names, ids: Iterable[UUID]) -> str:
    return "、".join(_name(names, id) for id in ids)
