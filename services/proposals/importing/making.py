"""What becomes of a good row in the log: the events of a new case, of a correction, of a merge."""

from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from contracts.review import OriginalJoined
from contracts.sealed import Sealed
from runtime.execute import Act as Acting
from runtime.folds import Held
from runtime.log import Appending
from runtime.sealing import seal, unseal
from services.proposals.case.proposal import Proposal
from services.proposals.folds import NUMBER, PROPOSAL
from services.proposals.importing import writing
from services.proposals.importing.checking import Good
from services.proposals.importing.differing import differing
from services.proposals.importing.history import Telling, acts_of


class Made(NamedTuple):
    """A row on its way into the log."""

    good: Good
    key: bytes
    """Of its case."""
    events: list[Appending]


class Maker:
    """Makes the events of the rows of one file, for one caller."""

    def __init__(self, by: Acting, file: str, today: date) -> None:
        self._by = by
        self._file = file
        self._today = today

    def new(self, good: Good, key: bytes, *, claim: bool) -> Made:
        """Make the events of a case that is not there yet, with the claim of its number before them."""
        by = self._acting(good)
        written = writing.write(PROPOSAL, good.known.case, acts_of(self._telling(good, key)), by)
        return Made(good, key, [*(self._claimed(good, by) if claim else ()), *written.events])

    def again(self, good: Good, key: bytes, held: Held[Proposal], *, claim: bool) -> tuple[Made, list[str]]:
        """Make the correction of an imported case as the row has it now; give also the columns that differ."""
        by, county = self._acting(good), self._by.county
        acts = (*acts_of(self._telling(good, key)), *writing.rejoined(held.state))
        written = writing.correct(PROPOSAL, good.known.case, held, acts, by, self._today)

        def opened(sealed: Sealed | None) -> str | None:
            return None if sealed is None else unseal(key, county, sealed)

        made = Made(good, key, [*(self._claimed(good, by) if claim else ()), *written.events])
        return made, differing(held.state, written.case.state, opened)

    def joining(self, good: Good, main: UUID, held: Held[Proposal]) -> list[Appending]:
        """Make the event by which a main case takes the row's case up, none where it has."""
        if good.known.case in held.state.review.originals:
            return []
        joined = OriginalJoined(
            original=good.known.case,
            number=good.row.get("number"),
            signers=good.known.signers,
            joined_on=self._telling(good, b"").merged_on,
        )
        return [writing.join(PROPOSAL, main, held, joined, self._acting(good))]

    def _claimed(self, good: Good, by: Acting) -> list[Appending]:
        """Make the event that claims the row's number, where it has one."""
        if good.row.get("number") is None:
            return []
        return [writing.claim_number(NUMBER, good.row, good.known.body, good.known.case, by)]

    def _acting(self, good: Good) -> Acting:
        return replace(self._by, commanddigest=good.digest, provenance=f"{self._file}#{good.row.row}")

    def _telling(self, good: Good, key: bytes) -> Telling:
        county, case = self._by.county, good.known.case
        return Telling(
            row=good.row,
            known=good.known,
            seal=lambda label, text: seal(key, county, case, label, text),
            rules=good.rules,
            today=self._today,
        )
