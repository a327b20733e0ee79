"""Who may act for whom, and who may read what."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town, Who

Code = Callable[[httpx2.Response], str]


async def mandate(town: "Town", giver: str, holder: "Who", *acts: str, until: str = "2005-12-31") -> dict[str, str]:
    """Give the headers under which the holder acts for a member."""
    body = {
        "giver": town.member(giver).subject,
        "holder": holder.subject,
        "acts": acts,
        "from_on": "2005-01-01",
        "until_on": until,
        "reason": "书面提交由提案委代录",
    }
    given = await town.post(town.member(giver), "/mandates", body, service="members")
    assert given.status_code == 201, given.text
    return {"on-behalf-of": body["giver"], "authority": given.json()["id"]}


async def newest(town: "Town", id: str) -> dict[str, Any]:
    """Give the newest event of a case out of the log."""
    connection = await town.stack.nats.connect("operator")
    try:
        subject = f"evt.{town.county}.proposals.proposal.{id}"
        message = await connection.jetstream().get_last_msg("EVENTS", subject)
        event: dict[str, Any] = json.loads(message.data or b"")
        return event
    finally:
        await connection.close()


async def test_a_clerk_submits_for_a_member_under_a_mandate_and_the_event_says_so(town: "Town") -> None:
    under = await mandate(town, "zhang", town.committee, "proposal.submit")
    answer = await town.post(town.committee, "/proposals", town.proposal(), headers=under)
    assert answer.status_code == 201
    event = await newest(town, answer.json()["id"])
    assert {name: event[name] for name in ("actor", "actorrole", "onbehalfof", "authority")} == {
        "actor": "person:tian",
        "actorrole": "committee",
        "onbehalfof": under["on-behalf-of"],
        "authority": under["authority"],
    }
    assert event["data"]["submitter"] == town.members["zhang"]


async def test_a_clerk_confirms_for_a_cosigner_under_a_mandate(town: "Town") -> None:
    under = await mandate(town, "li", town.committee, "proposal.confirm")
    case = await town.submit(form="joint", cosigners=[town.members["li"]])
    path = f"/proposals/{case.id}/confirm-cosigning"
    assert (await town.post(town.committee, path, {"confirmed_on": "2005-01-21"}, headers=under)).status_code == 200
    assert (await town.show(case))["cosigners"] == {town.members["li"]: "confirmed"}


async def test_nobody_acts_for_a_member_without_a_mandate_that_holds(town: "Town", code: Code) -> None:
    for_li = await mandate(town, "li", town.committee, "proposal.submit")
    expired = await mandate(town, "zhang", town.committee, "proposal.submit", until="2005-06-29")
    other_act = await mandate(town, "zhang", town.committee, "proposal.confirm")
    to_office = await mandate(town, "zhang", town.office, "proposal.submit")
    zhang = {"on-behalf-of": town.member("zhang").subject}
    body = town.proposal()
    for headers in (
        {},
        zhang,
        {"authority": expired["authority"]},
        zhang | {"authority": str(uuid4())},
        zhang | {"authority": "nonsense"},
        expired,
        other_act,
        to_office,
        for_li,
        zhang | {"authority": for_li["authority"]},
    ):
        refused = await town.post(town.committee, "/proposals", body, headers=headers)
        assert (refused.status_code, code(refused)) == (403, "forbidden"), headers
    assert (await town.get(town.committee, "/proposals")).json() == {"items": []}
    assert (await town.post(town.committee, "/proposals", body, headers=expired, on="2005-06-29")).status_code == 201


async def test_a_mandate_lets_nobody_rate_in_the_name_of_a_unit_or_the_committee(town: "Town", code: Code) -> None:
    case = await town.case("receive")
    clerk = town.of("plan", "office_clerk")
    rating = {"member": town.members["zhang"], "result": "满意", "attitude": "满意", "rated_on": "2005-04-20"}
    for holder in (town.committee, clerk):
        under = await mandate(town, "zhang", holder, "reply.rate")
        refused = await town.post(holder, f"/proposals/{case.id}/reply/rate", rating, headers=under)
        assert (refused.status_code, code(refused)) == (403, "forbidden")


@pytest.mark.parametrize("path", ["/proposals", "/proposals/{id}", "/worklist", "/statistics"])
async def test_nobody_reads_in_the_name_of_another(town: "Town", code: Code, path: str) -> None:
    under = await mandate(town, "zhang", town.member("li"), "proposal.read")
    case = await town.submit()
    for headers in (under, {"on-behalf-of": under["on-behalf-of"]}):
        refused = await town.get(town.member("li"), path.format(id=case.id), headers=headers)
        assert (refused.status_code, code(refused)) == (400, "malformed-request")


async def test_texts_are_shown_to_the_parties_and_withheld_from_everybody_else(town: "Town") -> None:
    case = await town.submit(form="joint", cosigners=[town.members["li"], town.members["wang"]], co=["road"])
    li = await town.show(case, town.member("li"))
    assert (li["texts"], li["text"]) == ("shown", "建议优先修通山区断头路。")
    case.members = [town.members["zhang"], town.members["li"]]
    declined = await town.post(
        town.member("wang"), f"/proposals/{case.id}/decline-cosigning", {"declined_on": "2005-01-21"}
    )
    assert declined.status_code == 200
    for step in ("confirm", "register", "hand_over", "sign_for", "meet_before", "meet_during", "opinion"):
        await town.step(case, step)
    for step in ("draft", "review", "sign"):
        await town.step(case, step)
    parties = [
        town.committee,
        town.office,
        town.member("zhang"),
        town.member("li"),
        *(
            town.of(unit, role)
            for unit in ("plan", "road")
            for role in ("office_clerk", "handler", "reviewer", "signer")
        ),
    ]
    for who in parties:
        shown = await town.show(case, who)
        texts = (shown["texts"], shown["text"], shown["replies"][0]["text"])
        assert texts == ("shown", "建议优先修通山区断头路。", "已列入今年计划。"), who
        assert shown["opinions"][town.units["road"]]["text"] == "同意主办单位意见。"
    strangers = [town.auditor, town.member("wang"), town.member("zhao"), town.of("budget", "handler", "signer")]
    for who in strangers:
        shown = await town.show(case, who)
        assert (shown["texts"], shown["text"], shown["replies"][0]["text"]) == ("withheld", None, None), who
        assert shown["opinions"][town.units["road"]] == {"on": "2005-03-15", "text": None}
        assert "断头路" not in json.dumps(shown, ensure_ascii=False)
        assert "今年计划" not in json.dumps(shown, ensure_ascii=False)


async def test_who_has_no_role_here_reads_nothing(town: "Town", code: Code) -> None:
    case = await town.submit()
    nobody = town.of("plan", "registrar")
    for path in (f"/proposals/{case.id}", "/proposals", "/worklist", "/statistics", "/statistics/cases?figure=cases"):
        refused = await town.get(nobody, path)
        assert (refused.status_code, code(refused)) == (403, "forbidden"), path


async def test_another_county_sees_nothing_and_changes_nothing(
    town: "Town", towns: Callable[[str], "Town"], code: Code
) -> None:
    case = await town.case("register")
    other = towns("999999")
    other.head = town.head
    for path in (f"/proposals/{case.id}",):
        missing = await other.get(other.committee, path)
        assert (missing.status_code, code(missing)) == (404, "not-found")
    for path in ("/proposals", "/proposals?q=公路", "/worklist?mine=false"):
        assert (await other.get(other.committee, path)).json() == {"items": []}, path
    assert (await other.get(other.committee, "/statistics")).json()["total"]["cases"] == 0
    assert (await other.get(other.committee, "/statistics/cases", figure="cases")).json()["items"] == []
    change = await other.post(
        other.committee, f"/proposals/{case.id}/decline", {"reason": "无", "declined_on": "2005-02-01"}
    )
    assert (change.status_code, code(change)) == (404, "not-found")
    assert (await town.show(case))["version"] == 2
