"""The doctor finds what is wrong with a log: its configuration, its streams, the rights of its users, its gaps."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from tests.yishi.doctor.looking import look, up_to_date, wrong_of
from yishi import DEPLOY
from yishi.nats import NatsServer, nats_server_binary
from yishi.target import Target

if TYPE_CHECKING:
    from tests.conftest import Eventually, Running


@pytest.fixture
async def weak(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """A log server whose configuration has been changed."""
    server = NatsServer(tmp_path)

    async def start(*changes: tuple[str, str]) -> NatsServer:
        text = (DEPLOY / "nats.conf").read_text("utf-8")
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        config = tmp_path / "nats.conf"
        config.write_text(text, "utf-8")
        server.process.command = [str(nats_server_binary()), "-c", str(config)]
        await server.process.start()
        return server

    yield start
    await server.stop()


async def test_a_weak_log_with_wrong_settings_missing_buckets_and_wrong_rights_is_found(
    target: Target, weak: Callable[..., Any], running: dict[str, "Running"], eventually: "Eventually"
) -> None:
    for number in range(3):
        unit = {"name": f"第{number}科", "from_on": "2005-01-01"}
        assert (await running["members"].person().post("/v1/units", unit)).status_code in (201, 202)
    await eventually(lambda: up_to_date(running["members"]))
    server = await weak(
        ("sync_interval: always", 'sync_interval: "2m"'),
        ('"evt.*.members.>"', '"evt.*.meetings.>"'),
        ('"evt.*.proposals.>"', '"evt.*.proposals.>", "$JS.API.STREAM.>"'),
        ('["_INBOX_notifications.>"', '[">"'),
    )
    client = await server.connect("operator")
    settings = json.loads((DEPLOY / "streams.json").read_text("utf-8"))["EVENTS"]
    weaker = {**settings, "max_age": 10**15, "deny_delete": False}
    answer = json.loads((await client.request("$JS.API.STREAM.CREATE.EVENTS", json.dumps(weaker).encode())).data)
    assert "error" not in answer
    for number in range(2):
        await client.request(f"evt.430000.members.unit.u{number}", b"{}")
    assert json.loads((await client.request("$JS.API.STREAM.MSG.DELETE.EVENTS", b'{"seq": 2}')).data)["success"]
    changed = {
        name: each.model_copy(update={"nats_password": SecretStr(server.passwords.nats[name])})
        for name, each in target.settings.items()
    }
    asked = replace(
        target, nats_url=server.url, nats_monitor_url=server.monitor_url, settings=changed, services=target.services
    )
    found = await look(asked)
    wrong = wrong_of(found)
    assert {each for each in wrong if each[0].startswith("log.")} == {
        ("log.sync", "", "fail"),
        ("log.stream", "", "fail"),
        ("log.buckets", "", "fail"),
        ("log.rights", "members", "fail"),
        ("log.rights", "proposals", "fail"),
        ("log.rights", "notifications", "fail"),
    }
    assert found["log.sync", ""].finding == "没有开启：已确认的事件断电时可能丢失"
    assert "max_age 应为 None，现为 1000000000000000" in found["log.stream", ""].finding
    assert "deny_delete 应为 True，现为 None" in found["log.stream", ""].finding
    assert "OBJ_sealed-meetings" in found["log.buckets", ""].finding
    assert "不能发布 evt.000000.members.doctor.none" in found["log.rights", "members"].finding
    assert "不应能够：evt.000000.meetings.doctor.none" in found["log.rights", "members"].finding
    for verb in ("CREATE.YISHI-DOCTOR-NONE", "UPDATE.EVENTS", "PURGE.EVENTS", "MSG.DELETE.EVENTS", "DELETE.YISHI"):
        assert f"$JS.API.STREAM.{verb}" in found["log.rights", "proposals"].finding
    assert "订阅 _INBOX_members.doctor" in found["log.rights", "notifications"].finding
    # The projections are ahead of a log which is not theirs.
    assert ("projection.lag", "members", "fail") in wrong
    assert "日志却只到 2" in found["projection.lag", "members"].finding
    # Users that may purge, delete and update were tried, and everything is as it was.
    info = json.loads((await client.request("$JS.API.STREAM.INFO.EVENTS", b"")).data)
    assert (info["state"]["messages"], info["state"]["last_seq"], info["config"]["max_age"]) == (1, 2, 10**15)
    await client.close()


async def test_an_event_that_is_missing_from_the_log_is_found(target: Target, weak: Callable[..., Any]) -> None:
    server = await weak()
    client = await server.connect("operator")
    settings = json.loads((DEPLOY / "streams.json").read_text("utf-8"))
    for name, each in settings.items():
        loose = {**each, "deny_delete": False}
        await client.request(f"$JS.API.STREAM.CREATE.{name}", json.dumps(loose).encode())
    for number in range(3):
        await client.request(f"evt.430000.members.unit.u{number}", b"{}")
    await client.request("$JS.API.STREAM.MSG.DELETE.EVENTS", b'{"seq": 2}')
    tight = json.dumps(settings["EVENTS"]).encode()
    answer = json.loads((await client.request("$JS.API.STREAM.UPDATE.EVENTS", tight)).data)
    await client.close()
    assert "error" not in answer, answer
    asked = replace(target, nats_url=server.url, nats_monitor_url=server.monitor_url, settings={}, services={})
    found = await look(asked)
    assert found["log.stream", ""].finding == "应有 3 个事件，只有 2 个（首个序号 1）"
    assert {each for each in wrong_of(found) if each[2] == "fail"} == {("log.stream", "", "fail")}
