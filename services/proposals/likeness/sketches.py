"""Sketches 文本指纹: a keyed sample of each case's text, by which cases like it are found; gone once it is erased."""

from collections.abc import Iterable
from uuid import UUID

from contracts.proposals import HistoryCorrected, ProposalErased, ProposalRevised, ProposalSubmitted
from runtime.schema import ASKED_FOR
from runtime.tables import Change, Opener, Row, Table
from services.proposals.case.proposal import Proposal
from services.proposals.likeness.similarity import shingles, sketch


def _rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    county = change.address.county
    text = None if case.text is None or case.erased else opener(county, case.text)
    if text is not None:
        yield {"grams": sketch(opener.search_secret(county), shingles(text))}


def _keys(change: Change[Proposal]) -> Iterable[UUID]:
    return () if change.held.state.erased else (UUID(change.id),)


_FIND = f"""
CREATE FUNCTION cases_like(bigint[], int, int) RETURNS TABLE (id text, shared bigint)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 40 BEGIN ATOMIC
    SELECT found.id, count(*) FROM (
        SELECT hit.id, count(*) OVER (PARTITION BY gram) AS hits
        FROM unnest($1) AS gram CROSS JOIN LATERAL (
            SELECT s.id FROM sketches s
            WHERE s.grams @> ARRAY[gram] AND s.county = {ASKED_FOR} LIMIT $2 + 1) AS hit
    ) AS found
    WHERE found.hits <= $2 GROUP BY found.id ORDER BY count(*) DESC, found.id LIMIT $3;
END"""
"""Cases of the transaction's county that share most grams; why a function: services/proposals/reporting/search.py."""

SKETCHES: Table[Proposal] = Table(
    name="sketches",
    columns={"grams": "bigint[] NOT NULL"},
    rows=_rows,
    indexes=("USING gin (grams)",),
    also=(_FIND,),
    when=(ProposalSubmitted, ProposalRevised, ProposalErased, HistoryCorrected),
    needs_keys=_keys,
)
