"""`yishi rules explain`: the proof of a case's due date, from the log alone, as an office would argue it.

What started the clock, by which rule and article, which days were left out by which calendar, every move with its
reason, and how the clock ended. Nothing is computed here: every line comes from the proofs inside the events.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from contracts.clocks import Clock, ClockClosed, ClockMoved, running_after
from contracts.clocks import ClockChanges as Changes
from contracts.days import business_date
from contracts.event import Event
from contracts.proposals import HistoryCorrected
from contracts.retelling import retold
from contracts.terms import term_of
from contracts.vocabulary import CLOCKS
from rules.argument import argue, day
from runtime.messages import MessageRejected, Recorded, read
from runtime.settings import utc_now
from yishi.case_events import Case, find_case
from yishi.child import StackError
from yishi.events import CHINA
from yishi.exported import Reading
from yishi.history.names import Names
from yishi.history.state import fold, heading
from yishi.target import Target, open_log
from yishi.terminal import output, print_json
from yishi.verification import Break


@dataclass(frozen=True)
class Act:
    """The event that did something to a clock."""

    sequence: int
    event: str
    term: str
    on: date
    """Business date, Asia/Shanghai; where the event has none, the day on which it was recorded."""

    @property
    def words(self) -> str:
        """Say which event it was."""
        return f"{day(self.on)} {self.term}，序号 {self.sequence}"


@dataclass
class Life:
    """One clock from the event that opened it on."""

    clock: Clock
    """As it stands now."""
    opened: Clock
    started: Act
    moves: list[tuple[Act, ClockMoved, Clock]] = field(default_factory=list)
    ended: tuple[Act, ClockClosed] | None = None


def lives(messages: Iterable[Recorded]) -> list[Life]:
    """Follow every clock of a case through its own events, in the order in which they were opened."""
    found: list[Life] = []
    for message in messages:
        envelope = read(message, strict=False)
        if isinstance(envelope.data, HistoryCorrected):
            found = []
        for event in retold(envelope.data) if isinstance(envelope.data, HistoryCorrected) else (envelope.data,):
            if event.clocks:
                on = business_date(event)[0] or envelope.time.astimezone(CHINA).date()
                _follow(found, event.clocks, Act(message.sequence, envelope.type, _term(event), on))
    return found


def _term(event: Event) -> str:
    try:
        return term_of(type(event))
    except ValueError:  # An event of a newer program than this one.
        return type(event).__name__


def _follow(found: list[Life], changes: Changes, act: Act) -> None:
    found += [Life(clock, clock, act) for clock in changes.opened]
    running = {life.clock.id: life for life in found if life.ended is None}
    for move in changes.moved:
        if life := running.get(move.id):
            life.clock = running_after({move.id: life.clock}, Changes(moved=(move,)))[move.id]
            life.moves.append((act, move, life.clock))
    for closing in changes.closed:
        if life := running.get(closing.id):
            life.ended = (act, closing)


def wanted(found: Sequence[Life], clock: str) -> list[Life]:
    """Give the clocks of a kind (`reply`, 答复), or the one of an id. *Raises* `StackError` when there is none."""
    kinds = {name for name, word in CLOCKS.items() if clock in (name, word.term)} | {clock}
    meant = [life for life in found if life.clock.kind in kinds or str(life.clock.id) == clock]
    if not meant:
        had = "、".join(dict.fromkeys(f"{life.clock.kind}（{_kind(life.clock)}）" for life in found))
        raise StackError(f"此件没有时限 {clock}；它有过的时限：{had or '无'}。")
    return meant


async def run(target: Target, case_wanted: str, clock: str, county: str | None, *, as_json: bool) -> int:
    """Print why a clock of a case is due on its day. *Raises* `StackError` when there is no such case or clock."""
    async with open_log(target) as (log, _):
        case = await find_case(log, case_wanted, county)
        messages = await log.after(case.subject, 0)
        names = await Names.load(log, case.county)
    _show(case, messages, clock, names, as_json=as_json)
    return 0


def run_file(path: Path, id: str, clock: str, *, as_json: bool) -> int:
    """Print the same from an export, without any server. *Raises* `StackError`."""
    try:
        held = list(Reading(path).messages())
    except Break as broken:
        raise StackError(f"文件第 {broken.line} 行断裂：{broken.reason}（{broken.code}）。") from broken
    except OSError as error:
        raise StackError(f"无法读取 {path}：{error.strerror}。") from error
    own = [message for message in held if message.subject.endswith(f".proposals.proposal.{id}")]
    if not own:
        raise StackError(f"文件中没有这一件：{id}。")
    names = Names()
    for message in held:
        names.take(message)
    _show(Case(own[0].subject.split(".")[1], id), own, clock, names, as_json=as_json)
    return 0


def _show(case: Case, messages: Sequence[Recorded], clock: str, names: Names, *, as_json: bool) -> None:
    today = utc_now().astimezone(CHINA).date()
    try:
        meant, title = wanted(lives(messages), clock), heading(fold(messages), names, today)
    except MessageRejected as error:
        raise StackError(f"其中有不是由系统写入的事件：请先运行 yishi verify（{error}）。") from error
    if as_json:
        told = [document(life, names) for life in meant]
        print_json({"case": case.id, "county": case.county, "heading": title, "clocks": told})
        return
    _say(title, "bold")
    for life in meant:
        _say("")
        for line in explained(life, names):
            _say(line)


def explained(life: Life, names: Names) -> Iterator[str]:
    """Argue a clock's due date line by line: its start, each move with its reason and new arithmetic, its end."""
    yield f"时限：{_kind(life.clock)}（{_whom(life.clock, names, life.started.on)}）"
    yield f"起因：{life.started.words}"
    said = argue(life.opened)
    yield from said
    for act, move, moved in life.moves:
        until = day(move.due_on) if move.due_on else "未定日期"
        since = day(move.due_from) if move.due_from else "未定日期"
        yield f"变更：{act.words}，由 {since} 改为 {until}；原因：{move.reason}"
        before, said = said, argue(moved)
        yield from (f"  {line}" for line in said if line not in before)
    yield _end(life)


def _end(life: Life) -> str:
    if life.ended is None:
        return "现状：仍在运行"
    act, closing = life.ended
    if closing.outcome == "void":
        return f"结束：{act.words}，不再适用"
    late = (closing.on - life.clock.due_on).days if life.clock.due_on else 0
    return f"结束：{act.words}，{f'逾期 {late} 日' if late > 0 else '按期完成'}"


def document(life: Life, names: Names) -> dict[str, Any]:
    """Give a clock's explanation as plain values."""
    clock = life.clock
    ended = None
    if life.ended:
        act, closing = life.ended
        ended = {"event": act.event, "sequence": act.sequence, "on": closing.on, "outcome": closing.outcome}
    return {
        "id": clock.id,
        "kind": clock.kind,
        "whom": clock.whom,
        "whom_name": names.party(clock.whom, life.started.on),
        "round": clock.round,
        "about": clock.about,
        "due_on": clock.due_on,
        "strength": clock.strength,
        "provisional": clock.provisional,
        "started": {"event": life.started.event, "sequence": life.started.sequence, "on": life.started.on},
        "opened_until": life.opened.due_on,
        "moves": [_moved(act, move, moved) for act, move, moved in life.moves],
        "ended": ended,
        "proof": clock.proof.model_dump(mode="json"),
        "argument": list(explained(life, names)),
    }


def _moved(act: Act, move: ClockMoved, moved: Clock) -> dict[str, Any]:
    return {
        "event": act.event,
        "sequence": act.sequence,
        "on": act.on,
        "due_from": move.due_from,
        "due_on": move.due_on,
        "reason": move.reason,
        "proof": moved.proof.model_dump(mode="json"),
    }


def _kind(clock: Clock) -> str:
    return CLOCKS[clock.kind].term if clock.kind in CLOCKS else clock.kind


def _whom(clock: Clock, names: Names, on: date) -> str:
    about = f"，对 {names.party(clock.about, on)} 的答复" if clock.about else ""
    return names.party(clock.whom, on) + about + (f"，第{clock.round}轮" if clock.round > 1 else "")


def _say(line: str, style: str = "") -> None:
    output.print(line, style=style, highlight=False, markup=False, soft_wrap=True)
