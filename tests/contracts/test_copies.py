"""A service's own copy of what the members service says, on real servers: names, mandates, adopted rules."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from contracts.copies.adopted import ADOPTED_FOLDS, calendars_of, pack_by_digest, pack_by_name, pack_for
from contracts.copies.mandates import MANDATES, mandate_holds
from contracts.copies.names import (
    NAME_FOLDS,
    body_exists,
    ids_matching,
    member_seat,
    names_of,
    open_unit_exists,
    unit_exists,
)
from contracts.envelope import digest_of
from rules.shelf import published_calendars, published_packs
from runtime.process import Service
from services.members.main import SERVICE as MEMBERS

if TYPE_CHECKING:
    from tests.conftest import Person, Running, Serve

READER = Service(name="proposals", title="抄本", schema_version=1, folds=(*NAME_FOLDS, MANDATES, *ADOPTED_FOLDS))
OTHER_COUNTY = "659002"


@dataclass
class Desk:
    """The registrar of a county, and another service that reads what is registered."""

    registrar: "Person"
    reader: "Running"
    county: str

    async def does(self, path: str, **body: Any) -> str:
        """Carry out a command, wait until the reader has seen it, and give the id of its aggregate."""
        answer = await self.registrar.post(f"/v1/{path}", body)
        assert answer.is_success, answer.text
        told = answer.json()
        assert await self.reader.process.positions.wait(int(told["position"].partition(":")[2]), 10)
        return str(told["id"])

    def reads(self, county: str | None = None) -> Any:
        """Give a transaction of the reading service."""
        return self.reader.process.database.county(county or self.county)


@pytest.fixture
async def desk(serve: "Serve", county: str) -> AsyncIterator[Desk]:
    async with serve(MEMBERS) as members, serve(READER, schema_suffix="_copies") as reader:
        yield Desk(members.person(), reader, county)


async def test_names_are_known_of_units_members_and_bodies_by_bare_id_or_party(desk: Desk) -> None:
    body = await desk.does("bodies", name="省政协", kind="cppcc")
    member = await desk.does("members", name="张委员", body=body, term=9, sector="经济界", from_on="2003-01-01")
    unit = await desk.does("units", name="规划办", from_on="2005-01-01")
    await desk.does(f"units/{unit}/rename", name="规划处", from_on="2005-07-01")
    asked = [unit, f"unit:{unit}", f"member:{member}", f"body:{body}", str(uuid4()), "unit:nobody"]
    async with desk.reads() as db:
        assert await names_of(db, asked) == {
            unit: "规划处",
            f"unit:{unit}": "规划处",
            f"member:{member}": "张委员",
            f"body:{body}": "省政协",
        }
        assert await names_of(db, []) == {}
        seat = await member_seat(db, member)
        assert seat == ("张委员", body, 9, "经济界", date(2003, 1, 1), None)
        assert await member_seat(db, unit) is None
        assert [await body_exists(db, body), await unit_exists(db, unit)] == [True, True]
        assert [await body_exists(db, member), await unit_exists(db, body)] == [False, False]
    async with desk.reads(OTHER_COUNTY) as db:
        assert await names_of(db, asked) == {}
        assert await ids_matching(db, "规划") == []


async def test_a_seat_says_its_first_and_its_last_day(desk: Desk) -> None:
    body = await desk.does("bodies", name="省政协", kind="cppcc")
    member = await desk.does("members", name="张委员", body=body, term=9, from_on="2003-01-01")
    await desk.does(f"members/{member}/end-seat", on="2004-12-31", reason="辞职")
    async with desk.reads() as db:
        seat = await member_seat(db, member)
    assert seat is not None
    assert (seat.from_on, seat.ended_on) == (date(2003, 1, 1), date(2004, 12, 31))


async def test_a_closed_unit_is_known_but_open_only_until_its_last_day(desk: Desk) -> None:
    unit = await desk.does("units", name="规划办", from_on="2005-01-01")
    async with desk.reads() as db:
        assert await open_unit_exists(db, unit)
        assert not await open_unit_exists(db, uuid4())
    await desk.does(f"units/{unit}/close", on="2005-12-31")
    async with desk.reads() as db:
        assert await unit_exists(db, unit)
        assert not await open_unit_exists(db, unit)
        assert await open_unit_exists(db, unit, date(2005, 12, 31))
        assert not await open_unit_exists(db, unit, date(2006, 1, 1))


async def test_a_word_finds_units_by_name_past_name_and_alias_and_members_by_name(desk: Desk) -> None:
    body = await desk.does("bodies", name="规划协会", kind="union")
    member = await desk.does("members", name="规划生", body=body, term=1, from_on="2003-01-01")
    renamed = await desk.does("units", name="规划办", from_on="2005-01-01")
    await desk.does(f"units/{renamed}/rename", name="综合处", from_on="2005-07-01")
    known = await desk.does("units", name="公路局", from_on="2005-01-01")
    await desk.does(f"units/{known}/aliases", alias="GL局_规划")
    async with desk.reads() as db:
        assert await ids_matching(db, "规划") == sorted([member, renamed, known])
        assert await ids_matching(db, " gl ") == await ids_matching(db, "Gl") == [known]
        assert await ids_matching(db, "_") == [known]
        assert await ids_matching(db, "%") == []


async def test_a_mandate_holds_for_its_parties_its_acts_and_its_days_only(desk: Desk) -> None:
    given = {"giver": "person:li", "holder": "person:wang", "acts": ["reply.sign"], "reason": "出差"}
    mandate = await desk.does("mandates", **given, from_on="2005-03-01", until_on="2005-03-31")

    async def holds(
        actor: str = "person:wang",
        for_whom: str = "person:li",
        authority: str = mandate,
        action: str = "reply.sign",
        day: date = date(2005, 3, 31),
        county: str = desk.county,
    ) -> bool:
        return await mandate_holds(desk.reader.process, county, actor, for_whom, authority, action, day)

    assert [await holds(day=date(2005, 3, 1)), await holds()] == [True, True]
    assert [await holds(day=date(2005, 2, 28)), await holds(day=date(2005, 4, 1))] == [False, False]
    wrong = [
        await holds(actor="person:zhao"),
        await holds(for_whom="person:zhao"),
        await holds(authority=str(uuid4())),
        await holds(action="reply.draft"),
        await holds(county=OTHER_COUNTY),
    ]
    assert wrong == [False] * 5
    await desk.does(f"mandates/{mandate}/revoke", on="2005-03-10", reason="返岗")
    assert [await holds(day=date(2005, 3, 10)), await holds(day=date(2005, 3, 11))] == [True, False]


async def test_a_case_follows_the_pack_adopted_for_its_kind_that_holds_on_the_day(desk: Desk) -> None:
    demo, henan = published_packs()["hunan-transport-2005"], published_packs()["henan-2017"]
    await desk.does("packs/adopt", name="hunan-transport-2005", from_on="2005-01-01")
    await desk.does("packs/adopt", name="henan-2017", from_on="2017-08-01")
    async with desk.reads() as db:

        async def follows(kind: str, on: date) -> str | None:
            pack = await pack_for(db, kind, on)
            return pack.name if pack else None

        assert await follows("npc_suggestion", date(2004, 12, 31)) is None
        assert await follows("npc_suggestion", date(2005, 12, 31)) == "hunan-transport-2005"
        assert await follows("npc_suggestion", date(2006, 1, 1)) is None, "its text ended with 2005"
        assert await follows("npc_suggestion", date(2017, 8, 1)) == "henan-2017"
        assert await follows("cppcc_proposal", date(2005, 3, 1)) == "hunan-transport-2005"
        assert await follows("cppcc_proposal", date(2017, 8, 1)) is None
        assert await follows("letter", date(2017, 8, 1)) is None
        pinned = await pack_by_digest(db, digest_of(demo))
        assert pinned is not None
        assert pinned.name == "hunan-transport-2005"
        assert await pack_by_digest(db, digest_of(b"other")) is None
        named = await pack_by_name(db, "henan-2017", date(2020, 1, 1))
        assert named is not None
        assert named.digest == digest_of(henan)
        assert await pack_by_name(db, "henan-2017", date(2017, 1, 1)) is None
    async with desk.reads(OTHER_COUNTY) as db:
        assert await pack_for(db, "npc_suggestion", date(2017, 8, 1)) is None
        assert await pack_by_digest(db, digest_of(demo)) is None


async def test_of_two_packs_from_the_same_day_the_one_adopted_later_holds(desk: Desk) -> None:
    content = published_packs()["henan-2017"].decode()
    await desk.does("packs/adopt", name="hunan-transport-2005", from_on="2017-08-01")
    await desk.does("packs", content=content, from_on="2017-08-01")
    await desk.does("packs", content=content + "# 修订\n", from_on="2017-08-01")
    async with desk.reads() as db:
        pack = await pack_for(db, "npc_suggestion", date(2017, 8, 1))
        first = await pack_by_digest(db, digest_of(content.encode()))
    assert pack is not None
    assert pack.digest == digest_of((content + "# 修订\n").encode())
    assert first is not None
    assert first.digest == digest_of(content.encode())


async def test_the_latest_calendar_of_a_year_counts_and_other_years_are_unpublished(desk: Desk) -> None:
    content = published_calendars()[2005].decode()
    await desk.does("calendars/publish-shipped", year=2005)
    async with desk.reads() as db:
        assert not (await calendars_of(db)).is_working(date(2005, 5, 4))
    corrected = content.replace("to: 2005-05-07", "to: 2005-05-03")
    await desk.does("calendars", content=corrected, replaces=digest_of(content.encode()))
    async with desk.reads() as db:
        calendars = await calendars_of(db)
        assert list(calendars) == [2005]
        assert calendars[2005].digest == digest_of(corrected.encode())
        assert calendars.is_working(date(2005, 5, 4))
    async with desk.reads(OTHER_COUNTY) as db:
        assert len(await calendars_of(db)) == 0
