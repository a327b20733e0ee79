"""A file of cases in pieces: read through once before anything is sent, then as often as it takes.

What is no row or stands twice, and a file that ends in the middle, is known before the first piece leaves. Cases that
are merged into others come last, in a reading of their own, so that no more than a piece is ever held.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.proposals.importing.rows import by_column, raw_key
from yishi.importing.files import Source

ROWS, CHARACTERS = 100, 300_000
"""Of one piece, at most."""


@dataclass
class Survey:
    """What the first reading has found."""

    rows: int = 0
    merged: int = 0
    """Rows of cases that are merged into others."""
    bad: dict[int, str] = field(default_factory=dict)
    """Rows that are not sent, and why."""


def survey(source: Source) -> Survey:
    """Read a file through. *Raises* `StackError` when that cannot be done to its end."""
    found = Survey()
    seen: dict[bytes, str] = {}
    for raw in source.rows():
        found.rows += 1
        if raw.values is None:
            found.bad[raw.number] = "应为一组字段（字段: 值）"
            continue
        values = by_column(raw.values)
        key = raw_key(values)
        if key is not None and (before := seen.setdefault(_short(key), raw.place)) != raw.place:
            found.bad[raw.number] = f"与{before}重复"
        elif values.get("merged_into"):
            found.merged += 1
    return found


def _short(key: tuple[str, ...]) -> bytes:
    """Give a key in few bytes: as many are held as the file has rows."""
    return hashlib.blake2b("\x1f".join(key).encode(errors="replace"), digest_size=16).digest()


def pieces(source: Source, known: Survey, *, merged: bool) -> Iterator[list[dict[str, Any]]]:
    """Give the rows that can be sent in pieces: those of cases merged into others, or the rest.

    *Raises* `StackError` when the file was changed since it was opened; then what has left has left.
    """
    piece: list[dict[str, Any]] = []
    size = 0
    for raw in source.rows():
        if raw.values is None or raw.number in known.bad:
            continue
        values = dict(by_column(raw.values))
        if bool(values.get("merged_into")) != merged:
            continue
        piece.append({"row": raw.number, "values": values})
        size += len(json.dumps(values, ensure_ascii=False, default=str))
        if len(piece) >= ROWS or size >= CHARACTERS:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece
