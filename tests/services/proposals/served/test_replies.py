"""Replies over HTTP beside the plain way: notes, consultation, waivers, recall, paper forms, commitments."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town

Code = Callable[[httpx2.Response], str]
PAPER = {"witness": "person:witness", "digest": "sha256:" + "1" * 64}


async def test_notes_are_read_by_the_unit_that_wrote_them_and_by_nobody_else(town: "Town") -> None:
    case = await town.case("contact", co=["road"])
    path = f"/proposals/{case.id}"
    handler = town.of("plan", "handler")
    assert (
        await town.post(handler, f"{path}/note", {"note": "先问财务处。", "noted_on": "2005-03-05"})
    ).status_code == 200
    notes = await town.get(town.of("plan", "signer"), f"{path}/notes")
    assert [(note["text"], note["author"]) for note in notes.json()] == [("先问财务处。", handler.subject)]
    for stranger in (town.member("zhang"), town.committee, town.office, town.auditor, town.of("road", "handler")):
        assert (await town.get(stranger, f"{path}/notes")).status_code == 403
        assert "先问财务处" not in (await town.get(stranger, path)).text
    moved = {"handler": "person:new", "section": "规划科", "reason": "轮岗", "changed_on": "2005-03-07"}
    assert (await town.post(town.of("road", "handler"), f"{path}/change-handler", moved)).status_code == 403
    assert (await town.post(handler, f"{path}/change-handler", moved)).status_code == 200
    shown = await town.show(case)
    assert (shown["section"], shown["contacted_on"]) == ("规划科", "2005-03-04")
    assert shown["contacts"][town.units["plan"]]["handler"] == "person:new"


async def test_a_member_sees_the_draft_that_he_is_asked_about_and_answers(town: "Town", code: Code) -> None:
    case = await town.case("draft")
    path = f"/proposals/{case.id}"
    zhang = town.members["zhang"]
    assert (await town.show(case, town.member("zhang")))["replies"][0]["text"] is None
    word = {"member": zhang, "word": "基本满意", "remark": "请写明时间。", "commented_on": "2005-04-02"}
    early = await town.post(town.member("zhang"), f"{path}/reply/comment", word)
    assert (early.status_code, code(early)) == (409, "reply.not_consulted")
    asked = await town.post(town.of("plan", "handler"), f"{path}/reply/show-draft", {"shown_on": "2005-04-01"})
    assert asked.status_code == 200
    assert (await town.show(case, town.member("zhang")))["replies"][0]["text"] == "已列入今年计划。"
    for stranger in (town.member("li"), town.committee, town.of("plan", "handler")):
        assert (await town.post(stranger, f"{path}/reply/comment", word)).status_code == 403
    assert (await town.post(town.member("zhang"), f"{path}/reply/comment", word)).status_code == 200
    (reply,) = (await town.show(case))["replies"]
    assert (reply["comments"], reply["rated"]) == (
        [{"member": zhang, "draft": 1, "word": "基本满意", "on": "2005-04-02", "remark": "请写明时间。"}],
        {},
    )


async def test_a_waived_meeting_holds_up_nothing_and_a_unit_waives_none(town: "Town", code: Code) -> None:
    case = await town.case("review", without=["meet_during"])
    path = f"/proposals/{case.id}"
    waiver = {"step": "meeting_during", "reason": "委员在外地", "waived_on": "2005-04-03"}
    assert (await town.post(town.of("plan", "signer"), f"{path}/waive-step", waiver)).status_code == 403
    assert (await town.post(town.office, f"{path}/waive-step", waiver)).status_code == 200
    again = await town.post(town.office, f"{path}/waive-step", waiver)
    assert (again.status_code, code(again)) == (409, "proposal.already_done")
    await town.step(case, "sign")


async def test_who_signs_is_shown_the_replies_to_similar_cases_and_warned_of_other_categories(town: "Town") -> None:
    first = await town.case("sign")
    assert first.answers["sign"].json()["similar"] == []
    other = await town.case("review", title="关于改善县乡公路的建议")
    await town.case("sign", title="关于路灯的提案", text="夜间照明不足，请增设节能灯具并安排专人巡查。")
    signer = town.of("plan", "signer")
    seen = (await town.get(signer, f"/proposals/{other.id}/reply/similar")).json()
    assert ([row["id"] for row in seen["similar"]], seen["conflicts"]) == ([first.id], 0)
    new = {"category": "B", "scheme": "bureau-abc", "text": "列入规划。", "drafted_on": "2005-04-03"}
    version = (await town.show(other))["version"]
    handler = town.of("plan", "handler")
    drafted = await town.post(
        handler, f"/proposals/{other.id}/reply/draft", new, headers={"if-match": f'"{version}"'}
    )
    assert drafted.status_code == 200
    await town.step(other, "review", reviewed_on="2005-04-04")
    answer = await town.step(other, "sign")
    assert answer is not None
    told = answer.json()
    assert told["conflicts"] == 1
    assert [(row["id"], row["category"], row["unit_name"], row["conflicting"]) for row in told["similar"]] == [
        (first.id, "A", "规划办", True)
    ]


async def test_a_reply_signed_elsewhere_goes_out_and_may_be_recalled(town: "Town", code: Code) -> None:
    case = await town.case("draft")
    path = f"/proposals/{case.id}/reply"
    clerk, signer = town.of("plan", "office_clerk"), town.of("plan", "signer")
    document = {
        "system": "省公文系统",
        "document_id": "2005-1",
        "digest": "sha256:" + "0" * 64,
        "signed_by": "副厅长",
    }
    body = {"document": "湘交提字〔2005〕1号", "elsewhere": document, "signed_on": "2005-04-05"}
    bad = await town.post(clerk, f"{path}/sign-elsewhere", body | {"elsewhere": document | {"digest": "sha256:1"}})
    assert (bad.status_code, code(bad)) == (422, "invalid-body")
    assert (await town.post(clerk, f"{path}/sign-elsewhere", body)).status_code == 200
    for step in ("stamp", "deliver", "receive"):
        await town.step(case, step)
    recall = {"reason": "年份有误", "approved_by": "厅办公室", "recalled_on": "2005-04-11"}
    assert (await town.post(clerk, f"{path}/recall", recall)).status_code == 403
    assert (await town.post(signer, f"{path}/recall", recall)).status_code == 200
    shown = await town.show(case)
    assert (shown["stage"], shown["replies"][0]["recalls"][0]["document"]) == ("handed_over", "湘交提字〔2005〕1号")
    for step, day in (("review", "reviewed_on"), ("sign", "signed_on"), ("stamp", "stamped_on")):
        await town.step(case, step, **{day: "2005-04-12"})
    sent_back = {"passed": False, "remark": "缺附表。", "checked_on": "2005-04-12"}
    assert (await town.post(clerk, f"{path}/check", sent_back)).status_code == 200
    assert (await town.show(case))["stage"] == "handed_over"


async def test_the_answer_matrix_shows_who_is_still_owed_an_answer(town: "Town") -> None:
    case = await town.submit(form="joint", cosigners=[town.members["li"]])
    case.members = [town.members["zhang"], town.members["li"]]
    for step in ("confirm", "register", "hand_over", "sign_for", "contact", "meet_before", "meet_during", "draft"):
        await town.step(case, step)
    for step in ("review", "sign", "stamp", "deliver"):
        await town.step(case, step)
    told = (await town.get(town.of("plan", "handler"), f"/proposals/{case.id}/answers")).json()
    assert (told["settled"], [(row["how"], row["delivered_on"], row["settled"]) for row in told["items"]]) == (
        False,
        [("direct", "2005-04-08", False)] * 2,
    )
    assert {told["names"][row["member"]] for row in told["items"]} == {"张明", "李华"}
    for step in ("receive", "rate"):
        await town.step(case, step)
    assert (await town.get(town.committee, f"/proposals/{case.id}/answers")).json()["settled"] is True


async def test_the_committee_alone_enters_a_paper_form_reminds_and_finds_a_member_silent(
    town: "Town", code: Code
) -> None:
    paper, silent = await town.case("receive"), await town.case("receive")
    zhang = town.members["zhang"]
    form = {"member": zhang, "result": "满意", "attitude": "满意", "paper": PAPER, "rated_on": "2005-04-20"}
    path = f"/proposals/{paper.id}/reply/enter-rating"
    for who in (town.member("zhang"), town.office, town.of("plan", "office_clerk")):
        assert (await town.post(who, path, form)).status_code == 403
    alone = await town.post(town.committee, path, form | {"paper": PAPER | {"witness": town.committee.subject}})
    assert (alone.status_code, code(alone)) == (409, "reply.own_witness")
    assert (await town.post(town.committee, path, form)).status_code == 200
    assert (await town.show(paper))["replies"][0]["rated"][zhang]["given"] == "paper"

    path = f"/proposals/{silent.id}/reply"
    remind, lapse = {"member": zhang, "reminded_on": "2005-04-20"}, {"member": zhang, "lapsed_on": "2005-05-10"}
    early = await town.post(town.committee, f"{path}/lapse-rating", lapse)
    assert (early.status_code, code(early)) == (409, "reply.not_reminded")
    assert (await town.post(town.committee, f"{path}/remind-rating", remind)).status_code == 200
    assert (await town.post(town.committee, f"{path}/lapse-rating", lapse)).status_code == 200
    assert (await town.show(silent))["replies"][0]["rated"][zhang]["result"] == "未表态"


async def test_a_member_whose_seat_has_ended_cannot_rate(town: "Town", code: Code) -> None:
    case = await town.case("receive")
    zhang = town.members["zhang"]
    path = f"/proposals/{case.id}/reply"
    found = {"member": zhang, "found_on": "2005-05-10"}
    held = await town.post(town.committee, f"{path}/rating-impossible", found)
    assert (held.status_code, code(held)) == (409, "reply.seat_held")
    left = {"reason": "调离", "on": "2005-04-15"}
    registrar = town.of("", "registrar", name="registrar")
    ended = await town.post(registrar, f"/members/{zhang}/end-seat", left, service="members")
    assert ended.status_code == 200, ended.text
    rating = {"member": zhang, "result": "满意", "attitude": "满意", "rated_on": "2005-04-20"}
    late = await town.post(town.member("zhang"), f"{path}/rate", rating)
    assert (late.status_code, code(late)) == (409, "reply.seat_ended")
    assert (await town.post(town.committee, f"{path}/rating-impossible", found)).status_code == 200
    await town.step(case, "meet_after")
    await town.step(case, "close")


async def test_a_commitment_stays_on_the_ledger_until_it_is_kept_whatever_became_of_the_case(
    town: "Town", code: Code
) -> None:
    case = await town.case("sign")
    path = f"/proposals/{case.id}/commitments"
    handler, signer = town.of("plan", "handler"), town.of("plan", "signer")
    promise = {"what": "年内修通断头路", "made_on": "2005-04-06", "due_on": "2005-12-31"}
    assert (await town.post(town.of("road", "handler"), f"{path}/make", promise)).status_code == 403
    assert (await town.post(handler, f"{path}/make", promise)).status_code == 200
    for step in ("stamp", "deliver", "receive", "rate", "meet_after", "close"):
        await town.step(case, step)
    later = "2006-03-01"
    ledger = await town.get(town.auditor, "/commitments", on=later, state="overdue")
    (entry,) = [item for item in ledger.json()["items"] if item["id"] == case.id]
    assert (entry["what"], entry["unit_name"], entry["due_on"], entry["overdue"]) == (
        "年内修通断头路",
        "规划办",
        "2005-12-31",
        True,
    )
    delay = {"number": 1, "reason": "汛期停工", "slipped_on": "2006-03-01", "due_on": "2006-06-30"}
    assert (await town.post(handler, f"{path}/put-off", delay, on=later)).status_code == 403
    assert (await town.post(signer, f"{path}/put-off", delay, on=later)).status_code == 200
    kept = {"number": 1, "how": "已通车", "kept_on": "2006-06-20"}
    told = {"number": 1, "text": "断头路已通车。", "answered_on": "2006-06-25"}
    early = await town.post(signer, f"{path}/answer", told, on="2006-06-30")
    assert (early.status_code, code(early)) == (409, "commitment.not_kept")
    assert (await town.post(handler, f"{path}/keep", kept, on="2006-06-30")).status_code == 200
    assert (await town.post(signer, f"{path}/answer", told, on="2006-06-30")).status_code == 200
    ledger = await town.get(town.committee, "/commitments", case=case.id, unit=town.units["plan"], state="answered")
    (entry,) = ledger.json()["items"]
    assert [entry[name] for name in ("slips", "first_due_on", "due_on", "kept_on", "answered_on", "overdue")] == [
        1,
        "2005-12-31",
        "2006-06-30",
        "2006-06-20",
        "2006-06-25",
        False,
    ]
    page = await town.get(town.committee, "/commitments", after="bad")
    assert (page.status_code, code(page)) == (400, "malformed-request")


async def test_separate_units_answer_each_for_itself_over_http(town: "Town", code: Code) -> None:
    case = await town.submit()
    await town.step(case, "register")
    path = f"/proposals/{case.id}"
    plan, road = town.units["plan"], town.units["road"]
    body = {"separate": [plan, road], "office": town.units["office"], "handed_over_on": "2005-03-01"}
    assert (await town.post(town.office, f"{path}/hand-over", body)).status_code == 200
    zhang = {"member": town.members["zhang"]}
    for unit in (plan, road):
        case.lead = unit
        for step in ("sign_for", "contact", "meet_before", "meet_during", "draft", "review", "sign", "stamp"):
            await town.step(case, step)
        await town.step(case, "deliver")
    nameless = await town.post(town.member("zhang"), f"{path}/reply/receive", zhang | {"received_on": "2005-04-10"})
    assert (nameless.status_code, code(nameless)) == (409, "reply.unit_not_named")
    for unit in (plan, road):
        received = zhang | {"unit": unit, "received_on": "2005-04-10"}
        assert (await town.post(town.member("zhang"), f"{path}/reply/receive", received)).status_code == 200
    bad = zhang | {"unit": road, "result": "不满意", "attitude": "满意", "rated_on": "2005-04-20"}
    assert (await town.post(town.member("zhang"), f"{path}/reply/rate", bad)).status_code == 200
    assert (await town.post(town.committee, f"{path}/rehandle", {"ordered_on": "2005-04-22"})).status_code == 200
    shown = await town.show(case)
    assert (shown["stage"], shown["rounds"]) == ("handed_over", {plan: 1, road: 2})
    assert {(reply["unit"], reply["round"], bool(reply["rated"])) for reply in shown["replies"]} == {
        (plan, 1, False),
        (road, 1, True),
    }
