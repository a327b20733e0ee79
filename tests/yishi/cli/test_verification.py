"""Verification stops at the first message that was altered, left out, moved or slipped in, and says what is wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from contracts.envelope import command_id, event_id
from runtime.messages import EXPECTED_SEQUENCE_HEADER, Recorded
from yishi.verification import Break, Walk

if TYPE_CHECKING:
    from tests.yishi.cli.conftest import Establish, ReadLog

Log = list[Recorded]


@pytest.fixture
async def log(establish: "Establish", read_log: "ReadLog", county: str) -> Log:
    """Five real messages: a unit that is renamed, one that is not, and one that is; numbered from 1."""
    await establish("规划办", later="规划处")
    await establish("公路局")
    await establish("财务处", later="财务科")
    found = [message for message in await read_log() if message.subject.split(".")[1] == county]
    places = {message.sequence: number for number, message in enumerate(found, 1)} | {0: 0}
    return [_renumbered(message, places) for message in found]


def _renumbered(message: Recorded, places: dict[int, int]) -> Recorded:
    expected = places[int(message.headers[EXPECTED_SEQUENCE_HEADER])]
    headers = {**message.headers, EXPECTED_SEQUENCE_HEADER: str(expected)}
    return replace(message, sequence=places[message.sequence], headers=headers)


def edit(message: Recorded, **body: Any) -> Recorded:
    """Give the message with other attributes in its body; None takes one out."""
    changed = {name: value for name, value in (json.loads(message.raw) | body).items() if value is not None}
    return replace(message, raw=json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode())


def headed(message: Recorded, **headers: str | None) -> Recorded:
    """Give the message with other headers (underscores for hyphens); None takes one out."""
    changed = {**message.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return replace(message, headers={name: value for name, value in changed.items() if value is not None})


def walk(log: Log) -> Walk:
    walked = Walk()
    for message in log:
        walked.step(message)
    return walked


async def test_an_honest_log_is_walked_to_its_end(log: Log) -> None:
    walked = walk(log)
    assert (walked.sequence, walked.hash, walked.aggregates) == (5, log[-1].hash, 3)
    assert walked.by_type == {"yishi.members.UnitEstablished.v1": 3, "yishi.members.UnitRenamed.v1": 2}
    assert not walked.unknown


async def test_an_event_of_an_unknown_type_is_counted_and_breaks_nothing(log: Log) -> None:
    future = "yishi.members.UnitPainted.v1"
    log[4] = headed(edit(log[4], type=future, data={"colour": "红"}), Yishi_Type=future)
    walked = walk(log)
    assert walked.sequence == 5
    assert walked.unknown == {future: 1}


FORGED = command_id("110000", "person:nobody", "forged")

ALTERED: dict[str, tuple[int, Callable[[Recorded], Recorded]]] = {
    "foreign_header": (3, lambda m: headed(m, Nats_Stream="EVENTS")),
    "expected_sequence_missing": (3, lambda m: headed(m, Nats_Expected_Last_Subject_Sequence=None)),
    "expected_sequence_wrong": (2, lambda m: headed(m, Nats_Expected_Last_Subject_Sequence="0")),
    "subject_invalid": (3, lambda m: replace(m, subject="evt.elsewhere")),
    "subject_differs": (3, lambda m: edit(m, county="999999")),
    "type_differs": (2, lambda m: headed(m, Yishi_Type="yishi.members.UnitClosed.v1")),
    "not_an_event": (3, lambda m: replace(m, raw=m.raw[:-10])),
    "version_wrong": (2, lambda m: edit(m, version=3)),
    "chain_broken": (2, lambda m: edit(m, prevhash="sha256:" + "0" * 64)),
    "time_without_zone": (3, lambda m: edit(m, time="2026-01-01T00:00:00")),
    "time_went_back": (2, lambda m: edit(m, time="2001-01-01T00:00:00Z")),
    "event_id_wrong": (3, lambda m: edit(m, id=str(FORGED))),
    "actor_missing": (3, lambda m: edit(m, actor=" ")),
    "authority_missing": (3, lambda m: edit(m, onbehalfof="member:somebody")),
}


@pytest.mark.parametrize("code", ALTERED)
async def test_an_altered_message_is_named_with_what_is_wrong(log: Log, code: str) -> None:
    sequence, alter = ALTERED[code]
    log[sequence - 1] = alter(log[sequence - 1])
    with pytest.raises(Break) as broken:
        walk(log)
    assert (broken.value.sequence, broken.value.code) == (sequence, code)
    assert broken.value.subject == log[sequence - 1].subject
    assert broken.value.reason


async def test_one_changed_byte_breaks_the_chain_at_the_next_event(log: Log) -> None:
    log[0] = replace(log[0], raw=log[0].raw.replace("规划办".encode(), "规划部".encode()))
    with pytest.raises(Break) as broken:
        walk(log)
    assert (broken.value.sequence, broken.value.code) == (2, "chain_broken")
    report = broken.value.report()
    assert report["event"] == json.loads(log[1].raw)["id"]
    assert report["type"] == "yishi.members.UnitRenamed.v1"


async def test_a_message_without_a_type_header_is_not_believed(log: Log) -> None:
    log[2] = headed(log[2], Yishi_Type=None)
    with pytest.raises(Break) as broken:
        walk(log)
    assert (broken.value.sequence, broken.value.code) == (3, "type_differs")


async def test_a_message_that_was_left_out_is_missed(log: Log) -> None:
    del log[2]
    with pytest.raises(Break) as broken:
        walk(log)
    assert (broken.value.sequence, broken.value.code) == (4, "sequence_gap")


async def test_a_message_left_out_without_a_gap_is_missed_by_its_aggregate(log: Log) -> None:
    del log[0]
    moved = [replace(message, sequence=number) for number, message in enumerate(log, 1)]
    with pytest.raises(Break) as broken:
        walk(moved)
    assert (broken.value.sequence, broken.value.code) == (1, "expected_sequence_wrong")


async def test_messages_in_another_order_are_noticed(log: Log) -> None:
    log[3], log[4] = replace(log[4], sequence=4), replace(log[3], sequence=5)
    with pytest.raises(Break) as broken:
        walk(log)
    assert (broken.value.sequence, broken.value.code) == (4, "expected_sequence_wrong")


async def test_a_command_cannot_have_been_carried_out_twice(log: Log) -> None:
    first = json.loads(log[0].raw)
    log[1] = edit(log[1], commandid=first["commandid"], id=first["id"])
    with pytest.raises(Break) as broken:
        walk(log)
    assert (broken.value.sequence, broken.value.code) == (2, "command_repeated")


async def test_a_forged_event_that_follows_every_rule_but_the_headers_is_noticed(log: Log) -> None:
    forged = edit(log[4], commandid=str(FORGED), id=str(event_id(FORGED)), version=3, prevhash=log[4].hash)
    forged = headed(replace(forged, sequence=6), Nats_Expected_Last_Subject_Sequence=None)
    with pytest.raises(Break) as broken:
        walk([*log, forged])
    assert (broken.value.sequence, broken.value.code) == (6, "expected_sequence_missing")
