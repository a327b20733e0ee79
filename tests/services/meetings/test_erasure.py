"""Erasing a case: its texts and photos are unreadable everywhere from then on, and a rebuild shows the same rows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg

from contracts.proposals import ProposalErased
from runtime import vault
from runtime.process import Process
from runtime.settings import Settings
from services.meetings.main import SERVICE
from yishi.stack import Stack

TELEPHONE = "13800000000"
TABLES = ("meetings", "photos", "cases", "erasures", "unit_names", "member_names", "states")


def code(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("urn:yishi:problem:")


@asynccontextmanager
async def database(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    db = await asyncpg.connect(stack.environment("meetings")["YISHI_DATABASE_URL"])
    try:
        yield db
    finally:
        await db.close()


async def rows(db: asyncpg.Connection, schema: str) -> dict[str, list[str]]:
    return {
        table: sorted(row[0] for row in await db.fetch(f"SELECT to_jsonb(t)::text FROM {schema}.{table} t"))
        for table in TABLES
    }


@asynccontextmanager
async def rebuilt(stack: Stack, suffix: str) -> AsyncIterator[Process]:
    """Give another process of the service beside the running one, on an empty schema of its own."""
    values = {name.removeprefix("YISHI_").lower(): value for name, value in stack.environment("meetings").items()}
    process = Process(SERVICE, Settings.model_validate(values | {"schema_suffix": suffix}))
    try:
        await process.open()
        for start in SERVICE.on_start:
            await start(process)
        yield process
    finally:
        await process.close()


async def test_erasing_a_case_makes_texts_and_photos_unreadable_and_nothing_new_is_sealed(
    desk: Any, photo: bytes, append: Any, stack: Stack
) -> None:
    case = desk.case
    digest = (await desk.upload(photo)).json()["digest"]
    spare = (await desk.upload(photo)).json()["digest"]
    id = (await desk.record(mode="in_person", evidence=[digest], key="met")).json()["id"]
    erased = ProposalErased(reason="依申请删除", ordered_by="县法院裁定", erased_on=date(2005, 3, 10))
    desk.at_least = f"EVENTS:{await append(case.county, case.id, erased)}"

    shown = (await desk.get(desk.member, f"/handler-meetings/{id}")).json()
    assert (shown["erased"], shown["summary"], shown["met_on"]) == (True, None, "2005-03-09")
    refusals = [
        await desk.get(desk.member, f"/handler-meetings/{id}/photos/{digest}"),
        await desk.upload(photo),
        await desk.record(mode="in_person", evidence=[spare]),
        await desk.post(
            desk.member, f"/handler-meetings/{id}/dispute", {"reason": "不符", "disputed_on": "2005-03-10"}
        ),
    ]
    assert [(answer.status_code, code(answer)) for answer in refusals] == [(410, "case.erased")] * 4
    confirmed = await desk.post(desk.member, f"/handler-meetings/{id}/confirm", {"confirmed_on": "2005-03-10"})
    assert confirmed.status_code == 200
    again = await desk.record(mode="in_person", evidence=[digest], key="met")
    assert (again.status_code, again.json()["id"]) == (201, id)
    async with database(stack) as db:
        key = await db.fetch("SELECT key FROM vault.keys WHERE county = $1 AND case_id = $2", case.county, case.id)
    assert [row["key"] for row in key] == [None]


async def test_a_vault_that_was_restored_is_erased_again_before_the_service_serves(
    desk: Any, append: Any, stack: Stack
) -> None:
    case = desk.case
    id = (await desk.record()).json()["id"]
    async with database(stack) as db:
        backup = await db.fetchval(
            "SELECT key FROM vault.keys WHERE county = $1 AND case_id = $2", case.county, case.id
        )
        assert len(backup) == 32
        erased = ProposalErased(reason="依申请删除", ordered_by="县法院裁定", erased_on=date(2005, 3, 10))
        desk.at_least = f"EVENTS:{await append(case.county, case.id, erased)}"
        assert (await desk.get(desk.member, f"/handler-meetings/{id}")).json()["erased"] is True
        await db.execute(
            "UPDATE vault.keys SET key = $3 WHERE county = $1 AND case_id = $2", case.county, case.id, backup
        )
        assert (await desk.get(desk.member, f"/handler-meetings/{id}")).json()["summary"]

        await stack.services["meetings"].restart()

        shown = (await desk.get(desk.member, f"/handler-meetings/{id}")).json()
        assert (shown["erased"], shown["summary"]) == (True, None)


async def test_an_upload_that_races_an_erasure_is_never_sealed_with_a_key_that_stays(
    desk: Any, photo: bytes, append: Any, stack: Stack
) -> None:
    case = desk.case
    erased = ProposalErased(reason="依申请删除", ordered_by="县法院裁定", erased_on=date(2005, 3, 10))
    answers = await asyncio.gather(
        *(desk.upload(photo) for _ in range(10)),
        append(case.county, case.id, erased),
        *(desk.upload(photo) for _ in range(10)),
    )
    desk.at_least = f"EVENTS:{answers[10]}"
    assert (await desk.upload(photo)).status_code == 410
    async with database(stack) as db:
        assert await vault.keys_of(db, [(case.county, case.id)]) == {}


async def test_a_telephone_number_in_a_text_is_nowhere_in_clear(desk: Any, stack: Stack) -> None:
    id = (await desk.record(summary=f"委员电话 {TELEPHONE}", wishes=f"请回电{TELEPHONE}")).json()["id"]
    await desk.post(
        desk.member, f"/handler-meetings/{id}/dispute", {"reason": TELEPHONE, "disputed_on": "2005-03-10"}
    )
    assert TELEPHONE in (await desk.get(desk.handler, f"/handler-meetings/{id}")).json()["summary"]
    refused = await desk.record(place=TELEPHONE)
    assert refused.status_code == 422
    assert TELEPHONE not in refused.text

    connection = await stack.nats.connect("operator")
    try:
        info = await connection.jetstream().stream_info("EVENTS")
        for sequence in range(1, info.state.last_seq + 1):
            message = await connection.jetstream().get_msg("EVENTS", sequence)
            assert TELEPHONE.encode() not in (message.data or b"")
    finally:
        await connection.close()
    async with database(stack) as db:
        tables = await db.fetch(
            "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        assert len(tables) > 10
        for table in tables:
            found = await db.fetchval(
                f"SELECT count(*) FROM {table['name']} t WHERE to_jsonb(t)::text LIKE $1", f"%{TELEPHONE}%"
            )
            assert found == 0, table["name"]
    for log in Path(stack.home / "logs").iterdir():
        assert TELEPHONE.encode() not in log.read_bytes(), log.name


async def test_a_rebuild_from_the_log_gives_the_same_rows(
    desk: Any, photo: bytes, append: Any, stack: Stack, county: str
) -> None:
    digest = (await desk.upload(photo)).json()["digest"]
    first = (await desk.record(mode="in_person", evidence=[digest])).json()["id"]
    second = (await desk.record(stage="during")).json()["id"]
    await desk.post(desk.member, f"/handler-meetings/{first}/confirm", {"confirmed_on": "2005-03-10"})
    body = {"reason": "录错", "approved_by": "厅办公室", "withdrawn_on": "2005-03-10"}
    await desk.post(desk.handler, f"/handler-meetings/{second}/withdraw", body)
    await desk.get(desk.committee, "/handler-meetings")

    async with rebuilt(stack, "_again") as process, database(stack) as db:
        before, after = await rows(db, SERVICE.schema_name), await rows(db, process.schema.name)
        assert before == after
        mine = await db.fetch(f"SELECT standing FROM {process.schema.name}.meetings WHERE county = $1", county)
        assert sorted(row["standing"] for row in mine) == ["confirmed", "withdrawn"]
