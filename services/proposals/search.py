"""Search terms 检索词: which cases contain half-remembered words where people would look.

Two-character pieces of a text stand for its words, as Chinese has no spaces. Those of title and sealed text are kept
as keyed digests made with a secret of the county's vault: whoever reads the table learns nothing of the text, and
once the case's key is destroyed they are gone and cannot be made again. What is in clear and changes (leader, number,
the ids of members and units, and the title of an erased case) stands in a table of its own.
Source: ADR 0002; ADR 0004.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.copies.names import ids_matching
from contracts.proposals import HistoryCorrected, ProposalErased, ProposalRevised, ProposalSubmitted
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.proposal import Proposal

WORDS = 8
"""That are searched for at once."""
BYTES = 8
"""Of a keyed digest: enough that two pieces in one county hardly ever meet."""


def pieces(text: str) -> set[str]:
    """Give the overlapping two-character pieces of a text, and each of its characters."""
    plain = _plain(text)
    return {plain[i : i + 2] for i in range(len(plain) - 1)} | set(plain)


def word_pieces(word: str) -> list[str]:
    """Give the pieces that a text containing the word must have."""
    plain = _plain(word)
    return sorted({plain[i : i + 2] for i in range(len(plain) - 1)}) or sorted(set(plain))


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


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
    yield {
        "submitted_on": case.submitted_on,
        "erased": case.erased,
        "words": sorted(words | parties | number),
    }


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

_HERE = "county = current_setting('app.county', true)"
_PLACES = [(f"${3 * n + 4}", f"${3 * n + 5}", f"${3 * n + 6}") for n in range(WORDS)]
"""Parameters of a word: keyed terms, clear words, ids; after those of the page."""


def _find() -> str:
    """Give the function that finds the cases of the transaction's county in the board's order.

    Its first parameters are the page: how many, after which day and id. A word is found when title and text have all
    its terms, or what is in clear has all its words or one of its ids; a word without any is none. Row-level security
    keeps PostgreSQL from using an index with operators that it does not know to be leakproof, as those of arrays
    are; the function stands outside it and names the county itself. A scan of the table would have to fetch every
    array, which PostgreSQL does not reckon with.
    """
    clear = "(w.words @> {1} OR w.words && {2})"
    either = (
        "({0} IS NULL AND {1} IS NULL AND {2} IS NULL OR t.terms @> {0} OR t.id = ANY (ARRAY("
        f"SELECT w.id FROM search_words w WHERE w.{_HERE} AND {clear})))"
    )
    erased = f"({{0}} IS NULL AND {{1}} IS NULL AND {{2}} IS NULL OR {clear})"
    after = "($2 IS NULL OR (submitted_on, id) > ($2, $3))"
    return f"""
CREATE FUNCTION cases_with(int, date, text{", bigint[], text[], text[]" * WORDS})
RETURNS TABLE (id text, submitted_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off BEGIN ATOMIC
    SELECT id, submitted_on FROM (
        SELECT t.id, t.submitted_on FROM search_terms t
        WHERE t.{_HERE} AND {" AND ".join(either.format(*place) for place in _PLACES)}
        UNION ALL SELECT w.id, w.submitted_on FROM search_words w
        WHERE w.erased AND w.{_HERE} AND {" AND ".join(erased.format(*place) for place in _PLACES)}
    ) AS found
    WHERE {after} ORDER BY submitted_on, id LIMIT $1;
END"""


SEARCH_WORDS: Table[Proposal] = Table(
    name="search_words",
    columns={"submitted_on": "date NOT NULL", "erased": "boolean NOT NULL", "words": "text[] NOT NULL"},
    rows=_clear_rows,
    indexes=("USING gin (words)", "(county) WHERE erased"),
    also=(_find(),),
)


@dataclass(frozen=True)
class Sought:
    """Words that a case must have, as the search knows them."""

    arguments: tuple[list[int] | list[str] | None, ...]

    async def page(self, db: Db, limit: int, after: tuple[date, str] | None) -> list[tuple[str, date]]:
        """Give the next cases with all the words, in the board's order: id and day of submission."""
        given = ", ".join(f"${n}" for n in range(1, len(self.arguments) + 4))
        day, id = after or (None, None)
        rows = await db.fetch(f"SELECT id, submitted_on FROM cases_with({given})", limit, day, id, *self.arguments)
        return [(row["id"], row["submitted_on"]) for row in rows]


async def sought(db: Db, secret: bytes, words: Sequence[str]) -> Sought | None:
    """Give what is searched for, of many words the first; None when a word has nothing to look for."""
    arguments: list[list[int] | list[str] | None] = []
    for word in words[:WORDS]:
        found = word_pieces(word)
        either = await ids_matching(db, word)
        if word.isdecimal() and len(word) < 10:
            either.append(_numbered(int(word)))
        if not found and not either:
            return None
        arguments += [blind(secret, found) or None, found or None, either or None]
    return Sought((*arguments, *(None,) * (3 * WORDS - len(arguments))))
