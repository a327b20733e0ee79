"""Many people at one case at once: what was acknowledged is in the log exactly once, the others try again."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx2

from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town

AT_ONCE = 50


async def test_fifty_notes_on_one_case_at_once_are_each_recorded_once_or_refused_as_a_conflict(
    town: "Town", stack: Stack, code: Callable[[httpx2.Response], str]
) -> None:
    case = await town.case("sign_for")
    handlers = [town.of(case.lead, "handler", name=f"handler{n}") for n in range(AT_ONCE)]
    before = (await town.show(case))["version"]

    def noting(n: int) -> dict[str, str]:
        return {"note": f"第{n}条", "noted_on": "2005-04-01"}

    path = f"/proposals/{case.id}/note"
    sent = [town.post(handlers[n], path, noting(n), key=f"note-{n}") for n in range(AT_ONCE)]
    answers = await asyncio.gather(*sent)
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {(answer.status_code, code(answer)) for answer in refused} <= {(409, "conflict")}
    acknowledged = {
        int(answer.headers["event-position"].removeprefix("EVENTS:")): handlers[n].subject
        for n, answer in enumerate(answers)
        if answer.status_code == 200
    }
    assert acknowledged, "nobody was served"
    assert await _authors(stack, f"evt.{town.county}.proposals.proposal.{case.id}", before) == acknowledged

    repeated = await asyncio.gather(
        *(town.post(handlers[n], path, noting(n), key=f"note-{n}") for n in range(AT_ONCE))
    )
    for first, again in zip(answers, repeated, strict=True):
        if first.status_code == 200:
            assert again.json() == first.json(), "the same key gives the same answer"
    noted = await _authors(stack, f"evt.{town.county}.proposals.proposal.{case.id}", before)
    assert max(Counter(noted.values()).values()) == 1
    other = await town.post(handlers[0], path, noting(99), key="note-0")
    if answers[0].status_code == 200:
        assert (other.status_code, code(other)) == (422, "idempotency-key-reused")


async def test_of_many_first_drafts_at_once_one_is_kept_and_the_others_have_to_look_at_it_first(
    town: "Town", code: Callable[[httpx2.Response], str]
) -> None:
    case = await town.case("sign_for")
    handlers = [town.of(case.lead, "handler", name=f"drafter{n}") for n in range(10)]
    path = f"/proposals/{case.id}/reply/draft"
    drafts = [
        {"category": "A", "scheme": "bureau-abc", "text": f"第{n}稿", "drafted_on": "2005-04-01"} for n in range(10)
    ]
    answers = await asyncio.gather(
        *(town.post(who, path, draft) for who, draft in zip(handlers, drafts, strict=True))
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[428] * 9]
    assert {code(answer) for answer in answers if answer.status_code != 200} == {"precondition-required"}
    assert [reply["version"] for reply in (await town.show(case))["replies"]] == [1]


async def _authors(stack: Stack, subject: str, after: int) -> dict[int, str]:
    """Give who noted, by position, from the log itself: the aggregate's events behind a version, gapless."""
    client = await stack.nats.connect("operator")
    found: dict[int, str] = {}
    sequence, version = 0, 0
    try:
        while True:
            question = json.dumps({"seq": sequence + 1, "next_by_subj": subject}).encode()
            answer = await client.request("$JS.API.DIRECT.GET.EVENTS", question, timeout=5)
            headers = answer.headers or {}
            if headers.get("Status"):
                return found
            sequence = int(headers["Nats-Sequence"])
            body = json.loads(answer.data)
            assert body["version"] == version + 1
            version = body["version"]
            if version > after:
                assert body["type"] == "yishi.proposals.NoteAdded.v1"
                found[sequence] = body["actor"]
    finally:
        await client.close()
