"""`yishi archive DIR`: follows the log and keeps a second copy of it in plain files.

It waits for a server that is away and goes on by itself after restarts and crashes. It never rewrites: when the log
no longer holds the archive's last message with the same bytes, it stops and names the sequence; a person decides.
"""

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any

import nats.errors
from rich.progress import Progress

from runtime.feed import Feed, FeedLost
from runtime.log import EventLog
from runtime.messages import Recorded
from runtime.refusals import LogUnavailable
from yishi.archive.files import ArchiveBroken
from yishi.archive.sealed_files import FileCopies
from yishi.archive.status import Status
from yishi.archive.writer import Folder, Writer
from yishi.child import StackError
from yishi.target import Target, open_log
from yishi.terminal import complain, output, progress

BATCH = 1000
IDLE = 1.0
"""Seconds without messages after which the archive is compared with the log and says that it is level."""
RETRY = 0.5
REPORT = 0.5
"""Seconds between two reports at least."""


class LogDiffers(StackError):
    """The log no longer holds what the archive holds, or has a gap."""


class Tail:
    """One archiver at work."""

    def __init__(self, writer: Writer, files: FileCopies, status: Status, bar: Progress) -> None:
        self._writer, self._files, self._status, self._bar = writer, files, status, bar
        self._task = bar.add_task("归档", total=None)
        self._away = False
        self._next_report = 0.0

    async def follow(self, log: EventLog, *, once: bool) -> None:
        """Archive the log up to its present end, or for ever.

        *Raises* `LogDiffers`; `OSError` when the disk does not take it.
        """
        end: int | None = None
        while True:
            try:
                await self._check_head(log)
                await self._files.try_again(log)
                if once and end is None:
                    end = await log.last_sequence()
                await self._report(log)
                async with Feed(log, self._writer.head.sequence + 1) as feed:
                    while end is None or self._writer.head.sequence < end:
                        await self._step(log, feed, end)
                self._next_report = 0.0
                return await self._report(log)
            except (FeedLost, LogUnavailable) as away:
                self._report_away(away)
                await asyncio.sleep(RETRY)

    async def _step(self, log: EventLog, feed: Feed, end: int | None) -> None:
        limit = BATCH if end is None else min(BATCH, end - self._writer.head.sequence)
        messages = await feed.batch(limit, IDLE)
        if messages:
            contiguous = _up_to_gap(messages, self._writer.head.sequence + 1)
            for message in contiguous:
                await self._files.copy(log, message)
            self._writer.append(contiguous)
            if len(contiguous) < len(messages):
                await self._check_holds(log, self._writer.head.sequence + 1)
                raise FeedLost("the feed skipped what the log holds")
        else:
            await self._check_head(log)
            await self._check_nothing_lost(log)
        await self._report(log)

    async def _check_head(self, log: EventLog) -> None:
        """Check that the log still holds the archive's last message as it was archived."""
        archived = self._writer.head.message
        if archived is None:
            return
        held = await log.at(archived.sequence)
        if held is None:
            last = await log.last_sequence()
            raise LogDiffers(
                f"事件日志不再有归档末尾的序号 {archived.sequence}（日志止于 {last}）：日志倒退了，归档停止。"
            )
        if (held.raw, held.subject, dict(held.headers)) != (archived.raw, archived.subject, dict(archived.headers)):
            raise LogDiffers(f"事件日志中序号 {archived.sequence} 已不是归档的那一条：日志倒退了，归档停止。")

    async def _check_nothing_lost(self, log: EventLog) -> None:
        """Check, when nothing comes, that nothing is there to come."""
        last = await log.last_sequence()
        if last > self._writer.head.sequence:
            await self._check_holds(log, self._writer.head.sequence + 1)

    async def _check_holds(self, log: EventLog, sequence: int) -> None:
        if await log.at(sequence) is None:
            raise LogDiffers(f"事件日志缺少序号 {sequence}：日志有缺口，归档停止。")

    async def _report(self, log: EventLog) -> None:
        """Say how far the archive is, now and then."""
        now = asyncio.get_running_loop().time()
        if now < self._next_report:
            return
        self._next_report = now + REPORT
        last = await log.last_sequence()
        if self._away:
            self._away = False
            complain(f"事件日志已恢复，从序号 {self._writer.head.sequence + 1} 接着归档。")
        self._status.write(self._writer.head, last, len(self._files.lost))
        self._bar.update(self._task, completed=self._writer.head.sequence, total=last)

    def _report_away(self, away: Exception) -> None:
        if not self._away:
            self._away = True
            complain(f"事件日志暂时不可用（{away!r}），等待其恢复。")
        self._status.write(self._writer.head, None, len(self._files.lost), f"事件日志暂时不可用：{away!r}")
        self._next_report = 0.0


def _up_to_gap(messages: list[Recorded], first: int) -> list[Recorded]:
    """Give the messages that follow each other from a sequence on; what stands before a gap is kept too."""
    pairs = takewhile(lambda pair: pair[0] == pair[1].sequence, enumerate(messages, first))
    return [message for _, message in pairs]


async def run(target: Target, path: Path, *, once: bool, port: int | None) -> int:
    """Archive until told to stop, or up to the log's present end; 1 when log or archive is damaged."""
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
    except OSError as error:
        raise StackError(f"无法建立归档目录 {path}：{error.strerror}。") from error
    with Folder(path) as folder:
        try:
            writer, files = Writer(folder), FileCopies(folder)
        except ArchiveBroken as broken:
            raise StackError(f"{broken}。归档未动，请先核对。") from broken
        except OSError as error:
            raise StackError(f"无法读写归档 {path}：{error.strerror}。") from error
        if writer.cut:
            complain(f"上次归档中断：{writer.cut}。")
        try:
            status = Status(folder, port, os.environ.get("YISHI_HOST", "127.0.0.1"))
        except OSError as error:
            raise StackError(f"无法在端口 {port} 提供指标：{error.strerror}。") from error
        begun = writer.head.sequence
        stopped = await _until_told(_follow(target, writer, files, status, once=once))
    end = writer.head.sequence
    told = f"归档{'已停止' if stopped else '完成'}：新增 {end - begun} 条，止于序号 {end}。"
    output.print(told, highlight=False, markup=False, soft_wrap=True)
    if files.lost:
        complain(f"有 {len(files.lost)} 个密封文件取不到（见 {path / 'objects'} 中的 .gone 文件）。")
    return 0


async def _follow(target: Target, writer: Writer, files: FileCopies, status: Status, *, once: bool) -> None:
    try:
        with progress(show=True) as bar:
            async with open_log(target) as (log, weak):
                if weak is not None:
                    complain(f"注意：事件日志的设置弱于要求：{weak}")
                await Tail(writer, files, status, bar).follow(log, once=once)
    except LogDiffers as differs:
        with suppress(OSError):  # A full disk must not hide what is wrong with the log.
            status.write(writer.head, None, len(files.lost), str(differs))
        raise
    except (OSError, nats.errors.Error) as error:
        raise StackError(f"归档中断于序号 {writer.head.sequence}：{error!r}。再次运行即接着进行。") from error


async def _until_told(work: Coroutine[Any, Any, None]) -> bool:
    """Do the work until it is done (False), or a signal asks to stop (True)."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return True
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
    return False
