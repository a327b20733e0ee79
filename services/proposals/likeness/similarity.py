"""Likeness 相似 of two texts: which part of one stands in the other, by overlapping pieces of four characters.

Containment finds a text that was taken over into a longer one, Jaccard two versions of the same text. A sketch is a
keyed sample of a text's pieces: two texts are sampled alike, so that the pieces they share are shared by their
sketches too, and whoever reads a sketch learns nothing of the text.
Source: Broder, "On the resemblance and containment of documents" (1997); ADR 0002 (keyed digests).
"""

import hashlib
from collections.abc import Set
from dataclasses import dataclass
from zlib import crc32

from services.proposals.plain import plain

LENGTH = 4
"""Characters of a piece."""
SAMPLED = 8
"""One piece in so many is in the sketch."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two texts are; each measure is from 0 (nothing shared) to 1 (all of it)."""

    containment: float
    """The share of the shorter text's pieces that stand in the longer one too."""
    jaccard: float
    """The share of both texts' pieces that stand in both."""


def shingles(text: str) -> frozenset[str]:
    """Give the overlapping pieces of a text, without blanks and punctuation; a shorter text is one piece."""
    clear = plain(text)
    if len(clear) <= LENGTH:
        return frozenset({clear} if clear else ())
    return frozenset(clear[start : start + LENGTH] for start in range(len(clear) - LENGTH + 1))


def likeness(one: Set[str], other: Set[str]) -> Likeness:
    """Compare two texts by their pieces; a text without pieces is like nothing."""
    if not one or not other:
        return Likeness(0.0, 0.0)
    shared = len(one & other)
    return Likeness(shared / min(len(one), len(other)), shared / (len(one) + len(other) - shared))


def sketch(secret: bytes, pieces: Set[str]) -> list[int]:
    """Give the keyed sample of a text's pieces, sorted: numbers of 64 bits, signed as PostgreSQL keeps them.

    Which pieces are sampled depends on the piece alone, so that only those need the dearer keyed digest.
    """
    taken = [raw for raw in map(str.encode, pieces) if crc32(raw) % SAMPLED == 0]
    keyed = hashlib.blake2b(b"similarity", key=secret[:64], digest_size=8)

    def number(raw: bytes) -> int:
        one = keyed.copy()
        one.update(raw)
        return int.from_bytes(one.digest(), "big", signed=True)

    return sorted(map(number, taken))
