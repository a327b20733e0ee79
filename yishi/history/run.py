"""`yishi history`: prints a case's life 办理经过, and with `--as-of` the state on a day.

"As of" names its axis: by the business date (what had happened by that day, as we know it now), or with `--recorded`
by the time of recording (what the system knew on that day).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from runtime.messages import MessageRejected, Recorded
from runtime.settings import utc_now
from yishi.case_events import Case, case_messages, find_case
from yishi.child import StackError
from yishi.events import CHINA
from yishi.exported import Reading
from yishi.history.entries import Entry, entries
from yishi.history.names import Names
from yishi.history.state import fold, heading, summary
from yishi.target import Target, open_log
from yishi.terminal import output, print_json, visible
from yishi.verification import Break


@dataclass(frozen=True)
class AsOf:
    """Up to which day; without one, all that is known now."""

    day: date | None = None
    recorded: bool = False

    @property
    def axis(self) -> str:
        """Name the axis."""
        return "按录入时间" if self.recorded else "按办理日期"

    def includes(self, entry: Entry) -> bool:
        """Say whether an event belongs to what is shown."""
        day = entry.recorded_at.date() if self.recorded else entry.happened_on
        return self.day is None or day <= self.day


@dataclass(frozen=True)
class History:
    """A case's life up to a day, and where it stood then."""

    case: Case
    heading: str
    as_of: AsOf
    entries: tuple[Entry, ...]
    state: dict[str, Any]


def history_of(case: Case, messages: Sequence[Recorded], names: Names, as_of: AsOf) -> History:
    """Tell a case's life. *Raises* `StackError` for events that no program of ours wrote."""
    try:
        told = list(entries(messages, names))
    except MessageRejected as error:
        raise StackError(f"其中有不是由系统写入的事件：请先运行 yishi verify（{error}）。") from error
    shown = tuple(entry for entry in told if as_of.includes(entry))
    sequences = {entry.sequence for entry in shown}
    on = as_of.day or utc_now().astimezone(CHINA).date()
    state = fold(m for m in messages if m.subject == case.subject and m.sequence in sequences)
    whole = fold(m for m in messages if m.subject == case.subject)
    return History(case, heading(whole, names, on), as_of, shown, summary(state, names, on))


async def run(target: Target, wanted: str, county: str | None, as_of: AsOf, *, as_json: bool) -> int:
    """Print a case's life. *Raises* `StackError` when there is no such case."""
    async with open_log(target) as (log, _):
        case = await find_case(log, wanted, county)
        messages = await case_messages(log, case, await log.last_sequence())
        told = history_of(case, messages, await Names.load(log, case.county), as_of)
    _show(told, as_json=as_json)
    return 0


def run_file(path: Path, wanted: str, as_of: AsOf, *, as_json: bool) -> int:
    """Print a case's life from an export; names are known as far as the file holds them.

    *Raises* `StackError` when the file is broken or has no such case.
    """
    try:
        held = list(Reading(path).messages())
    except Break as broken:
        raise StackError(f"文件第 {broken.line} 行断裂：{broken.reason}（{broken.code}）。") from broken
    except OSError as error:
        raise StackError(f"无法读取 {path}：{error.strerror}。") from error
    own = next((m for m in held if m.subject.endswith(f".proposals.proposal.{wanted}")), None)
    if own is None:
        raise StackError(f"文件中没有这一件：{wanted}。")
    case, names = Case(own.subject.split(".")[1], wanted), Names()
    subjects = {message.subject for message in held if case.concerns(message)}
    for message in held:
        names.take(message)
    _show(history_of(case, [m for m in held if m.subject in subjects], names, as_of), as_json=as_json)
    return 0


def _show(told: History, *, as_json: bool) -> None:
    if as_json:
        print_json(document(told))
    else:
        _print(told)


def document(told: History) -> dict[str, Any]:
    """Give a history as plain values."""
    as_of = {"date": told.as_of.day, "axis": "recorded" if told.as_of.recorded else "business"}
    return {
        "case": told.case.id,
        "county": told.case.county,
        "heading": told.heading,
        "as_of": as_of if told.as_of.day else None,
        "events": [asdict(entry) for entry in told.entries],
        "state": told.state,
    }


def _print(told: History) -> None:
    _say(told.heading, "bold")
    _say(f"{told.case.county} {told.case.id}")
    if told.as_of.day:
        _say(f"截至 {told.as_of.day}（{told.as_of.axis}）", "bold")
    if any(entry.simulated for entry in told.entries):
        _say("注意：其中有记录时间出自模拟时钟的事件（只有开发与演示环境才有）", "yellow")
    for entry in told.entries:
        _print_entry(entry)
    _say("")
    _say(f"{f'截至 {told.as_of.day}，' if told.as_of.day else ''}此件的状态", "bold")
    for label, value in told.state.items():
        if isinstance(value, list):
            _say(f"  {label}：" + ("" if value else "无"))
            for line in value:
                _say(f"    · {line}")
        else:
            _say(f"  {label}：{value}")


def _print_entry(entry: Entry) -> None:
    _say("")
    recorded = f"{entry.recorded_at:%Y-%m-%d %H:%M}"
    _say(f"{entry.happened_on}  {entry.term}    录入 {recorded}，序号 {entry.sequence}", "bold")
    unit = f"，{entry.unit}" if entry.unit else ""
    by = f"  办理人：{entry.actor_name}（{entry.role}{unit}）"
    if entry.on_behalf_of:
        by += f"，代 {entry.on_behalf_of_name}，依据委托 {entry.authority}"
    _say(by)
    facts = [f"{label}：{words}" for label, words in entry.facts.items()]
    facts += [f"{label}（密封）" for label in entry.sealed]
    if facts:
        _say("  " + "；".join(facts))
    marks = {"opened": "▶", "moved": "⇄", "closed": "■"}
    for clock in entry.clocks:
        _say(f"  {marks[clock.change]} {clock.words}")


def _say(line: str, style: str = "") -> None:
    output.print(visible(line), style=style, highlight=False, markup=False, soft_wrap=True)
