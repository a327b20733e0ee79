"""What an event does to a case's clocks 时限, one sentence for each, with the proof of each day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from contracts.clocks import Clock, ClockChanges, Proof
from services.notifications.wording import KINDS, STRENGTHS, chinese_date, why
from yishi.history.names import Names


@dataclass(frozen=True)
class ClockChange:
    """One clock opened, moved or closed."""

    change: str
    """opened, moved or closed."""
    kind: str
    whom: str
    due_on: date | None
    words: str
    proof: dict[str, Any]


def told(changes: ClockChanges | None, known: dict[UUID, Clock], names: Names, on: date) -> Iterator[ClockChange]:
    """Tell what an event does to clocks; `known` holds every clock that any event of the case opened."""
    if changes is None:
        return
    for clock in changes.opened:
        until = STRENGTHS[clock.strength] + _day(clock.due_on) + ("（暂定）" if clock.provisional else "")
        words = f"时限开始：{_who(clock, names, on)}，{until}。{why(clock.proof, clock.due_on)}"
        yield _change("opened", clock, clock.due_on, words, clock.proof)
    for move in changes.moved:
        if (moved := known.get(move.id)) is not None:
            until = f"由{_day(move.due_from)}改为{_day(move.due_on)}" + ("（暂定）" if move.provisional else "")
            reason = f"原因：{move.reason}。{why(move.proof, move.due_on)}"
            words = f"时限变更：{_who(moved, names, on)}，{until}；{reason}"
            known[move.id] = moved.model_copy(update={"due_on": move.due_on, "proof": move.proof})
            yield _change("moved", moved, move.due_on, words, move.proof)
    for closing in changes.closed:
        if (ended := known.get(closing.id)) is not None:
            outcome = _kept(ended.due_on, closing.on) if closing.outcome == "met" else "，不再适用"
            words = f"时限结束：{_who(ended, names, on)}，{chinese_date(closing.on)}{outcome}"
            yield _change("closed", ended, ended.due_on, words, ended.proof)


def running(clock: Clock, names: Names, on: date) -> str:
    """Say until when a clock runs, seen from a day."""
    late = "" if clock.due_on is None or on <= clock.due_on else f"，已逾期 {(on - clock.due_on).days} 日"
    return f"{_who(clock, names, on)}：{STRENGTHS[clock.strength]}{_day(clock.due_on)}{late}"


def _change(change: str, clock: Clock, due_on: date | None, words: str, proof: Proof) -> ClockChange:
    return ClockChange(
        change, clock.kind, clock.whom, due_on, words, proof.model_dump(mode="json", exclude_none=True)
    )


def _who(clock: Clock, names: Names, on: date) -> str:
    again = f"，第{clock.round}轮" if clock.round > 1 else ""
    return f"{KINDS.get(clock.kind, clock.kind)}（{names.party(clock.whom, on)}{again}）"


def _day(day: date | None) -> str:
    return chinese_date(day) if day else "未定日期"


def _kept(due_on: date | None, on: date) -> str:
    if due_on is None:
        return ""
    kept = "按期" if on <= due_on else f"逾期 {(on - due_on).days} 日"
    return f"，{kept}（期限 {chinese_date(due_on)}）"
