"""Histories that were stored in atomic batches: whole or not at all, verified like any other event, and restored."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contracts.envelope import TYPE_HEADER, Address
from runtime.log import Appending, WrongExpectation
from runtime.messages import (
    BATCH_SEQUENCE_HEADER,
    EXPECTED_SEQUENCE_HEADER,
    MessageRejected,
    Recorded,
    follows_in_batch,
    read,
)
from yishi.archive import tail
from yishi.archive.reading import messages_of
from yishi.restore import restore
from yishi.target import open_log
from yishi.verification import Break, Walk

if TYPE_CHECKING:
    from tests.yishi.archive.logged import Logged


def history(logged: "Logged", name: str, events: int) -> list[Appending]:
    """Give the first events of a unit as one batch stores them."""
    made = [logged.honest.unit(name) for _ in range(events)]
    return [
        Appending(Address.parse(subject), headers[TYPE_HEADER], raw, None if place else 0)
        for place, (subject, raw, headers) in enumerate(made)
    ]


async def held(logged: "Logged") -> list[Recorded]:
    async with open_log(logged.target) as (log, _):
        return [message async for message in messages_of(log, 1, await log.last_sequence())]


@pytest.fixture
async def messages(logged: "Logged") -> list[Recorded]:
    """A plain event, a unit's three in a batch, and a plain event that follows them."""
    await logged.grow(1)
    async with open_log(logged.target) as (log, _):
        assert await log.append_batch(history(logged, "u8", 3)) == 4
    await logged.publish(logged.honest.unit("u8"))
    return await held(logged)


def walk(found: list[Recorded]) -> Walk:
    walked = Walk()
    for message in found:
        walked.step(message)
    return walked


async def test_a_batch_is_stored_behind_one_expectation_and_verified_like_any_other(messages: list[Recorded]) -> None:
    assert [message.headers.get(EXPECTED_SEQUENCE_HEADER) for message in messages] == ["0", "0", None, None, "4"]
    assert [read(message).version for message in messages] == [1, 1, 2, 3, 4]
    walked = walk(messages)
    assert (walked.sequence, walked.aggregates) == (5, 2)


async def test_a_batch_whose_expectation_is_wrong_stores_nothing(logged: "Logged") -> None:
    await logged.grow(1)
    async with open_log(logged.target) as (log, _):
        other = history(logged, "u9", 2)
        taken = Appending(Address.parse("evt.430000.members.unit.u0"), other[0].type, other[0].raw, 0)
        with pytest.raises(WrongExpectation):
            await log.append_batch([*other, taken])
        assert await log.last_sequence() == 1
        assert await log.append_batch(other) == 3


async def test_an_event_of_a_batch_that_does_not_stand_behind_its_predecessor_is_noticed(
    messages: list[Recorded],
) -> None:
    first, *batch, _ = messages
    moved = [first, batch[0], replace(first, sequence=3), replace(batch[1], sequence=4)]
    with pytest.raises(Break) as broken:
        walk([*moved[:2], moved[3]])
    assert broken.value.code == "sequence_gap"
    loose = Walk(contiguous=False)
    loose.step(batch[0])
    with pytest.raises(Break) as broken:
        loose.step(replace(batch[1], sequence=9))
    assert (broken.value.sequence, broken.value.code) == (9, "expected_sequence_missing")


async def test_only_a_later_place_in_a_batch_stands_for_an_expectation(messages: list[Recorded]) -> None:
    batched = messages[2]
    assert follows_in_batch(batched.headers)
    for place in ("1", "0", "x", "²"):
        headers = {**batched.headers, BATCH_SEQUENCE_HEADER: place}
        assert not follows_in_batch(headers)
        with pytest.raises(MessageRejected):
            read(replace(batched, headers=headers))


async def test_batches_are_restored_with_the_same_sequences_headers_and_bytes(
    logged: "Logged", folder: Path, messages: list[Recorded]
) -> None:
    assert await tail.run(logged.target, folder, once=True, port=None) == 0
    await logged.move_store_away()
    done = await restore(logged.target, folder)
    assert (done.sequence, done.written) == (5, 5)
    assert [(m.sequence, m.subject, m.raw, dict(m.headers)) for m in await held(logged)] == [
        (m.sequence, m.subject, m.raw, dict(m.headers)) for m in messages
    ]


async def test_whole_aggregates_behind_each_other_in_one_batch_are_verified_alone_and_restored_together(
    logged: "Logged", folder: Path
) -> None:
    await logged.grow(1)
    several = [*history(logged, "u7", 2), *history(logged, "u8", 3), *history(logged, "u9", 1)]
    async with open_log(logged.target) as (log, _):
        assert await log.append_batch(several) == 7
    await logged.publish(logged.honest.unit("u8"))
    stored = await held(logged)
    expected = [message.headers.get(EXPECTED_SEQUENCE_HEADER) for message in stored]
    assert expected == ["0", "0", None, "0", None, None, "0", "6"]
    assert walk(stored).aggregates == 4
    alone = Walk(contiguous=False)
    for message in stored:
        if message.subject.endswith(".u8"):
            alone.step(message)
    assert alone.aggregates == 1

    assert await tail.run(logged.target, folder, once=True, port=None) == 0
    await logged.move_store_away()
    assert (await restore(logged.target, folder)).written == 8
    assert [(m.sequence, m.subject, m.raw, dict(m.headers)) for m in await held(logged)] == [
        (m.sequence, m.subject, m.raw, dict(m.headers)) for m in stored
    ]
