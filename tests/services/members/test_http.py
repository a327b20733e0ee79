"""The members service over HTTP, on real servers: what a registrar does, and what nobody can do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from contracts.envelope import digest_of
from rules.shelf import published_calendars, published_packs
from services.members.main import SERVICE

if TYPE_CHECKING:
    from tests.conftest import Person, Running, Serve

OTHER_COUNTY = "659001"


async def made(who: "Person", path: str, **body: Any) -> str:
    """Carry out a command that makes something, and give its id."""
    answer = await who.post(path, body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def done(who: "Person", path: str, **body: Any) -> dict[str, Any]:
    answer = await who.post(path, body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def refused(who: "Person", path: str, status: int, code: str, **body: Any) -> dict[str, Any]:
    answer = await who.post(path, body)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"urn:yishi:problem:{code}"), answer.text
    return dict(problem)


async def names(who: "Person", path: str) -> list[str]:
    answer = await who.get(path)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def test_a_unit_shows_the_name_and_the_unit_above_that_held_on_a_day(registrar: "Person") -> None:
    root = await made(registrar, "/v1/units", name="交通厅", from_on="2000-01-01")
    unit = await made(registrar, "/v1/units", name="规划办", parent=root, from_on="2000-01-01")
    await done(registrar, f"/v1/units/{unit}/rename", name="规划处", from_on="2005-07-01")
    await done(registrar, f"/v1/units/{unit}/move", parent=None, from_on="2006-01-01")
    await done(registrar, f"/v1/units/{unit}/aliases", alias="规划", from_on="2005-01-01", until_on="2005-12-31")
    now = await registrar.get(f"/v1/units/{unit}")
    assert (now.json()["name"], now.json()["parent"]) == ("规划处", None)
    assert [name["name"] for name in now.json()["names"]] == ["规划办", "规划处"]
    assert now.headers["etag"] == '"4"'
    then = (await registrar.get(f"/v1/units/{unit}?as_of=2005-06-30")).json()
    assert (then["name"], then["parent"]) == ("规划办", root)
    assert [alias["alias"] for alias in then["aliases"]] == ["规划"]
    later = (await registrar.get(f"/v1/units/{unit}?as_of=2006-01-01")).json()
    assert (later["name"], later["aliases"]) == ("规划处", [])
    assert (await registrar.get(f"/v1/units/{unit}?as_of=1999-12-31")).status_code == 404


async def test_the_tree_refuses_circles_unknown_units_and_orphans(registrar: "Person") -> None:
    top = await made(registrar, "/v1/units", name="交通厅", from_on="2000-01-01")
    middle = await made(registrar, "/v1/units", name="公路局", parent=top, from_on="2000-01-01")
    low = await made(registrar, "/v1/units", name="养护科", parent=middle, from_on="2000-01-01")
    move = f"/v1/units/{top}/move"
    await refused(registrar, move, 409, "unit.under_itself", parent=low, from_on="2005-01-01")
    await refused(registrar, move, 404, "unit.parent_unknown", parent=str(uuid4()), from_on="2005-01-01")
    await refused(registrar, f"/v1/units/{middle}/close", 409, "unit.units_below_open", on="2005-12-31")
    await done(registrar, f"/v1/units/{low}/close", on="2005-06-30", successor=middle)
    await done(registrar, f"/v1/units/{middle}/close", on="2005-12-31", successor=top)
    new = {"name": "路政科", "parent": middle, "from_on": "2006-01-01"}
    await refused(registrar, "/v1/units", 409, "unit.parent_closed", **new)
    assert [unit["name"] for unit in (await registrar.get(f"/v1/units/{top}")).json()["below"]] == []
    assert await names(registrar, "/v1/units") == ["交通厅"]
    assert await names(registrar, f"/v1/units?closed=true&parent={middle}") == ["养护科"]
    assert sorted(await names(registrar, "/v1/units?as_of=2005-10-01")) == ["交通厅", "公路局"]
    assert await names(registrar, "/v1/units?as_of=1999-12-31") == []


async def test_a_unit_is_found_by_a_past_name_or_an_alias_and_a_percent_sign_is_just_a_sign(
    registrar: "Person",
) -> None:
    unit = await made(registrar, "/v1/units", name="规划办", from_on="2005-01-01")
    await done(registrar, f"/v1/units/{unit}/rename", name="综合规划处", from_on="2005-07-01")
    await done(registrar, f"/v1/units/{unit}/aliases", alias="GH处")
    assert [await names(registrar, f"/v1/units?q={word}") for word in ("规划办", "gh", "综合")] == [
        ["综合规划处"]
    ] * 3
    assert await names(registrar, "/v1/units?q=%25") == []


async def test_pages_go_on_after_the_last_row_and_miss_none(registrar: "Person") -> None:
    made_names = {f"科室{number:02}" for number in range(7)}
    for name in sorted(made_names):
        await made(registrar, "/v1/units", name=name, from_on="2005-01-01")
    pages, after = [], ""
    for _ in range(3):
        page = (await registrar.get(f"/v1/units?limit=3{after}")).json()
        pages.append([item["name"] for item in page["items"]])
        after = f"&after={page.get('next')}"
    assert [name for names in pages for name in names] == sorted(made_names)
    assert ([len(names) for names in pages], after) == ([3, 3, 1], "&after=None")
    assert (await registrar.get("/v1/units?after=nonsense")).json()["type"] == "urn:yishi:problem:malformed-request"
    assert (await registrar.get("/v1/units?limit=0")).status_code == 422


async def test_every_list_has_pages(registrar: "Person") -> None:
    body = await made(registrar, "/v1/bodies", name="省政协", kind="cppcc")
    await made(registrar, "/v1/bodies", name="省人大", kind="npc")
    unit = await made(registrar, "/v1/units", name="规划办", from_on="2005-01-01")
    for name in ("张三", "李四"):
        await made(registrar, "/v1/members", name=name, body=body, term=9, from_on="2003-01-01")
        office = {"person": "person:a", "name": name, "unit": unit, "office": "handler", "from_on": "2005-02-01"}
        await made(registrar, "/v1/appointments", **office)
        acting = {"giver": "person:a", "holder": "person:b", "acts": ["reply.sign"], "reason": name}
        await made(registrar, "/v1/mandates", **acting, from_on="2005-03-01", until_on="2005-03-31")
    for pack in ("henan-2017", "hunan-transport-2005"):
        await made(registrar, "/v1/packs/adopt", name=pack, from_on="2017-08-01")
    for path in ("bodies", "members", "appointments", "mandates", "packs"):
        whole = (await registrar.get(f"/v1/{path}")).json()
        first = (await registrar.get(f"/v1/{path}?limit=1")).json()
        second = (await registrar.get(f"/v1/{path}?limit=1&after={first['next']}")).json()
        assert first["items"] + second["items"] == whole["items"], path
        assert (len(whole["items"]), set(whole), set(second)) == (2, {"items"}, {"items"}), path


async def test_offices_and_mandates_are_asked_by_who_and_where(registrar: "Person") -> None:
    plans, roads = [
        await made(registrar, "/v1/units", name=name, from_on="2005-01-01") for name in ("规划办", "公路局")
    ]
    for person, unit, office in (("wang", plans, "handler"), ("chen", plans, "signer"), ("wang", roads, "signer")):
        body = {"person": f"person:{person}", "name": person, "unit": unit, "office": office}
        await made(registrar, "/v1/appointments", **body, from_on="2005-02-01")
    for giver, holder in (("li", "wang"), ("li", "chen"), ("zhao", "wang")):
        parties = {"giver": f"person:{giver}", "holder": f"person:{holder}"}
        await made(
            registrar,
            "/v1/mandates",
            **parties,
            acts=["reply.sign"],
            from_on="2005-03-01",
            until_on="2005-03-31",
            reason="出差",
        )
    assert await names(registrar, f"/v1/appointments?unit={plans}") == ["chen", "wang"]
    assert await names(registrar, "/v1/appointments?office=signer") == ["chen", "wang"]
    held = (await registrar.get("/v1/appointments?person=person:wang")).json()["items"]
    assert {(row["unit_name"], row["office"]) for row in held} == {("规划办", "handler"), ("公路局", "signer")}
    given = (await registrar.get("/v1/mandates?giver=person:li")).json()["items"]
    assert sorted(row["holder"] for row in given) == ["person:chen", "person:wang"]
    held = (await registrar.get("/v1/mandates?holder=person:wang")).json()["items"]
    assert sorted(row["giver"] for row in held) == ["person:li", "person:zhao"]


async def test_the_roster_is_asked_by_body_term_sector_name_and_day(registrar: "Person") -> None:
    cppcc = await made(registrar, "/v1/bodies", name="省政协", kind="cppcc", established_on="1955-02-01")
    npc = await made(registrar, "/v1/bodies", name="省人大", kind="npc")
    seat = {"body": cppcc, "term": 9, "from_on": "2003-01-01"}
    zhang = await made(registrar, "/v1/members", name="张委员", sector="经济界", **seat)
    await made(registrar, "/v1/members", name="李委员", sector="教育界", **seat)
    await made(registrar, "/v1/members", name="王代表", body=npc, term=10, from_on="2003-01-01")
    await done(registrar, f"/v1/members/{zhang}/end-seat", on="2004-12-31", reason="辞职")
    assert await names(registrar, "/v1/bodies?kind=npc") == ["省人大"]
    assert sorted(await names(registrar, f"/v1/members?body={cppcc}")) == ["张委员", "李委员"]
    assert await names(registrar, "/v1/members?term=10") == ["王代表"]
    assert await names(registrar, "/v1/members?sector=教育界") == ["李委员"]
    assert await names(registrar, "/v1/members?q=张") == ["张委员"]
    assert await names(registrar, f"/v1/members?body={cppcc}&as_of=2005-01-01") == ["李委员"]
    shown = await registrar.get(f"/v1/members/{zhang}")
    assert (shown.json()["body_name"], shown.json()["ended_on"]) == ("省政协", "2004-12-31")
    await refused(
        registrar,
        "/v1/members",
        404,
        "member.body_unknown",
        name="赵",
        body=str(uuid4()),
        term=1,
        from_on="2003-01-01",
    )


async def test_an_office_is_held_on_the_days_between_appointment_and_removal(registrar: "Person") -> None:
    unit = await made(registrar, "/v1/units", name="规划办", from_on="2005-01-01")
    body = {"person": "person:wang", "name": "王科长", "unit": unit, "office": "handler", "from_on": "2005-02-01"}
    appointment = await made(registrar, "/v1/appointments", **body)
    await done(registrar, f"/v1/appointments/{appointment}/end", on="2005-06-30", reason="调离")
    asked = f"/v1/appointments?unit={unit}&office=handler&as_of="
    held = [bool(await names(registrar, asked + f"2005-{day}")) for day in ("01-31", "02-01", "06-30", "07-01")]
    assert held == [False, True, True, False]
    shown = (await registrar.get(f"/v1/appointments/{appointment}")).json()
    assert (shown["unit_name"], shown["person"]) == ("规划办", "person:wang")


async def test_people_give_and_revoke_mandates_for_themselves_only(members: "Running", registrar: "Person") -> None:
    signer = members.person("person:li", roles=("signer",))
    body = {
        "giver": "person:li",
        "holder": "person:wang",
        "acts": ["reply.sign"],
        "from_on": "2005-03-01",
        "until_on": "2005-03-31",
        "reason": "出差",
    }
    mandate = await made(signer, "/v1/mandates", **body)
    await refused(signer, "/v1/mandates", 403, "forbidden", **body | {"giver": "person:zhao"})
    await refused(registrar, "/v1/mandates", 404, "mandate.party_unknown", **body | {"giver": f"member:{uuid4()}"})
    stranger = members.person("person:zhao", roles=("signer",))
    revoke = f"/v1/mandates/{mandate}/revoke"
    await refused(stranger, revoke, 403, "forbidden", on="2005-03-10", reason="返岗")
    await done(signer, revoke, on="2005-03-10", reason="返岗")
    shown = (await signer.get(f"/v1/mandates/{mandate}")).json()
    assert (shown["until_on"], shown["revoked_on"]) == ("2005-03-10", "2005-03-10")
    assert (await signer.get("/v1/mandates?holder=person:wang&as_of=2005-03-11")).json()["items"] == []


async def test_a_clerk_with_a_mandate_acts_for_somebody_and_without_one_does_not(
    members: "Running", registrar: "Person"
) -> None:
    body = {"name": "规划办", "from_on": "2005-01-01"}
    mandate = await made(
        registrar,
        "/v1/mandates",
        giver="person:registrar",
        holder="person:clerk",
        acts=["unit.establish"],
        from_on="2005-01-01",
        until_on="2005-12-31",
        reason="代录",
    )
    clerk = members.person("person:clerk", roles=("registrar",))
    acting = {"on_behalf_of": "person:registrar", "authority": mandate}
    march = "2005-03-01T09:00:00+08:00"
    allowed = await clerk.post("/v1/units", body, simulated_now=march, **acting)
    late = await clerk.post("/v1/units", body, simulated_now="2006-01-01T09:00:00+08:00", **acting)
    other = await clerk.post("/v1/bodies", {"name": "政协", "kind": "cppcc"}, simulated_now=march, **acting)
    assert [answer.status_code for answer in (allowed, late, other)] == [201, 403, 403]


async def test_a_pack_is_adopted_with_its_bytes_and_again_in_another_version(registrar: "Person") -> None:
    content = published_packs()["henan-2017"].decode()
    first = await registrar.post("/v1/packs", {"content": content, "from_on": "2017-08-01"})
    assert (first.status_code, first.json()["id"], first.json()["version"]) == (201, "henan-2017", 1)
    again = {"content": content, "from_on": "2018-01-01"}
    await refused(registrar, "/v1/packs", 409, "pack.already_adopted", **again)
    shipped = {"name": "henan-2017", "from_on": "2018-01-01"}
    await refused(registrar, "/v1/packs/adopt", 409, "pack.already_adopted", **shipped)
    amended = content + "# 修订\n"
    second = await registrar.post("/v1/packs", {"content": amended, "from_on": "2018-01-01"})
    assert (second.status_code, second.json()["version"], second.headers["etag"]) == (201, 2, '"2"')
    shown = await registrar.get("/v1/packs/henan-2017")
    assert [version["content"] for version in shown.json()["versions"]] == [content, amended]
    assert shown.json()["versions"][1]["digest"] == digest_of(amended.encode())
    listed = (await registrar.get("/v1/packs?kind=npc_suggestion")).json()["items"]
    assert {(row["pack"], row["from_on"]) for row in listed} == {
        ("henan-2017", "2017-08-01"),
        ("henan-2017", "2018-01-01"),
    }
    assert (await registrar.get("/v1/packs?kind=cppcc_proposal")).json()["items"] == []


async def test_a_pack_that_cannot_be_read_or_is_not_shipped_is_refused(registrar: "Person") -> None:
    bad = published_packs()["henan-2017"].decode() + "reply_within: 3\n"
    problem = await refused(registrar, "/v1/packs", 422, "pack.invalid", content=bad, from_on="2017-08-01")
    assert (problem["path"], problem["error"]) == ("reply_within", "pack.unknown_field")
    assert problem["line"] == bad.count("\n")
    await refused(registrar, "/v1/packs/adopt", 404, "pack.not_shipped", name="atlantis", from_on="2017-08-01")
    assert (await registrar.get("/v1/packs")).json()["items"] == []


async def test_a_calendar_is_published_and_corrected_by_naming_what_it_replaces(registrar: "Person") -> None:
    content = published_calendars()[2005].decode()
    shipped = await registrar.post("/v1/calendars/publish-shipped", {"year": 2005})
    assert (shipped.status_code, shipped.json()["id"]) == (201, "2005")
    await refused(registrar, "/v1/calendars", 409, "calendar.already_published", content=content)
    corrected = content + "# 更正\n"
    problem = await refused(registrar, "/v1/calendars", 409, "calendar.replaces_other", content=corrected)
    present = digest_of(content.encode())
    assert problem["present"] == present
    answer = await registrar.post("/v1/calendars", {"content": corrected, "replaces": present})
    assert (answer.status_code, answer.json()["version"]) == (201, 2)
    shown = await registrar.get("/v1/calendars/2005")
    assert (shown.json()["content"], shown.headers["etag"]) == (corrected, '"2"')
    listed = (await registrar.get("/v1/calendars")).json()["items"]
    assert [(row["year"], row["digest"]) for row in listed] == [(2005, digest_of(corrected.encode()))]
    await refused(registrar, "/v1/calendars/publish-shipped", 404, "calendar.not_shipped", year=1999)


async def test_a_command_with_if_match_of_a_past_version_is_refused(registrar: "Person") -> None:
    unit = await made(registrar, "/v1/units", name="规划办", from_on="2005-01-01")
    path = f"/v1/units/{unit}/rename"
    fresh = await registrar.post(path, {"name": "规划处", "from_on": "2005-02-01"}, if_match='"1"')
    stale = await registrar.post(path, {"name": "计划处", "from_on": "2005-03-01"}, if_match='"1"')
    assert (fresh.status_code, stale.status_code) == (200, 412)
    assert stale.json()["version"] == 2


async def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(registrar: "Person") -> None:
    body = {"name": "规划办", "from_on": "2005-01-01"}
    first, again = [await registrar.post("/v1/units", body, key="import-1") for _ in range(2)]
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = await registrar.post("/v1/units", body | {"name": "计划处"}, key="import-1")
    assert (other.status_code, other.json()["type"]) == (422, "urn:yishi:problem:idempotency-key-reused")
    assert await names(registrar, "/v1/units") == ["规划办"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/units", {"name": "规划办", "from_on": "2005-09-31"}, "body.from_on"),
        ("/v1/units", {"name": "规划办", "from_on": "2005-01-01", "color": "red"}, "body.color"),
        ("/v1/units", {"name": "电话13800000000", "from_on": "2005-01-01"}, "body.name"),
        ("/v1/units", {"name": "  ", "from_on": "2005-01-01"}, "body.name"),
        ("/v1/bodies", {"name": "政协", "kind": "club"}, "body.kind"),
        ("/v1/members", {"name": "张委员", "body": "x", "term": 9, "from_on": "2005-01-01"}, "body.body"),
        ("/v1/bodies", {"name": "zhang@example.cn", "kind": "cppcc"}, "body.name"),
        ("/v1/calendars/publish-shipped", {"year": "next"}, "body.year"),
    ],
)
async def test_a_malformed_command_names_the_field_and_changes_nothing(
    members: "Running", registrar: "Person", path: str, body: dict[str, Any], field: str
) -> None:
    before = await members.process.log.last_sequence()
    answer = await registrar.post(path, body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:yishi:problem:invalid-body")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await members.process.log.last_sequence() == before


def _paths() -> Iterator[tuple[str, dict[str, Any]]]:
    day = "2005-01-01"
    yield "/v1/units/{}/rename", {"name": "规划处", "from_on": day}
    yield "/v1/units/{}/move", {"parent": None, "from_on": day}
    yield "/v1/units/{}/aliases", {"alias": "规划"}
    yield "/v1/units/{}/close", {"on": day}
    yield "/v1/members/{}/end-seat", {"on": day, "reason": "辞职"}
    yield "/v1/appointments/{}/end", {"on": day, "reason": "调离"}
    yield "/v1/mandates/{}/revoke", {"on": day, "reason": "返岗"}


@pytest.mark.parametrize(("path", "body"), list(_paths()))
async def test_what_does_not_exist_cannot_be_changed(registrar: "Person", path: str, body: dict[str, Any]) -> None:
    answer = await registrar.post(path.format(uuid4()), body)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:yishi:problem:not-found")


async def test_only_the_registrar_changes_the_countys_data(members: "Running") -> None:
    handler = members.person("person:wang", roles=("handler", "auditor"))
    body = {"name": "规划办", "from_on": "2005-01-01"}
    await refused(handler, "/v1/units", 403, "forbidden", **body)
    pack = {"name": "henan-2017", "from_on": "2017-08-01"}
    await refused(handler, "/v1/packs/adopt", 403, "forbidden", **pack)
    assert await names(handler, "/v1/units") == []


async def test_another_county_sees_and_changes_nothing(members: "Running", registrar: "Person") -> None:
    body = await made(registrar, "/v1/bodies", name="省政协", kind="cppcc")
    unit = await made(registrar, "/v1/units", name="规划办", from_on="2005-01-01")
    member = await made(registrar, "/v1/members", name="张委员", body=body, term=9, from_on="2003-01-01")
    assert (await registrar.post("/v1/packs/adopt", {"name": "henan-2017", "from_on": "2017-08-01"})).is_success
    assert (await registrar.post("/v1/calendars/publish-shipped", {"year": 2017})).is_success
    stranger = members.person(county=OTHER_COUNTY)
    one = ("bodies/" + body, "units/" + unit, "members/" + member, "packs/henan-2017", "calendars/2017")
    assert {(await stranger.get(f"/v1/{path}")).status_code for path in one} == {404}
    every = ("bodies", "units", "members", "appointments", "mandates", "packs", "calendars")
    assert [(await stranger.get(f"/v1/{path}")).json()["items"] for path in every] == [[]] * 7
    rename = {"name": "规划处", "from_on": "2005-02-01"}
    await refused(stranger, f"/v1/units/{unit}/rename", 404, "not-found", **rename)
    seat = {"name": "李委员", "body": body, "term": 9, "from_on": "2003-01-01"}
    await refused(stranger, "/v1/members", 404, "member.body_unknown", **seat)
    under = {"name": "公路局", "parent": unit, "from_on": "2005-01-01"}
    await refused(stranger, "/v1/units", 404, "unit.parent_unknown", **under)


async def test_a_projection_rebuilt_from_the_log_has_the_same_rows(
    members: "Running", registrar: "Person", serve: "Serve", county: str
) -> None:
    body = await made(registrar, "/v1/bodies", name="省政协", kind="cppcc")
    unit = await made(registrar, "/v1/units", name="规划办", from_on="2005-01-01", code="GH")
    await done(registrar, f"/v1/units/{unit}/rename", name="规划处", from_on="2005-07-01")
    member = await made(registrar, "/v1/members", name="张委员", body=body, term=9, from_on="2003-01-01")
    await done(registrar, f"/v1/members/{member}/end-seat", on="2004-12-31", reason="辞职")
    office = {"person": "person:wang", "name": "王科长", "unit": unit, "office": "handler", "from_on": "2005-02-01"}
    await made(registrar, "/v1/appointments", **office)
    acting = {"giver": "person:li", "holder": "person:wang", "acts": ["reply.sign"], "reason": "出差"}
    await made(registrar, "/v1/mandates", **acting, from_on="2005-03-01", until_on="2005-03-31")
    assert (await registrar.post("/v1/packs/adopt", {"name": "henan-2017", "from_on": "2017-08-01"})).is_success
    assert (await registrar.post("/v1/calendars/publish-shipped", {"year": 2017})).is_success
    suffix = f"_again_{county}"
    async with serve(SERVICE, schema_suffix=suffix) as again:
        served, rebuilt = await _rows(members, county), await _rows(again, county)
    assert rebuilt == served
    assert {table: len(rows) for table, rows in served.items()} == dict.fromkeys(served, 1)
    assert len(served) == 7


async def _rows(running: "Running", county: str) -> dict[str, list[dict[str, Any]]]:
    async with running.process.database.county(county) as db:
        return {
            table: [dict(row) for row in await db.fetch(f"SELECT * FROM {table} ORDER BY id")]
            for table in running.process.schema.tables
        }
