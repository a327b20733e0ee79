"""The generated documents are those of the code, and every word in the code has its term in the glossary."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from contracts import vocabulary
from contracts.asyncapi import by_kind
from contracts.clocks import CalendarUse, Clock, ClockChanges, ClockClosed, ClockMoved, Proof, Strength, Unit
from contracts.event import Event
from contracts.meetings import Mode, Stage
from contracts.notifications import DigestEntry
from contracts.proposals import Delivery, Form
from contracts.registry import ALL, EVENTS
from contracts.sealed import Sealed, SealedFile
from contracts.terms import field_meaning, field_term, meaning_of, term_of
from rules.pack import load_pack
from rules.shelf import published_packs
from runtime.messages import EXPECTED_SEQUENCE_HEADER
from services.proposals.case.proposal import CaseStage
from yishi.documents import ROOT, documents, readers, services, stale, write

CHINESE = re.compile(r"[\u3400-\u9fff]{2,8}")


@pytest.fixture(scope="module")
def asyncapi() -> dict[str, Any]:
    """The AsyncAPI document as it lies in the tree."""
    return dict(yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text("utf-8")))


def test_no_generated_document_is_stale() -> None:
    assert stale() == [], "make docs"


def test_a_document_that_differs_is_named_and_mended(tmp_path: Path) -> None:
    write(tmp_path)
    assert stale(tmp_path) == []
    (tmp_path / "docs/glossary.md").write_text("# Glossary\n")
    (tmp_path / "docs/openapi/members.json").unlink()
    assert set(stale(tmp_path)) == {Path("docs/glossary.md"), Path("docs/openapi/members.json")}
    write(tmp_path)
    assert stale(tmp_path) == []


def test_every_event_has_a_chinese_term_of_its_own() -> None:
    terms = {event.__name__: term_of(event) for event in ALL}
    assert all(CHINESE.fullmatch(term) for term in terms.values()), terms
    assert len(set(terms.values())) == len(ALL)
    assert (terms["ProposalRegistered"], terms["HandlerMet"], terms["ReplyRated"]) == ("立案", "见面", "测评")


def test_an_event_without_a_term_is_not_accepted() -> None:
    class SomethingDone(Event):
        """Something was done."""

    with pytest.raises(ValueError, match="SomethingDone names no Chinese term"):
        term_of(SomethingDone)


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.__name__)
def test_every_field_says_what_it_is_and_a_date_says_of_which_zone(event: type[Event]) -> None:
    for name, field in event.model_fields.items():
        assert field_term(event, name), f"{name} has no Chinese term"
        assert len(field_meaning(event, name)) >= 5, f"{name} has no meaning"
        if name == "on" or name.endswith("_on") or name.startswith("period_"):
            assert "Asia/Shanghai" in (field.description or ""), name
        if "Sealed" in str(field.annotation):
            assert "sealed" in (field.description or ""), name


def test_no_word_of_the_code_is_missing_from_the_vocabulary_and_none_is_left_over() -> None:
    assert set(vocabulary.AGGREGATES) == set(by_kind())
    assert set(vocabulary.SERVICES) == {event.service for event in ALL}
    assert set(vocabulary.CASE_STAGES) == set(get_args(CaseStage))
    assert set(vocabulary.MEETING_STAGES) == set(get_args(Stage))
    assert set(vocabulary.MEETING_MODES) == set(get_args(Mode))
    assert set(vocabulary.FORMS) == set(get_args(Form))
    assert set(vocabulary.DELIVERIES) == set(get_args(Delivery))
    assert set(vocabulary.CLOCK_UNITS) == set(get_args(Unit))
    assert set(vocabulary.CLOCK_STRENGTHS) == set(get_args(Strength))


def test_every_role_of_a_policy_is_in_the_vocabulary() -> None:
    policies = [import_module(f"services.{name}.policy").POLICY for name in vocabulary.SERVICES]
    asked = {may.role for policy in policies for allowed in policy.values() for may in allowed}
    assert asked == set(vocabulary.ROLES)


def test_every_clock_of_a_pack_that_ships_is_in_the_vocabulary() -> None:
    packs = [load_pack(raw) for raw in published_packs().values()]
    kinds = {name for pack in packs for key in pack.clocks for name in (key, pack.kind_of(key))}
    # Somebody names the last day of these; a pack may have a rule for them.
    stated = {"urging", "supervision", "summary", "commitment"}
    assert kinds | stated == set(vocabulary.CLOCKS)


def test_own_aggregates_and_read_models_are_named_by_words_of_the_vocabulary() -> None:
    folds = [fold for service in services() for fold in service.folds]
    assert {(fold.service, fold.aggregate) for fold in folds if fold.own} == set(vocabulary.AGGREGATES)
    assert {model.name for fold in folds for model in fold.read_models} == set(vocabulary.READ_MODELS)


def test_the_glossary_has_a_row_for_every_word() -> None:
    lines = (ROOT / "docs/glossary.md").read_text("utf-8").splitlines()
    rows = {tuple(cell.strip() for cell in line.split(" | ")[:2]) for line in lines if line.startswith("| `")}
    for event in ALL:
        assert (f"| `{event.__name__}`", term_of(event)) in rows
    for words in (vocabulary.ROLES, vocabulary.CLOCKS, vocabulary.READ_MODELS, vocabulary.CASE_STAGES):
        assert {(f"| `{name}`", word.term) for name, word in words.items()} <= rows
    assert ("| `henan-2017`", "河南省代表建议办理办法（2017）") in rows


def test_asyncapi_names_every_event_once_on_its_aggregates_channel(asyncapi: dict[str, Any]) -> None:
    assert asyncapi["asyncapi"] == "3.0.0"
    assert set(asyncapi["components"]["messages"]) == set(EVENTS)
    for name, event in EVENTS.items():
        message = asyncapi["components"]["messages"][name]
        assert message["title"] == term_of(event)
        assert message["summary"] == meaning_of(event)
        holding = [channel for channel in asyncapi["channels"].values() if name in channel["messages"]]
        assert [channel["address"] for channel in holding] == [
            f"evt.{{county}}.{event.service}.{event.aggregate}.{{id}}"
        ]
        assert set(holding[0]["parameters"]) == {"county", "id"}


def test_asyncapi_says_who_appends_and_who_reads(asyncapi: dict[str, Any]) -> None:
    operations = asyncapi["operations"]
    sends = {id: told for id, told in operations.items() if told["action"] == "send"}
    assert {tuple(told["channel"]["$ref"].removeprefix("#/channels/").split(".")) for told in sends.values()} == set(
        by_kind()
    )
    assert all(id.split(".")[0] == told["channel"]["$ref"].split("/")[-1].split(".")[0] for id, told in sends.items())
    receives = {id: told for id, told in operations.items() if told["action"] == "receive"}
    assert len(receives) == len(list(readers()))
    noted = receives["proposals.react.note-meeting"]
    assert noted["messages"] == [{"$ref": "#/channels/meetings.meeting/messages/yishi.meetings.HandlerMet.v1"}]
    assert noted["x-jetstream-consumer"]["durable"] == "proposals-reactions"
    followed = {id for id in receives if id.startswith("notifications.project.clocks.")}
    assert followed == {
        f"notifications.project.clocks.{service}.{aggregate}"
        for service, aggregate in by_kind()
        if service != "notifications"
    }


def test_every_reference_of_asyncapi_leads_somewhere(asyncapi: dict[str, Any]) -> None:
    for reference in references(asyncapi):
        file, _, path = reference.partition("#")
        if file:
            assert (ROOT / "docs" / file).is_file(), reference
            continue
        found: Any = asyncapi
        for step in path.strip("/").split("/"):
            assert step in found, reference
            found = found[step]


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key in ("$ref", "x-sample"):
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_asyncapi_names_the_headers_that_a_stored_message_must_have(asyncapi: dict[str, Any]) -> None:
    stored = asyncapi["components"]["messageTraits"]["stored"]
    assert EXPECTED_SEQUENCE_HEADER in stored["headers"]["required"]
    assert set(asyncapi["components"]["securitySchemes"]) == set(vocabulary.SERVICES)


@pytest.mark.parametrize("service", vocabulary.SERVICES)
def test_every_operation_is_complete(service: str) -> None:
    document = json.loads(documents_of(service))
    ids = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            ids.append(operation["operationId"])
            assert CHINESE.match(operation["summary"]), f"{method} {path} has no Chinese summary"
            assert operation["tags"], path
            if path.startswith("/v1/"):
                assert operation["security"] == [{"bearer": []}], path
                assert {"400", "401", "403", "503"} <= set(operation["responses"]), path
            body = operation.get("requestBody", {}).get("content", {})
            if "application/json" in body:
                assert body["application/json"]["example"] is not None
                assert {"413", "422"} <= set(operation["responses"]), path
            if {"$ref": "#/components/parameters/If-Match"} in operation.get("parameters", ()):
                assert {"202", "404", "409", "412"} <= set(operation["responses"]), path
            for status, response in operation["responses"].items():
                assert (int(status) < 400 or path in ("/healthz", "/readyz")) == ("$ref" not in response), path
    assert len(ids) == len(set(ids))


def documents_of(service: str) -> str:
    return (ROOT / f"docs/openapi/{service}.json").read_text("utf-8")


def test_the_documents_of_the_tree_are_all_generated() -> None:
    kept = {path.relative_to(ROOT) for path in (ROOT / "docs/openapi").iterdir()}
    assert kept == {path for path in documents() if path.parent.name == "openapi"}


@pytest.mark.parametrize(
    "part", [Clock, ClockChanges, ClockMoved, ClockClosed, Proof, CalendarUse, Sealed, SealedFile, DigestEntry]
)
def test_what_events_are_made_of_is_described_field_by_field(part: type[BaseModel]) -> None:
    assert [name for name, field in part.model_fields.items() if not field.description] == []
