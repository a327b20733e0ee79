"""The reckoning after a drill: everything that was acknowledged is in the log once, and every projection is its fold.

The log is read once, past all links, and compared with the ledger; the states of every service are folded again here,
event by event and without the projector, and compared with its rows; then every projection is rebuilt and compared
row by row.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from contracts.envelope import Address
from faults.ledger import Acknowledged, Ledger
from runtime.folds import HANDLED, Fold, Held
from runtime.held import Key
from runtime.messages import Recorded, read
from runtime.process import Service
from yishi.events import Wanted, read_events
from yishi.rebuild import Rebuild
from yishi.target import Target, open_log
from yishi.terminal import progress
from yishi.verification import Break
from yishi.verify import check_positions, walk_log

SENT_ONCE = ("yishi.notifications.ReminderSent.v1", "yishi.notifications.DigestSent.v1")
MET, NOTED = "yishi.meetings.HandlerMet.v1", "yishi.proposals.MeetingNoted.v1"
SHOWN = 10
"""Examples of what is wrong that a report names."""


@dataclass
class Found:
    """One line of the reckoning: how much was looked at, and what is wrong."""

    title: str
    looked_at: int
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    """What the reckoning needs of one event."""

    sequence: int
    type: str
    id: str
    version: int
    value: str
    """Its correlation id."""
    data: Mapping[str, Any]
    event: str


async def reckon(
    target: Target, ledger: Ledger, services: Sequence[Service], outbox: Path
) -> tuple[list[Found], list[Entry]]:
    """Compare ledger, log and projections while the system stands still; gives what was found, and the log.

    `services` are those that run, in their version. *Raises* `StackError` when a server cannot be reached.
    """
    messages: list[Recorded] = []
    async with open_log(target) as (log, weak):
        chain = Found("哈希链与日志设置", 0, [weak] if weak else [])
        try:
            walk = await walk_log(log)
            chain.looked_at = walk.sequence
            for service in services:
                await check_positions(log, target.settings[service.name], walk.sequence)
        except Break as broken:
            chain.wrong.append(f"序号 {broken.sequence}：{broken.reason}")
        messages = [message async for message in read_events(log, Wanted(), start=1)]
    entries = [_entry(message) for message in messages]
    found = [
        missing(ledger, entries),
        doubled(ledger, entries),
        unknown(ledger, entries),
        reacted(entries),
        numbered(entries),
        posted(entries, outbox),
        chain,
    ]
    for service in services:
        found.append(await folded(target, service, messages))
        found.append(await rebuilt(target, service))
    return found, entries


def _entry(message: Recorded) -> Entry:
    body = json.loads(message.raw)
    return Entry(
        sequence=message.sequence,
        type=body["type"],
        id=Address.parse(message.subject).id,
        version=body["version"],
        value=body["correlationid"],
        data=body["data"],
        event=body["id"],
    )


def missing(ledger: Ledger, entries: Sequence[Entry]) -> Found:
    """Look every acknowledgement up under its position."""
    found = Found("已确认而缺失", len(ledger.acknowledged))
    for said in ledger.acknowledged.values():
        entry = entries[said.position - 1] if said.position <= len(entries) else None
        if entry is None or not _is(entry, said):
            found.wrong.append(f"{said.value}（{said.type}，{said.position}）")
            continue
        field_ = ledger.sent[said.value].field
        if field_ is not None and entry.data.get(field_) != said.value:
            found.wrong.append(f"{said.value}：{field_} 为 {entry.data.get(field_)!r}")
    return found


def _is(entry: Entry, said: Acknowledged) -> bool:
    return (entry.value, entry.type, entry.id, entry.version) == (said.value, said.type, said.id, said.version)


def doubled(ledger: Ledger, entries: Sequence[Entry]) -> Found:
    """Count each value's events by type, those that reactions add included; no event id comes twice."""
    counts = Counter((entry.value, entry.type) for entry in entries if entry.value in ledger.sent)
    found = Found("重复", len(counts))
    found.wrong += [f"{value}（{type_}）{count} 次" for (value, type_), count in counts.items() if count > 1]
    reminded = Counter(
        (entry.type, entry.data.get("clock"), entry.data.get("rule"), entry.data.get("due_on"))
        for entry in entries
        if entry.type == SENT_ONCE[0]
    )
    found.wrong += [f"提醒 {reminder} {count} 次" for reminder, count in reminded.items() if count > 1]
    events = Counter(entry.event for entry in entries)
    found.wrong += [f"事件 {event} {count} 次" for event, count in events.items() if count > 1]
    found.looked_at += len(reminded)
    return found


def unknown(ledger: Ledger, entries: Sequence[Entry]) -> Found:
    """Say how many commands without a known outcome are in the log; none of them twice."""
    counts = Counter((entry.value, entry.type) for entry in entries)
    recorded = {value: counts[value, ledger.sent[value].type] for value in ledger.unknown()}
    found = Found(f"结果未知（其中 {sum(map(bool, recorded.values()))} 件已入日志）", len(recorded))
    found.wrong += [f"{value} {count} 次" for value, count in recorded.items() if count > 1]
    return found


def reacted(entries: Sequence[Entry]) -> Found:
    """Compare the meetings that were held with those that the cases have taken note of."""
    held = Counter(entry.id for entry in entries if entry.type == MET)
    noted = Counter(str(entry.data["meeting"]) for entry in entries if entry.type == NOTED)
    found = Found("反应：见面与案件记录", len(held))
    found.wrong += [f"{id}：见面 {held[id]} 次，记录 {noted[id]} 次" for id in held | noted if held[id] != noted[id]]
    return found


def numbered(entries: Sequence[Entry]) -> Found:
    """Check that no number was given twice."""
    numbers = Counter(entry.data["number"] for entry in entries if entry.type.endswith(".ProposalRegistered.v1"))
    wrong = [f"第 {number} 号 {count} 次" for number, count in numbers.items() if count > 1]
    return Found("案号", len(numbers), wrong)


def posted(entries: Sequence[Entry], outbox: Path) -> Found:
    """Compare the file sink's lines with what was sent."""
    sent = Counter(entry.event for entry in entries if entry.type in SENT_ONCE)
    lines = Counter(
        json.loads(line)["id"]
        for path in sorted(outbox.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    )
    found = Found("提醒与通报的出口文件", sum(sent.values()))
    found.wrong += [f"{id}：发送 {sent[id]} 次，文件 {lines[id]} 行" for id in sent | lines if sent[id] != lines[id]]
    return found


async def folded(target: Target, service: Service, messages: Sequence[Recorded]) -> Found:
    """Fold the log here and compare every state row of a service; nothing may be parked or waiting."""
    wanted = await asyncio.to_thread(_fold, service, messages)
    schema = service.schema_name
    found = Found(f"{schema} = 日志的归并", len(wanted))
    db = await asyncpg.connect(target.settings[service.name].database_url.get_secret_value(), timeout=10)
    try:
        position = await db.fetchval(f"SELECT sequence FROM {schema}.position")
        if position != len(messages):
            found.wrong.append(f"投影在 {position}，日志在 {len(messages)}")
        rows = {
            Key(row["fold"], row["county"], row["id"]): row
            for row in await db.fetch(f"SELECT * FROM {schema}.states")
        }
        for table in (f"{schema}.parked", "operations.deferred_reactions", "operations.refused_reactions"):
            if count := await db.fetchval(f"SELECT count(*) FROM {table}"):
                found.wrong.append(f"{table} 有 {count} 行")
    finally:
        await db.close()
    found.wrong += [str(key) for key in wanted.keys() ^ rows.keys()]
    found.wrong += [str(key) for key in wanted.keys() & rows.keys() if not _same(*wanted[key], rows[key])]
    return found


def _fold(service: Service, messages: Sequence[Recorded]) -> dict[Key, tuple[Fold[Any], Held[Any]]]:
    """Fold the whole log, one event after the other."""
    held: dict[Key, tuple[Fold[Any], Held[Any]]] = {}
    by_kind: defaultdict[tuple[str, str], list[Fold[Any]]] = defaultdict(list)
    for message in messages:
        address = Address.parse(message.subject)
        kind = (address.service, address.aggregate)
        if kind not in by_kind:
            by_kind[kind] = [fold for fold in service.folds if fold.follows(address)]
        for fold in by_kind[kind]:
            key = Key(fold.key, address.county, fold.id_of(address))
            before = held[key][1] if key in held else Held(fold.state())
            held[key] = (fold, fold.step(before, read(message, strict=fold.own), message.sequence, message.hash))
    return held


def _same(fold: Fold[Any], held: Held[Any], row: asyncpg.Record) -> bool:
    """Say whether a row holds what was folded here."""
    stored = (row["version"], row["sequence"], row["hash"], row["time"])
    if stored != (held.version, held.sequence, held.hash, held.time):
        return False
    if HANDLED.validate_json(row["handled"]) != held.handled:
        return False
    return bool(fold.state.model_validate_json(row["state"]) == held.state)


async def rebuilt(target: Target, service: Service) -> Found:
    """Rebuild a projection beside the serving one and compare every row of every table."""
    with progress(show=False) as bar:
        again = await Rebuild(service, target.settings[service.name], bar).run(keep_going=False, swap_anyway=False)
    found = Found(f"{again.schema} = 重建", sum(table.serving for table in again.tables))
    found.wrong += [f"{t.table}：缺 {t.missing} 行，多 {t.surplus} 行" for t in again.tables if not t.identical]
    return found
