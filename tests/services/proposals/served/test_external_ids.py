"""One external id of one system names one case of a county, whether it was submitted, entered or imported."""

from typing import TYPE_CHECKING

import httpx2

from tests.services.proposals.served.test_import import HISTORY, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.proposals.served.conftest import Town

OURS = {"system": "人大系统", "id": "A-7"}


async def test_a_submitted_case_is_found_by_its_external_id_and_keeps_it_for_itself(
    town: "Town", code: "Callable[[httpx2.Response], str]", towns: "Callable[[str], Town]"
) -> None:
    zhang, li = town.member("zhang"), town.member("li")
    body = town.proposal(external=OURS)
    first = await town.post(zhang, "/proposals", body, key="one")
    assert first.status_code == 201, first.text
    id = first.json()["id"]
    again = await town.post(zhang, "/proposals", body, key="one")
    assert (again.status_code, again.json()) == (201, first.json())

    found = (await town.get(town.committee, "/proposals", external_id="A-7", system="人大系统")).json()["items"]
    assert [(item["id"], item["imported"]) for item in found] == [(id, False)]
    shown = (await town.get(town.committee, f"/proposals/{id}")).json()
    assert (shown["external_id"], shown["system"], shown["version"]) == ("A-7", "人大系统", 1)

    taken = await town.post(li, "/proposals", town.proposal("li", external=OURS))
    assert (taken.status_code, code(taken), taken.json()["case"]) == (409, "proposal.external_id_taken", id)
    [problem] = (await send(town, HISTORY | {"来源系统": "人大系统", "外部编号": "A-7"}, apply=True)).json()[
        "problems"
    ]
    assert (problem["column"], problem["reason"]) == ("external_id", f"该外部编号已属另一件（{id}）")

    other = await town.post(li, "/proposals", town.proposal("li", external=OURS | {"system": "旧提案系统"}))
    assert other.status_code == 201, other.text
    elsewhere = towns("654322")
    await elsewhere.found()
    there = await elsewhere.post(elsewhere.member("zhang"), "/proposals", elsewhere.proposal(external=OURS))
    assert (there.status_code, len({id, other.json()["id"], there.json()["id"]})) == (201, 3)


async def test_an_imported_case_keeps_its_external_id_from_submissions(
    town: "Town", code: "Callable[[httpx2.Response], str]"
) -> None:
    row = HISTORY | {"来源系统": "人大系统", "外部编号": "A-7"}
    imported = (await send(town, row, apply=True)).json()
    assert imported["new"] == [2]
    taken = await town.post(town.member("zhang"), "/proposals", town.proposal(external=OURS))
    assert (taken.status_code, code(taken)) == (409, "proposal.external_id_taken")
    assert taken.json()["case"] == imported["cases"]["2"]


async def test_an_external_id_is_whole_and_holds_no_telephone(town: "Town") -> None:
    wrong = (
        {"id": "A-7"},
        {"system": "人大系统"},
        OURS | {"id": ""},
        OURS | {"id": "13800000000"},
        OURS | {"x": 1},
        "A-7",
    )
    for external in wrong:
        answer = await town.post(town.member("zhang"), "/proposals", town.proposal(external=external))
        assert answer.status_code == 422, (external, answer.text)
