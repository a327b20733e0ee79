"""What a service may do on the log's server, and what it may not."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig

from yishi import SEALING_SERVICES, SERVICES
from yishi.stack import Stack

OTHERS_SUBJECTS = [
    "evt.430000.meetings.topic.1",
    "position.meetings.v1",
    "$O.sealed-meetings.C.x",
    "anything",
]
STREAM_CHANGES = [
    *("$JS.API.STREAM.CREATE.EVENTS", "$JS.API.STREAM.UPDATE.EVENTS", "$JS.API.STREAM.DELETE.EVENTS"),
    *("$JS.API.STREAM.PURGE.EVENTS", "$JS.API.STREAM.MSG.DELETE.EVENTS", "$JS.API.STREAM.SNAPSHOT.EVENTS"),
    *("$JS.API.STREAM.RESTORE.EVENTS", "$JS.API.STREAM.CREATE.OTHER", "$JS.API.STREAM.PEER.REMOVE.EVENTS"),
    *("$JS.API.STREAM.PURGE.OBJ_sealed-meetings", "$JS.API.STREAM.DELETE.OBJ_sealed-proposals"),
]


class Session:
    """A connection as one user, with the errors that the server reported on it."""

    def __init__(self, client: Client, errors: list[str]) -> None:
        self.client = client
        self.errors = errors

    async def refused(self, subject: str, payload: bytes = b"{}") -> bool:
        """Publish and say whether the server reports a violation, which may come after a flush, within 5 s."""
        await self.client.publish(subject, payload, reply=self.client.new_inbox())
        return await self.reported(f'publish to "{subject}"'.lower())

    async def reported(self, words: str) -> bool:
        deadline = time.monotonic() + 5
        while not any(words in error for error in self.errors) and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        return any(words in error for error in self.errors)


@pytest.fixture
async def proposals(servers: Stack) -> AsyncIterator[Session]:
    session = await _session(servers, "proposals")
    yield session
    await session.client.close()


async def _session(servers: Stack, user: str) -> Session:
    errors: list[str] = []

    async def note(error: Exception) -> None:
        errors.append(repr(error).lower())

    return Session(await servers.nats.connect(user, error_cb=note), errors)


async def _config(servers: Stack, stream: str) -> dict[str, Any]:
    client = await servers.nats.connect("operator")
    answer = await client.request(f"$JS.API.STREAM.INFO.{stream}", timeout=5)
    await client.close()
    config: dict[str, Any] = json.loads(answer.data)["config"]
    return config


async def test_an_acknowledged_event_is_on_the_disk(servers: Stack) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = (await client.get(f"{servers.nats.monitor_url}/jsz?config=1", timeout=5)).json()
    assert answer["config"]["sync_always"] is True


async def test_the_log_cannot_be_shortened(servers: Stack) -> None:
    config = await _config(servers, "EVENTS")
    settings = (
        "subjects",
        "storage",
        "retention",
        "deny_delete",
        "deny_purge",
        "allow_direct",
        "allow_atomic",
    )
    assert [config[name] for name in settings] == [["evt.>"], "file", "limits", True, True, True, True]
    limits = ("max_msgs", "max_bytes", "max_age", "max_msgs_per_subject", "max_msg_size", "compression")
    assert [config[name] for name in limits] == [-1, -1, 0, -1, -1, "none"]
    assert not config["allow_rollup_hdrs"]
    assert not config["allow_msg_ttl"]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_appends_to_its_own_subjects(servers: Stack, service: str) -> None:
    session = await _session(servers, service)
    subject = f"evt.430000.{service}.thing.{service}"
    headers = {"Nats-Expected-Last-Subject-Sequence": "0"}
    acknowledgement = await session.client.jetstream().publish(subject, b"{}", headers=headers, timeout=5)
    stored = await session.client.jetstream().get_msg("EVENTS", acknowledgement.seq)
    assert stored.subject == subject
    assert session.errors == []
    await session.client.close()


@pytest.mark.parametrize("subject", OTHERS_SUBJECTS)
async def test_a_service_writes_to_nobody_elses_subjects(proposals: Session, subject: str) -> None:
    assert await proposals.refused(subject)


@pytest.mark.parametrize("subject", STREAM_CHANGES)
async def test_a_service_cannot_change_the_log(proposals: Session, subject: str) -> None:
    assert await proposals.refused(subject)


async def test_a_service_hears_only_its_own_inbox(proposals: Session) -> None:
    await proposals.client.subscribe("_INBOX_meetings.>")
    await proposals.client.subscribe("evt.>")
    assert await proposals.reported('subscription to "_inbox_meetings.>"')
    assert await proposals.reported('subscription to "evt.>"')


async def test_a_service_follows_the_log_with_a_durable_consumer(servers: Stack, proposals: Session) -> None:
    js = proposals.client.jetstream()
    sent = await js.publish("evt.430000.proposals.thing.followed", b"{}", timeout=5)
    config = ConsumerConfig(durable_name="proposals-test", filter_subject="evt.*.proposals.thing.followed")
    await js.add_consumer("EVENTS", config)
    subscription = await js.pull_subscribe_bind("proposals-test", "EVENTS")
    (message,) = await subscription.fetch(1, timeout=5)
    await message.ack_sync(timeout=5)
    assert message.metadata.sequence.stream == sent.seq
    assert (await js.consumer_info("EVENTS", "proposals-test")).num_ack_pending == 0
    assert await js.delete_consumer("EVENTS", "proposals-test")
    direct = await js.get_last_msg("EVENTS", "evt.430000.proposals.thing.followed", direct=True)
    assert direct.seq == sent.seq
    assert proposals.errors == []


async def test_a_position_reaches_the_other_services(servers: Stack, proposals: Session) -> None:
    meetings = await _session(servers, "meetings")
    heard = await meetings.client.subscribe("position.>")
    await meetings.client.flush(timeout=5)
    await proposals.client.publish("position.proposals.v1", b"7")
    assert (await heard.next_msg(timeout=5)).data == b"7"
    await meetings.client.close()


@pytest.mark.parametrize("service", SEALING_SERVICES)
async def test_a_service_keeps_files_in_its_own_bucket(servers: Stack, service: str) -> None:
    session = await _session(servers, service)
    store = await session.client.jetstream().object_store(f"sealed-{service}")
    first, second = b"a" * 300_000, b"b" * 10
    await store.put("file", first)
    assert (await store.get("file")).data == first
    await store.put("file", second)
    assert (await store.get("file")).data == second
    assert session.errors == []
    await session.client.close()


async def test_a_killed_server_keeps_every_acknowledged_event(stack: Stack) -> None:
    await stack.start()
    client = await stack.nats.connect("members")
    for number in range(20):
        await client.jetstream().publish(f"evt.430000.members.member.{number}", b"{}", timeout=5)
    await stack.nats.kill()
    assert not stack.nats.process.running
    await stack.nats.start()
    operator = await stack.nats.connect("operator")
    info = await operator.jetstream().stream_info("EVENTS")
    assert info.state.messages == 20
    again = await client.jetstream().publish("evt.430000.members.member.20", b"{}", timeout=20)
    assert again.seq == 21
    await operator.close()
    await client.close()
