"""What a case was after some of its events, folded by the proposals service's own rules."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from typing import Any

from contracts.clocks import Clock
from contracts.proposals import ProposalSubmitted
from contracts.terms import value_term
from runtime.messages import Recorded, read
from services.proposals.case.proposal import Proposal, evolve
from yishi.history.clocks import running
from yishi.history.names import Names

STAGES = {
    "new": "尚未提交",
    "submitted": "已提交",
    "returned": "退回修改",
    "declined": "不予立案",
    "withdrawn": "已撤回",
    "merged": "已并案",
    "registered": "已立案",
    "handed_over": "已交办",
    "replied": "已答复",
    "dissatisfied": "不满意，待再次办理",
    "closed": "已办结",
}


def fold(messages: Iterable[Recorded]) -> Proposal:
    """Give the case after its own events, without those of unknown types."""
    case = Proposal()
    for message in messages:
        envelope = read(message, strict=False)
        if envelope.data.service == "proposals":
            # By business date an act may stand before what it built on, where dates were given in another order.
            with suppress(KeyError):
                case = evolve(case, envelope.data, envelope)
    return case


def heading(case: Proposal, names: Names, on: date) -> str:
    """Name the case: number, title, kind, body, term and session."""
    number = f"第{case.number}号" if case.number else "（未编号）"
    kind = value_term(ProposalSubmitted, "kind", case.kind)
    body = names.of(case.body, on) if case.body else ""
    return f"{number}《{case.title}》  {kind}，{body}第{case.term}届第{case.session}次"


def summary(case: Proposal, names: Names, on: date) -> dict[str, Any]:
    """Say where the case stands on a day, in plain words."""
    told: dict[str, Any] = {"阶段": STAGES[case.stage]}
    if case.lead:
        told["主办单位"] = names.of(case.lead, on)
    if case.separate:
        told["分办单位"] = "、".join(names.of(unit, on) for unit in case.separate)
    if case.co:
        told["会办单位"] = "、".join(names.of(unit, on) for unit in case.co)
    if case.round > 1:
        told["办理轮次"] = str(case.round)
    if case.handed_over_on:
        met = {"办前": "before", "办中": "during", "办后": "after"}
        told["见面"] = "、".join(f"{words} {case.met(stage, on)} 次" for words, stage in met.items())  # type: ignore[arg-type]
    if (reply := case.reply) and reply.signed_on:
        told["答复"] = f"{reply.document}，{reply.signed_on} 签发，类别 {reply.category}"
        if reply.rated:
            told["测评"] = "、".join(f"{names.of(m, on)} {rating.result}" for m, rating in reply.rated.items())
    if case.erased:
        told["密钥"] = "已依令销毁，密封文字不可再读"
    told["运行中的时限"] = [running(clock, names, on) for clock in _by_day(case.clocks.values())]
    return told


def _by_day(clocks: Iterable[Clock]) -> list[Clock]:
    return sorted(clocks, key=lambda clock: clock.due_on or date.max)
