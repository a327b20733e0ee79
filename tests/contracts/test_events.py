"""What every event keeps to: text in clear without personal numbers, sealed text as ciphertext, old events upcast."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from contracts.event import names_a_person
from contracts.examples import STORIES
from contracts.members import BodyEstablished, UnitEstablished, UnitRenamed
from contracts.registry import ALL, EVENTS
from contracts.sealed import Sealed, SealedFile
from contracts.upcast import upcast


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("请拨打13800000000", "电话号码"),
        ("电话 138-0000-0000 转", "电话号码"),
        ("办公室0731-80000000", "电话号码"),
        ("邮箱zhang.san@example.cn", "电子邮箱"),
        ("身份证 11010119000101001X", "身份证号"),
        ("110101190001010010", "身份证号"),
    ],
)
def test_clear_text_with_a_personal_number_is_refused(text: str, what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        BodyEstablished(name=text, kind="cppcc")


@pytest.mark.parametrize("text", ["", "   ", "长" * 301])
def test_clear_text_is_neither_empty_nor_endless(text: str) -> None:
    with pytest.raises(ValidationError):
        BodyEstablished(name=text, kind="cppcc")


@pytest.mark.parametrize(
    "text", ["湘交规函〔2005〕67号", "关于G107线改造的提案", "第9届第3次会议", "投资12345678901万元", "长" * 300]
)
def test_clear_text_with_ordinary_numbers_is_kept(text: str) -> None:
    assert BodyEstablished(name=f" {text} ", kind="cppcc").name == text


def test_an_event_is_never_changed() -> None:
    event = UnitRenamed(name="规划处", from_on=date(2005, 7, 1))
    with pytest.raises(ValidationError):
        event.name = "计划处"  # type: ignore[misc]


def test_impossible_dates_are_refused() -> None:
    with pytest.raises(ValidationError):
        UnitEstablished.model_validate({"name": "规划办", "from_on": "2005-09-31"})


def test_every_event_type_has_one_name() -> None:
    assert len(EVENTS) == len(ALL) == len({event.__name__ for event in ALL})
    assert all(name == f"yishi.{event.service}.{event.__name__}.v1" for name, event in EVENTS.items())


def test_every_example_belongs_to_the_aggregate_of_its_story() -> None:
    assert {
        (story.id, event.aggregate)
        for story in STORIES
        for event in story.events
        if event.aggregate != story.aggregate
    } == set()


def test_sealed_text_shows_its_case_and_label_and_nothing_else() -> None:
    sealed = Sealed(case=uuid4(), label="reply.text", nonce="AAAAAAAAAAAAAAAA", text="3q2-7w")
    assert set(sealed.model_dump()) == {"alg", "case", "label", "nonce", "text"}
    assert sealed.alg == "A256GCM"
    assert Sealed.model_validate_json(sealed.model_dump_json()) == sealed


@pytest.mark.parametrize("alg", ["none", "A128GCM"])
def test_no_other_algorithm_seals(alg: str) -> None:
    told: dict[str, Any] = {"alg": alg, "case": str(uuid4())}
    with pytest.raises(ValidationError):
        Sealed.model_validate(told | {"label": "x", "nonce": "n", "text": "t"})
    with pytest.raises(ValidationError):
        SealedFile.model_validate(told | {"digest": "sha256:00", "media_type": "image/png", "size": 1})


def test_an_old_event_is_read_as_if_written_today() -> None:
    given = {"title": "旧"}
    chain = {
        "a.v1": ("a.v2", lambda data: {**data, "name": data["title"]}),
        "a.v2": ("a.v3", lambda data: {"name": data["name"], "kind": "cppcc"}),
    }
    assert upcast("a.v1", given, chain) == ("a.v3", {"name": "旧", "kind": "cppcc"})
    assert upcast("a.v2", {"name": "中"}, chain) == ("a.v3", {"name": "中", "kind": "cppcc"})
    assert upcast("a.v3", {"name": "新"}, chain) == ("a.v3", {"name": "新"})
    assert given == {"title": "旧"}


def test_a_step_that_changes_what_it_was_given_harms_nobody() -> None:
    given = {"title": "旧"}

    def careless(data: dict[str, Any]) -> dict[str, Any]:
        data["name"] = data.pop("title")
        return data

    assert upcast("a.v1", given, {"a.v1": ("a.v2", careless)}) == ("a.v2", {"name": "旧"})
    assert given == {"title": "旧"}


def test_a_chain_that_turns_in_a_circle_is_refused() -> None:
    chain = {"a.v1": ("a.v2", dict), "a.v2": ("a.v1", dict)}
    with pytest.raises(ValueError, match=r"comes back to a\.v1"):
        upcast("a.v1", {}, chain)


@pytest.mark.parametrize(
    "identifier", ["13800000000", "trace-138 0000 0000", "a@example.invalid", "11010519491231002X"]
)
def test_an_identifier_that_is_a_personal_number_is_recognised(identifier: str) -> None:
    assert names_a_person(identifier)


@pytest.mark.parametrize(
    "identifier", ["4bf92f3577b34da6a3ce929d0e0e4736", "0f8b2c1e-1380-4000-8000-138000000001", "person:li", "12345"]
)
def test_trace_ids_and_uuids_are_no_personal_numbers_whatever_digits_they_hold(identifier: str) -> None:
    assert not names_a_person(identifier)
