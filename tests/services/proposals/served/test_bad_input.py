"""Whatever is sent, the answer is a problem document with a stable type, and nothing enters the log."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town, Who

Code = Callable[[httpx2.Response], str]


async def last_sequence(town: "Town") -> int:
    connection = await town.stack.nats.connect("operator")
    try:
        return int((await connection.jetstream().stream_info("EVENTS")).state.last_seq)
    finally:
        await connection.close()


async def test_a_submission_that_cannot_be_appends_nothing(town: "Town", code: Code) -> None:
    zhang, before = town.member("zhang"), await last_sequence(town)
    unknown = str(uuid4())
    table: list[tuple[dict[str, Any], int, str]] = [
        ({"colour": "red"}, 422, "invalid-body"),
        ({"submitted_on": "2005-09-31"}, 422, "invalid-body"),
        ({"submitted_on": "2005-02-29"}, 422, "invalid-body"),
        ({"submitted_on": "20050120"}, 422, "invalid-body"),
        ({"submitted_on": 1106179200}, 422, "invalid-body"),
        ({"submitted_on": "2005-01-20T00:00:00"}, 422, "invalid-body"),
        ({"submitted_on": None}, 422, "invalid-body"),
        ({"submitted_on": "2005-07-01"}, 409, "proposal.date_in_future"),
        ({"body": unknown}, 409, "proposal.body_unknown"),
        ({"form": "joint", "cosigners": [unknown]}, 409, "proposal.member_unknown"),
        ({"form": "joint"}, 409, "proposal.form_mismatch"),
        ({"form": "crowd"}, 422, "invalid-body"),
        ({"kind": "Proposal!"}, 422, "invalid-body"),
        ({"term": 0}, 422, "invalid-body"),
        ({"session": 1000}, 422, "invalid-body"),
        ({"session": "three"}, 422, "invalid-body"),
        ({"title": ""}, 422, "invalid-body"),
        ({"title": "   "}, 422, "invalid-body"),
        ({"title": "题" * 301}, 422, "invalid-body"),
        ({"title": "请致电13800000000"}, 422, "invalid-body"),
        ({"title": "写信到 someone@example.org"}, 422, "invalid-body"),
        ({"title": "关于\x00的提案"}, 422, "invalid-body"),
        ({"nature": "\x00"}, 422, "invalid-body"),
        ({"text": ""}, 422, "invalid-body"),
        ({"submitter": "张明"}, 422, "invalid-body"),
        ({"submitter": town.members["li"]}, 403, "forbidden"),
        ({"cosigners": [town.members["li"]] * 501, "form": "joint"}, 422, "invalid-body"),
    ]
    for changes, status, expected in table:
        answer = await town.post(zhang, "/proposals", town.proposal() | changes)
        assert (answer.status_code, code(answer)) == (status, expected), changes
        assert "13800000000" not in answer.text
    stranger = await town.post(town.member(unknown), "/proposals", town.proposal(unknown))
    assert (stranger.status_code, code(stranger)) == (409, "proposal.member_unknown")
    assert await last_sequence(town) == before


async def test_the_problem_names_the_field(town: "Town") -> None:
    body = town.proposal() | {"submitted_on": "2005-09-31", "colour": "red"}
    problem = (await town.post(town.member("zhang"), "/proposals", body)).json()
    assert {error["field"] for error in problem["errors"]} == {"body.submitted_on", "body.colour"}


@pytest.mark.parametrize(
    ("content", "status", "expected"),
    [
        (b"x" * 10_000_000, 413, "body-too-large"),
        (b'{"title": "' + b"y" * 10_000_000 + b'"}', 413, "body-too-large"),
        (b'{"title": "\xff\xfe"}', 400, "malformed-request"),
        (b"{", 400, "malformed-request"),
        (b"", 422, "invalid-body"),
        (b"[]", 422, "invalid-body"),
        (b"null", 422, "invalid-body"),
        (b'{"title": "\\ud800"}', 422, "invalid-body"),
    ],
    ids=["10 MB", "10 MB of JSON", "no UTF-8", "half", "empty", "list", "null", "half a character"],
)
async def test_a_body_that_is_none_appends_nothing(
    town: "Town", code: Code, content: bytes, status: int, expected: str
) -> None:
    before = await last_sequence(town)
    headers = {"content-type": "application/json"}
    answer = await town.post(town.member("zhang"), "/proposals", content=content, headers=headers)
    assert (answer.status_code, code(answer)) == (status, expected)
    assert await last_sequence(town) == before


@pytest.mark.parametrize(
    "headers", [{"idempotency-key": ""}, {"if-match": "1"}, {"simulated-now": "yesterday"}, {"at-least": "x"}]
)
async def test_a_header_that_cannot_be_read_appends_nothing(
    town: "Town", code: Code, headers: dict[str, str]
) -> None:
    before = await last_sequence(town)
    answer = await town.post(town.member("zhang"), "/proposals", town.proposal(), headers=headers)
    assert (answer.status_code, code(answer)) == (400, "malformed-request")
    assert await last_sequence(town) == before


async def test_a_command_that_the_case_cannot_take_appends_nothing(town: "Town", code: Code) -> None:
    case = await town.case("register")
    unknown = str(uuid4())
    give = {"lead": case.lead, "handed_over_on": "2005-03-01"}
    reply = {"category": "A", "scheme": "bureau-abc", "text": "答复。", "drafted_on": "2005-04-01"}
    no = {"reason": "无", "declined_on": "2005-02-01"}
    again = {"registered_on": "2005-02-01"}
    office, committee, handler = town.office, town.committee, town.of("plan", "handler")
    table: list[tuple[Who, str, dict[str, Any], int, str]] = [
        (office, "hand-over", give | {"lead": unknown}, 409, "proposal.unit_unknown"),
        (office, "hand-over", give | {"co": [unknown]}, 409, "proposal.unit_unknown"),
        (office, "hand-over", give | {"office": unknown}, 409, "proposal.unit_unknown"),
        (office, "hand-over", give | {"pack": "no-such"}, 409, "proposal.no_pack"),
        (office, "hand-over", give | {"pack": "\x00"}, 422, "invalid-body"),
        (office, "hand-over", give | {"lead": "规划办"}, 422, "invalid-body"),
        (office, "hand-over", give | {"leader": "电话13800000000"}, 422, "invalid-body"),
        (office, "hand-over", give | {"handed_over_on": "2005-07-01"}, 409, "proposal.date_in_future"),
        (office, "hand-over", give | {"handed_over_on": "2005-01-31"}, 409, "proposal.date_out_of_order"),
        (handler, "reply/draft", reply, 403, "forbidden"),
        (committee, "register", again, 409, "proposal.wrong_stage"),
        (committee, "register", again | {"number": 0}, 422, "invalid-body"),
        (committee, "register", again | {"number": 10_000_000}, 422, "invalid-body"),
        (committee, "close", {"closed_on": "2005-05-20"}, 409, "proposal.wrong_stage"),
        (committee, f"../{unknown}/decline", no, 404, "not-found"),
        (committee, "../nonsense/decline", no, 422, "invalid-body"),
        (committee, "no-such-act", {}, 404, "not-found"),
    ]
    before = await last_sequence(town)
    for who, act, body, status, expected in table:
        path = f"/proposals/{case.id}/{act}" if "../" not in act else f"/proposals/{act.removeprefix('../')}"
        answer = await town.post(who, path, body)
        assert (answer.status_code, code(answer)) == (status, expected), (act, body)
    path = f"/proposals/{case.id}/decline"
    stale = await town.post(committee, path, no, headers={"if-match": '"1"'})
    assert (stale.status_code, code(stale)) == (412, "precondition-failed")
    assert await last_sequence(town) == before
    assert (await town.show(case))["version"] == 2
