"""The acts of a row 经过: the events that a case would have had if it had been lived here, in the order of the trade.

Each act is made on the case as it is after the ones before, so that clocks start and stop as the pack has it, and the
on-time rate can be told of imported cases too. No gate is asked. What a row does not say did not happen; what it
cannot say (who drafted, which words) is left open, never made up.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import get_args
from uuid import UUID, uuid5

from contracts.clocks import Clock, ClockClosed
from contracts.event import Event
from contracts.meetings import Stage
from contracts.proposals import (
    CoOpinionGiven,
    CosignerConfirmed,
    MeetingNoted,
    ProposalClosed,
    ProposalDeclined,
    ProposalHandedOver,
    ProposalRegistered,
    ProposalSignedFor,
    ProposalSubmitted,
)
from contracts.review import ProposalMerged, ProposalWithdrawn
from contracts.sealed import Sealed
from rules.pack import Owes
from services.proposals import deadlines
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules
from services.proposals.importing.answer import answered
from services.proposals.importing.known import Known
from services.proposals.importing.rows import CaseRow
from services.proposals.review.intake import must_be_answered, rated_by

Act = Callable[[Proposal], Event]
"""Gives an event on the case as it is after the acts before."""

Seal = Callable[[str, str], Sealed]
"""Seals a text (label, text) with the case's key."""

NO_PACK = "未采用"
"""Stands for the pack of a case that was handed over before the county had adopted any."""


@dataclass(frozen=True)
class Telling:
    """What the acts of a row are made of."""

    row: CaseRow
    known: Known
    seal: Seal
    rules: Rules | None
    """None = the county had adopted no pack for that kind and day: no clock is opened."""
    today: date

    @property
    def submitted_on(self) -> date:
        """Give the day of submission, or the earliest day that the row speaks of."""
        told = [value for value in self.row.values.values() if isinstance(value, date)]
        return self.row.day("submitted_on") or min((*told, self.today))

    @property
    def merged_on(self) -> date:
        """Give the day of the merge, or that of the registration or submission."""
        return self.row.day("merged_on") or self.row.day("registered_on") or self.submitted_on

    def stopped(
        self, case: Proposal, on: date, kinds: tuple[str, ...], whom: UUID | None = None, *, met: bool = True
    ) -> tuple[ClockClosed, ...]:
        """Give the closings of the clocks that run in the case."""
        party = None if whom is None else deadlines.unit(whom)
        return deadlines.stopped(case, on, kinds, whom=party, met=met)

    def started(
        self, by: str, on: date, owed: list[tuple[Owes, str]], *, round: int = 1, about: str | None = None
    ) -> tuple[Clock, ...]:
        """Give the clocks that the pack starts, none without a pack."""
        if self.rules is None:
            return ()
        return deadlines.started(self.rules, by, on, owed, round=round, about=about)


def acts_of(telling: Telling) -> Iterator[tuple[str, Act]]:
    """Give the acts of a row in order, each under a name that is its own within the case."""
    yield from _submitted(telling)
    row = telling.row
    if (declined_on := row.day("declined_on")) is not None:
        reason = telling.seal("decline.reason", row.get("declined_reason") or "")
        yield "decline", lambda _: ProposalDeclined(reason=reason, declined_on=declined_on)
        return
    if row.get("number") is not None:
        on = row.day("registered_on") or telling.submitted_on
        yield "register", lambda _: ProposalRegistered(number=row.get("number"), registered_on=on)
    if row.day("handed_over_on") is not None:
        yield from _handed_over(telling)
        yield from _handled(telling)
        for round in (1, 2):
            yield from answered(telling, round)
        if row.day("withdrawn_on") is None:
            yield from _closed(telling)
    yield from _ended(telling)


def _ended(telling: Telling) -> Iterator[tuple[str, Act]]:
    """Give how a case ended that went no way of its own: withdrawn, or handled with another."""
    row = telling.row
    if (withdrawn_on := row.day("withdrawn_on")) is not None:
        reason = telling.seal("withdrawal.reason", row.get("withdrawn_reason") or "")

        def withdraw(case: Proposal) -> ProposalWithdrawn:
            kinds = tuple({clock.kind for clock in case.clocks.values()})
            fallen = telling.stopped(case, withdrawn_on, kinds, met=False)
            return ProposalWithdrawn(
                reason=reason, withdrawn_on=withdrawn_on, clocks=deadlines.changes(closed=fallen)
            )

        yield "withdraw", withdraw
    if telling.known.main is not None:
        merged = ProposalMerged(main=telling.known.main, merged_on=telling.merged_on)
        yield "merge", lambda _: merged


def _submitted(telling: Telling) -> Iterator[tuple[str, Act]]:
    row, known = telling.row, telling.known
    submitter, *cosigners = known.signers
    on = telling.submitted_on
    submitted = ProposalSubmitted(
        kind=row.get("kind"),
        body=known.body,
        term=row.get("term"),
        session=row.get("session"),
        form="group" if row.get("group") else "joint" if cosigners else "single",
        title=row.get("title"),
        text=telling.seal("proposal.text", row.get("text") or ""),
        submitter=submitter,
        cosigners=tuple(cosigners),
        group=row.get("group"),
        nature=row.get("nature"),
        category=row.get("category"),
        external_id=row.get("external_id"),
        system=row.get("system"),
        submitted_on=on,
    )
    yield "submit", lambda _: submitted
    for member in cosigners:
        confirmed = CosignerConfirmed(member=member, confirmed_on=on)
        yield f"confirm/{member}", lambda _, confirmed=confirmed: confirmed  # type: ignore[misc]


def _handed_over(telling: Telling) -> Iterator[tuple[str, Act]]:
    row, known, rules = telling.row, telling.known, telling.rules
    on = row.values["handed_over_on"]

    def hand_over(case: Proposal) -> ProposalHandedOver:
        office = deadlines.unit(known.office) if known.office else deadlines.office_of(case)
        owed: list[tuple[Owes, str]] = [
            *(("lead", deadlines.unit(id)) for id in known.answering),
            *(("co", deadlines.unit(id)) for id in known.co),
            ("office", office),
        ]
        # A row has one delivery and one rating: they are those of the first who signed, who stands for the others.
        told = row.day("delivered_on") or row.day("rated_on")
        each = must_be_answered(case, rules.pack) if rules is not None else case.signers
        return ProposalHandedOver(
            lead=known.lead,
            separate=known.separate or None,
            co=known.co,
            office=known.office,
            leader=row.get("leader"),
            pack=rules.pack.name if rules else NO_PACK,
            pack_digest=rules.pack.digest if rules else "",
            answer_to=case.signers[:1] if told else each,
            rated_by=rated_by(rules.pack) if rules is not None else None,
            handed_over_on=on,
            clocks=deadlines.changes(telling.started("handed_over", on, owed)),
        )

    yield "hand_over", hand_over


def _handled(telling: Telling) -> Iterator[tuple[str, Act]]:
    """Give what happened before the first reply was signed: signing for, meetings, opinions."""
    row, known = telling.row, telling.known
    if (received_on := row.day("received_on")) is not None:
        for unit in (*known.answering, *known.co):
            owes: Owes = "co" if unit in known.co else "lead"
            opened = telling.started("received", received_on, [(owes, deadlines.unit(unit))])
            signed_for = ProposalSignedFor(unit=unit, signed_for_on=received_on, clocks=deadlines.changes(opened))
            yield f"sign_for/{unit}", lambda _, signed_for=signed_for: signed_for  # type: ignore[misc]
    for stage in ("before", "during"):
        yield from meetings(telling, stage, 1)
    for unit, on in known.opinions:
        yield f"opinion/{unit}", _opinion(telling, unit, on)


def _opinion(telling: Telling, unit: UUID, on: date) -> Act:
    opinion = telling.seal("co.opinion", "")

    def give(case: Proposal) -> CoOpinionGiven:
        closed = telling.stopped(case, on, ("co_opinion",), unit)
        closed += telling.stopped(case, on, ("return",), unit, met=False)
        return CoOpinionGiven(unit=unit, opinion=opinion, given_on=on, clocks=deadlines.changes(closed=closed))

    return give


def meetings(telling: Telling, stage: Stage, round: int) -> Iterator[tuple[str, Act]]:
    """Give the meetings of a stage, one for each day in its column, held by the first unit that answers."""
    assert stage in get_args(Stage)
    for on in telling.row.days(f"met_{stage}_on" + ("_2" if round == 2 else "")):
        name = f"meet/{stage}/{round}/{on}"
        noted = MeetingNoted(
            meeting=uuid5(telling.known.case, name),
            unit=telling.known.answering[0],
            stage=stage,
            round=round,
            met_on=on,
        )
        yield name, lambda _, noted=noted: noted  # type: ignore[misc]


def _closed(telling: Telling) -> Iterator[tuple[str, Act]]:
    """Give the close: on its day, or with the last rating, unless that calls for another round."""
    row = telling.row
    last = row.day("rated_on_2") or (row.day("rated_on") if row.day("signed_on_2") is None else None)

    def close(case: Proposal) -> ProposalClosed:
        on = row.day("closed_on") or last
        assert on is not None
        closed = telling.stopped(case, on, ("closing",))
        others = tuple({clock.kind for clock in case.clocks.values()} - {"closing"})
        closed += telling.stopped(case, on, others, met=False)
        return ProposalClosed(closed_on=on, clocks=deadlines.changes(closed=closed))

    again = _calls_for_another_round(telling, "_2" if row.day("signed_on_2") else "")
    if row.day("closed_on") is not None or (last is not None and not again):
        yield "close", close


def _calls_for_another_round(telling: Telling, suffix: str) -> bool:
    rehandle_on = telling.rules.pack.ratings.rehandle_on if telling.rules else ("不满意",)
    words = (telling.row.get(f"rating_result{suffix}"), telling.row.get(f"rating_attitude{suffix}"))
    return any(word in rehandle_on for word in words)
