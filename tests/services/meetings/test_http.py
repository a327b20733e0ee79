"""A meeting over HTTP: recorded, confirmed, disputed, withdrawn and looked up, on real servers."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from contracts.meetings import HandlerMeetingConfirmed
from contracts.members import MandateGiven
from runtime.log import EventLog


def code(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("urn:yishi:problem:")


async def test_a_meeting_with_a_photo_is_recorded_and_shown_to_the_member_as_it_was(desk: Any, photo: bytes) -> None:
    upload = (await desk.upload(photo)).json()
    answer = await desk.record(
        mode="in_person", evidence=[upload["digest"]], place="县乡办会议室", wishes="先修桥", measures="列入计划"
    )
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.json()["type"] == "yishi.meetings.HandlerMet.v1"

    shown = await desk.get(desk.member, f"/handler-meetings/{answer.json()['id']}")

    expected = {
        "case": str(desk.case.id),
        "title": "关于改善县乡公路的提案",
        "number": 67,
        "unit_name": "规划办",
        "member_name": "张委员",
        "handler": "person:wang",
        "stage": "before",
        "mode": "in_person",
        "met_on": "2005-03-09",
        "place": "县乡办会议室",
        "standing": "recorded",
        "late": False,
        "photos": 1,
        "evidence": [{"digest": upload["digest"], "media_type": "image/png", "size": len(photo)}],
        "summary": "委员希望先修通村公路。",
        "wishes": "先修桥",
        "measures": "列入计划",
        "dispute": None,
        "erased": False,
        "parked": False,
    }
    assert {name: value for name, value in shown.json().items() if name in expected} == expected
    url = f"/handler-meetings/{answer.json()['id']}/photos/{upload['digest']}"
    for who in (desk.handler, desk.co_handler, desk.member, desk.cosigner, desk.committee):
        seen = await desk.get(who, url)
        assert (seen.status_code, seen.headers["content-type"], seen.content) == (200, "image/png", photo)
    for who in (desk.auditor, desk.operator, desk.other_handler, desk.other_member):
        assert (await desk.get(who, url)).status_code == 403


async def test_a_meeting_in_person_without_a_photo_appends_nothing(desk: Any, logs: dict[str, EventLog]) -> None:
    before = await logs["proposals"].last_sequence()
    answers = [
        await desk.record(mode="in_person"),
        await desk.record(mode="in_person", evidence=[f"sha256:{'0' * 64}"]),
        await desk.record(case=str(uuid4())),
        await desk.record(met_on="2005-09-31"),
        await desk.record(colour="red"),
        await desk.record(met_on="2005-03-01", now="2005-03-10T00:00:00+08:00"),
        await desk.record(who=desk.other_handler),
        await desk.record(who=desk.other_handler, unit="not-a-unit"),
        await desk.record(who=desk.auditor),
    ]
    assert [(answer.status_code, code(answer)) for answer in answers] == [
        (409, "meeting.evidence_missing"),
        (409, "meeting.evidence_unknown"),
        (404, "meeting.case_unknown"),
        (422, "invalid-body"),
        (422, "invalid-body"),
        (409, "meeting.late_without_reason"),
        (403, "forbidden"),
        (422, "invalid-body"),
        (403, "forbidden"),
    ]
    assert await logs["proposals"].last_sequence() == before


async def test_the_same_key_twice_is_one_meeting_and_with_another_body_refused(desk: Any) -> None:
    first, again = [await desk.record(key="meeting-1") for _ in range(2)]
    other = await desk.record(key="meeting-1", stage="during")
    assert first.json() == again.json()
    assert (other.status_code, code(other)) == (422, "idempotency-key-reused")
    listed = (await desk.get(desk.committee, "/handler-meetings", case=str(desk.case.id))).json()
    assert [item["id"] for item in listed["items"]] == [first.json()["id"]]


async def test_the_member_confirms_and_nobody_else(desk: Any) -> None:
    path = f"/handler-meetings/{(await desk.record()).json()['id']}"
    body = {"confirmed_on": "2005-03-10"}
    refusals = [
        await desk.post(desk.cosigner, f"{path}/confirm", body),
        await desk.post(desk.handler, f"{path}/confirm", body),
        await desk.post(desk.committee, f"{path}/confirm", body),
    ]
    assert [(answer.status_code, code(answer)) for answer in refusals] == [
        (403, "meeting.not_the_member"),
        (403, "forbidden"),
        (403, "forbidden"),
    ]
    confirmed = await desk.post(desk.member, f"{path}/confirm", body, headers={"if-match": '"1"'})
    assert (confirmed.status_code, confirmed.headers["etag"]) == (200, '"2"')
    again = await desk.post(desk.member, f"{path}/confirm", body)
    assert (again.status_code, code(again)) == (409, "meeting.already_confirmed")
    shown = (await desk.get(desk.member, path)).json()
    assert (shown["standing"], shown["confirmed_on"], shown["version"]) == ("confirmed", "2005-03-10", 2)


async def test_the_committee_enters_a_members_confirmation_under_a_mandate_only(desk: Any, append: Any) -> None:
    path = f"/handler-meetings/{(await desk.record()).json()['id']}"
    mandate, giver = str(uuid4()), f"member:{desk.case.member}"
    acts = MandateGiven(
        giver=giver,
        holder="person:tian",
        acts=("meeting.confirm",),
        from_on=date(2005, 3, 1),
        until_on=date(2005, 3, 31),
        reason="书面确认由提案委代录",
    )
    sequence = await append(desk.case.county, mandate, acts)
    desk.at_least = f"EVENTS:{sequence}"
    under = {"on-behalf-of": giver, "authority": mandate}
    body = {"confirmed_on": "2005-03-10"}
    dispute = await desk.post(
        desk.committee, f"{path}/dispute", {"reason": "不符", "disputed_on": "2005-03-10"}, headers=under
    )
    assert (dispute.status_code, code(dispute)) == (403, "forbidden")
    assert (await desk.post(desk.committee, f"{path}/confirm", body, headers=under)).status_code == 200
    shown = (await desk.get(desk.committee, path)).json()
    assert shown["standing"] == "confirmed"


async def test_a_mandate_that_nobody_checked_opens_no_meeting_to_a_reader(desk: Any) -> None:
    path = f"/handler-meetings/{(await desk.record()).json()['id']}"
    pretender = desk.other_member | {"on-behalf-of": f"member:{desk.case.member}", "authority": str(uuid4())}
    for asked in (path, "/handler-meetings"):
        answer = await desk.get(pretender, asked)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:yishi:problem:malformed-request")
    assert (await desk.get(desk.other_member, path)).status_code == 403
    assert (await desk.get(desk.other_member, "/handler-meetings")).json() == {"items": []}


async def test_a_disputed_meeting_keeps_the_members_reason_sealed_for_the_parties(desk: Any) -> None:
    path = f"/handler-meetings/{(await desk.record()).json()['id']}"
    answer = await desk.post(desk.member, f"{path}/dispute", {"reason": "当天未见面", "disputed_on": "2005-03-10"})
    assert answer.status_code == 200
    assert (await desk.get(desk.handler, path)).json()["dispute"] == "当天未见面"
    listed = (await desk.get(desk.handler, "/handler-meetings", standing="disputed")).json()
    assert [item["id"] for item in listed["items"]] == [answer.json()["id"]]


async def test_a_record_made_in_error_is_withdrawn_by_its_unit_or_the_committee(desk: Any) -> None:
    body = {"reason": "录错日期", "approved_by": "厅办公室", "withdrawn_on": "2005-03-10"}
    for who in (desk.handler, desk.committee):
        path = f"/handler-meetings/{(await desk.record()).json()['id']}"
        assert (await desk.post(desk.co_handler, f"{path}/withdraw", body)).status_code == 403
        assert (await desk.post(who, f"{path}/withdraw", body)).status_code == 200
        shown = (await desk.get(desk.auditor, path)).json()
        assert [shown[name] for name in ("standing", "withdrawn_reason", "withdrawn_approved_by", "version")] == [
            "withdrawn",
            "录错日期",
            "厅办公室",
            2,
        ]
        refused = await desk.post(desk.member, f"{path}/confirm", {"confirmed_on": "2005-03-10"})
        assert (refused.status_code, code(refused)) == (409, "meeting.withdrawn")


async def test_the_auditor_and_the_operator_read_the_facts_and_never_the_texts(desk: Any) -> None:
    path = f"/handler-meetings/{(await desk.record(wishes='先修桥')).json()['id']}"
    for who in (desk.auditor, desk.operator):
        shown = (await desk.get(who, path)).json()
        assert shown["met_on"] == "2005-03-09"
        assert not {"summary", "wishes", "measures", "dispute"} & shown.keys()
    for who in (desk.other_handler, desk.other_member):
        assert (await desk.get(who, path)).status_code == 403


async def test_another_county_sees_nothing_and_can_do_nothing(desk: Any, photo: bytes) -> None:
    upload = (await desk.upload(photo)).json()
    id = (await desk.record(mode="in_person", evidence=[upload["digest"]])).json()["id"]
    stranger = desk.person("person:far", "committee", "handler", unit=str(desk.case.lead), county="429999")
    body = {"reason": "录错", "approved_by": "办公室", "withdrawn_on": "2005-03-10"}
    answers = [
        await desk.get(stranger, f"/handler-meetings/{id}"),
        await desk.get(stranger, f"/handler-meetings/{id}/photos/{upload['digest']}"),
        await desk.post(stranger, f"/handler-meetings/{id}/withdraw", body),
        await desk.record(who=stranger),
        await desk.upload(photo, who=stranger),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 404]
    assert (await desk.get(stranger, "/handler-meetings")).json() == {"items": []}


async def test_the_list_is_paged_the_latest_first_and_narrowed_by_what_is_asked(desk: Any) -> None:
    recorded = {}
    for day, stage in (
        ("2005-03-03", "before"),
        ("2005-03-05", "during"),
        ("2005-03-05", "during"),
        ("2005-03-08", "after"),
    ):
        recorded[(await desk.record(met_on=day, stage=stage)).json()["id"]] = day
    expected = sorted(recorded, key=lambda id: (recorded[id], id), reverse=True)

    found: list[str] = []
    page: dict[str, Any] = {"next": None}
    while "next" in page:
        after = {"after": page["next"]} if page["next"] else {}
        page = (await desk.get(desk.handler, "/handler-meetings", limit=3, **after)).json()
        found += [item["id"] for item in page["items"]]
    assert found == expected

    async def count(who: dict[str, str], **search: str) -> int:
        return len((await desk.get(who, "/handler-meetings", **search)).json()["items"])

    assert await count(desk.member, stage="during") == 2
    assert await count(desk.committee, from_on="2005-03-05", until_on="2005-03-07") == 2
    assert await count(desk.auditor, unit=str(desk.case.lead), member=str(desk.case.member)) == 4
    assert await count(desk.auditor, unit=str(desk.case.co)) == 0
    assert await count(desk.other_handler) == await count(desk.other_member) == 0
    assert code(await desk.get(desk.handler, "/handler-meetings", after="WyIyMDA1Il0")) == "malformed-request"


@pytest.mark.parametrize("path", ["/handler-meetings", "/handler-meetings/x", "/handler-meetings/x/photos/y"])
async def test_a_role_without_any_business_here_reads_nothing(desk: Any, path: str) -> None:
    assert (await desk.get(desk.person("person:reg", "registrar"), path)).status_code in (403, 404)


async def test_a_parked_meeting_is_marked_and_changes_no_more_and_others_go_on(desk: Any, append: Any) -> None:
    parked, other = [(await desk.record()).json()["id"] for _ in range(2)]
    unknown = HandlerMeetingConfirmed(member=desk.case.member, confirmed_on=date(2005, 3, 10))
    sequence = await append(desk.case.county, parked, unknown, version=9)
    desk.at_least = f"EVENTS:{sequence}"
    shown = (await desk.get(desk.auditor, f"/handler-meetings/{parked}")).json()
    assert (shown["parked"], shown["standing"]) == (True, "recorded")
    listed = (await desk.get(desk.auditor, "/handler-meetings")).json()["items"]
    assert {item["id"]: item["parked"] for item in listed} == {parked: True, other: False}
    body = {"confirmed_on": "2005-03-10"}
    refused = await desk.post(desk.member, f"/handler-meetings/{parked}/confirm", body)
    assert (refused.status_code, code(refused)) == (503, "aggregate-parked")
    assert (await desk.post(desk.member, f"/handler-meetings/{other}/confirm", body)).status_code == 200
