"""The golden samples and the published schemas: what lies in somebody's log stays readable, word for word."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from contracts.envelope import TYPE_HEADER, Address, Envelope
from contracts.event import Event
from contracts.publish import ENVELOPE, SAMPLES, SCHEMAS, publish, samples, schemas
from contracts.registry import EVENTS, UPCASTS
from runtime.messages import EXPECTED_SEQUENCE_HEADER, MessageRejected, Recorded, read

STORED = sorted(path.name.removesuffix(".json") for path in SAMPLES.glob("*.json"))
PUBLISHED = sorted(path.name.removesuffix(".json") for path in SCHEMAS.glob("*.json"))
CURRENT = [name for name in STORED if name in EVENTS]


def raw(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def schema(name: str) -> dict[str, Any]:
    return dict(json.loads((SCHEMAS / f"{name}.json").read_text("utf-8")))


def test_every_event_has_a_schema_and_a_sample_and_nothing_else_has() -> None:
    known = {*EVENTS, *UPCASTS}
    assert set(STORED) == known
    assert set(PUBLISHED) == known | {ENVELOPE}


def test_the_stories_tell_every_event() -> None:
    assert set(samples()) == set(EVENTS)


@pytest.fixture(scope="module")
def code() -> dict[str, str]:
    """The schemas as the code has them now."""
    return schemas()


@pytest.mark.parametrize("name", [ENVELOPE, *EVENTS])
def test_the_published_schema_is_the_codes(name: str, code: dict[str, str]) -> None:
    assert (SCHEMAS / f"{name}.json").read_text("utf-8") == code[name], "python -m contracts.publish"


@pytest.mark.parametrize("name", CURRENT)
def test_a_sample_reads_as_the_event_it_was_written_from_and_writes_the_same_bytes(name: str) -> None:
    event: type[Event] = EVENTS[name]
    envelope = Envelope[event].model_validate_json(raw(name))  # type: ignore[valid-type]
    assert envelope.type == name
    assert type(envelope.data) is event
    assert envelope.encode() == raw(name)


@pytest.mark.parametrize("name", STORED)
def test_a_service_reads_the_sample_from_the_log(name: str) -> None:
    body = json.loads(raw(name))
    aggregate, _, id = body["subject"].partition("/")
    address = Address(body["county"], body["source"].removeprefix("urn:yishi:"), aggregate, id)
    honest = {EXPECTED_SEQUENCE_HEADER: "0", TYPE_HEADER: name}
    envelope = read(Recorded(1, address.subject, raw(name), honest))
    assert envelope.address == address
    assert envelope.data.aggregate == aggregate
    assert (envelope.prevhash is None) == (envelope.version == 1)
    with pytest.raises(MessageRejected):
        read(Recorded(1, address.subject, raw(name), {EXPECTED_SEQUENCE_HEADER: "0"}))


@pytest.mark.parametrize("name", STORED)
def test_a_sample_obeys_its_schema(name: str) -> None:
    body = json.loads(raw(name))
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    for described, instance in ((ENVELOPE, body), (name, body["data"])):
        jsonschema.Draft202012Validator.check_schema(schema(described))
        jsonschema.Draft202012Validator(schema(described), format_checker=checker).validate(instance)


@pytest.mark.parametrize("name", STORED)
def test_a_sample_is_a_structured_cloud_event(name: str) -> None:
    event = JSONFormat().read(CloudEvent, raw(name))
    body = json.loads(raw(name))
    assert (event.get_id(), event.get_source(), event.get_type()) == (body["id"], body["source"], name)
    assert (event.get_specversion(), event.get_subject()) == ("1.0", body["subject"])
    assert event.get_extension("version") == body["version"]
    assert event.get_data() == body["data"]


def test_samples_are_never_rewritten_and_schemas_always_are(tmp_path: Path) -> None:
    folders = tmp_path / "schemas", tmp_path / "samples"
    assert len(publish(*folders)) == 2 * len(EVENTS) + 1
    name = next(iter(EVENTS))
    old_schema, old_sample = folders[0] / f"{name}.json", folders[1] / f"{name}.json"
    old_schema.write_text("{}")
    old_sample.write_bytes(b"{}")
    assert publish(*folders) == [old_schema]
    assert old_sample.read_bytes() == b"{}"
