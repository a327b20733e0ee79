"""`yishi restore DIR`: refills an empty log from its archive, with the same sequences, subjects, headers and bytes.

The archive is read through before the first message is written: its chain, every event after the one before it, every
sealed file. A stream that holds the beginning of the archive, byte for byte, is continued, so that an interrupted
restore is run again. The server's time of a restored message is the time of the restore; the archive keeps the first.
Source: ADR 0007.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import nats.errors
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError, ObjectNotFoundError
from rich.progress import Progress

from runtime.log import STREAM, EventLog
from runtime.messages import BATCH_COMMIT_HEADER, batch_place
from runtime.refusals import LogUnavailable
from yishi import SERVICES
from yishi.archive.comparison import compare
from yishi.archive.files import ArchiveBroken, Head, is_archive, read_archive
from yishi.archive.sealed_files import FileCopies, files_of, owner_of
from yishi.archive.writer import Folder
from yishi.child import StackError
from yishi.target import Target, find_target, open_log
from yishi.terminal import output, print_json, progress
from yishi.verification import Break, Walk

IN_FLIGHT = 256
"""Messages that may wait for their acknowledgement."""
ANSWER = 30.0
"""Seconds to wait for one acknowledgement."""


@dataclass
class Found:
    """What reading an archive through found."""

    head: Head = field(default_factory=Head)
    broken: Break | None = None
    files: dict[str, str] = field(default_factory=dict)
    """Sealed files that are there, by digest: in whose bucket they belong."""
    gone: list[str] = field(default_factory=list)
    """Digests of the files that could not be archived."""


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    sequence: int
    hash: str | None
    written: int
    """Messages; the others had been there."""
    files: int
    files_gone: int


def inspect(folder: Path, bar: Progress) -> Found:
    """Read an archive through: chain, events, files.

    *Raises* `ArchiveBroken`; `StackError` when it is no archive, or a file is neither there nor recorded as gone.
    """
    if not is_archive(folder):
        raise StackError(f"{folder} 不是归档目录。")
    found, walk, copies = Found(), Walk(), FileCopies(folder)
    task = bar.add_task("核对归档", total=None)
    for found.head in read_archive(folder):
        message = found.head.message
        assert message is not None
        if found.broken is None:
            try:
                walk.step(message)
            except Break as broken:
                found.broken = broken
        for digest in files_of(message):
            if digest in copies.lost:
                found.gone.append(digest)
            elif digest not in found.files and copies.read(digest) is None:
                raise StackError(f"归档缺少密封文件 {digest}，或其内容已损坏（序号 {message.sequence}）；未作恢复。")
            else:
                found.files[digest] = owner_of(message)
        bar.update(task, completed=message.sequence)
    bar.update(task, total=found.head.sequence)
    return found


async def restore(target: Target, path: Path, *, anyway: bool = False, show: bool = False) -> Restored:
    """Refill the log of a system. *Raises* `StackError`, `NoStack`, `ArchiveBroken`."""
    with Folder(path) as folder, progress(show=show) as bar:
        found = inspect(folder, bar)
        if found.broken is not None and not anyway:
            raise StackError(_told(found.broken) + "未作恢复；若仍须照原样恢复，加 --anyway。")
        async with open_log(target) as (log, weak):
            if found.head.sequence == 0:
                raise StackError(f"{path} 中没有归档的事件。")
            if weak is not None:
                raise StackError(f"事件日志的设置弱于要求，未作恢复：{weak}。")
            await _require_nobody_writes(target)
            first = await _common_beginning(log, folder, found.head.sequence) + 1
            files = await _put_files(log, folder, found)
            await _publish(log, folder, first, found.head.sequence, bar)
            await _compare(log, folder, found.head.sequence)
        written = found.head.sequence + 1 - first
        return Restored(found.head.sequence, found.head.hash, written, files, len(set(found.gone)))


async def _require_nobody_writes(target: Target) -> None:
    """Refuse while a service is connected: one that appends takes a sequence away from the archive."""
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
        answer = await http.get(f"{target.nats_monitor_url}/connz", params={"auth": "true", "limit": "10000"})
    users = {connection.get("authorized_user") for connection in answer.json()["connections"]}
    if running := sorted(users & set(SERVICES)):
        raise StackError(f"恢复前须先停止所有服务，仍在连接的有：{'、'.join(running)}。")


async def _common_beginning(log: EventLog, folder: Path, end: int) -> int:
    """Give the last sequence of a stream that holds the beginning of the archive, 0 for an empty one."""
    last = await log.last_sequence()
    if last == 0:
        return 0
    found = await compare(log, folder, last, {}, walk=False)
    held = found.log.sequence
    if (
        held == last
        and found.ahead.count == 0
        and found.differing == 0
        and found.lost.pairs in ([], [[last + 1, end]])
    ):
        return last
    places = [n for n in (found.first_difference(), *(first for first, _ in found.ahead.pairs[:1])) if n is not None]
    raise StackError(
        f"事件流不是空的，也不是该归档的开头（日志止于序号 {last}，"
        f"第一处不同在序号 {min(places, default=end + 1)}），未作恢复：请移走已损坏的存储，重建空的流后再恢复。"
    )


async def _put_files(log: EventLog, folder: Path, found: Found) -> int:
    """Put the sealed files that are missing into their buckets, before any event names them."""
    copies, put = FileCopies(folder), 0
    buckets: dict[str, Any] = {}
    stream = JetStreamContext(log.client, timeout=ANSWER)
    for digest, service in found.files.items():
        if service not in buckets:
            buckets[service] = await stream.object_store(f"sealed-{service}")
        name = digest.removeprefix("sha256:")
        try:
            await buckets[service].get_info(name)
        except (NotFoundError, ObjectNotFoundError):
            await buckets[service].put(name, copies.read(digest))
            put += 1
    return put


async def _publish(log: EventLog, folder: Path, first: int, end: int, bar: Progress) -> None:
    """Publish the archive from a sequence on, in order, a bounded number ahead of the acknowledgements."""
    task = bar.add_task("回灌事件", total=end, completed=first - 1)
    stream = JetStreamContext(log.client)
    waiting: deque[tuple[int, asyncio.Future[Any]]] = deque()
    connection = log.client.stats["reconnects"]

    async def acknowledged() -> None:
        sequence, future = waiting.popleft()
        ack = await asyncio.wait_for(future, ANSWER)
        if ack.seq != sequence or ack.stream != STREAM:
            raise StackError(
                f"序号 {sequence} 被存为 {ack.seq}：另有程序在写入，或流已不是空的；请重建空的流后再恢复。"
            )
        bar.update(task, completed=sequence)

    try:
        for head in read_archive(folder):
            message = head.message
            assert message is not None
            if message.sequence < first:
                continue
            if log.client.stats["reconnects"] != connection:
                raise StackError("恢复中断：与事件日志的连接断开过。再次运行即接着进行。")
            headers = dict(message.headers) or None
            if batch_place(message.headers) and BATCH_COMMIT_HEADER not in message.headers:
                # The server answers for the whole of an atomic batch, and once its last message is there.
                await log.client.publish(message.subject, message.raw, headers=headers)
                continue
            future = await stream.publish_async(message.subject, message.raw, headers=headers)
            waiting.append((message.sequence, future))
            if len(waiting) >= IN_FLIGHT:
                await acknowledged()
        while waiting:
            await acknowledged()
    finally:
        for _, future in waiting:
            future.cancel()


async def _compare(log: EventLog, folder: Path, end: int) -> None:
    """Read everything back and compare it."""
    found = await compare(log, folder, await log.last_sequence(), {}, walk=False)
    if not found.same or found.ahead.pairs or found.log.sequence != end:
        raise StackError(f"恢复后的日志与归档不同，第一处在序号 {found.first_difference() or end + 1}。")


def _told(broken: Break) -> str:
    return f"归档中的事件在序号 {broken.sequence} 处断裂：{broken.reason}（{broken.code}）。"


async def run(home: Path, path: Path, *, dry: bool, anyway: bool, as_json: bool) -> int:
    """Restore and print; with `dry` only read the archive through, which needs no server."""
    try:
        if dry:
            with progress(show=not as_json) as bar:
                return _print_found(inspect(path, bar), as_json=as_json)
        restored = await restore(find_target(home), path, anyway=anyway, show=not as_json)
    except ArchiveBroken as broken:
        raise StackError(f"{broken}。未作恢复。") from broken
    except (nats.errors.Error, LogUnavailable, TimeoutError, OSError, httpx2.HTTPError) as error:
        raise StackError(f"恢复中断：{error!r}。再次运行即接着进行。") from error
    if as_json:
        print_json(vars(restored))
    else:
        told = f"恢复完成：写入 {restored.written} 条，止于序号 {restored.sequence}（{restored.hash}）；"
        told += f"密封文件写入 {restored.files} 个，归档时已取不到 {restored.files_gone} 个。逐条比对一致。"
        output.print(told, style="bold green", highlight=False, markup=False, soft_wrap=True)
    return 0


def _print_found(found: Found, *, as_json: bool) -> int:
    about = {"sequence": found.head.sequence, "hash": found.head.hash, "chain": found.head.chain}
    files = {"files": len(found.files), "files_gone": len(set(found.gone))}
    if as_json:
        print_json(
            {"verified": found.broken is None} | about | files | {"break": found.broken and found.broken.report()}
        )
    elif found.broken:
        output.print(_told(found.broken), style="red", highlight=False, markup=False, soft_wrap=True)
    else:
        told = f"归档完好：止于序号 {about['sequence']}（{about['hash']}），密封文件 {files['files']} 个。"
        output.print(told, style="green", highlight=False, markup=False, soft_wrap=True)
    return 1 if found.broken else 0
