"""The review, the units and their clocks over HTTP: withdrawn, merged, split, redirected, extended, in bulk."""

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx2
from docx import Document

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town

Code = Callable[[httpx2.Response], str]


async def test_a_merged_case_is_answered_with_its_main_case_until_the_merge_is_undone(
    town: "Town", code: Code
) -> None:
    main, original = await town.case("register"), await town.submit("li", title="关于修路的提案")
    path, key = f"/proposals/{original.id}", str(uuid4())
    merged = {"main": main.id, "reason": "内容相同", "merged_on": "2005-02-15"}
    assert (await town.post(town.office, f"{path}/merge", merged)).status_code == 403
    nowhere = await town.post(town.committee, f"{path}/merge", merged | {"main": str(uuid4())})
    assert (nowhere.status_code, code(nowhere)) == (404, "not-found")
    first = await town.post(town.committee, f"{path}/merge", merged, key=key)
    again = await town.post(town.committee, f"{path}/merge", merged, key=key)
    assert (first.status_code, again.json()) == (200, first.json())
    shown = await town.show(main)
    assert list(shown["review"]["originals"]) == [original.id]
    assert shown["names"][town.members["li"]] == "李华"
    assert (await town.show(original))["stage"] == "merged"

    await town.step(main, "hand_over")
    assert (await town.show(main))["answer_to"] == [town.members["zhang"], town.members["li"]]
    undone = {"reason": "涉及另一路段", "undone_on": "2005-03-02"}
    assert (await town.post(town.committee, f"{path}/undo-merge", undone)).status_code == 200
    assert (await town.show(main))["answer_to"] == [town.members["zhang"]]
    assert (await town.show(original))["stage"] == "submitted"
    await town.step(original, "register")


async def test_a_case_is_split_into_siblings_that_know_each_other(town: "Town") -> None:
    case = await town.submit()
    body = {"title": "关于路灯的提案", "text": "装路灯。", "split_on": "2005-01-25"}
    split = await town.post(town.committee, f"/proposals/{case.id}/split", body, headers={"if-match": '"1"'})
    assert split.status_code == 201, split.text
    sibling = split.json()["id"]
    assert (await town.show(case))["review"]["siblings"] == [sibling]
    shown = (await town.get(town.committee, f"/proposals/{sibling}")).json()
    assert (shown["title"], shown["text"], shown["review"]["split_from"], shown["submitter"]) == (
        "关于路灯的提案",
        "装路灯。",
        case.id,
        town.members["zhang"],
    )


async def test_a_member_withdraws_his_case_and_the_reason_is_sealed(town: "Town", code: Code) -> None:
    case = await town.case("hand_over")
    path, body = f"/proposals/{case.id}/withdraw", {"reason": "已经解决。", "withdrawn_on": "2005-03-10"}
    assert (await town.post(town.member("li"), path, body)).status_code == 403
    unwritten = await town.post(town.committee, path, body)
    assert (unwritten.status_code, code(unwritten)) == (409, "proposal.not_in_writing")
    assert (await town.post(town.member("zhang"), path, body)).status_code == 200
    shown = await town.show(case)
    assert (shown["stage"], shown["clocks"], shown["review"]["withdrawal"]["reason"]) == (
        "withdrawn",
        [],
        "已经解决。",
    )
    seen = (await town.get(town.auditor, f"/proposals/{case.id}")).json()
    assert seen["review"]["withdrawal"]["reason"] is None


async def test_each_item_is_answered_by_its_unit(town: "Town", code: Code) -> None:
    case = await town.case("sign_for", co=["road"])
    path = f"/proposals/{case.id}/items"
    items = [
        {"title": "修通断头路", "unit": town.units["plan"]},
        {"title": "明确养护责任", "unit": town.units["road"]},
    ]
    listed = {"items": items, "listed_on": "2005-03-03"}
    assert (await town.post(town.of("plan", "handler"), path, listed)).status_code == 403
    assert (await town.post(town.office, path, listed)).status_code == 200
    answer = {
        "item": 2,
        "category": "B",
        "scheme": "bureau-abc",
        "answer": "已明确。",
        "answered_on": "2005-03-20",
    }
    wrong = await town.post(town.of("plan", "handler"), f"{path}/answer", answer)
    assert (wrong.status_code, code(wrong)) == (409, "proposal.no_such_item")
    assert (await town.post(town.of("road", "handler"), f"{path}/answer", answer)).status_code == 200
    shown = (await town.show(case))["review"]["items"]
    assert [(item["title"], item["reply"] and item["reply"]["answer"]) for item in shown] == [
        ("修通断头路", None),
        ("明确养护责任", "已明确。"),
    ]
    owed = (await town.get(town.of("plan", "handler"), "/worklist")).json()["items"]
    assert "answer_item" in {item["act"] for item in owed}


async def test_a_unit_asks_and_the_office_redirects_and_the_other_unit_goes_on(town: "Town", code: Code) -> None:
    case = await town.case("hand_over")
    path = f"/proposals/{case.id}"
    ask = {"reason": "属公路局职责", "suggested": town.units["road"], "asked_on": "2005-03-03"}
    redirect = {"unit": town.units["plan"], "to": town.units["road"], "redirected_on": "2005-03-07"}
    itself = await town.post(town.of("plan", "office_clerk"), f"{path}/redirect", redirect)
    assert (itself.status_code, code(itself)) == (403, "forbidden")
    assert (await town.post(town.of("plan", "office_clerk"), f"{path}/ask-adjustment", ask)).status_code == 200
    owed = (await town.get(town.of("office", "office"), "/worklist")).json()["items"]
    assert [item["act_name"] for item in owed] == ["决定调整"]
    assert (await town.post(town.office, f"{path}/redirect", redirect)).status_code == 200
    shown = await town.show(case)
    assert (shown["lead"], shown["assignment"]["adjustments"][0]["outcome"]) == (town.units["road"], "redirected")
    whom = f"unit:{town.units['road']}"
    assert {c["kind"]: c["due_on"] for c in shown["clocks"] if c["whom"] == whom} == {
        "return": "2005-03-14",
        "contact": "2005-03-28",
        "unit_reply": "2005-04-30",
    }
    assert not [c for c in shown["clocks"] if c["whom"] == f"unit:{town.units['plan']}"]
    case.lead = town.units["road"]
    for step in ("sign_for", "contact", "meet_before"):
        await town.step(case, step)


async def test_an_extension_is_decided_by_whoever_handed_the_case_over(town: "Town", code: Code) -> None:
    case = await town.case("contact")
    path = f"/proposals/{case.id}"
    ask = {"kind": "unit_reply", "until_on": "2005-05-20", "reason": "须实地核查", "asked_on": "2005-04-20"}
    grant = {"unit": case.lead, "kind": "unit_reply", "reason": "情况属实", "granted_on": "2005-04-22"}
    assert (await town.post(town.of("plan", "handler"), f"{path}/ask-extension", ask)).status_code == 200
    other = await town.post(town.committee, f"{path}/grant-extension", grant)
    assert (other.status_code, code(other), other.json()["roles"]) == (403, "extension.not_entitled", ["office"])
    assert (await town.post(town.office, f"{path}/grant-extension", grant)).status_code == 200
    clock = next(c for c in (await town.show(case))["clocks"] if c["kind"] == "unit_reply")
    assert (clock["due_on"], clock["proof"]["extended_from"]) == ("2005-05-20", "2005-04-30")
    told = {
        "kind": "unit_reply",
        "until_on": "2005-05-20",
        "reason": "须实地核查",
        "told": case.members,
        "explained_on": "2005-04-23",
    }
    assert (await town.post(town.of("plan", "handler"), f"{path}/explain-extension", told)).status_code == 200


async def test_a_hand_over_meeting_does_row_by_row_what_it_can_and_lists_it(town: "Town") -> None:
    ready, unready = await town.case("register"), await town.submit()
    lead, road = town.units["plan"], town.units["road"]
    rows = [
        {"case": ready.id, "lead": lead, "co": [road], "handed_over_on": "2005-03-01", "signed_for": [lead]},
        {"case": unready.id, "lead": lead, "handed_over_on": "2005-03-01"},
        {"case": str(uuid4()), "lead": lead, "handed_over_on": "2005-03-01"},
    ]
    body, key = {"rows": rows}, str(uuid4())
    assert (await town.post(town.of("plan", "handler"), "/hand-over-meetings", body)).status_code == 403
    held = await town.post(town.office, "/hand-over-meetings", body, key=key)
    assert held.status_code == 200, held.text
    told = held.json()
    assert (told["done"], told["refused"]) == (1, 2)
    assert [(row["done"], row["status"], row["problem"]) for row in told["rows"]] == [
        (True, 200, None),
        (False, 409, "proposal.wrong_stage"),
        (False, 404, "not-found"),
    ]
    line = told["rows"][0]
    assert [line[name] for name in ("number", "stage", "lead", "co", "signed_for")] == [
        1,
        "handed_over",
        "规划办",
        ["公路局"],
        ["规划办"],
    ]
    assert (await town.show(ready))["signed_for"] == {lead: "2005-03-01"}
    again = await town.post(town.office, "/hand-over-meetings", body, key=key)
    assert [row["done"] for row in again.json()["rows"]] == [True, False, False]
    assert (await town.show(ready))["version"] == 4


async def test_a_reorganisation_moves_every_open_case_to_the_successor(town: "Town") -> None:
    led, helped = await town.case("contact"), await town.case("hand_over", lead="budget", co=["plan"])
    before = {c["kind"]: c["due_on"] for c in (await town.show(led))["clocks"]}
    body = {"unit": town.units["plan"], "to": town.units["road"], "succeeded_on": "2005-03-10"}
    assert (await town.post(town.of("plan", "handler"), "/reorganisations", body)).status_code == 403
    moved = await town.post(town.office, "/reorganisations", body)
    assert (moved.status_code, moved.json()["done"], moved.json()["refused"]) == (200, 2, 0)
    first, second = await town.show(led), await town.show(helped)
    assert (first["lead"], second["co"]) == (town.units["road"], [town.units["road"]])
    assert {c["kind"]: c["due_on"] for c in first["clocks"]} == before
    assert first["assignment"]["replacements"][0]["unit"] == town.units["plan"]
    assert (await town.post(town.office, "/reorganisations", body)).json()["rows"] == []


async def test_the_list_of_a_hand_over_meeting_is_printed_with_room_for_signatures(town: "Town") -> None:
    await town.case("hand_over", co=["road"])
    await town.case("register")
    printed = await town.get(town.office, "/hand-over-lists?on=2005-03-01")
    assert printed.status_code == 200
    table = Document(BytesIO(printed.content)).tables[0]
    assert [cell.text for cell in table.rows[1].cells] == [
        "1",
        "关于改善县乡公路的提案",
        "张明",
        "规划办",
        "公路局",
        "2005年3月8日",
        "",
    ]
    assert len(table.rows) == 2
    assert (await town.get(town.office, "/hand-over-lists?on=2005-09-31")).status_code == 422
