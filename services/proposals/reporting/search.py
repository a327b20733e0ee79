"""Search terms 检索词: which cases contain half-remembered words where people would look.

Two-character pieces of a text stand for its words, as Chinese has no spaces. Those of title and sealed text are kept
as keyed digests made with a secret of the county's vault: whoever reads the table learns nothing of the text, and
once the case's key is destroyed they are gone and cannot be made again. What is in clear and changes (leader, number,
the ids of members and units, and the title of an erased case) stands in a table of its own.
Source: ADR 0002; ADR 0004.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from contracts.copies.names import ids_matching
from contracts.proposals import HistoryCorrected, ProposalErased, ProposalRevised, ProposalSubmitted
from runtime.schema import ASKED_FOR
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.case.proposal import Proposal
from services.proposals.plain import plain

WORDS = 8
"""That are searched for at once."""
BYTES = 8
"""Of a keyed digest: enough that two pieces in one county hardly ever meet."""


def pieces(text: str) -> set[str]:
    """Give the overlapping two-character pieces of a text, and each of its characters."""
    clear = plain(text)
    return {clear[i : i + 2] for i in range(len(clear) - 1)} | set(clear)


def word_pieces(word: str) -> list[str]:
    """Give the pieces that a text containing the word must have."""
    clear = plain(word)
    return sorted({clear[i : i + 2] for i in range(len(clear) - 1)}) or sorted(set(clear))


def blind(secret: bytes, found: Iterable[str]) -> list[int]:
    """Give the keyed digests of pieces, sorted: numbers of 64 bits, signed as PostgreSQL keeps them."""
    keyed = hashlib.blake2b(key=secret[:64], digest_size=BYTES)

    def digest(piece: str) -> int:
        one = keyed.copy()
        one.update(piece.encode())
        return int.from_bytes(one.digest(), "big", signed=True)

    return sorted(map(digest, found))


def _sealed_rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    county = change.address.county
    if not case.erased:
        text = opener(county, case.text) if case.text else None
        found = pieces(case.title) | pieces(text or "")
        yield {"submitted_on": case.submitted_on, "terms": blind(opener.search_secret(county), found)}


def _keys(change: Change[Proposal]) -> Iterable[UUID]:
    return () if change.held.state.erased else (UUID(change.id),)


def _clear_rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    words = pieces(case.leader or "") | pieces(case.group or "")
    if case.erased:
        words |= pieces(case.title)
    parties = {str(id) for id in (*case.signers, *case.units)}
    number = set() if case.number is None else {_numbered(case.number)}
    yield {"submitted_on": case.submitted_on, "words": sorted(words | parties | number)}


def _numbered(number: int) -> str:
    return f"#{number}"


SEARCH_TERMS: Table[Proposal] = Table(
    name="search_terms",
    columns={"submitted_on": "date NOT NULL", "terms": "bigint[] NOT NULL"},
    rows=_sealed_rows,
    indexes=("USING gin (terms)",),
    when=(ProposalSubmitted, ProposalRevised, ProposalErased, HistoryCorrected),
    needs_keys=_keys,
)

_HERE = f"county = {ASKED_FOR}"
_NAMED = f"FROM search_words w WHERE w.{_HERE} AND (w.words @> $1 OR w.words && $2)"
_FIND = (
    f"""
CREATE FUNCTION cases_having(bigint[]) RETURNS TABLE (id text, submitted_on date)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 20000 SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
BEGIN ATOMIC SELECT t.id, t.submitted_on FROM search_terms t WHERE t.{_HERE} AND t.terms @> $1; END""",
    f"""
CREATE FUNCTION cases_naming(text[], text[]) RETURNS TABLE (id text, submitted_on date)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1000 SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
BEGIN ATOMIC SELECT w.id, w.submitted_on {_NAMED}; END""",
    f"""
CREATE FUNCTION cases_name(text[], text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
BEGIN ATOMIC SELECT EXISTS (SELECT {_NAMED}); END""",
)
"""Which of the transaction's county's cases have all these terms in title and text; which have all these words or one
of these ids in what is in clear; and whether any has.

Row-level security keeps PostgreSQL from using an index with operators that it does not know to be leakproof, as those
of arrays are; the functions stand outside it and name the county themselves. The index answers alone: arrays must not
be fetched, which is why each set of terms is looked for by itself, and tables are never scanned for them. ROWS is
what PostgreSQL reckons with: of many it reads the whole board once, of few it looks up each.
"""


SEARCH_WORDS: Table[Proposal] = Table(
    name="search_words",
    columns={"submitted_on": "date NOT NULL", "words": "text[] NOT NULL"},
    rows=_clear_rows,
    indexes=("USING gin (words)",),
    also=_FIND,
)


class Either(NamedTuple):
    """What a word may be found by: terms of title and text, words in clear, or an id."""

    terms: list[int] | None
    words: list[str] | None
    ids: list[str] | None


@dataclass(frozen=True)
class Sought:
    """Words that a case must have, as the search knows them."""

    terms: list[int]
    """Of all words that stand in clear nowhere."""
    either: tuple[Either, ...]
    """The other words."""

    def statement(self, bind: Callable[[Any], str]) -> str:
        """Give the statement that finds the cases with all the words: id and day of submission."""
        found = [_having(self.terms, bind)] if self.terms else []
        for word in self.either:
            named = (
                f"SELECT id, submitted_on FROM cases_naming(${bind(word.words)}::text[], ${bind(word.ids)}::text[])"
            )
            found.append(f"({_having(word.terms, bind)} UNION {named})" if word.terms else named)
        return " INTERSECT ".join(found)


def _having(terms: list[int], bind: Callable[[Any], str]) -> str:
    return f"SELECT id, submitted_on FROM cases_having(${bind(terms)}::bigint[])"


async def sought(db: Db, secret: bytes, words: Sequence[str]) -> Sought | None:
    """Give what is searched for, of many words the first; None when a word has nothing to look for."""
    told = []
    for word in words[:WORDS]:
        found = word_pieces(word)
        ids = await ids_matching(db, word)
        if word.isdecimal() and len(word) < 10:
            ids.append(_numbered(int(word)))
        if not found and not ids:
            return None
        told.append(Either(blind(secret, found) or None, found or None, ids or None))
    named = [await db.fetchval("SELECT cases_name($1, $2)", word.words, word.ids) for word in told]
    alone = {term for word, clear in zip(told, named, strict=True) if not clear for term in word.terms or ()}
    if any(word.terms is None and not clear for word, clear in zip(told, named, strict=True)):
        return None
    return Sought(sorted(alone), tuple(word for word, clear in zip(told, named, strict=True) if clear))
