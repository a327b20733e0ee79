"""What a service's OpenAPI document says holds on the wire: no 5xx, and no status or shape that it does not name.

Schemathesis makes requests from the document and sends them to the running service, whose county holds the example
events of the contracts; every other request names something that is there. `SCHEMATHESIS_EXAMPLES=300` looks longer.
"""

import asyncio
import copy
import importlib
import json
import os
import re
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from contracts.envelope import TYPE_HEADER, Address, digest_of
from contracts.examples import STORIES
from contracts.examples.story import LEAD, MEMBER, PACK, PACK_DIGEST, Story
from contracts.members import RulePackAdopted
from contracts.publish import chained
from contracts.vocabulary import ROLES, SERVICES
from rules.shelf import published_packs
from runtime.messages import EXPECTED_SEQUENCE_HEADER
from yishi.documents import ROOT

if TYPE_CHECKING:
    from tests.conftest import Forge, Running, Serve

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "6"))
CHINESE = re.compile(r"[\u3400-\u9fff]")


def problems_speak_chinese(ctx: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Check that whatever people may read of a refusal is Chinese."""
    if response.status_code >= 400 and "problem" in response.headers.get("content-type", [""])[0]:
        problem = response.json()
        texts = [problem["title"], problem.get("detail", "中"), *(e["message"] for e in problem.get("errors", ()))]
        assert all(CHINESE.search(text) for text in texts), problem
    return None


CHECKS = [
    problems_speak_chinese,
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SHIPPED = published_packs()[PACK]
AGGREGATES = {
    "proposals": "proposal",
    "commendations": "commendation",
    "opinions": "opinion",
    "calls": "call",
    "summaries": "summary",
    "handler-meetings": "meeting",
    "units": "unit",
    "members": "member",
    "bodies": "body",
    "appointments": "appointment",
    "mandates": "mandate",
    "packs": "pack",
    "calendars": "calendar",
    "reminders": "reminder",
    "digests": "digest",
}
"""The aggregate that a path names."""


def tellings(service: str) -> Iterator[Story]:
    """Give every story as it is told, and those of the service also broken off after each of its events."""
    for story in STORIES:
        yield story
        if story.events[0].service == service and len(story.events) > 1:
            for end in range(1, len(story.events)):
                yield story._replace(id=str(uuid5(UUID(story.id), str(end))), events=story.events[:end])


async def tell(story: Story, forge: "Forge", county: str) -> None:
    """Write the events of a story into the log, as if they had happened in this county under a pack that ships."""
    previous, sequence = None, 0
    for example in chained(story):
        envelope = example.model_copy(update={"county": county, "prevhash": previous})
        if isinstance(envelope.data, RulePackAdopted):
            told = envelope.data.model_copy(update={"content": SHIPPED.decode(), "digest": digest_of(SHIPPED)})
            envelope = envelope.model_copy(update={"data": told})
        raw = envelope.encode().replace(PACK_DIGEST.encode(), digest_of(SHIPPED).encode())
        address = Address(county, story.events[0].service, story.aggregate, story.id)
        headers = {EXPECTED_SEQUENCE_HEADER: str(sequence), TYPE_HEADER: envelope.type}
        sequence = await forge(address.subject, raw, headers)
        previous = digest_of(raw)


def known(service: str, path: str) -> list[dict[str, Any]]:
    """Give path parameters that name something of the stories, when the path names one thing."""
    _, *parts = path.split("/")
    if len(parts) < 3 or not parts[2].startswith("{"):
        return []
    noun, parameter = parts[1], parts[2].strip("{}")
    if noun == "clocks":
        opened = chain.from_iterable(e.clocks.opened for s in STORIES for e in s.events if e.clocks)
        return [{parameter: str(clock.id)} for clock in opened]
    return [{parameter: story.id} for story in tellings(service) if story.aggregate == AGGREGATES.get(noun)]


def strict(document: dict[str, Any]) -> dict[str, Any]:
    """Give the document with every object of an answer closed: a field that it does not name is a mistake."""

    def close(part: Any) -> None:
        if isinstance(part, dict):
            if "properties" in part and part.get("type") == "object" and "allOf" not in part:
                part.setdefault("additionalProperties", False)
            for inner in part.values():
                close(inner)
        elif isinstance(part, list):
            for inner in part:
                close(inner)

    closed = copy.deepcopy(document)
    for operations in closed["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                schema = response.get("content", {}).get("application/json", {}).get("schema", {})
                if int(status) < 400 and "allOf" not in schema:
                    close(schema)
    return closed


def ways(operation: Any) -> Iterator[st.SearchStrategy[Case[Any]]]:
    """Give the ways to make requests: by the document, by its own example, and against it."""
    yield operation.as_strategy()
    content = operation.definition.raw.get("requestBody", {}).get("content", {})
    if example := content.get("application/json", {}).get("example"):
        yield operation.as_strategy(body=example)
    yield operation.as_strategy(GenerationMode.NEGATIVE)


def explore(running: "Running", bearer: str, document: dict[str, Any]) -> dict[str, set[int]]:
    """Send requests of every operation and check every answer; give the statuses seen by operation."""
    config = schemathesis.Config()
    schema = schemathesis.openapi.from_dict(strict(document), config=config)
    session = requests.Session()
    seen: dict[str, set[int]] = {}
    mistakes: list[str] = []

    def send(case: Case[Any], path: dict[str, Any], plain: bool) -> None:
        case.path_parameters |= path
        case.headers["Authorization"] = f"Bearer {bearer}"
        case.headers.pop("at-least", None)  # A position that nobody has reached is rightly answered 503.
        for name in ("On-Behalf-Of", "Authority", "If-Match") if plain else ():
            case.headers.pop(name, None)  # Made-up mandates and versions end every command early.
        response = case.call(base_url=running.url, session=session, timeout=20)
        seen[case.operation.label].add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        seen[operation.label] = set()
        paths = st.sampled_from([{}, *known(running.name, operation.path)])
        looking = given(case=st.one_of(*ways(operation)), path=paths, plain=st.booleans())(send)
        careful = settings(
            max_examples=EXAMPLES,
            derandomize=True,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        try:
            careful(looking)()
        except FailureGroup as mistake:
            mistakes.append(str(mistake))
    assert not mistakes, "\n".join(mistakes)
    return seen


@pytest.mark.parametrize("name", SERVICES)
async def test_every_answer_is_one_the_document_names(name: str, serve: "Serve", forge: "Forge", county: str) -> None:
    for story in tellings(name):
        await tell(story, forge, county)
    async with serve(importlib.import_module(f"services.{name}.main").SERVICE) as running:
        someone = running.person(f"member:{MEMBER}", roles=tuple(ROLES), unit=str(LEAD))
        document = (await someone.get("/openapi.json")).json()
        assert document == json.loads((ROOT / f"docs/openapi/{name}.json").read_text("utf-8"))
        seen = await asyncio.to_thread(explore, running, someone.bearer, document)
    assert set(seen) == {f"{verb.upper()} {path}" for path, told in document["paths"].items() for verb in told}
    statuses = set().union(*seen.values())
    assert statuses >= {200, 400, 403, 404, 422} | ({409} if name != "notifications" else set()), seen
