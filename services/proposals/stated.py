"""A clock whose last day somebody states 限期 (请于…前报送), where no rule of a pack computes it."""

from datetime import date
from uuid import UUID

from contracts.clocks import Clock, Proof, clock_id


def stated_clock(
    aggregate: UUID,
    kind: str,
    whom: str,
    *,
    round: int = 1,
    started_by: str,
    started_on: date,
    due_on: date,
    source: str,
    pack: str = "",
    pack_digest: str = "",
) -> Clock:
    """Give a clock that ends on a stated day, inclusive, never moved; the proof names who stated it.

    Units: business dates, Asia/Shanghai.
    """
    proof = Proof(
        pack=pack,
        pack_digest=pack_digest,
        rule=kind,
        source=source,
        chosen=True,
        started_by=started_by,
        started_on=started_on,
        nominal_on=due_on,
        fixed_on=due_on,
    )
    return Clock(
        id=clock_id(aggregate, kind, whom, round), kind=kind, whom=whom, round=round, due_on=due_on, proof=proof
    )
