"""`yishi events`: shows the log, the newest events or from a sequence on, and follows it like `tail -f`.

The county narrows what the server sends; the case and the type are compared here. A case is an aggregate's id, and
with it come the events of other aggregates that name it in `data.case`, such as its meetings.
"""

import asyncio
import base64
import difflib
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.envelope import Address
from contracts.registry import ALL, EVENTS, UPCASTS
from contracts.terms import term_of
from runtime.feed import Feed, FeedLost
from runtime.log import EventLog
from runtime.messages import Recorded
from yishi.child import StackError
from yishi.target import Target, open_log
from yishi.terminal import output, table, visible

CHINA = ZoneInfo("Asia/Shanghai")
DEFAULT_LIMIT = 20
FIRST_WINDOW = 1000
"""Events looked at first when the newest matching ones are sought; each further look is at twice as many."""
WAIT = 1.0
DETAIL = 60
"""Characters of an event's facts in the table."""


@dataclass(frozen=True)
class Wanted:
    """Which events to show."""

    county: str | None = None
    case: str | None = None
    type: str | None = None
    within: str | None = None
    """One kind of aggregate, as `service.aggregate`."""

    @property
    def subject(self) -> str:
        """Give the subject filter for the server."""
        if self.within:
            return f"evt.{self.county or '*'}.{self.within}.>"
        return f"evt.{self.county}.>" if self.county else "evt.>"

    def match(self, message: Recorded) -> bool:
        """Say whether a message is to be shown."""
        if self.type and not self._is_type(message):
            return False
        return not self.case or self._is_of_case(message)

    def _is_type(self, message: Recorded) -> bool:
        name = message.headers.get("Yishi-Type") or str(_body(message).get("type"))
        return self.type == name or name.split(".")[-2:-1] == [self.type]

    def _is_of_case(self, message: Recorded) -> bool:
        assert self.case is not None
        if message.subject.rpartition(".")[2] == self.case:
            return True
        # Most messages do not name the case anywhere, and finding that out is cheaper than reading them.
        return self.case.encode() in message.raw and _data(message).get("case") == self.case


async def read_events(
    log: EventLog, wanted: Wanted, *, start: int | None = None, limit: int | None = None, follow: bool = False
) -> AsyncIterator[Recorded]:
    """Give events in order: from a sequence on, or else the newest `limit` ones; `follow` never ends.

    *Units*: `start` is a stream sequence.
    """
    tail = await log.tail(wanted.subject)
    end = tail.sequence if tail else 0
    shown = 0
    if start is None:
        for message in await _newest(log, wanted, end, limit or DEFAULT_LIMIT):
            yield message
    elif start <= end:
        async for message in _between(log, wanted, start, end):
            yield message
            shown += 1
            if shown == limit:
                return
    if follow:
        async for message in _between(log, wanted, max(end + 1, start or 0), None):
            yield message
            shown += 1
            if start is not None and shown == limit:
                return


async def _newest(log: EventLog, wanted: Wanted, end: int, limit: int) -> list[Recorded]:
    """Look back from the end in windows that double, until enough match."""
    found: list[Recorded] = []
    window, before = FIRST_WINDOW, end + 1
    while before > 1 and len(found) < limit:
        start = max(1, before - window)
        # The filtered log has an event at `end`, so the feed always comes to the end of the window.
        found = [m async for m in _between(log, wanted, start, end) if m.sequence < before] + found
        before, window = start, window * 2
    return found[-limit:]


async def _between(log: EventLog, wanted: Wanted, start: int, end: int | None) -> AsyncIterator[Recorded]:
    """Give matching events from one sequence to another, or without end; a lost connection is taken up again."""
    while True:
        try:
            async with Feed(log, start, wanted.subject) as feed:
                while True:
                    for message in await feed.batch(1000, WAIT):
                        if end is not None and message.sequence > end:
                            return
                        start = message.sequence + 1
                        if wanted.match(message):
                            yield message
                        if message.sequence == end:
                            return
        except FeedLost:
            await asyncio.sleep(0.5)


def check_type(name: str) -> None:
    """Check that a type of event exists, under its whole or its short name.

    *Raises* `StackError` that names those which look like it.
    """
    terms = {event.__name__: term_of(event) for event in ALL}
    old = {stored.split(".")[-2] for stored in UPCASTS}
    if name in terms or name in old or name in EVENTS or name in UPCASTS:
        return
    short = name.split(".")[-2] if name.startswith("yishi.") and name.count(".") > 2 else name
    like = {known.lower(): known for known in terms}
    near = [like[found] for found in difflib.get_close_matches(short.lower(), like, n=5, cutoff=0.5)]
    near += [known for known, term in terms.items() if (term in name or name in term) and known not in near]
    said = "、".join(f"{known}（{terms[known]}）" for known in near)
    raise StackError(
        f"没有 {name} 这一类事件。" + (f"相近的有：{said}。" if said else "各类事件见 docs/glossary.md。")
    )


async def run(
    target: Target, wanted: Wanted, *, start: int | None, limit: int | None, follow: bool, as_json: bool
) -> int:
    """Print events as a table, or as JSON lines with the exact bytes of each body.

    *Raises* `StackError` for a type that does not exist.
    """
    if wanted.type:
        check_type(wanted.type)
    async with open_log(target) as (log, _):
        events = read_events(log, wanted, start=start, limit=limit, follow=follow)
        if as_json:
            async for message in events:
                sys.stdout.buffer.write(json_line(message))
                sys.stdout.buffer.flush()
        elif follow:
            async for message in events:
                output.print("  ".join(map(visible, row_of(message))), markup=False, highlight=False, soft_wrap=True)
        else:
            shown = table("事件", ">序号", "记录时间", "县", "类型", "聚合", ">版本", "办理人", "内容")
            async for message in events:
                shown.add_row(*row_of(message))
            output.print(shown)
    return 0


def json_line(message: Recorded) -> bytes:
    """Give one line: sequence, subject, and the body exactly as it is stored (`raw` in base64 if it is not JSON)."""
    head = f'{{"sequence":{message.sequence},"subject":{json.dumps(message.subject)},'
    try:
        json.loads(message.raw)
        intact = b"\n" not in message.raw
    except ValueError:
        intact = False
    if intact:
        return head.encode() + b'"event":' + message.raw + b"}\n"
    return head.encode() + b'"raw":"' + base64.b64encode(message.raw) + b'"}\n'


def row_of(message: Recorded) -> list[str]:
    """Give what the table shows of one event; times are Asia/Shanghai."""
    body = _body(message)
    try:
        address = Address.parse(message.subject)
        county, aggregate = address.county, f"{address.service}.{address.aggregate}/{address.id}"
    except ValueError:
        county, aggregate = "", message.subject
    return [
        str(message.sequence),
        _local(str(body.get("time", ""))),
        county,
        ".".join(str(body.get("type", "?")).split(".")[-2:-1]) or "?",
        aggregate,
        str(body.get("version", "")),
        f"{body.get('actor', '')}（{body.get('actorrole', '')}）",
        _facts(_data(message)),
    ]


def _local(time: str) -> str:
    try:
        return datetime.fromisoformat(time).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return time


def _facts(data: dict[str, Any]) -> str:
    """Give the plain facts of an event; sealed texts, files and clocks are left out."""
    plain = [f"{name}={value}" for name, value in data.items() if isinstance(value, str | int | bool)]
    text = " ".join(plain).replace("\n", " ")
    return text if len(text) <= DETAIL else text[: DETAIL - 1] + "…"


def _body(message: Recorded) -> dict[str, Any]:
    try:
        body = json.loads(message.raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _data(message: Recorded) -> dict[str, Any]:
    data = _body(message).get("data")
    return data if isinstance(data, dict) else {}
