"""What people wrote and photographed: in clear nowhere, and after an erasure readable nowhere."""

import base64
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest

from contracts.envelope import Envelope
from contracts.sealed import Sealed, SealedFile
from runtime.sealing import SealBroken, unseal, unseal_file
from yishi import SERVICES
from yishi.demo.office import AUDITOR, COMMITTEE, Person
from yishi.demo.photo import photo
from yishi.rebuild import load_service, rebuild
from yishi.stack import Stack
from yishi.target import find_target
from yishi.walk import verify_log

if TYPE_CHECKING:
    from tests.journeys.conftest import Handling, History, Texts, Town

TELEPHONE = "13800001111"
PHRASE = "桂花巷口那眼老井旁"
PICTURE = photo(5) + b"planted-picture-of-the-old-well"
SECRETS = (TELEPHONE.encode(), PHRASE.encode(), b"planted-picture-of-the-old-well")
TITLE = "关于修缮村道的提案"
LATER = date(2005, 12, 1)

Keys = dict[tuple[str, str, UUID], bytes]


@pytest.fixture
async def case(town: "Town", handle: Callable[..., "Handling"], texts: "type[Texts]") -> "Handling":
    """A case from submission to closed, each of whose texts and photos holds something planted."""
    names = ("text", "opinion", "summary", "wishes", "measures", "reply", "review", "remark")
    case = handle(town, texts(**{name: f"{name}: {PHRASE}, 电话 {TELEPHONE}。" for name in names}))
    lead, co = town.lead, town.co
    await case.submit("2005-02-16", joint=True)
    await case.hand_over("2005-02-22", "2005-03-01", co=True)
    for unit in (lead, co):
        await case.act(town.worker("office_clerk", unit), "sign-for", signed_for_on="2005-03-02")
    await case.act(town.worker("handler", lead), "contact", section="综合科", contacted_on="2005-03-03")
    await case.act(town.worker("handler", co), "opinion", opinion=case.texts.opinion, given_on="2005-03-20")
    await case.meet("before", "2005-03-07", mode="in_person", picture=PICTURE)
    await case.meet("during", "2005-04-01")
    await case.draft("2005-04-12", "2005-04-13")
    await case.sign("2005-04-15")
    await case.answer((town.member, town.cosigner), "2005-04-18", "2005-04-19")
    await case.meet("after", "2005-05-08")
    await case.rate(town.member, "2005-05-12")
    await case.rate(town.cosigner, "2005-05-12")
    await case.act(COMMITTEE, "close", closed_on="2005-05-20")
    await case.run("2005-05-20")
    return case


def spellings(secret: bytes) -> Iterator[bytes]:
    """Give the ways in which a text could lie on the disk: as it is, escaped, hexadecimal, in base64."""
    yield secret
    yield secret.hex().encode()
    text = secret.decode()
    if not text.isascii():
        yield json.dumps(text)[1:-1].encode()
        yield quote(text).encode()
        yield text.encode("utf-16-le")
    for shift in range(3):
        # Where a text begins within a base64 group depends on what stands before it; the ends belong to neighbours.
        whole = secret[shift : shift + (len(secret) - shift) // 3 * 3]
        yield base64.b64encode(whole)
        yield base64.urlsafe_b64encode(whole)


PATTERNS = {pattern for secret in SECRETS for pattern in spellings(secret)}


@asynccontextmanager
async def superuser(stack: Stack, database: str = "postgres") -> AsyncIterator[asyncpg.Connection]:
    db = await asyncpg.connect(stack.postgres.admin_url.rpartition("/")[0] + f"/{database}", ssl=False)
    yield db
    await db.close()


def files_with(folders: list[Path], patterns: set[bytes]) -> dict[bytes, list[Path]]:
    """Give the files below some folders that hold a pattern, by pattern."""
    found: dict[bytes, list[Path]] = {pattern: [] for pattern in patterns}
    for path in {path.resolve() for folder in folders for path in folder.rglob("*") if path.is_file()}:
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # The servers are at work: a file that has gone meanwhile holds nothing.
            continue
        for pattern in patterns:
            if pattern in content:
                found[pattern].append(path)
    return {pattern: paths for pattern, paths in found.items() if paths}


async def test_a_planted_telephone_number_and_planted_texts_stand_in_clear_nowhere(
    stack: Stack, town: "Town", case: "Handling", doors: dict[str, httpx2.AsyncClient]
) -> None:
    shown = await case.show(town.seat(town.member))
    assert PHRASE in shown["text"]
    assert TELEPHONE in shown["replies"][0]["text"]
    assert PHRASE in shown["opinions"][town.co]["text"]
    hits = await town.office.ask("proposals", "/v1/proposals", COMMITTEE, LATER, q="桂花巷口")
    assert [item["id"] for item in hits["items"]] == [case.id]

    # What is refused leaves no trace either: not in the answer, not in the logs.
    bearer = {"authorization": f"Bearer {town.office.token(COMMITTEE.subject, COMMITTEE.roles, '')}"}
    for body in ({"closed_on": "2005-05-20", "note": PHRASE}, {"closed_on": f"{TELEPHONE}{PHRASE}"}, PHRASE):
        headers = bearer | {"idempotency-key": str(uuid4())}
        refused = await doors["proposals"].post(f"/v1/proposals/{case.id}/close", json=body, headers=headers)
        assert refused.status_code == 422
        assert PHRASE not in refused.text
        assert TELEPHONE not in refused.text

    async with superuser(stack) as db:
        await db.execute("CHECKPOINT")
        data = Path(await db.fetchval("SHOW data_directory"))
    for service in SERVICES:
        async with superuser(stack, f"yishi_{service}") as db:
            tables = await db.fetch(
                "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables"
                " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
            )
            assert len(tables) > 8
            for table in tables:
                rows = await db.fetch(f"SELECT t::text AS row FROM {table['name']} t")
                clear = [row["row"] for row in rows if any(pattern in row["row"].encode() for pattern in PATTERNS)]
                assert clear == [], f"{service}: {table['name']}"

    folders = [stack.home, data]
    assert files_with(folders, PATTERNS) == {}
    # The search does find what is allowed to stand in clear, in the log, in PostgreSQL's files and in its journal.
    seen = {path.relative_to(folder).parts[0] for folder in folders for path in _with_title(folder)}
    assert {"nats", "base", "pg_wal"} <= seen
    assert _files(stack.home / "logs") > {f"{service}.log" for service in SERVICES}
    assert _files(stack.home / "services" / "notifications" / "outbox")


def _with_title(folder: Path) -> list[Path]:
    return [path for paths in files_with([folder], {TITLE.encode()}).values() for path in paths]


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.stat().st_size}


async def vault_keys(stack: Stack) -> Keys:
    """Give every key of a case that exists anywhere: by service, county and case."""
    keys: Keys = {}
    for service in SERVICES:
        async with superuser(stack, f"yishi_{service}") as db:
            for row in await db.fetch("SELECT * FROM vault.keys WHERE key IS NOT NULL"):
                keys[service, row["county"], row["case_id"]] = row["key"]
    return keys


def sealed_in(value: Any) -> Iterator[dict[str, Any]]:
    """Find what is sealed in an event, however deep it lies."""
    if isinstance(value, dict):
        if value.get("alg") == "A256GCM":
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from sealed_in(part)


class Sealings:
    """Everything sealed of one case that the log and the object store hold."""

    def __init__(self, stack: Stack, case: UUID, events: Iterable[Envelope[Any]]) -> None:
        self._stack = stack
        events = list(events)
        self._county = events[0].county
        mine = [
            found
            for event in events
            for found in sealed_in(event.model_dump(mode="json"))
            if found["case"] == str(case)
        ]
        self.texts = [Sealed.model_validate(found) for found in mine if "text" in found]
        self.files = [SealedFile.model_validate(found) for found in mine if "digest" in found]

    async def opened_with(self, keys: Keys) -> dict[str, list[bytes]]:
        """Try every key on everything; give what opened, by label."""
        opened: dict[str, list[bytes]] = defaultdict(list)
        stored = {file.digest: await self._stored(file) for file in self.files}
        for key in set(keys.values()):
            for text in self.texts:
                with suppress(SealBroken):
                    plain = unseal(key, self._county, text)
                    opened[text.label].append(plain.encode())
            for file in self.files:
                with suppress(SealBroken):
                    content = unseal_file(key, self._county, file, stored[file.digest])
                    opened["file"].append(content)
        return opened

    async def _stored(self, file: SealedFile) -> bytes:
        connection = await self._stack.nats.connect("operator")
        try:
            store = await connection.jetstream().object_store("sealed-meetings")
            return (await store.get(file.digest.removeprefix("sha256:"))).data or b""
        finally:
            await connection.close()


async def test_a_case_whose_key_is_destroyed_is_readable_nowhere_and_the_log_still_verifies(
    stack: Stack, town: "Town", case: "Handling", doors: dict[str, httpx2.AsyncClient], history: "History"
) -> None:
    before = await vault_keys(stack)
    assert {service for service, _, id in before if id == UUID(case.id)} == {"proposals", "meetings"}
    sealings = Sealings(stack, UUID(case.id), (await history(town.code)).values())
    opened = await sealings.opened_with(before)
    assert {label: len(texts) for label, texts in opened.items()} == {
        "proposal.text": 1,
        "co.opinion": 1,
        "reply.text": 1,
        "review.remark": 1,
        "rating.remark": 2,
        "meeting.summary": 3,
        "meeting.wishes": 3,
        "meeting.measures": 3,
        "file": 1,
    }
    assert opened.pop("file") == [PICTURE]
    assert all(PHRASE.encode() in text for texts in opened.values() for text in texts)

    order = {"reason": "依申请删除", "ordered_by": "县法院裁定", "erased_on": "2005-06-01"}
    await case.act(COMMITTEE, "erase", **order)

    await _assert_shown_without_texts(town, case, doors)
    after = await vault_keys(stack)
    assert [name for name in after if name[2] == UUID(case.id)] == []
    assert before.keys() - after.keys() == {(name, town.code, UUID(case.id)) for name in ("proposals", "meetings")}
    assert Sealings(stack, UUID(case.id), (await history(town.code)).values()).texts == sealings.texts
    assert await sealings.opened_with(after) == {}

    for service in SERVICES:
        found = await rebuild(find_target(stack.home), service)
        assert found.identical, [table for table in found.tables if not table.identical]
    schema = load_service("proposals").schema_name
    async with superuser(stack, "yishi_proposals") as db:
        assert await db.fetchval(f"SELECT count(*) FROM {schema}.board WHERE id = $1", case.id) == 1
        assert await db.fetchval(f"SELECT count(*) FROM {schema}.search_terms WHERE id = $1", case.id) == 0
    await _assert_shown_without_texts(town, case, doors)
    operator = stack.nats.passwords.nats["operator"]
    walk = await verify_log(stack.nats.url, operator, stack.nats.monitor_url)
    assert walk.sequence >= case.position


async def _assert_shown_without_texts(town: "Town", case: "Handling", doors: dict[str, httpx2.AsyncClient]) -> None:
    """Whoever might read the texts is shown the facts and no text, and nothing can be added."""
    clerk = town.worker("handler", town.lead)
    for who in (town.seat(town.member), town.seat(town.cosigner), clerk, COMMITTEE, AUDITOR):
        shown = await case.show(who)
        assert (shown["stage"], shown["texts"], shown["text"]) == ("closed", "erased", None)
        assert [reply["text"] for reply in shown["replies"]] == [None]
        assert [opinion["text"] for opinion in shown["opinions"].values()] == [None]
        hits = await town.office.ask("proposals", "/v1/proposals", who, LATER, q="桂花巷口")
        assert hits["items"] == []
    for stage, meeting in case.meetings.items():
        path = f"/v1/handler-meetings/{meeting}"
        for who in (town.seat(town.member), clerk, COMMITTEE):
            shown = await town.office.ask("meetings", path, who, LATER)
            texts = [shown[name] for name in ("summary", "wishes", "measures")]
            assert (shown["stage"], shown["erased"], texts) == (stage, True, [None] * 3)
        if digest := case.photos.get(stage):
            answer = await doors["meetings"].get(f"{path}/photos/{digest}", headers=_headers(town, COMMITTEE, case))
            assert (answer.status_code, answer.json()["type"]) == (410, "urn:yishi:problem:case.erased")
    correction = {"text": PHRASE, "reason": "笔误", "approved_by": "局领导", "corrected_on": "2005-06-01"}
    headers = _headers(town, town.worker("signer", town.lead), case) | {"idempotency-key": str(uuid4())}
    path = f"/v1/proposals/{case.id}/reply/correct"
    refused = await doors["proposals"].post(path, json=correction, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (410, "urn:yishi:problem:case.erased")


def _headers(town: "Town", who: Person, case: "Handling") -> dict[str, str]:
    token = town.office.token(who.subject, who.roles, who.unit)
    return {"authorization": f"Bearer {token}", "at-least": f"EVENTS:{case.position}"}
