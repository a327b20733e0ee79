"""Commands that only look: the log, its verification, tokens, services' states; none of them without a system."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from runtime.messages import Recorded
from yishi import CHECKOUT
from yishi.events import Wanted
from yishi.rebuild import load_service
from yishi.stack import Stack
from yishi.target import Target

if TYPE_CHECKING:
    from tests.yishi.cli.conftest import Establish, ReadLog, Yishi


async def test_verify_counts_what_the_log_holds_and_compares_every_projection(
    yishi: "Yishi", establish: "Establish", read_log: "ReadLog"
) -> None:
    await establish("规划办", later="规划处")
    finished = await yishi("verify", "--json", "--with-services")
    messages = await read_log()
    report = finished.document
    assert finished.code == 0
    assert report["verified"] is True
    assert report["events"] == len(messages) == sum(report["by_type"].values())
    assert report["aggregates"] == len({message.subject for message in messages})
    assert report["head"] == {"sequence": messages[-1].sequence, "hash": messages[-1].hash}
    assert report["weak"] is None
    assert {load_service(name).schema_name for name in ("members", "proposals")} <= report["positions"].keys()
    assert report["positions"][load_service("members").schema_name]["hash"] == messages[-1].hash


async def test_verify_names_a_projection_that_stands_on_another_event(
    yishi: "Yishi", establish: "Establish", target: Target
) -> None:
    await establish("规划办")
    db = await asyncpg.connect(target.settings["members"].database_url.get_secret_value())
    await db.execute("CREATE SCHEMA members_v99")
    try:
        await db.execute("CREATE TABLE members_v99.position AS SELECT 1::bigint AS sequence, 'sha256:0' AS hash")
        finished = await yishi("verify", "--with-services")
    finally:
        await db.execute("DROP SCHEMA members_v99 CASCADE")
        await db.close()
    assert finished.code == 1
    assert "序号 1，事件" in finished.out
    assert "（projection_differs）" in finished.out


async def test_events_are_filtered_by_county_case_and_type(
    yishi: "Yishi", establish: "Establish", county: str, read_log: "ReadLog"
) -> None:
    first = await establish("规划办", later="规划处")
    await establish("公路局", later="公路处")
    stored = {message.sequence: message for message in await read_log()}

    async def shown(*filters: str) -> list[str]:
        finished = await yishi("events", "--json", "--county", county, *filters)
        assert finished.code == 0
        kinds = []
        for line in finished.out.splitlines():
            document = json.loads(line)
            message = stored[document["sequence"]]
            assert line.encode().endswith(b'"event":' + message.raw + b"}"), (
                "The body is the stored one, byte by byte."
            )
            kinds.append(document["event"]["type"].split(".")[2])
        return kinds

    both = ["UnitEstablished", "UnitRenamed"]
    assert await shown() == both * 2
    assert await shown("--limit", "3") == ["UnitRenamed", *both]
    assert await shown("--case", first) == both
    assert await shown("--type", "UnitRenamed") == ["UnitRenamed"] * 2
    assert await shown("--type", "yishi.members.UnitRenamed.v1", "--case", first) == ["UnitRenamed"]
    start = next(sequence for sequence, message in stored.items() if message.subject.split(".")[1] == county)
    assert await shown("--from", str(start + 1), "--limit", "2") == ["UnitRenamed", "UnitEstablished"]


async def test_events_are_a_table_for_people(yishi: "Yishi", establish: "Establish", county: str) -> None:
    await establish("规划办")
    finished = await yishi("events", "--county", county)
    assert finished.code == 0
    assert "UnitEstablished" in finished.out
    assert "person:registrar（registrar）" in finished.out
    assert "name=规划办 from_on=2005-01-01" in finished.out


def test_the_meetings_of_a_case_belong_to_it() -> None:
    case, other = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
    meeting = Recorded(1, f"evt.430000.meetings.meeting.{other}", json.dumps({"data": {"case": case}}).encode())
    remark = Recorded(2, f"evt.430000.meetings.meeting.{other}", json.dumps({"data": {"note": case}}).encode())
    assert Wanted(case=case).match(meeting)
    assert not Wanted(case=case).match(remark)
    assert not Wanted(case=other[:-1]).match(meeting)


async def test_events_can_be_followed_until_ctrl_c(system: Stack, establish: "Establish", county: str) -> None:
    await establish("规划办")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "yishi", "events", "--follow", "--json", "--county", county),
        cwd=CHECKOUT,
        env={**os.environ, "YISHI_HOME": str(system.home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        names = [json.loads(await process.stdout.readline())["event"]["data"]["name"]]
        await establish("公路局")
        names.append(json.loads(await process.stdout.readline())["event"]["data"]["name"])
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    assert names == ["规划办", "公路局"]
    assert b"Traceback" not in err


async def test_a_token_is_printed_alone_and_verifies(yishi: "Yishi", system: Stack) -> None:
    claims = ("--subject", "person:zhang", "--county", "430000", "--role", "office", "--role", "auditor")
    finished = await yishi("token", *claims, "--unit", "u1", "--hours", "2")
    assert finished.code == 0
    keys = KeySet.import_key_set(json.loads(system.keys.jwks_file.read_text("utf-8")))
    told = jwt.decode(finished.out.strip(), keys, algorithms=["Ed25519"]).claims
    assert (told["sub"], told["county"], told["roles"]) == ("person:zhang", "430000", ["office", "auditor"])
    assert told["unit"] == "u1"
    assert told["exp"] - told["iat"] == 7200
    headed = await yishi("token", *claims, "--header")
    assert headed.out.startswith("Authorization: Bearer ey")


async def test_a_county_is_six_digits(yishi: "Yishi") -> None:
    finished = await yishi("token", "--subject", "person:zhang", "--county", "4300", "--role", "office")
    assert finished.code == 2
    assert "县级代码应为六位数字" in finished.err


async def test_status_says_how_far_each_service_is(yishi: "Yishi") -> None:
    finished = await yishi("status", "--json")
    assert finished.code == 0
    assert {name: report["ready"] for name, report in finished.document.items()} == {
        "members": True,
        "proposals": True,
    }


async def test_nothing_is_parked_in_a_healthy_system(yishi: "Yishi") -> None:
    finished = await yishi("parked", "list")
    assert (finished.code, finished.out.strip()) == (0, "没有被搁置的聚合。")


async def test_a_system_elsewhere_is_named_by_settings(system: Stack, tmp_path: Path) -> None:
    settings = {
        "YISHI_HOME": str(tmp_path / "nowhere"),
        "YISHI_NATS_URL": system.nats.url,
        "YISHI_NATS_MONITOR_URL": system.nats.monitor_url,
        "YISHI_NATS_USER": "operator",
        "YISHI_NATS_PASSWORD": system.nats.passwords.nats["operator"],
    }

    async def run(command: str, *, without: str = "") -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yishi", command),
            cwd=CHECKOUT,
            env={**os.environ, **{name: value for name, value in settings.items() if name != without}},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        return process.returncode, out.decode()

    made, verified, incomplete = await asyncio.gather(
        run("streams"), run("verify"), run("verify", without="YISHI_NATS_MONITOR_URL")
    )
    assert made == (0, "事件日志的流已就绪。\n")
    assert verified[0] == 0
    assert "核对通过" in verified[1]
    assert incomplete == (2, "设置不全：缺少 YISHI_NATS_MONITOR_URL。\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("events",),
        ("verify", "--json"),
        ("rebuild", "members"),
        ("parked", "list"),
        ("stats", "--county", "430000"),
        ("token", "--subject", "person:zhang", "--county", "430000", "--role", "office"),
    ],
    ids=lambda arguments: str(arguments[0]),
)
async def test_a_command_without_a_system_says_so_in_one_sentence(
    yishi: "Yishi", tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    finished = await yishi(*arguments, home=tmp_path / "nowhere")
    assert finished.code == 2
    assert finished.out == ""
    assert finished.err.count("\n") == 1
    assert "请先运行 yishi up" in finished.err
    assert not (tmp_path / "nowhere").exists()
