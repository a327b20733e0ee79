"""`yishi export`: one file with the exact messages of a case, a county or the whole log, for audit without a server.

It writes what the log holds and judges nothing: `yishi verify FILE` does. The file holds what the log held when the
export began, and appears under its name only when it is whole and on disk.
Source: docs/audit/README.md (the format).
"""

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any, BinaryIO

from contracts.envelope import digest_of
from runtime.log import EventLog
from runtime.messages import Recorded
from runtime.objects import FileMissing, SealedFiles
from runtime.settings import utc_now
from yishi.archive.files import ArchiveBroken, is_archive, read_archive
from yishi.case_events import case_messages, find_case
from yishi.child import StackError
from yishi.events import Wanted, read_events
from yishi.exported import Contents, chained, header
from yishi.lines import START, write_line
from yishi.target import Target, open_log
from yishi.terminal import output, print_json

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Asked:
    """What is to be exported: a case, else a county, else everything."""

    case: str | None = None
    """Its id or number."""
    county: str | None = None
    archive: Path | None = None
    """Where the server's times are taken from: a restored log has those of the restore."""


@dataclass
class Exported:
    """What an export wrote."""

    file: str
    asked: dict[str, Any]
    events: int
    aggregates: int
    head: dict[str, Any]
    chain: str
    """The chain at the file's end, which stands for all of it."""
    files: int | None = None
    """Sealed files copied beside it, None when none were asked for."""
    missing: list[str] = field(default_factory=list)
    """Digests of sealed files that the object store does not hold."""


async def export(
    target: Target, asked: Asked, file: Path, *, force: bool = False, with_files: Path | None = None
) -> Exported:
    """Write an export file, and with `with_files` the sealed files that its events name, still sealed.

    *Raises* `StackError` for a case that does not exist, and for a file that does unless `force`d.
    """
    _check_free(file, force=force)
    if asked.archive and not is_archive(asked.archive):
        raise StackError(f"{asked.archive} 不是归档目录。")
    if with_files is not None:
        _make(with_files)
    async with open_log(target) as (log, _):
        last = await log.last_sequence()
        head = await log.at(last) if last else None
        named, messages = await _messages(log, asked, head.sequence if head else 0)
        contents = Contents()
        with _whole(file, force=force) as out:
            made = utc_now().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            about = header(named, made, head) | ({"times": "archive"} if asked.archive else {})
            line, chain = chained(about, START)
            out.write(line)
            async for message in _first_times(messages, asked.archive) if asked.archive else messages:
                line, chain = write_line(message, chain)
                out.write(line)
                contents.take(message)
            line, chain = chained(contents.manifest(), chain)
            out.write(line)
        written = Exported(str(file), named, contents.count, len(contents.aggregates), about["head"], chain)
        if with_files is not None:
            written.files, written.missing = await _copy_files(log, contents, with_files)
    return written


def _check_free(file: Path, *, force: bool) -> None:
    if file.is_dir():
        raise StackError(f"{file} 是目录：请给出文件名。")
    if file.exists() and not force:
        raise StackError(f"{file} 已经存在：请换一个文件名，或用 --force 覆盖。")


def _make(folder: Path) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise StackError(f"无法建立目录 {folder}：{error.strerror}。") from error


async def _messages(log: EventLog, asked: Asked, head: int) -> tuple[dict[str, Any], AsyncIterator[Recorded]]:
    """Give what is asked for by its full name, and its messages up to the log's head."""
    if asked.case is not None:
        case = await find_case(log, asked.case, asked.county)
        found = await case_messages(log, case, head)

        async def held() -> AsyncIterator[Recorded]:
            for message in found:
                yield message

        return {"case": case.id, "county": case.county}, held()

    async def read() -> AsyncIterator[Recorded]:
        async for message in read_events(log, Wanted(county=asked.county), start=1):
            if message.sequence <= head:
                yield message

    return {"county": asked.county} if asked.county else {"all": True}, read()


async def _first_times(messages: AsyncIterator[Recorded], archive: Path) -> AsyncIterator[Recorded]:
    """Give messages with the times that the archive has of the very same ones. *Raises* `StackError`."""
    archived = (head.message for head in read_archive(archive) if head.message)
    try:
        async for message in messages:
            known = next((held for held in archived if held.sequence >= message.sequence), None)
            same = known is not None and (known.subject, known.raw) == (message.subject, message.raw)
            yield replace(message, stored_at=known.stored_at) if known is not None and same else message
    except ArchiveBroken as broken:
        raise StackError(str(broken)) from broken


@contextmanager
def _whole(file: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Give a file to write that takes its name only when the block ends well and everything is on disk."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        if force:
            draft.replace(file)
        else:
            os.link(draft, file)  # Fails where `replace` would overwrite what somebody else wrote meanwhile.
        folder = os.open(file.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise StackError(f"无法写入 {file}：{error.strerror or error}。") from error
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


async def _copy_files(log: EventLog, contents: Contents, folder: Path) -> tuple[int, list[str]]:
    """Copy the sealed files that the events name, each under the digest of its bytes; those there already stay."""
    missing = []
    for digest, about in contents.files.items():
        if not _DIGEST.fullmatch(digest):  # No digest, so no name for a file either.
            missing.append(digest)
            continue
        path = folder / digest.removeprefix("sha256:")
        if path.exists() and digest_of(path.read_bytes()) == digest:
            continue
        try:
            stored = await SealedFiles(log, str(about["source"]).removeprefix("urn:yishi:")).get(digest)
        except FileMissing:
            missing.append(digest)
            continue
        with _whole(path, force=True) as out:
            out.write(stored)
    return len(contents.files) - len(missing), missing


async def run(
    target: Target, asked: Asked, file: Path, *, force: bool, with_files: Path | None, as_json: bool
) -> int:
    """Export and say what was written; the exit code is 1 when a sealed file is not there."""
    written = await export(target, asked, file, force=force, with_files=with_files)
    if as_json:
        print_json(vars(written))
    else:
        _print(written)
    return 1 if written.missing else 0


def _print(written: Exported) -> None:
    head = f"当时事件日志末尾为序号 {written.head['sequence']}，散列 {written.head['hash']}"
    said = f"已导出 {written.events} 个事件、{written.aggregates} 个聚合到 {written.file}；{head}"
    output.print(said, highlight=False, markup=False, soft_wrap=True)
    output.print(f"文件链值（请另处记下）：{written.chain}", highlight=False, markup=False, soft_wrap=True)
    if written.files is not None:
        output.print(f"密封文件 {written.files} 份已一并复制（仍为密文）", highlight=False)
    for digest in written.missing:
        output.print(f"对象库中没有密封文件 {digest}", style="red", highlight=False, markup=False, soft_wrap=True)
