"""A log that may lose or forget what was acknowledged is not written to: the service does not start on it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nats.aio.client import Client

from runtime.log import EventLog, UnsafeLog
from runtime.refusals import LogUnavailable
from runtime.settings import Settings
from yishi import DEPLOY
from yishi.nats import NatsServer, nats_server_binary
from yishi.stack import Stack, StackError

if TYPE_CHECKING:
    from tests.conftest import Spawn

EVENTS: dict[str, Any] = json.loads((DEPLOY / "streams.json").read_text("utf-8"))["EVENTS"]

WEAKER: dict[str, tuple[dict[str, Any], str]] = {
    "forgets by age": ({"max_age": 10**15}, "max_age is 1000000000000000, not 0"),
    "forgets by number": ({"max_msgs": 1000}, "max_msgs is 1000, not -1"),
    "forgets by size": ({"max_bytes": 10**9}, "max_bytes is 1000000000, not -1"),
    "forgets within an aggregate": ({"max_msgs_per_subject": 1}, "max_msgs_per_subject is 1, not -1"),
    "lets events be deleted": ({"deny_delete": False}, "deny_delete is False, not True"),
    "lets events be purged": ({"deny_purge": False}, "deny_purge is False, not True"),
    "is compressed": ({"compression": "s2"}, "compression is 's2', not 'none'"),
    "is in memory": ({"storage": "memory"}, "storage is 'memory', not 'file'"),
    "is a queue": ({"retention": "workqueue"}, "retention is 'workqueue', not 'limits'"),
    "lets events expire one by one": ({"allow_msg_ttl": True}, "allow_msg_ttl is True, not False"),
    "lets an event replace all others": (
        {"allow_rollup_hdrs": True, "deny_purge": False},
        "allow_rollup_hdrs is True, not False",
    ),
    "acknowledges nothing": ({"no_ack": True}, "no_ack is True, not False"),
    "is flushed when it likes": ({"persist_mode": "async", "allow_atomic": False}, "persist_mode is 'async'"),
    "hears other subjects": ({"subjects": ["evt.>", "other"]}, "subjects is ['evt.>', 'other'], not ['evt.>']"),
}


def _settings(stack: Stack, server: NatsServer) -> Settings:
    values = {key.removeprefix("YISHI_").lower(): value for key, value in stack.environment("members").items()}
    password = server.passwords.nats["members"]
    own = {"nats_url": server.url, "nats_monitor_url": server.monitor_url, "nats_password": password}
    return Settings.model_validate(values | own)


async def _ask(client: Client, subject: str, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((await client.request(subject, json.dumps(body).encode(), timeout=5)).data)
    assert "error" not in answer, answer
    return answer


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NatsServer]:
    """A log server whose stream each test makes in its own way."""
    server = NatsServer(tmp_path_factory.mktemp("weak"))
    await server.process.start()
    yield server
    await server.stop()


@pytest.mark.parametrize("weakness", WEAKER)
async def test_a_log_that_is_weaker_than_it_must_be_is_refused_by_name(
    stack: Stack, server: NatsServer, weakness: str
) -> None:
    changes, said = WEAKER[weakness]
    client = await server.connect("operator")
    await _ask(client, "$JS.API.STREAM.CREATE.EVENTS", EVENTS | changes)
    log = EventLog(_settings(stack, server), "test")
    try:
        with pytest.raises(UnsafeLog) as refused:
            await log.connect()
        assert said in str(refused.value)
    finally:
        await log.close()
        await _ask(client, "$JS.API.STREAM.DELETE.EVENTS", {})
        await client.close()


async def test_a_server_without_the_stream_is_no_log(stack: Stack, server: NatsServer) -> None:
    log = EventLog(_settings(stack, server), "test")
    with pytest.raises(LogUnavailable, match="stream not found"):
        await log.connect()
    await log.close()


async def test_on_a_log_that_does_not_sync_always_a_service_exits_3_with_a_sentence(
    stack: Stack, tmp_path: Path, spawn: "Spawn"
) -> None:
    server = NatsServer(tmp_path)
    config = tmp_path / "nats.conf"
    text = (DEPLOY / "nats.conf").read_text("utf-8")
    assert text.count("sync_interval: always") == 1
    config.write_text(text.replace("sync_interval: always", 'sync_interval: "2m"'), "utf-8")
    server.process.command = [str(nats_server_binary()), "-c", str(config)]
    await server.start()
    settings = _settings(stack, server)
    own: dict[str, Any] = {
        "nats_url": settings.nats_url,
        "nats_monitor_url": settings.nats_monitor_url,
        "nats_password": settings.nats_password.get_secret_value(),
    }
    with pytest.raises(StackError, match="退出码 3") as ended:
        async with spawn("members", **own):
            pass
    assert '"reason": "sync_interval is not always", "event": "service.refused_to_start"' in str(ended.value)
    await server.stop()
