"""The doctor finds what is wrong with a real deployment, names it by its code, and harms nothing by looking."""

import asyncio
import json
import os
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
from pydantic import SecretStr

from contracts.clocks import CalendarUse, Clock, ClockChanges, Proof, clock_id
from contracts.envelope import Address, Envelope
from contracts.proposals import ProposalClosed
from runtime.log import EventLog
from tests.yishi.doctor.looking import execute, look, up_to_date, wrong_of
from yishi import CHECKOUT, SERVICES
from yishi.stack import Stack
from yishi.target import Target

if TYPE_CHECKING:
    from tests.conftest import Eventually, Running

UNIT = {"name": "规划办", "from_on": "2005-01-01"}


async def test_a_sound_deployment_has_nothing_wrong_and_nothing_is_changed_by_looking(
    target: Target, running: dict[str, "Running"], eventually: "Eventually"
) -> None:
    log = running["members"].process.log
    assert (await running["members"].person().post("/v1/units", UNIT)).status_code in (201, 202)
    before = await log.request("$JS.API.STREAM.INFO.EVENTS", {})
    found = await look(target)
    assert wrong_of(found) == set(), [check for check in found.values() if check.status != "ok"]
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
    await execute(target, "members", parked)
    await execute(target, "members", f"UPDATE {members.schema.name}.meta SET ddl_digest = 'sha256:other'")
    refused = (
        "INSERT INTO operations.refused_reactions (event_id, reaction, sequence, subject, code, detail)"
        f" VALUES ('{uuid4()}', 'note_meeting', 1, 's', 'proposal.closed', '')"
    )
    deferred = "INSERT INTO operations.deferred_reactions (sequence, subject) VALUES (1, 's')"
    await execute(target, "meetings", refused)
    await execute(target, "meetings", deferred)
    await _open_a_provisional_clock(running["proposals"].process.log)
    await eventually(lambda: up_to_date(running["notifications"]))
    await eventually(lambda: up_to_date(running["proposals"]))
    try:
        found = await look(target)
        assert wrong_of(found) == {
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
        await execute(target, "members", f"DELETE FROM {members.schema.name}.parked")
        await execute(target, "proposals", f"DELETE FROM {running['proposals'].process.schema.name}.parked")
        await execute(
            target, "members", f"UPDATE {members.schema.name}.meta SET ddl_digest = '{members.schema.digest}'"
        )
        await execute(target, "meetings", "TRUNCATE operations.refused_reactions, operations.deferred_reactions")
        await execute(target, "notifications", f"UPDATE {notifications.schema.name}.clocks SET provisional = false")


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
        found = await look(replace(target, settings=settings))
    finally:
        await admin.execute("ALTER ROLE members_http NOBYPASSRLS")
        await admin.close()
    assert ("database.rights", "members", "fail") in wrong_of(found)
    assert found["database.rights", "members"].finding == "查询角色不受行级安全约束"
    assert ("log.rights", "meetings", "fail") in wrong_of(found)
    assert found["log.rights", "meetings"].finding.startswith("无法以 meetings 登录")


async def test_a_service_that_is_down_and_its_projection_that_stands_still_are_found(
    target: Target, running: dict[str, "Running"], eventually: "Eventually"
) -> None:
    stopped = running["meetings"].process.projector
    await stopped.stop()
    try:
        assert (await running["members"].person().post("/v1/units", UNIT)).status_code in (201, 202)
        await eventually(lambda: up_to_date(running["proposals"]))
        away = {name: url for name, url in target.services.items() if name not in ("proposals", "notifications")}
        found = await look(replace(target, services={**away, "proposals": "http://127.0.0.1:9"}))
        assert wrong_of(found) == {
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
        assert ("service.alive", "meetings", "fail") in wrong_of(await look(without)), "without any database"
    finally:
        stopped.start()
        await eventually(lambda: up_to_date(running["meetings"]))


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
        found = await look(target)
        wrong = {each for each in wrong_of(found) if each[0] != "service.alive"}
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
