"""Bad input: a clear problem document with a stable type, and nothing in the log."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey

from yishi.development_keys import ISSUER

if TYPE_CHECKING:
    from tests.conftest import IssueToken, Running

UNIT = {"name": "规划办", "from_on": "2005-01-01"}
JSON = {"content-type": "application/json"}


def _problem(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8", answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["title"]
    prefix, _, code = document["type"].rpartition(":")
    assert prefix == "urn:yishi:problem"
    return answer.status_code, code


@pytest.fixture(autouse=True)
async def _nothing_appended(members: "Running") -> AsyncIterator[None]:
    before = await members.process.log.last_sequence()
    yield
    assert await members.process.log.last_sequence() == before


async def _send(members: "Running", content: Any, **headers: str) -> httpx2.Response:
    bearer = {"authorization": f"Bearer {members.person().bearer}", "idempotency-key": str(uuid4()), **JSON}
    named = bearer | {key.replace("_", "-"): value for key, value in headers.items()}
    return await members.http.post("/v1/units", content=content, headers=named)


BODIES: dict[str, tuple[Any, str, str]] = {
    "an unknown field": (UNIT | {"colour": "red"}, "body.colour", "extra_forbidden"),
    "no name": ({"from_on": "2005-01-01"}, "body.name", "missing"),
    "a blank name": (UNIT | {"name": "  "}, "body.name", "string_too_short"),
    "a name without end": (UNIT | {"name": "长" * 301}, "body.name", "string_too_long"),
    "a date that no calendar has": (UNIT | {"from_on": "2005-09-31"}, "body.from_on", "date_from_datetime_parsing"),
    "a date with a time": (UNIT | {"from_on": "2005-09-30T00:00:00"}, "body.from_on", "value_error"),
    "a number for a date": (UNIT | {"from_on": 1104537600}, "body.from_on", "value_error"),
    "a number for a name": (UNIT | {"name": 1}, "body.name", "string_type"),
    "no unit's id": (UNIT | {"parent": "x"}, "body.parent", "uuid_parsing"),
    "a telephone number": (UNIT | {"name": "电话13800000000"}, "body.name", "value_error"),
    "a NUL character": (UNIT | {"name": "规划\0办"}, "body", "value_error"),
    "an escape character": (UNIT | {"code": "\x1b[2J"}, "body", "value_error"),
    "a list": ([UNIT], "body", "model_attributes_type"),
}


@pytest.mark.parametrize("named", BODIES)
async def test_a_body_of_the_wrong_shape_is_answered_with_the_field_that_is_wrong(
    members: "Running", named: str
) -> None:
    body, field, code = BODIES[named]
    answer = await _send(members, json.dumps(body))
    assert _problem(answer) == (422, "invalid-body")
    assert (field, code) in {(error["field"], error["code"]) for error in answer.json()["errors"]}
    assert "13800000000" not in answer.text


@pytest.mark.parametrize(
    "content",
    [b"{", b"", b'{"name": "\xff"}', b'{"name": "a"} x', b"[" * 100_000, b"\xff\xfe\x00", "规划办".encode("gb18030")],
    ids=["half a document", "nothing", "broken UTF-8", "two documents", "a nest", "UTF-16", "GB 18030"],
)
async def test_a_body_that_is_no_json_is_malformed(members: "Running", content: bytes) -> None:
    assert _problem(await _send(members, content)) in {(400, "malformed-request"), (422, "invalid-body")}


@pytest.mark.parametrize("content", [b'{"name": "\\ud800", "from_on": "2005-01-01"}', b'{"name": NaN, "from_on": 1}'])
async def test_json_that_is_no_unicode_text_or_no_number_is_invalid(members: "Running", content: bytes) -> None:
    assert _problem(await _send(members, content)) == (422, "invalid-body")


async def test_ten_megabytes_are_refused_with_and_without_a_declared_length(members: "Running") -> None:
    big = b'{"name": "' + b"x" * 10_000_000 + b'"}'

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(big), 65536):
            yield big[start : start + 65536]
            await asyncio.sleep(0)

    declared = await _send(members, big)
    assert _problem(declared) == (413, "body-too-large")
    assert declared.json()["limit"] == members.process.settings.body_limit
    try:
        assert _problem(await _send(members, pieces())) == (413, "body-too-large")
    except httpx2.WriteError:  # The server has answered and closed before we could say everything.
        assert (await members.ready())["ready"]


async def test_who_acts_and_in_which_chain_is_never_told_as_a_personal_number(members: "Running") -> None:
    for planted in ("13800000000", "trace 138-0000-0000", "a@example.invalid", "11010519491231002X"):
        answer = await members.person().post("/v1/units", UNIT, correlation_id=planted)
        assert _problem(answer) == (400, "malformed-request")
        answer = await members.person(f"person:{planted}").post("/v1/units", UNIT)
        assert _problem(answer) == (401, "unauthenticated")


HEADERS: dict[str, tuple[dict[str, str], int, str]] = {
    "no key": ({"idempotency-key": ""}, 400, "malformed-request"),
    "a long key": ({"idempotency-key": "x" * 129}, 400, "malformed-request"),
    "a key with blanks": ({"idempotency-key": "a b"}, 400, "malformed-request"),
    "a bare version": ({"if-match": "3"}, 400, "malformed-request"),
    "a weak version": ({"if-match": 'W/"3"'}, 400, "malformed-request"),
    "another version": ({"if-match": '"3"'}, 412, "precondition-failed"),
    "another stream": ({"at-least": "OTHER:1"}, 400, "malformed-request"),
    "a negative position": ({"at-least": "EVENTS:-1"}, 400, "malformed-request"),
    "an endless position": ({"at-least": "EVENTS:" + "9" * 40}, 400, "malformed-request"),
    "a correlation id of many lines": ({"correlation-id": "a b"}, 400, "malformed-request"),
    "a mandate that is not given": ({"on-behalf-of": "member:x"}, 403, "forbidden"),
    "a date for a moment": ({"simulated-now": "2005-01-01"}, 400, "malformed-request"),
    "a moment before all time": ({"simulated-now": "0001-01-01T00:00:00+14:00"}, 400, "malformed-request"),
}


@pytest.mark.parametrize("named", HEADERS)
async def test_a_header_that_makes_no_sense_is_refused(members: "Running", named: str) -> None:
    headers, status, code = HEADERS[named]
    answer = await _send(members, json.dumps(UNIT), **{key.replace("-", "_"): v for key, v in headers.items()})
    assert _problem(answer) == (status, code)


async def test_a_command_without_a_key_is_refused(members: "Running") -> None:
    bearer = {"authorization": f"Bearer {members.person().bearer}"}
    answer = await members.http.post("/v1/units", json=UNIT, headers=bearer)
    assert _problem(answer) == (400, "idempotency-key-missing")


async def test_paths_and_cursors_that_no_column_can_hold_are_answered_without_a_fault(members: "Running") -> None:
    person = members.person()
    assert _problem(await person.get("/v1/units/%00"))[0] in (400, 404, 422)
    assert _problem(await person.post("/v1/units/%00/rename", UNIT))[0] in (400, 404, 422)
    assert _problem(await person.post("/v1/units/*/rename", UNIT))[0] in (404, 422)
    for key in (["\0"], [2**70], [["x"]], "x", {"a": 1}):
        cursor = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
        assert (await person.get(f"/v1/units?after={cursor}")).status_code in (400, 422)
    nest = base64.urlsafe_b64encode(b"[" * 20_000).decode().rstrip("=")
    assert (await person.get(f"/v1/units?after={nest}")).status_code in (400, 422)
    assert _problem(await person.get("/v1/nothing")) == (404, "not-found")
    assert _problem(await members.http.delete("/v1/units")) == (405, "method-not-allowed")


def _unsigned(claims: dict[str, Any], alg: str = "none") -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": alg}, claims))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


async def test_a_token_that_the_issuer_did_not_sign_for_now_opens_nothing(
    members: "Running", token: "IssueToken"
) -> None:
    good = token()
    head, payload, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    key = members.stack.keys.key
    kid = {"kid": key.kid}

    def signed(changes: dict[str, Any], **header: str) -> str:
        changed = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode({"alg": "Ed25519", **kid, **header}, changed, key, algorithms=["Ed25519"])

    stranger = OKPKey.generate_key("Ed25519")
    public = OctKey.import_key(json.dumps(key.as_dict(private=False)).encode())
    bad = {
        "nothing": "",
        "no token": "x",
        "dots": "..",
        "expired": token(lifetime=timedelta(seconds=-1)),
        "none": _unsigned(claims),
        "none in capitals": _unsigned(claims, "NONE"),
        "cut": f"{head}.{payload}.",
        "altered": f"{head}.{base64.urlsafe_b64encode(json.dumps(claims | {'county': '999999'}).encode()).decode()}"
        f".{signature}",
        "another key": jwt.encode({"alg": "Ed25519", **kid}, claims, stranger, algorithms=["Ed25519"]),
        "our public key as a secret": jwt.encode({"alg": "HS256"}, claims, public, algorithms=["HS256"]),
        "another curve": jwt.encode({"alg": "ES256"}, claims, ECKey.generate_key("P-256"), algorithms=["ES256"]),
        "another issuer": signed({"iss": f"{ISSUER}/other"}),
        "no end": signed({"exp": None}),
        "not yet": signed({"nbf": int(time.time()) + 3600}),
        "no county": signed({"county": None}),
        "a county of letters": signed({"county": "abcdef"}),
        "no roles": signed({"roles": None}),
        "roles in a row": signed({"roles": "registrar"}),
        "a unit of units": signed({"unit": {"a": 1}}),
        "a numbered token": signed({"jti": 7}),
        "no subject": signed({"sub": None}),
        "another key id": signed({}, kid="x"),
    }
    for named, bearer in bad.items():
        for scheme in ("Bearer ", "Basic "):
            headers = {"authorization": (scheme + bearer).strip(), "idempotency-key": str(uuid4())}
            answer = await members.http.post("/v1/units", json=UNIT, headers=headers)
            assert _problem(answer) == (401, "unauthenticated"), named
            assert answer.headers["www-authenticate"] == "Bearer"
    assert (await members.http.get("/v1/units", headers={"authorization": f"Bearer {good}"})).status_code == 200


async def test_a_remembered_token_is_refused_once_it_has_expired(members: "Running", token: "IssueToken") -> None:
    short = token(lifetime=timedelta(seconds=2))
    headers = {"authorization": f"Bearer {short}"}
    answers = set()
    async with asyncio.timeout(10):
        while 401 not in answers:
            answers.add((await members.http.get("/v1/units", headers=headers)).status_code)
            await asyncio.sleep(0.1)
    assert answers == {200, 401}


async def test_a_role_that_may_not_is_refused_before_anything_else(members: "Running") -> None:
    answer = await members.person(roles=("auditor",)).post("/v1/units", UNIT)
    assert _problem(answer) == (403, "forbidden")
