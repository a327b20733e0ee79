"""What the benchmark writes by the hundred thousand is what the executor would have appended."""

from typing import Any

import pytest

from benchmarks.life import LIFE, Act, Case, Claim, rules_of
from benchmarks.moulds import Moulds, command_of, envelope
from contracts.envelope import Envelope, digest_of
from runtime.folds import Held
from services.proposals.case.proposal import Proposal
from services.proposals.folds import PROPOSAL

WHOLE = tuple(act.name for act in LIFE)


def decided(case: Case) -> list[Envelope[Any]]:
    """Give the events of a whole life, each decided on the state before."""
    held, rules, events = Held(Proposal()), rules_of(case), []
    for act in LIFE:
        command = command_of(case, act.name)
        match act:
            case Claim():
                made = envelope(act.decide(case), case.number_id, command, 1, None, act.actor, act.role, None)
            case Act():
                event = act.decide(held.state, case, rules)
                version, previous = held.version + 1, held.hash
                made = envelope(event, str(case.id), command, version, previous, act.actor, act.role, act.unit)
                held = PROPOSAL.step(held, made, version, digest_of(made.encode()))
        events.append(made)
    assert held.state.stage == "closed"
    return events


@pytest.mark.parametrize("place", [1, 99, 54_321])
def test_a_filled_mould_is_the_decided_event_byte_for_byte(place: int) -> None:
    case = Case.at(place)
    written = list(Moulds().of(case, WHOLE))
    assert [event.raw for event in written] == [made.encode() for made in decided(case)]
    assert [event.address.subject for event in written] == [made.address.subject for made in decided(case)]


def test_two_cases_share_no_id() -> None:
    moulds = Moulds()
    one, other = (list(moulds.of(Case.at(place), WHOLE)) for place in (1, 2))
    ids = [Envelope[Any].model_validate_json(event.raw).id for event in (*one, *other)]
    assert len(set(ids)) == 2 * len(LIFE)
