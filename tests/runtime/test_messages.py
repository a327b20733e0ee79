"""What a stored message must look like before anybody believes it."""

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from contracts.envelope import digest_of
from runtime.batch import fold_batch
from runtime.feed import Feed
from runtime.held import HeldCache
from runtime.messages import MessageRejected, Recorded, read
from runtime.parking import Parking, subject_of
from runtime.reasons import reason_of
from services.members.unit_http import UNIT

if TYPE_CHECKING:
    from tests.conftest import Running
    from tests.runtime.conftest import Establish, Write


def test_an_honest_message_is_read_and_its_hash_is_over_the_exact_bytes(write: "Write") -> None:
    subject, raw, headers = write("u1")
    message = Recorded(2**40, subject, raw, headers)
    assert (read(message).data.name, message.hash) == ("规划办", digest_of(raw))


def test_a_header_counts_only_as_the_server_reads_it_letter_by_letter(write: "Write") -> None:
    subject, raw, headers = write("u1")
    with pytest.raises(MessageRejected, match="no Nats-Expected-Last-Subject-Sequence header"):
        read(Recorded(1, subject, raw, {name.lower(): value for name, value in headers.items()}))


def test_what_is_said_of_a_rejected_message_does_not_repeat_its_text(write: "Write") -> None:
    subject, raw, headers = write("u1")
    body = json.loads(raw) | {"data": {"name": "电话13800000000", "from_on": "秘密"}}
    with pytest.raises(MessageRejected) as rejected:
        read(Recorded(1, subject, json.dumps(body).encode(), headers))
    assert "13800000000" not in str(rejected.value)
    assert "秘密" not in str(rejected.value)
    assert "data.name" in str(rejected.value)


def test_a_reason_is_bounded_and_holds_nothing_that_postgresql_refuses() -> None:
    reason = reason_of(ValueError("a\0b\ud800" + "长" * 5000))
    assert reason.startswith("ValueError: a␀b?")
    assert len(reason) == 2000


def test_a_subject_that_is_not_ours_has_an_address_that_can_be_kept_and_named_again() -> None:
    for subject in ("evt.x", "evt." + "x" * 4000, "evt.430000.members.unit.a.b", ""):
        address = subject_of(subject)
        assert (address, address.county) == (subject_of(address.subject), "000000")


def test_sequences_beyond_32_bits_are_folded_like_any_other(write: "Write") -> None:
    messages = [Recorded(2**40 + i, *write(str(uuid4()))) for i in range(3)]
    batch = fold_batch(HeldCache((UNIT,)), Parking("members"), messages)
    assert [held.sequence for held in batch.held.values()] == [2**40, 2**40 + 1, 2**40 + 2]
    assert batch.newly_parked == []


async def test_the_feed_and_the_leader_give_the_same_message(members: "Running", establish: "Establish") -> None:
    unit = await establish(members.person())
    log = members.process.log
    tail = await log.tail(f"evt.{members.county}.members.unit.{unit}")
    assert tail is not None
    async with Feed(log, tail.sequence) as feed:
        [fed] = await feed.batch(1, 5)
    assert (fed.sequence, fed.subject, fed.raw, dict(fed.headers)) == (
        tail.sequence,
        tail.subject,
        tail.raw,
        dict(tail.headers),
    )
    assert read(fed) == read(tail)
