"""Over HTTP: reports of public opinion, a call that submissions answer, and yearly summaries with counted figures."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town

Code = Callable[[httpx2.Response], str]


async def test_a_report_is_adopted_forwarded_fed_back_and_scored_and_others_do_not_read_it(
    town: "Town", code: Code
) -> None:
    body = {
        "body": town.bodies["cppcc"],
        "title": "关于班线停运的反映",
        "text": "山区三条班线停运。",
        "submitter": town.members["zhang"],
        "submitted_on": "2005-03-02",
    }
    assert code(await town.post(town.member("li"), "/opinions", body)) == "forbidden"
    made = await town.post(town.member("zhang"), "/opinions", body)
    assert made.status_code == 201, made.text
    path = f"/opinions/{made.json()['id']}"
    acts = (
        ("edit", {"title": "班线停运影响出行", "text": "三条班线停运。", "edited_on": "2005-03-03"}),
        ("adopt", {"level": "县级", "adopted_by": "县政协办公室", "adopted_on": "2005-03-10"}),
        ("forward", {"to": "公路局", "unit": town.units["road"], "forwarded_on": "2005-03-11"}),
        ("feed-back", {"number": 1, "feedback": "已恢复一条。", "fed_back_on": "2005-04-01"}),
        ("score", {"level": "县级", "points": 5, "basis": "计分办法", "scored_on": "2005-04-02"}),
    )
    for act, said in acts:
        answer = await town.post(town.committee, f"{path}/{act}", said)
        assert answer.status_code == 200, (act, answer.text)
    assert code(await town.post(town.member("zhang"), f"{path}/edit", acts[0][1])) == "forbidden"

    own = await town.get(town.member("zhang"), path)
    shown = own.json()
    assert own.headers["etag"] == '"6"'
    assert (shown["title"], shown["text"], shown["points"]) == ("班线停运影响出行", "三条班线停运。", 5)
    assert shown["forwardings"][0]["feedback"] == "已恢复一条。"
    assert shown["names"][town.units["road"]] == "公路局"
    audited = (await town.get(town.auditor, path)).json()
    assert (audited["texts"], audited["text"], audited["forwardings"][0]["feedback"]) == ("withheld", None, None)
    assert code(await town.get(town.member("li"), path)) == "forbidden"

    assert (await town.get(town.member("li"), "/opinions")).json() == {"items": []}
    [item] = (await town.get(town.committee, "/opinions", level="县级", adopted=True, year=2005)).json()["items"]
    assert (item["submitter_name"], item["levels"], item["forwarded"], item["fed_back"], item["points"]) == (
        "张明",
        ["县级"],
        1,
        1,
        5,
    )
    order = {"reason": "依申请", "ordered_by": "县法院裁定", "erased_on": "2005-06-01"}
    assert (await town.post(town.committee, f"{path}/erase", order)).status_code == 200
    erased = (await town.get(town.committee, path)).json()
    assert (erased["texts"], erased["text"]) == ("erased", None)
    assert code(await town.post(town.committee, f"{path}/edit", acts[0][1])) == "case.erased"


async def test_a_declined_case_lives_on_as_a_report_and_is_erased_with_the_case(town: "Town", code: Code) -> None:
    case = await town.submit()
    declined = {"reason": "不属受理范围", "diverted_to": "opinion", "declined_on": "2005-01-25"}
    answer = await town.post(town.committee, f"/proposals/{case.id}/decline", declined, key="decline")
    assert answer.status_code == 200, answer.text
    again = await town.post(town.committee, f"/proposals/{case.id}/decline", declined, key="decline")
    assert again.json() == answer.json()
    [item] = (await town.get(town.committee, "/opinions")).json()["items"]
    assert (item["from_case"], item["title"], item["submitter_name"]) == (case.id, "关于改善县乡公路的提案", "张明")
    path = f"/opinions/{item['id']}"
    assert (await town.get(town.member("zhang"), path)).json()["text"] == "建议优先修通山区断头路。"
    divert = {"submitted_on": "2005-01-26"}
    assert code(await town.post(town.committee, f"/proposals/{case.id}/divert", divert)) == "proposal.already_done"

    edited = {"title": "断头路影响出行", "text": "断头路三处。", "edited_on": "2005-02-01"}
    assert (await town.post(town.committee, f"{path}/edit", edited)).status_code == 200
    order = {"reason": "依申请", "ordered_by": "县法院裁定", "erased_on": "2005-06-01"}
    assert code(await town.post(town.committee, f"{path}/erase", order)) == "opinion.erase_the_case"
    assert (await town.post(town.committee, f"/proposals/{case.id}/erase", order)).status_code == 200
    erased = (await town.get(town.committee, path)).json()
    assert (erased["title"], erased["texts"], erased["text"]) == ("断头路影响出行", "erased", None)


async def test_a_case_that_was_declined_may_be_diverted_later(town: "Town", code: Code) -> None:
    case = await town.submit()
    path = f"/proposals/{case.id}/divert"
    divert = {"submitted_on": "2005-01-26"}
    assert code(await town.post(town.committee, path, divert)) == "proposal.wrong_stage"
    declined = {"reason": "不属受理范围", "declined_on": "2005-01-25"}
    assert (await town.post(town.committee, f"/proposals/{case.id}/decline", declined)).status_code == 200
    made = await town.post(town.committee, path, divert, key="divert")
    assert (made.status_code, made.json()["type"]) == (201, "yishi.proposals.OpinionSubmitted.v1")
    assert (await town.post(town.committee, path, divert, key="divert")).json() == made.json()


async def test_submissions_answer_a_call_and_its_topics_are_counted(town: "Town", code: Code) -> None:
    notice = {
        "body": town.bodies["cppcc"],
        "term": 9,
        "session": 3,
        "title": "征集通知",
        "topics": ["公路建设"],
        "until_on": "2005-01-25",
        "opened_on": "2005-01-05",
    }
    assert code(await town.post(town.member("zhang"), "/calls", notice)) == "forbidden"
    made = await town.post(town.committee, "/calls", notice)
    assert made.status_code == 201, made.text
    id = made.json()["id"]
    added = {"topic": "农村客运", "added_on": "2005-01-10"}
    assert (await town.post(town.committee, f"/calls/{id}/topics", added)).status_code == 200

    await town.submit("zhang", call=id, topic=2)
    await town.submit("li", call=id, topic=2)
    case = await town.submit("wang", call=id)
    assert (await town.show(case))["call"] == id
    for said, refusal in (
        ({"topic": 3}, "call.topic_unknown"),
        ({"submitted_on": "2005-01-26"}, "call.not_open"),
        ({"body": town.bodies["npc"]}, "call.not_open"),
    ):
        body = town.proposal("zhang", call=id, **said)
        assert code(await town.post(town.member("zhang"), "/proposals", body)) == refusal
    early = {"reason": "选题充分", "closed_on": "2005-01-20"}
    assert (await town.post(town.committee, f"/calls/{id}/close", early)).status_code == 200
    late = town.proposal("zhang", call=id, submitted_on="2005-01-21")
    assert code(await town.post(town.member("zhang"), "/proposals", late)) == "call.not_open"

    shown = await town.get(town.auditor, f"/calls/{id}")
    call = shown.json()
    assert (call["submissions"], call["open"], call["body_name"], shown.headers["etag"]) == (
        3,
        False,
        "县政协",
        '"3"',
    )
    assert call["by_topic"] == [
        {"topic": 1, "title": "公路建设", "submissions": 0},
        {"topic": 2, "title": "农村客运", "submissions": 2},
        {"topic": None, "title": None, "submissions": 1},
    ]
    listed = await town.get(town.auditor, "/calls", as_of="2005-01-15", open=True)
    assert [item["id"] for item in listed.json()["items"]] == [id]
    assert (await town.get(town.auditor, "/calls", open=True)).json()["items"] == []


async def test_a_unit_hands_in_its_year_with_counted_figures_and_all_three_receive_it(
    town: "Town", code: Code
) -> None:
    await town.case("rate")
    await town.case("sign_for", lead="road", co=["plan"])
    plan = town.of("plan", "office_clerk")
    asked = {
        "unit": town.units["plan"],
        "year": 2005,
        "asked_by": "县政府督查室",
        "due_on": "2005-06-25",
        "asked_on": "2005-06-01",
    }
    made = await town.post(town.office, "/summaries", asked, key="ask")
    assert made.status_code == 201, made.text
    assert code(await town.post(town.office, "/summaries", asked)) == "proposal.already_done"
    path = f"/summaries/{made.json()['id']}"
    assert (await town.get(plan, path)).json()["clocks"][0]["due_on"] == "2005-06-25"

    report = {"text": "今年主办一件。", "submitted_on": "2005-06-20"}
    assert code(await town.post(town.of("road", "office_clerk"), f"{path}/submit", report)) == "forbidden"
    answer = await town.post(plan, f"{path}/submit", report)
    assert answer.status_code == 200, answer.text
    shown = (await town.get(plan, path)).json()
    assert (shown["text"], shown["clocks"], shown["unit_name"]) == ("今年主办一件。", [], "规划办")
    assert shown["lead"] == {
        "assigned": 1,
        "answered": 1,
        "on_time": 1,
        "met": 0,
        "closed": 0,
        "categories": {"bureau-abc/A": 1},
        "ratings": {"满意": 1},
    }
    assert {name: shown["co"][name] for name in ("assigned", "answered", "ratings")} == {
        "assigned": 1,
        "answered": 0,
        "ratings": {},
    }
    assert (await town.get(town.of("road", "handler"), path)).json()["texts"] == "withheld"
    for who, receiver in (
        (town.committee, "consultative"),
        (town.committee, "congress"),
        (town.office, "government"),
    ):
        body = {"receiver": receiver, "received_on": "2005-06-22"}
        assert (await town.post(who, f"{path}/receive", body)).status_code == 200
    [item] = (await town.get(town.auditor, "/summaries", year=2005, submitted=True)).json()["items"]
    assert (item["lacking"], item["unit_name"], item["lead"]["assigned"]) == ([], "规划办", 1)
    assert code(await town.post(plan, f"{path}/submit", report)) == "summary.receipted"
    order = {"reason": "误附个人信息", "ordered_by": "县政府通知", "erased_on": "2005-06-29"}
    assert (await town.post(town.committee, f"{path}/erase", order)).status_code == 200
    erased = (await town.get(plan, path)).json()
    assert (erased["texts"], erased["text"], erased["lead"]["assigned"]) == ("erased", None, 1)


async def test_the_office_sums_up_all_units(town: "Town", code: Code) -> None:
    await town.case("hand_over", co=["road", "budget"])
    await town.case("hand_over", lead="road")
    asked = {
        "unit": town.units["office"],
        "scope": "office",
        "year": 2005,
        "asked_by": "县人大常委会",
        "due_on": "2005-06-25",
        "asked_on": "2005-06-01",
    }
    path = f"/summaries/{(await town.post(town.committee, '/summaries', asked)).json()['id']}"
    report = {"text": "全县办理情况。", "submitted_on": "2005-06-20"}
    assert (await town.post(town.office, f"{path}/submit", report)).status_code == 200
    shown = (await town.get(town.office, path)).json()
    assert (shown["lead"]["assigned"], shown["co"]["assigned"], shown["texts"]) == (2, 2, "shown")
