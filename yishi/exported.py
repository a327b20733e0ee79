"""The export file: a header line, one chained line for each message, and a manifest line that sums them up.

Every line, the first and the last too, ends with its `chain` (yishi/lines.py), so the manifest's chain stands for the
whole file: whoever has noted it can tell any other file from this one. A day's file of an archive is read too: its
header says which chain it goes on from, and it has no manifest.
Source: docs/audit/README.md describes the format for people who write a verifier of their own.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runtime.log import STREAM
from runtime.messages import Recorded
from yishi.archive.files import FORMAT as ARCHIVE_FORMAT
from yishi.lines import START, LineBroken, chain_of, parse_line
from yishi.verification import Break

FORMAT = "yishi-export/1"
_MARK = b',"chain":"'
_CHAIN = re.compile(r"|sha256:[0-9a-f]{64}")


def chained(content: dict[str, Any], previous: str) -> tuple[bytes, str]:
    """Give a header or manifest as a line, with its line feed, and the chain up to it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()[:-1]
    chain = chain_of(previous, text)
    return text + _MARK + chain.encode() + b'"}\n', chain


def header(asked: dict[str, Any], made: str, head: Recorded | None) -> dict[str, Any]:
    """Give the header: what was asked for, when the file was made, and the log's newest event then."""
    at_head = {"sequence": head.sequence, "hash": head.hash} if head else {"sequence": 0, "hash": None}
    return {"format": FORMAT, "stream": STREAM, "asked": asked, "made": made, "head": at_head}


@dataclass
class Contents:
    """What a file holds, counted while it is written and again while it is read."""

    count: int = 0
    first: int | None = None
    last: int | None = None
    aggregates: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By subject: how many events, and version, place, id, type and hash of the last one."""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Sealed files by the digest of their ciphertext, each with the event that first names it."""

    def take(self, message: Recorded) -> None:
        """Count one message; its body may be anything."""
        body = body_of(message)
        self.count += 1
        self.first = message.sequence if self.first is None else self.first
        self.last = message.sequence
        self.aggregates[message.subject] = {
            "events": self.aggregates.get(message.subject, {"events": 0})["events"] + 1,
            "version": body.get("version"),
            "sequence": message.sequence,
            "event": body.get("id"),
            "type": body.get("type"),
            "hash": message.hash,
        }
        for file in files_in(body.get("data")):
            named = {"media_type": file.get("media_type"), "size": file.get("size"), "sequence": message.sequence}
            self.files.setdefault(str(file["digest"]), {"source": body.get("source"), **named})

    def manifest(self) -> dict[str, Any]:
        """Give the manifest."""
        counted = {"events": self.count, "first": self.first, "last": self.last}
        return {"manifest": {**counted, "aggregates": self.aggregates, "files": self.files}}


def body_of(message: Recorded) -> dict[str, Any]:
    """Give a message's body, empty when it is no JSON object."""
    return _object(message.raw) or {}


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_header(content: dict[str, Any]) -> bool:
    match content:
        case {
            "format": str() as name,
            "asked": {"all": True, **rest} | {"county": str(), "case": str(), **rest} | {"county": str(), **rest},
            "head": {"sequence": int(), "hash": str() | None},
        }:
            return name == FORMAT and not rest
        case _:
            return False


def files_in(data: Any) -> Iterator[dict[str, Any]]:
    """Give every sealed file that stands in a field of an event's data, alone or in a list."""
    for value in data.values() if isinstance(data, dict) else ():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict) and {"alg", "digest", "size"} <= part.keys():
                yield part


@dataclass
class Reading:
    """A file as it is read line by line; `header` is there from the first line on, `manifest` after the last."""

    path: Path
    header: dict[str, Any] = field(default_factory=dict)
    manifest: dict[str, Any] | None = None
    line: int = 0
    """The number of the line read last."""
    chain: str = START

    @property
    def is_archive(self) -> bool:
        """Say whether it is a day's file of an archive."""
        return self.header.get("format") == ARCHIVE_FORMAT

    @property
    def asked(self) -> dict[str, Any]:
        """Give what was asked for."""
        asked: dict[str, Any] = {"archive": self.header["day"]} if self.is_archive else self.header["asked"]
        return asked

    def messages(self) -> Iterator[Recorded]:
        """Give the messages in the file's order.

        Raises: Break at the first line that does not follow from those before it; OSError.
        """
        with self.path.open("rb") as file:
            for line in file:
                self.line += 1
                if self.manifest is not None:
                    raise self.broken(None, "lines_after_manifest", "清单之后还有内容")
                if self.line == 1:
                    self._take_header(line)
                elif line.startswith(b'{"manifest":'):
                    wrong = self.broken(None, "line_broken", "这一行不完整")
                    self.manifest = self._take(line, wrong)["manifest"]
                else:
                    yield self._take_message(line)
        if self.line == 0:
            raise self.broken(None, "not_an_export", "文件是空的")
        if self.manifest is None and not self.is_archive:
            raise self.broken(None, "manifest_missing", "文件没有清单：末尾被截去，或没有写完")

    def broken(self, message: Recorded | None, code: str, reason: str) -> Break:
        """Give a break at the line read last."""
        found = Break(message or Recorded(0, "", b""), code, reason)
        found.line = self.line
        return found

    def _take_header(self, line: bytes) -> None:
        wrong = self.broken(None, "not_an_export", f"首行不是 {FORMAT} 的文件头")
        content = _object(line) or {}
        match content:
            case {"format": str() as name, "day": str(), "after": int(), "follows": str() as chain} if (
                name == ARCHIVE_FORMAT and _CHAIN.fullmatch(chain)
            ):
                self.header, self.chain = content, chain
            case _:
                self.header = self._take(line, wrong)
                if not _is_header(self.header):
                    raise wrong

    def _take(self, line: bytes, wrong: Break) -> dict[str, Any]:
        text, mark, rest = line.rpartition(_MARK)
        content = _object(text + b"}") if mark and rest.endswith(b'"}\n') else None
        if not content:
            raise wrong
        self._follow(None, text, rest[:-3])
        return content

    def _take_message(self, line: bytes) -> Recorded:
        try:
            message, chain, text = parse_line(line)
        except LineBroken as error:
            raise self.broken(None, "line_broken", str(error)) from error
        self._follow(message, text, chain.encode())
        return message

    def _follow(self, message: Recorded | None, text: bytes, stated: bytes) -> None:
        chain = chain_of(self.chain, text)
        if chain.encode() != stated:
            raise self.broken(message, "file_chain_broken", "与前一行不相接：这一行被改动，或其前缺行、换了次序")
        self.chain = chain
