"""What a service may do on the log's server, and what it may not."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from nats.aio.client import Client
from nats.js.errors import ObjectNotFoundError

from yishi import SERVICES
from yishi.stack import Stack

DURABLE = "proposals-reactions"
REACTING = ("proposals", "notifications")
OTHER_USERS = ("auditor", *SERVICES)
READING = {
    *("$JS.API.STREAM.INFO.EVENTS", "$JS.API.STREAM.MSG.GET.EVENTS"),
    *("$JS.API.CONSUMER.CREATE.EVENTS.feed-1", "$JS.API.CONSUMER.MSG.NEXT.EVENTS.feed-1"),
}
PHOTOS_READ = {
    *("$JS.API.STREAM.NAMES", "$JS.API.STREAM.INFO.OBJ_sealed-meetings", "$JS.FC.OBJ_sealed-meetings.x"),
    *("$JS.API.STREAM.MSG.GET.OBJ_sealed-meetings", "$JS.API.CONSUMER.CREATE.OBJ_sealed-meetings"),
}
PHOTOS_WRITTEN = {
    *("$O.sealed-meetings.C.x", "$O.sealed-meetings.M.x", "$JS.API.STREAM.PURGE.OBJ_sealed-meetings"),
}
NOBODYS = {
    *("$JS.API.STREAM.CREATE.EVENTS", "$JS.API.STREAM.UPDATE.EVENTS", "$JS.API.STREAM.DELETE.EVENTS"),
    *("$JS.API.STREAM.PURGE.EVENTS", "$JS.API.STREAM.MSG.DELETE.EVENTS", "$JS.API.STREAM.SNAPSHOT.EVENTS"),
    *("$JS.API.STREAM.RESTORE.EVENTS", "$JS.API.STREAM.CREATE.OTHER", "$JS.API.STREAM.PEER.REMOVE.EVENTS"),
    *("$JS.API.STREAM.DELETE.OBJ_sealed-meetings", "$JS.API.STREAM.UPDATE.OBJ_sealed-meetings"),
    *("$JS.API.STREAM.MSG.DELETE.OBJ_sealed-meetings", "$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE"),
    *("$JS.API.CONSUMER.DELETE.EVENTS.feed-1", "$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.mine"),
    *("$JS.API.CONSUMER.PAUSE.EVENTS.proposals-reactions", "$JS.API.CONSUMER.CREATE.EVENTS.mine.evt.x"),
    *("evt.430000.somebody.thing.1", "_INBOX_operator.x", "$SYS.REQ.SERVER.PING", "anything"),
}


def _own(service: str) -> set[str]:
    return {f"evt.430000.{service}.thing.1", f"position.{service}.{service}_v1"}


def _reactions(service: str) -> set[str]:
    consumer = f"EVENTS.{service}-reactions"
    api = {f"$JS.API.CONSUMER.{verb}.{consumer}" for verb in ("CREATE", "INFO", "MSG.NEXT")}
    return {*api, f"$JS.ACK.{consumer}.1.1.1.1.0"}


MAY = {
    "auditor": READING | PHOTOS_READ,
    "members": READING | _own("members"),
    "proposals": READING | _own("proposals") | _reactions("proposals"),
    "meetings": READING | _own("meetings") | PHOTOS_READ | PHOTOS_WRITTEN,
    "notifications": READING | _own("notifications") | _reactions("notifications"),
}
"""What each user may publish; all of it together, and what nobody may, is tried by everybody."""
EVERYTHING = set().union(
    *MAY.values(), NOBODYS, *({f"$JS.API.CONSUMER.DELETE.EVENTS.{s}-reactions"} for s in REACTING)
)


class Session:
    """A connection as one user, with the errors that the server reported on it."""

    def __init__(self, client: Client, errors: list[str]) -> None:
        self.client = client
        self.errors = errors

    async def violations(self, expected: int) -> set[str]:
        """Give what the server refused, once as much as expected is there: reports come within 5 s."""
        deadline = time.monotonic() + 5
        while len(set(self.errors)) < expected and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        await self.client.flush(timeout=5)
        return {found[0] for error in self.errors if (found := re.search(r'(publish|subscription) to ".*?"', error))}


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


@pytest.mark.parametrize("user", OTHER_USERS)
async def test_a_user_publishes_what_it_needs_and_nothing_else(servers: Stack, user: str) -> None:
    session = await _session(servers, user)
    for subject in EVERYTHING:
        await session.client.publish(subject, b"no JSON", reply=session.client.new_inbox())
    refused = {f'publish to "{subject}"'.lower() for subject in EVERYTHING - MAY[user]}
    assert await session.violations(len(refused)) == refused
    await session.client.close()


@pytest.mark.parametrize("user", OTHER_USERS)
async def test_a_user_hears_its_own_inbox_and_its_own_position_only(servers: Stack, user: str) -> None:
    session = await _session(servers, user)
    places = ["evt.>", "position.>", ">", "$JS.>", "$O.>", "_INBOX.>", "_INBOX_operator.>"]
    places += [place for other in OTHER_USERS for place in (f"_INBOX_{other}.>", f"position.{other}.>")]
    for place in places:
        await session.client.subscribe(place)
    own = {f"_INBOX_{user}.>"} | ({f"position.{user}.>"} if user in SERVICES else set())
    refused = {f'subscription to "{place}"'.lower() for place in set(places) - own}
    assert await session.violations(len(refused)) == refused
    await session.client.close()


async def test_a_service_reacts_through_its_own_durable_consumer(servers: Stack, proposals: Session) -> None:
    js = proposals.client.jetstream()
    sent = await js.publish("evt.430000.proposals.thing.followed", b"{}", timeout=5)
    config = {
        "durable_name": DURABLE,
        "ack_policy": "explicit",
        "filter_subjects": ["evt.*.proposals.thing.followed"],
    }
    request = json.dumps({"stream_name": "EVENTS", "config": config}).encode()
    await proposals.client.request(f"$JS.API.CONSUMER.CREATE.EVENTS.{DURABLE}", request, timeout=5)
    subscription = await js.pull_subscribe_bind(DURABLE, "EVENTS")
    (message,) = await subscription.fetch(1, timeout=5)
    await message.ack_sync(timeout=5)
    assert message.metadata.sequence.stream == sent.seq
    assert (await js.consumer_info("EVENTS", DURABLE)).num_ack_pending == 0
    assert proposals.errors == []
    operator = await servers.nats.connect("operator")
    assert await operator.jetstream().delete_consumer("EVENTS", DURABLE)
    await operator.close()


async def test_a_position_reaches_the_services_other_processes(servers: Stack, proposals: Session) -> None:
    replica = await _session(servers, "proposals")
    heard = await replica.client.subscribe("position.proposals.v1")
    await replica.client.flush(timeout=5)
    await proposals.client.publish("position.proposals.v1", b"7")
    assert (await heard.next_msg(timeout=5)).data == b"7"
    await replica.client.close()


async def test_meetings_keeps_its_photos_and_the_auditor_reads_them(servers: Stack) -> None:
    session, auditor = await _session(servers, "meetings"), await _session(servers, "auditor")
    store = await session.client.jetstream().object_store("sealed-meetings")
    copies = await auditor.client.jetstream().object_store("sealed-meetings")
    first, second = b"a" * 3_000_000, b"b" * 10
    for content in (first, second):
        await store.put("file", content)
        assert (await store.get("file")).data == content
        assert (await copies.get("file")).data == content
    await store.delete("file")
    with pytest.raises(ObjectNotFoundError):
        await copies.get("file")
    assert session.errors == []
    assert auditor.errors == []
    await session.client.close()
    await auditor.client.close()


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
