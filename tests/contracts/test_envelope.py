"""The envelope: addresses, ids, digests and the exact bytes."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from contracts.envelope import (
    Address,
    Envelope,
    command_id,
    digest_of,
    event_id,
    new_aggregate_id,
    reaction_id,
)
from contracts.members import UnitRenamed


def envelope(**changes: Any) -> Envelope[UnitRenamed]:
    told: dict[str, Any] = {
        "id": UUID(int=1),
        "source": "urn:yishi:members",
        "type": UnitRenamed.type_name(),
        "subject": "unit/abc-1",
        "time": datetime(2005, 3, 1, 1, tzinfo=UTC),
        "county": "430000",
        "actor": "person:registrar",
        "actorrole": "registrar",
        "commandid": UUID(int=2),
        "commanddigest": "hmac-sha256:00",
        "correlationid": "c",
        "version": 1,
        "data": UnitRenamed(name="规划处", from_on=date(2005, 7, 1)),
    }
    return Envelope[UnitRenamed](**told | changes)


def test_a_subject_is_read_as_it_was_written() -> None:
    address = Address("430000", "members", "unit", "0197-abc_DEF")
    assert address.subject == "evt.430000.members.unit.0197-abc_DEF"
    assert Address.parse(address.subject) == address


@pytest.mark.parametrize(
    "subject",
    [
        "evt.43000.members.unit.1",
        "evt.430000.Members.unit.1",
        "evt.430000.members.unit",
        "evt.430000.members.unit.1.2",
        "evt.430000.members.unit.*",
        "evt.430000.members.unit.>",
        "evt.430000.members.unit.规划办",
        "evt.430000.members.unit." + "1" * 129,
        "evt.430000.members.unit.1\n",
        "other.430000.members.unit.1",
    ],
)
def test_what_is_no_subject_of_ours_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="not an event subject"):
        Address.parse(subject)


def test_the_envelope_claims_the_address_it_is_stored_under() -> None:
    assert envelope().address == Address("430000", "members", "unit", "abc-1")


def test_a_digest_names_its_algorithm() -> None:
    assert digest_of(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_next_event_of_an_aggregate_carries_the_hash_of_the_exact_bytes_before() -> None:
    first = envelope()
    second = envelope(version=2, prevhash=digest_of(first.encode()))
    again = Envelope[UnitRenamed].model_validate_json(second.encode())
    assert again.prevhash == digest_of(Envelope[UnitRenamed].model_validate_json(first.encode()).encode())
    changed = envelope(actor="person:other")
    assert again.prevhash != digest_of(changed.encode())


def test_absent_attributes_are_left_out_as_cloud_events_demands() -> None:
    body = json.loads(envelope().encode())
    assert not {"prevhash", "onbehalfof", "authority", "tokenid", "causationid", "actorunit"} & set(body)
    assert None not in body.values()
    assert body["time"] == "2005-03-01T01:00:00Z"
    assert all(name.isascii() and name.isalnum() and name.islower() for name in body)


def test_readers_ignore_what_a_newer_writer_adds() -> None:
    body = json.loads(envelope().encode())
    body |= {"newattribute": "x", "data": body["data"] | {"new_field": 1}}
    assert Envelope[UnitRenamed].model_validate_json(json.dumps(body)) == envelope()


def test_a_version_begins_at_one() -> None:
    with pytest.raises(ValidationError):
        envelope(version=0)


def test_ids_follow_from_county_actor_and_key_alone() -> None:
    given = ("430000", "person:wang", "k1")
    others = [("430001", "person:wang", "k1"), ("430000", "person:li", "k1"), ("430000", "person:wang", "k2")]
    for derive in (command_id, new_aggregate_id):
        assert derive(*given) == derive(*given)
        assert len({derive(*given), *(derive(*other) for other in others)}) == 4
    assert command_id(*given) != new_aggregate_id(*given)


def test_one_command_is_one_event_and_a_redelivered_event_is_one_command() -> None:
    command, event = uuid4(), uuid4()
    assert event_id(command) == event_id(command) != command
    assert reaction_id(event, "note_meeting") == reaction_id(event, "note_meeting")
    assert reaction_id(event, "note_meeting") != reaction_id(event, "strike_meeting")
