"""A case number belongs to one case, for ever."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from contracts.envelope import Address, Envelope
from contracts.proposals import NumberClaimed
from services.proposals.review.number import Number, NumberTaken, claim, evolve, number_id

BODY, CASE, OTHER = (UUID(int=n) for n in (1, 2, 3))


def test_a_free_number_is_claimed_for_a_case() -> None:
    event = claim(Number(), BODY, 9, 3, 67, CASE)
    assert event == NumberClaimed(body=BODY, term=9, session=3, number=67, case=CASE)
    assert after(event) == Number(body=BODY, term=9, session=3, number=67, case=CASE)


@pytest.mark.parametrize("case", [CASE, OTHER])
def test_a_number_is_claimed_once_and_the_refusal_names_the_case_that_bears_it(case: UUID) -> None:
    taken = after(claim(Number(), BODY, 9, 3, 67, CASE))
    with pytest.raises(NumberTaken) as no:
        claim(taken, BODY, 9, 3, 67, case)
    assert (no.value.code, no.value.facts["case"], no.value.facts["number"]) == ("number.taken", str(CASE), 67)


def test_numbers_of_other_bodies_terms_and_sessions_are_other_aggregates_of_the_log() -> None:
    ids = {number_id(*series, 1) for series in ((BODY, 9, 3), (OTHER, 9, 3), (BODY, 10, 3), (BODY, 9, 4))}
    assert len(ids) == 4
    for id in ids:
        address = Address("430000", "proposals", "number", id)
        assert Address.parse(address.subject) == address


def after(event: NumberClaimed) -> Number:
    envelope = Envelope[Any](
        id=UUID(int=9),
        source="urn:yishi:proposals",
        type=event.type_name(),
        subject="number/1",
        time=datetime(2005, 2, 1, tzinfo=UTC),
        county="430000",
        actor="person:tian",
        actorrole="committee",
        commandid=UUID(int=8),
        commanddigest="hmac-sha256:00",
        correlationid="test",
        version=1,
        data=event,
    )
    return evolve(Number(), event, envelope)
