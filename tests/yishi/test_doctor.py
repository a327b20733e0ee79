"""The doctor finds what is wrong with a real deployment, names it by its code, and harms nothing by looking."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr

from contracts.clocks import CalendarUse, Clock, ClockChanges, Proof, clock_id
from contracts.envelope import Address, Envelope
from contracts.proposals import ProposalClosed
from runtime.log import EventLog
from tests.conftest import serving
from yishi import CHECKOUT, DEPLOY, SERVICES
from yishi.doctor.check import Check, check_skew, check_version, release
from yishi.doctor.machine import check_archive, judge_disk, unmet
from yishi.doctor.run import examine
from yishi.nats import NatsServer, nats_server_binary
from yishi.stack import Stack
from yishi.target import Target, find_target

if TYPE_CHECKING:
    from tests.conftest import Eventually, Running

Found = dict[tuple[str, str], Check]
UNIT = {"name": "规划办", "from_on": "2005-01-01"}


@pytest.fixture(scope="module")
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Servers of this module: their databases get broken and mended."""
    stack = Stack(tmp_path_factory.mktemp("doctor"), services=[])
    await stack.start()
    yield stack
    await stack.remove()


@pytest.fixture(scope="module")
async def running(alone: Stack) -> AsyncIterator[dict[str, "Running"]]:
    """All four services, in this process."""
    async with AsyncExitStack() as services:
        yield {
            name: await services.enter_async_context(
                serving(alone, import_module(f"services.{name}.main").SERVICE, "430000", own_projection_wait=0.05)
            )
            for name in SERVICES
        }


@pytest.fixture
def target(alone: Stack, running: dict[str, "Running"]) -> Target:
    """The deployment, as `yishi doctor` sees it."""
    return replace(find_target(alone.home), services={name: service.url for name, service in running.items()})


async def _examine(target: Target, archive: Path | None = None) -> Found:
    found = {(check.code, check.about): check for check in await examine(target, archive)}
    # How full this machine's disk is, is not for a test to say.
    return {key: check for key, check in found.items() if key[0] != "machine.disk"}


def _wrong(found: Found) -> set[tuple[str, str, str]]:
    return {(code, about, check.status) for (code, about), check in found.items() if check.status != "ok"}


async def _execute(target: Target, service: str, statement: str) -> None:
    db = await asyncpg.connect(target.settings[service].database_url.get_secret_value())
    try:
        await db.execute(statement)
    finally:
        await db.close()


async def test_a_sound_deployment_has_nothing_wrong_and_nothing_is_changed_by_looking(
    target: Target, running: dict[str, "Running"], eventually: "Eventually"
) -> None:
    log = running["members"].process.log
    assert (await running["members"].person().post("/v1/units", UNIT)).status_code in (201, 202)
    before = await log.request("$JS.API.STREAM.INFO.EVENTS", {})
    found = await _examine(target)
    assert _wrong(found) == set(), [check for check in found.values() if check.status != "ok"]
    each = ("log.rights", "service.alive", "service.ready", "projection.lag", "projection.parked")
    bases = ("database.version", "database.clock", "database.schema", "database.rights")
    assert set(found) == {
        *(("log." + what, "") for what in ("sync", "stream", "buckets", "room", "version", "clock")),
        *((code, service) for code in (*each, *bases) for service in SERVICES),
        ("calendars.missing", "notifications"),
        ("machine.python", ""),
        ("machine.packages", ""),
    }
    after = await log.request("$JS.API.STREAM.INFO.EVENTS", {})
    assert (after["state"], after["config"]) == (before["state"], before["config"])
    for service in running.values():
        assert (await service.ready())["ready"]


async def test_what_waits_in_a_database_is_found(
    target: Target, running: dict[str, "Running"], eventually: "Eventually"
) -> None:
    members, notifications = running["members"].process, running["notifications"].process
    parked = (
        f"INSERT INTO {members.schema.name}.parked (county, service, aggregate, id, sequence, error)"
        " VALUES ('430000', 'members', 'unit', 'u1', 1, 'version 7 after 0')"
    )
    await _execute(target, "members", parked)
    await _execute(target, "members", f"UPDATE {members.schema.name}.meta SET ddl_digest = 'sha256:other'")
    refused = (
        "INSERT INTO operations.refused_reactions (event_id, reaction, sequence, subject, code, detail)"
        f" VALUES ('{uuid4()}', 'note_meeting', 1, 's', 'proposal.closed', '')"
    )
    deferred = "INSERT INTO operations.deferred_reactions (sequence, subject) VALUES (1, 's')"
    await _execute(target, "meetings", refused)
    await _execute(target, "meetings", deferred)
    await _open_a_provisional_clock(running["proposals"].process.log)
    await eventually(lambda: _up_to_date(running["notifications"]))
    await eventually(lambda: _up_to_date(running["proposals"]))
    try:
        found = await _examine(target)
        assert _wrong(found) == {
            ("projection.parked", "members", "fail"),
            ("database.schema", "members", "fail"),
            ("reactions.refused", "meetings", "warn"),
            ("reactions.deferred", "meetings", "warn"),
            ("calendars.missing", "notifications", "warn"),
            ("projection.parked", "proposals", "fail"),
        }
        assert found["projection.parked", "members"].finding == "1 个：unit/u1：version 7 after 0"
        assert "yishi parked retry members" in found["projection.parked", "members"].advice
        assert "schema_version" in found["database.schema", "members"].advice
        assert found["reactions.refused", "meetings"].finding == "note_meeting 因 proposal.closed 1 次"
        assert found["calendars.missing", "notifications"].finding == "2031 年：1 件时限待定（430000 1 个县）"
    finally:
        await _execute(target, "members", f"DELETE FROM {members.schema.name}.parked")
        await _execute(target, "proposals", f"DELETE FROM {running['proposals'].process.schema.name}.parked")
        await _execute(
            target, "members", f"UPDATE {members.schema.name}.meta SET ddl_digest = '{members.schema.digest}'"
        )
        await _execute(target, "meetings", "TRUNCATE operations.refused_reactions, operations.deferred_reactions")
        await _execute(target, "notifications", f"UPDATE {notifications.schema.name}.clocks SET provisional = false")


async def _up_to_date(service: "Running") -> bool:
    return service.process.positions.sequence == await service.process.log.last_sequence()


async def _open_a_provisional_clock(log: EventLog) -> None:
    case = uuid4()
    proof = Proof(
        pack="henan-2017",
        pack_digest="sha256:00",
        rule="reply",
        started_by="handed_over",
        started_on=date(2030, 11, 1),
        calendars=(CalendarUse(year=2030, digest="sha256:01"), CalendarUse(year=2031)),
    )
    clock = Clock(
        id=clock_id(case, "reply", "unit:u1"),
        kind="reply",
        whom="unit:u1",
        due_on=date(2031, 2, 1),
        provisional=True,
        proof=proof,
    )
    event = ProposalClosed(closed_on=date(2030, 11, 1), clocks=ClockChanges(opened=(clock,)))
    envelope = Envelope[Any](
        id=uuid4(),
        source="urn:yishi:proposals",
        type=event.type_name(),
        subject=f"proposal/{case}",
        time=datetime.now(UTC),
        county="430000",
        actor="service:proposals",
        actorrole="service",
        commandid=uuid4(),
        commanddigest="sha256:00",
        correlationid="seed",
        version=1,
        data=event,
    )
    # For notifications any event that carries clocks will do; proposals parks the case, which was never submitted.
    address = Address("430000", "proposals", "proposal", str(case))
    await log.append(address, envelope.type, envelope.encode(), expected=0)


async def test_roles_that_may_too_much_and_passwords_that_are_wrong_are_found(target: Target, alone: Stack) -> None:
    settings = dict(target.settings)
    settings["meetings"] = settings["meetings"].model_copy(update={"nats_password": SecretStr("wrong")})
    admin = await asyncpg.connect(alone.postgres.admin_url)
    try:
        await admin.execute("ALTER ROLE members_http BYPASSRLS")
        found = await _examine(replace(target, settings=settings))
    finally:
        await admin.execute("ALTER ROLE members_http NOBYPASSRLS")
        await admin.close()
    assert ("database.rights", "members", "fail") in _wrong(found)
    assert found["database.rights", "members"].finding == "查询角色不受行级安全约束"
    assert ("log.rights", "meetings", "fail") in _wrong(found)
    assert found["log.rights", "meetings"].finding.startswith("无法以 meetings 登录")


async def test_a_service_that_is_down_and_its_projection_that_stands_still_are_found(
    target: Target, running: dict[str, "Running"], eventually: "Eventually"
) -> None:
    stopped = running["meetings"].process.projector
    await stopped.stop()
    try:
        assert (await running["members"].person().post("/v1/units", UNIT)).status_code in (201, 202)
        await eventually(lambda: _up_to_date(running["proposals"]))
        away = {name: url for name, url in target.services.items() if name not in ("proposals", "notifications")}
        found = await _examine(replace(target, services={**away, "proposals": "http://127.0.0.1:9"}))
        assert _wrong(found) == {
            ("service.reachable", "proposals", "fail"),
            ("service.reachable", "", "warn"),
            ("service.alive", "meetings", "fail"),
            ("service.ready", "meetings", "fail"),
            ("projection.lag", "meetings", "fail"),
        }
        assert found["service.reachable", ""].finding == "未查 notifications"
        assert "没有前进" in found["projection.lag", "meetings"].finding
        assert "退出码" in found["service.reachable", "proposals"].advice
        without = replace(target, settings={})
        assert ("service.alive", "meetings", "fail") in _wrong(await _examine(without)), "without any database"
    finally:
        stopped.start()
        await eventually(lambda: _up_to_date(running["meetings"]))


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
    target: Target, weak: Callable[..., Any]
) -> None:
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
    found = await _examine(asked)
    wrong = _wrong(found)
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
    found = await _examine(asked)
    assert found["log.stream", ""].finding == "应有 3 个事件，只有 2 个（首个序号 1）"
    assert {each for each in _wrong(found) if each[2] == "fail"} == {("log.stream", "", "fail")}


async def test_the_command_says_in_chinese_what_is_wrong_and_exits_1(alone: Stack, target: Target) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("YISHI_", "NATS_"))}

    async def doctor(*arguments: str, **environment: str) -> tuple[int | None, str]:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yishi", "doctor", *arguments),
            cwd=CHECKOUT,
            env={**inherited, **environment},
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            out, _ = await child.communicate()
        return child.returncode, out.decode()

    auditor = {
        "YISHI_NATS_URL": "nats://127.0.0.1:9",
        "YISHI_NATS_USER": "auditor",
        "YISHI_NATS_PASSWORD": "x",
        "YISHI_NATS_MONITOR_URL": "http://127.0.0.1:9",
    }
    (broken, text), (sound, answer) = await asyncio.gather(
        doctor(**auditor),
        doctor(
            "--json",
            **auditor | {"YISHI_NATS_URL": alone.nats.url, "YISHI_NATS_MONITOR_URL": alone.nats.monitor_url},
            **{f"YISHI_{name.upper()}_URL": url for name, url in target.services.items()},
            **{f"NATS_{name.upper()}_PASSWORD": alone.nats.passwords.nats[name] for name in SERVICES},
        ),
    )
    assert broken == 1
    assert "监控端口 http://127.0.0.1:9 没有应答" in text
    assert "→ 启动 nats-server" in text
    assert "项有误" in text
    report = json.loads(answer)
    failing = {(check["code"], check["about"]) for check in report["checks"] if check["status"] == "fail"}
    assert (sound, report["healthy"], failing) == (0, True, set()), report
    found = {(check["code"], check["about"]): check["finding"] for check in report["checks"]}
    assert found["log.rights", "proposals"] == "能写自己的事件，不能写别人的，不能改、清、删事件流"
    assert found["projection.lag", "members"] == "落后 0 个事件"


async def test_servers_that_are_away_are_named_once_by_us_and_once_by_each_service(
    target: Target, alone: Stack, running: dict[str, "Running"], eventually: "Eventually"
) -> None:
    await asyncio.gather(alone.nats.kill(), alone.postgres.kill())
    try:
        found = await _examine(target)
        wrong = {each for each in _wrong(found) if each[0] != "service.alive"}
        assert wrong == {
            ("log.reachable", "", "fail"),
            *((code, name, "fail") for code in ("database.reachable", "service.ready") for name in SERVICES),
        }
        assert "连不上事件日志" in found["service.ready", "members"].finding
        assert "连不上数据库" in found["service.ready", "members"].finding
        assert "启动 PostgreSQL" in found["service.ready", "members"].advice
    finally:
        await asyncio.gather(alone.nats.start(), alone.postgres.start())

        async def ready() -> bool:
            return all([(await service.ready())["ready"] for service in running.values()])

        await eventually(ready, 20)


def test_an_archive_is_judged_by_what_it_says_of_itself(tmp_path: Path) -> None:
    def judged(head: int | None = 100, **said: Any) -> tuple[str, str]:
        now = datetime.now(UTC)
        status = {
            "sequence": 100,
            "lag": 0,
            "problem": None,
            "files_missing": 0,
            "written_at": now.isoformat(),
        } | said
        (tmp_path / "status.json").write_text(json.dumps(status), "utf-8")
        check = check_archive(tmp_path, head)
        return check.code, check.status

    assert (check_archive(tmp_path, 1).code, check_archive(tmp_path, 1).status) == ("archive.lag", "fail")
    assert judged() == ("archive.lag", "ok")
    assert judged(head=99) == ("archive.ahead", "fail")
    assert judged(head=20_000) == ("archive.lag", "warn")
    assert judged(head=None, lag=20_000) == ("archive.lag", "warn")
    assert judged(files_missing=1) == ("archive.lag", "warn")
    assert judged(problem="磁盘已满") == ("archive.lag", "fail")
    hours_ago = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    assert judged(head=101, written_at=hours_ago) == ("archive.lag", "fail")
    assert judged(written_at=hours_ago) == ("archive.lag", "ok"), "an idle log needs no word"
    (tmp_path / "status.json").write_text("{", "utf-8")
    assert check_archive(tmp_path, 1).status == "fail"


@pytest.mark.parametrize(
    ("found", "status"),
    [("2.11.9", "fail"), ("2.12.0", "warn"), ("2.15.0-RC.1", "warn"), ("2.15.1", "ok"), ("v2.16", "ok")],
)
def test_versions_are_compared_by_their_numbers(found: str, status: str) -> None:
    assert check_version("log.version", "", found, "2.12.0", "2.15.1").status == status
    assert release("18.6 (Debian 18.6-1.pgdg12+1)") == (18, 6)


@pytest.mark.parametrize(
    ("seconds", "status", "said"),
    [(0.01, "ok", "相差 0.0 秒"), (-3, "warn", "相差 3.0 秒（落后）"), (61, "fail", "相差 61.0 秒（超前）")],
)
def test_clocks_that_differ_are_found(seconds: float, status: str, said: str) -> None:
    check = check_skew("log.clock", "", seconds)
    assert (check.status, check.finding) == (status, said)


def test_packages_and_disks_are_judged_by_their_bounds(tmp_path: Path) -> None:
    assert unmet("pytest>=8.4") is None
    assert unmet("faststream[nats,otel]>=0.7.8,<0.8") is None
    assert unmet("pytest<8") is not None
    assert unmet("no-such-package>=1") == "没有安装 no-such-package>=1"
    assert [judge_disk(tmp_path, free << 30).status for free in (0, 2, 9)] == ["fail", "warn", "ok"]
