"""Whole cases over HTTP, on the real log and database: alone, joint, as a group, returned, rated badly, corrected."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town

Code = Callable[[httpx2.Response], str]


async def test_a_single_case_goes_from_submission_to_closed(town: "Town") -> None:
    case = await town.case("close")
    shown = await town.show(case)
    expected = {
        "stage": "closed",
        "number": 1,
        "kind": "cppcc_proposal",
        "form": "single",
        "title": "关于改善县乡公路的提案",
        "text": "建议优先修通山区断头路。",
        "texts": "shown",
        "pack": "hunan-transport-2005",
        "answer_to": [town.members["zhang"]],
        "lead": town.units["plan"],
        "office": town.units["office"],
        "section": "综合科",
        "handed_over_on": "2005-03-01",
        "closed_on": "2005-05-20",
        "round": 1,
        "clocks": [],
        "version": 16,
    }
    assert {name: shown[name] for name in expected} == expected
    (reply,) = shown["replies"]
    assert {name: reply[name] for name in ("category", "scheme", "text", "document", "signed_on", "passed")} == {
        "category": "A",
        "scheme": "bureau-abc",
        "text": "已列入今年计划。",
        "document": "湘交提字〔2005〕1号",
        "signed_on": "2005-04-05",
        "passed": True,
    }
    (rating,) = [rating for member, rating in reply["rated"].items() if member == town.members["zhang"]]
    words = {
        "result": "满意",
        "attitude": "满意",
        "on": "2005-04-20",
        "rehandle": False,
        "given": "member",
        "by": None,
    }
    assert {name: rating[name] for name in words} == words
    assert sorted(meeting["stage"] for meeting in shown["meetings"].values()) == ["after", "before", "during"]
    assert shown["names"][town.units["plan"]] == "规划办"
    assert shown["names"][town.members["zhang"]] == "张明"


async def test_a_joint_case_waits_for_its_cosigners_and_answers_those_who_confirmed(town: "Town", code: Code) -> None:
    li, wang = town.members["li"], town.members["wang"]
    case = await town.submit(form="joint", cosigners=[li, wang], co=["road"])
    path = f"/proposals/{case.id}"
    early = await town.post(town.committee, f"{path}/register", {"registered_on": "2005-02-01"})
    assert (early.status_code, code(early), early.json()["members"]) == (
        409,
        "proposal.cosigners_pending",
        [li, wang],
    )
    told = {"confirmed_on": "2005-01-21"}
    strangers = [
        await town.post(town.member("zhao"), f"{path}/confirm-cosigning", told),
        await town.post(town.of("plan", "handler"), f"{path}/confirm-cosigning", told),
    ]
    assert [(answer.status_code, code(answer)) for answer in strangers] == [(403, "forbidden")] * 2
    assert (await town.post(town.member("li"), f"{path}/confirm-cosigning", told)).status_code == 200
    declined = await town.post(town.member("wang"), f"{path}/decline-cosigning", {"declined_on": "2005-01-21"})
    assert declined.status_code == 200

    case.members = [town.members["zhang"], li]
    for step in ("register", "hand_over"):
        await town.step(case, step)
    assert (await town.show(case))["answer_to"] == [town.members["zhang"], li]
    for step in ("sign_for", "contact", "meet_before", "meet_during", "opinion", "draft", "review", "sign"):
        await town.step(case, step)
    clerk = town.of("plan", "office_clerk")
    to_wang = {"member": wang, "mode": "paper", "delivered_on": "2005-04-08"}
    refused = await town.post(clerk, f"{path}/reply/deliver", to_wang)
    assert (refused.status_code, code(refused)) == (409, "reply.not_to_be_answered")
    await town.step(case, "stamp")
    for step in ("deliver", "receive", "rate", "meet_after", "close"):
        await town.step(case, step)
    shown = await town.show(case)
    assert (shown["stage"], set(shown["replies"][0]["rated"])) == ("closed", {town.members["zhang"], li})
    assert shown["opinions"] == {town.units["road"]: {"on": "2005-03-15", "text": "同意主办单位意见。"}}


async def test_a_group_is_answered_through_its_named_contact(town: "Town", code: Code) -> None:
    body = town.proposal(form="group")
    nameless = await town.post(town.member("zhang"), "/proposals", body)
    assert (nameless.status_code, code(nameless)) == (409, "proposal.form_mismatch")
    case = await town.case("close", form="group", group="民盟支部")
    shown = await town.show(case)
    assert (shown["stage"], shown["group"], shown["answer_to"]) == ("closed", "民盟支部", [town.members["zhang"]])


async def test_the_committee_declines_a_case_or_returns_it_for_revision(town: "Town", code: Code) -> None:
    declined, returned = await town.submit(), await town.submit()
    reason = {"reason": "不属受理范围。", "declined_on": "2005-01-25"}
    assert (await town.post(town.office, f"/proposals/{declined.id}/decline", reason)).status_code == 403
    assert (await town.post(town.committee, f"/proposals/{declined.id}/decline", reason)).status_code == 200
    late = await town.post(town.committee, f"/proposals/{declined.id}/register", {"registered_on": "2005-02-01"})
    assert (late.status_code, code(late), late.json()["stage"]) == (409, "proposal.wrong_stage", "declined")

    back = {"reason": "一事一案。", "returned_on": "2005-01-22"}
    assert (await town.post(town.committee, f"/proposals/{returned.id}/return", back)).status_code == 200
    new = {"title": "关于修通断头路的提案", "text": "只修断头路。", "revised_on": "2005-01-24"}
    assert (await town.post(town.member("li"), f"/proposals/{returned.id}/revise", new)).status_code == 403
    assert (await town.post(town.member("zhang"), f"/proposals/{returned.id}/revise", new)).status_code == 200
    await town.step(returned, "register")
    shown = await town.show(returned)
    assert [shown[name] for name in ("title", "text", "number")] == ["关于修通断头路的提案", "只修断头路。", 1]


async def test_a_unit_does_only_what_is_its_own(town: "Town", code: Code) -> None:
    case = await town.case("sign_for", co=["road"])
    path = f"/proposals/{case.id}"
    reply = {"category": "A", "scheme": "bureau-abc", "text": "答复。", "drafted_on": "2005-04-01"}
    opinion = {"opinion": "同意。", "given_on": "2005-03-15"}
    contact = {"section": "综合科", "contacted_on": "2005-03-04"}
    unitless = town.of("", "handler")
    refused = [
        await town.post(town.of("road", "handler"), f"{path}/reply/draft", reply),
        await town.post(town.of("budget", "handler"), f"{path}/reply/draft", reply),
        await town.post(town.of("plan", "office_clerk"), f"{path}/reply/draft", reply),
        await town.post(town.of("plan", "handler"), f"{path}/opinion", opinion),
        await town.post(town.of("road", "handler"), f"{path}/contact", contact),
        await town.post(town.of("budget", "office_clerk"), f"{path}/sign-for", {"signed_for_on": "2005-03-02"}),
        await town.post(unitless, f"{path}/reply/draft", reply),
        await town.post(
            town.of("plan", "handler"), f"{path}/hand-over", {"lead": case.lead, "handed_over_on": "2005-03-01"}
        ),
    ]
    assert [(answer.status_code, code(answer)) for answer in refused] == [
        *[(403, "forbidden")] * 6,
        (403, "proposal.unit_missing"),
        (403, "forbidden"),
    ]
    assert (await town.show(case))["version"] == 5


async def test_a_draft_is_sent_back_redrafted_passed_and_signed_by_somebody_else(town: "Town", code: Code) -> None:
    case = await town.case("draft", without=["review"])
    path = f"/proposals/{case.id}/reply"
    reviewer, all_in_one = town.of("plan", "reviewer"), town.of("plan", "handler", "signer", name="wang")
    signature = {"document": "湘交提字〔2005〕1号", "signed_on": "2005-04-05"}
    sent_back = await town.post(
        reviewer, f"{path}/review", {"passed": False, "remark": "补数据。", "reviewed_on": "2005-04-02"}
    )
    assert sent_back.status_code == 200
    refused = await town.post(all_in_one, f"{path}/sign", signature)
    assert (refused.status_code, code(refused)) == (409, "reply.not_reviewed")
    new = {"category": "B", "scheme": "bureau-abc", "text": "已补数据。", "drafted_on": "2005-04-03"}
    unseen = await town.post(all_in_one, f"{path}/draft", new)
    assert (unseen.status_code, code(unseen)) == (428, "precondition-required")
    version = (await town.show(case))["version"]
    stale = await town.post(all_in_one, f"{path}/draft", new, headers={"if-match": f'"{version - 1}"'})
    assert (stale.status_code, code(stale)) == (412, "precondition-failed")
    seen = {"if-match": f'"{version}"'}
    assert (await town.post(all_in_one, f"{path}/draft", new, headers=seen)).status_code == 200
    drafts = (await town.get(all_in_one, f"/proposals/{case.id}/reply/drafts")).json()
    assert [(draft["version"], draft["text"], draft["passed"]) for draft in drafts] == [
        (1, "已列入今年计划。", False),
        (2, "已补数据。", None),
    ]
    for stranger in (town.member("zhang"), town.committee, town.of("road", "handler")):
        assert (await town.get(stranger, f"/proposals/{case.id}/reply/drafts")).status_code == 403
    assert (await town.show(case, town.member("zhang")))["replies"][0]["text"] is None
    assert (
        await town.post(reviewer, f"{path}/review", {"passed": True, "reviewed_on": "2005-04-04"})
    ).status_code == 200
    refused = await town.post(all_in_one, f"{path}/sign", signature)
    assert (refused.status_code, code(refused)) == (409, "reply.drafter_signs")
    await town.step(case, "sign")
    (reply,) = (await town.show(case))["replies"]
    assert [reply[name] for name in ("category", "text", "drafter")] == ["B", "已补数据。", all_in_one.subject]


@pytest.mark.parametrize(("without", "missing"), [("meet_before", {"before": 1}), ("meet_during", {"during": 1})])
async def test_a_meeting_recorded_by_the_other_service_lets_the_reply_be_signed(
    town: "Town", code: Code, without: str, missing: dict[str, int]
) -> None:
    case = await town.case("review", without=[without])
    signature = {"document": "湘交提字〔2005〕1号", "signed_on": "2005-04-05"}
    signer = town.of("plan", "signer")
    refused = await town.post(signer, f"/proposals/{case.id}/reply/sign", signature)
    assert (refused.status_code, code(refused), refused.json()["missing"]) == (409, "reply.before_meeting", missing)
    await town.step(case, without)
    assert (await town.post(signer, f"/proposals/{case.id}/reply/sign", signature)).status_code == 200


async def test_a_meeting_withdrawn_in_the_other_service_counts_no_longer(town: "Town", code: Code) -> None:
    case = await town.case("review")
    record = case.answers["meet_before"].json()["id"]
    body = {"reason": "录错", "approved_by": "厅办公室", "withdrawn_on": "2005-04-03"}
    handler = town.of("plan", "handler")
    withdrawn = await town.post(handler, f"/handler-meetings/{record}/withdraw", body, service="meetings")
    assert withdrawn.status_code == 200
    signature = {"document": "湘交提字〔2005〕1号", "signed_on": "2005-04-05"}
    refused = await town.post(town.of("plan", "signer"), f"/proposals/{case.id}/reply/sign", signature)
    assert (refused.status_code, code(refused)) == (409, "reply.before_meeting")


async def test_only_the_member_rates(town: "Town", code: Code) -> None:
    case = await town.case("receive")
    zhang = town.members["zhang"]
    rating = {"member": zhang, "result": "满意", "attitude": "满意", "rated_on": "2005-04-20"}
    path = f"/proposals/{case.id}/reply/rate"
    for who in (
        town.of("plan", "office_clerk"),
        town.of("plan", "handler", "reviewer", "signer"),
        town.member("li"),
        town.committee,
        town.office,
        town.auditor,
    ):
        refused = await town.post(who, path, rating)
        assert (refused.status_code, code(refused)) == (403, "forbidden"), who
    for_another = await town.post(town.member("zhang"), path, rating | {"member": town.members["li"]})
    assert (for_another.status_code, code(for_another)) == (403, "forbidden")
    assert (await town.post(town.member("zhang"), path, rating)).status_code == 200


async def test_the_committee_enters_the_receipt_of_a_returned_slip_but_a_unit_does_not(town: "Town") -> None:
    case = await town.case("deliver")
    receipt = {"member": town.members["zhang"], "received_on": "2005-04-10"}
    path = f"/proposals/{case.id}/reply/receive"
    for who, status in ((town.of("plan", "office_clerk"), 403), (town.member("li"), 403), (town.committee, 200)):
        assert (await town.post(who, path, receipt)).status_code == status


async def test_a_dissatisfied_member_has_the_case_handled_again_and_rates_again(town: "Town", code: Code) -> None:
    case = await town.case("receive")
    path = f"/proposals/{case.id}"
    bad = {"member": town.members["zhang"], "result": "不满意", "attitude": "满意", "rated_on": "2005-04-20"}
    rated = await town.post(town.member("zhang"), f"{path}/reply/rate", bad | {"remark": "没有时间表。"})
    assert rated.status_code == 200
    shown = await town.show(case)
    assert (shown["stage"], {(c["kind"], c["round"]): c["due_on"] for c in shown["clocks"]}) == (
        "dissatisfied",
        {("closing", 1): "2005-05-30", ("rehandle", 2): "2005-05-20"},
    )
    closed = await town.post(town.committee, f"{path}/close", {"closed_on": "2005-04-21"})
    assert (closed.status_code, code(closed)) == (409, "proposal.wrong_stage")
    order = {"ordered_on": "2005-04-22"}
    assert (await town.post(town.of("plan", "handler"), f"{path}/rehandle", order)).status_code == 403
    assert (await town.post(town.committee, f"{path}/rehandle", order)).status_code == 200
    days: dict[str, Any] = {
        "draft": {"drafted_on": "2005-05-08", "text": "五月底前动工。"},
        "review": {"reviewed_on": "2005-05-09"},
        "sign": {"signed_on": "2005-05-10", "document": "湘交提字〔2005〕1号之二"},
        "stamp": {"stamped_on": "2005-05-10"},
        "deliver": {"delivered_on": "2005-05-11"},
        "receive": {"received_on": "2005-05-12"},
        "rate": {"rated_on": "2005-05-13", "result": "基本满意"},
    }
    for step, changes in days.items():
        await town.step(case, step, **changes)
    for step in ("meet_after", "close"):
        await town.step(case, step)
    shown = await town.show(case)
    first, second = shown["replies"]
    assert [reply["text"] for reply in (first, second)] == ["已列入今年计划。", "五月底前动工。"]
    assert [next(iter(reply["rated"].values()))["result"] for reply in (first, second)] == ["不满意", "基本满意"]
    assert (shown["stage"], shown["round"], shown["clocks"]) == ("closed", 2, [])


async def test_a_case_is_not_closed_before_the_meeting_after_the_reply(town: "Town", code: Code) -> None:
    case = await town.case("rate")
    path = f"/proposals/{case.id}/close"
    early = await town.post(town.committee, path, {"closed_on": "2005-05-20"})
    assert (early.status_code, code(early)) == (409, "proposal.meeting_after_missing")
    await town.step(case, "meet_after")
    assert (await town.post(town.of("plan", "signer"), path, {"closed_on": "2005-05-20"})).status_code == 403
    await town.step(case, "close")


async def test_a_signed_reply_is_corrected_with_reason_and_authority(town: "Town", code: Code) -> None:
    case = await town.case("deliver")
    path = f"/proposals/{case.id}/reply/correct"
    body = {"text": "已列入明年计划。", "category": "B", "reason": "年份有误", "corrected_on": "2005-04-20"}
    signer = town.of("plan", "signer")
    incomplete = await town.post(signer, path, body)
    assert (incomplete.status_code, code(incomplete)) == (422, "invalid-body")
    assert (await town.post(town.of("plan", "handler"), path, body | {"approved_by": "厅办公室"})).status_code == 403
    assert (await town.post(signer, path, body | {"approved_by": "厅办公室"})).status_code == 200
    (reply,) = (await town.show(case))["replies"]
    assert [reply[name] for name in ("text", "category", "scheme", "signed_on")] == [
        "已列入明年计划。",
        "B",
        "bureau-abc",
        "2005-04-05",
    ]


async def test_an_erased_case_shows_its_facts_and_never_its_texts(town: "Town", code: Code) -> None:
    case = await town.case("deliver", co=["road"])
    order = {"reason": "依申请删除", "ordered_by": "县法院裁定", "erased_on": "2005-05-01"}
    for who in (town.office, town.member("zhang"), town.of("plan", "signer")):
        assert (await town.post(who, f"/proposals/{case.id}/erase", order)).status_code == 403
    assert (await town.post(town.committee, f"/proposals/{case.id}/erase", order)).status_code == 200
    for reader in (town.committee, town.member("zhang"), town.of("plan", "handler"), town.auditor):
        shown = await town.show(case, reader)
        assert (shown["texts"], shown["text"], shown["replies"][0]["text"]) == ("erased", None, None)
        assert shown["opinions"][town.units["road"]] == {"on": "2005-03-15", "text": None}
        assert [shown[name] for name in ("title", "number", "stage", "clocks")] == [
            "关于改善县乡公路的提案",
            1,
            "replied",
            [],
        ]
    correction = {"text": "更正。", "reason": "有误", "approved_by": "厅办公室", "corrected_on": "2005-05-02"}
    sealed = await town.post(town.of("plan", "signer"), f"/proposals/{case.id}/reply/correct", correction)
    assert (sealed.status_code, code(sealed)) == (410, "case.erased")
