"""Search terms 检索词: which cases contain half-remembered words in their title or sealed text.

Two-character pieces of a text stand for its words, as Chinese has no spaces. Those of a sealed text are kept only as
keyed digests made with a secret of the county's vault: whoever reads the table learns nothing of the text, and once
the case's key is destroyed they are gone and cannot be made again. Source: ADR 0002.
"""

import hmac
import unicodedata
from collections.abc import Iterable
from uuid import UUID

from contracts.proposals import ProposalErased, ProposalRevised, ProposalSubmitted
from runtime.tables import Change, Opener, Row, Table
from services.proposals.proposal import Proposal

BYTES = 8
"""Of a keyed digest: enough that two pieces in one county hardly ever meet."""


def pieces(text: str) -> set[str]:
    """Give the overlapping two-character pieces of a text, and each of its characters."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
    return {plain[i : i + 2] for i in range(len(plain) - 1)} | set(plain)


def word_pieces(word: str) -> list[str]:
    """Give the pieces that a text containing the word must have."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", word).casefold() if c.isalnum())
    return sorted({plain[i : i + 2] for i in range(len(plain) - 1)}) or sorted(set(plain))


def blind(secret: bytes, found: Iterable[str]) -> list[str]:
    """Give the keyed digests of pieces, sorted."""
    return sorted(hmac.digest(secret, piece.encode(), "sha256")[:BYTES].hex() for piece in found)


def _rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    county = change.address.county
    text = None if case.text is None or case.erased else opener(county, case.text)
    if text is not None:
        yield {"terms": blind(opener.search_secret(county), pieces(text))}


def _keys(change: Change[Proposal]) -> Iterable[UUID]:
    return () if change.held.state.erased else (UUID(change.id),)


SEARCH_TERMS: Table[Proposal] = Table(
    name="search_terms",
    columns={"terms": "text[] NOT NULL"},
    rows=_rows,
    indexes=("USING gin (terms)",),
    when=(ProposalSubmitted, ProposalRevised, ProposalErased),
    needs_keys=_keys,
)
