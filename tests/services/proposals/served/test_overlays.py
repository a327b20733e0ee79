"""Over HTTP: a case is made a key case, urged, commended, made public, archived; and who sees what of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args

import httpx2

from services.proposals.supervision.overlays import MARKS
from services.proposals.supervision.overlays_http import Mark

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town

Code = Callable[[httpx2.Response], str]

KEY = {"leader": "县政协主席", "designated_by": "主席会议", "designated_on": "2005-03-10"}
AWARD = {"award": "优秀提案", "awarded_by": "县政协常委会", "awarded_on": "2005-06-01"}


async def marked(town: "Town", mark: str, **params: Any) -> list[dict[str, Any]]:
    answer = await town.get(town.committee, "/overlays", mark=mark, **params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_key_case_is_urged_answered_commended_and_archived(town: "Town", code: Code) -> None:
    case = await town.case("contact")
    path = f"/proposals/{case.id}"
    key = await town.post(town.committee, f"{path}/key-case", KEY | {"unit": town.units["office"]})
    assert (key.status_code, key.json()["type"]) == (200, "yishi.proposals.KeyCaseDesignated.v1")
    urging = {
        "unit": case.lead,
        "pressing": "supervision",
        "urged_by": "县政府督查室",
        "demand": "请报告进展",
        "due_on": "2005-04-15",
        "urged_on": "2005-04-11",
    }
    assert (await town.post(town.office, f"{path}/urge", urging)).status_code == 200
    shown = await town.show(case)
    clock = next(clock for clock in shown["clocks"] if clock["kind"] == "supervision")
    assert (clock["whom"], clock["due_on"]) == (f"unit:{case.lead}", "2005-04-15")
    [urged] = await marked(town, "unanswered", unit=case.lead)
    assert (urged["id"], urged["key_leader"], urged["unanswered_names"]) == (case.id, "县政协主席", ["规划办"])

    body = {"number": 1, "answer": "路基已完工。", "answered_on": "2005-04-13"}
    stranger = town.of("road", "handler")
    assert code(await town.post(stranger, f"{path}/urge/answer", body)) == "forbidden"
    answer = await town.post(town.of(case.lead, "office_clerk"), f"{path}/urge/answer", body)
    assert answer.status_code == 200, answer.text
    assert await marked(town, "unanswered") == []
    overlays = (await town.show(case))["overlays"]
    assert overlays["urgings"][0]["answer"] == "路基已完工。"
    assert (await town.show(case, town.auditor))["overlays"]["urgings"][0]["answer"] is None

    for step in ("meet_before", "meet_during", "draft", "review", "sign", "stamp", "deliver", "receive", "rate"):
        await town.step(case, step)
    await town.step(case, "meet_after")
    archive = {"shelf": "2005-067", "archived_on": "2005-06-10"}
    assert code(await town.post(town.committee, f"{path}/archive", archive)) == "proposal.wrong_stage"
    await town.step(case, "close")
    assert [item["id"] for item in await marked(town, "to_archive")] == [case.id]
    assert (await town.post(town.committee, f"{path}/commend", AWARD)).status_code == 200
    checklist = (await town.get(town.auditor, f"{path}/archive-checklist")).json()
    assert checklist["complete"]
    assert {"item": "text", "title": "正文", "held": True} in checklist["items"]
    assert {f"签收：{'规划办'}", "见面记录：办前，规划办", "测评表：规划办，第1轮，张明", "催办答复：第1次"} <= {
        entry["title"] for entry in checklist["items"]
    }
    unfounded = archive | {"gaps": [{"item": "text", "reason": "遗失"}]}
    assert code(await town.post(town.committee, f"{path}/archive", unfounded)) == "archive.gap_unfounded"
    assert (await town.post(town.committee, f"{path}/archive", archive)).status_code == 200
    [archived] = await marked(town, "archived", year=2005)
    assert (archived["shelf"], archived["gaps"], archived["awards"]) == ("2005-067", 0, ["优秀提案"])
    assert await marked(town, "to_archive") == []
    assert [item["id"] for item in await marked(town, "commended")] == [case.id]


async def test_the_public_reads_what_was_decided_and_no_more(town: "Town", code: Code) -> None:
    case = await town.case("deliver")
    path = f"/proposals/{case.id}"
    decision = {"decided_by": "县政协提案委", "decided_on": "2005-05-01"}
    assert code(await town.get(town.auditor, f"{path}/disclosed")) == "not-found"

    whole = await town.post(town.committee, f"{path}/disclose", decision | {"disclosure": "public"})
    assert whole.status_code == 200, whole.text
    read = (await town.get(town.auditor, f"{path}/disclosed")).json()
    assert (read["text"], read["replies"]) == ("建议优先修通山区断头路。", ["已列入今年计划。"])

    redacted = {"disclosure": "redacted", "text": "建议修通断头路。", "reason": "隐去地名"}
    assert (await town.post(town.committee, f"{path}/disclose", decision | redacted)).status_code == 200
    read = (await town.get(town.auditor, f"{path}/disclosed")).json()
    assert (read["disclosure"], read["text"], read["replies"]) == ("redacted", "建议修通断头路。", [])
    assert [item["id"] for item in await marked(town, "public")] == [case.id]

    secret = {"disclosure": "confidential", "reason": "涉及商业秘密"}
    assert (await town.post(town.office, f"{path}/disclose", decision | secret)).status_code == 200
    assert code(await town.get(town.committee, f"{path}/disclosed")) == "not-found"
    assert [item["disclosure"] for item in await marked(town, "confidential")] == ["confidential"]
    assert len((await town.show(case))["overlays"]["decisions"]) == 3


async def test_what_was_erased_is_no_longer_public(town: "Town", code: Code) -> None:
    case = await town.case("register")
    path = f"/proposals/{case.id}"
    decision = {"disclosure": "public", "decided_by": "县政协提案委", "decided_on": "2005-02-10"}
    assert (await town.post(town.committee, f"{path}/disclose", decision)).status_code == 200
    order = {"reason": "依申请", "ordered_by": "县法院裁定", "erased_on": "2005-06-01"}
    assert (await town.post(town.committee, f"{path}/erase", order)).status_code == 200
    assert code(await town.get(town.committee, f"{path}/disclosed")) == "not-found"
    assert await marked(town, "public") == []


async def test_a_commended_unit_is_on_the_list_of_its_year(town: "Town", code: Code) -> None:
    award = {
        "unit": town.units["plan"],
        "year": 2005,
        "award": "先进承办单位",
        "awarded_by": "县政府",
        "awarded_on": "2005-06-20",
    }
    assert code(await town.post(town.of("plan", "handler"), "/commendations", award)) == "forbidden"
    made = await town.post(town.office, "/commendations", award)
    assert made.status_code == 201, made.text
    id = made.json()["id"]
    revoked = {"reason": "名单更正", "revoked_on": "2005-06-25"}
    assert (await town.post(town.office, f"/commendations/{id}/revoke", revoked)).status_code == 200
    [item] = (await town.get(town.auditor, "/commendations", unit=town.units["plan"], year=2005)).json()["items"]
    assert (item["unit_name"], item["revoked_on"], item["reason"]) == ("规划办", "2005-06-25", "名单更正")
    shown = await town.get(town.auditor, f"/commendations/{id}")
    assert (shown.json(), shown.headers["etag"]) == (item, '"2"')


async def test_every_mark_of_the_register_can_be_asked_for(town: "Town") -> None:
    assert get_args(Mark) == tuple(MARKS)
    for mark in MARKS:
        assert await marked(town, mark) == []
