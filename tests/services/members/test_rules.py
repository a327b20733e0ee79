"""Decisions on rule packs and calendars, one rule each."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from contracts.envelope import digest_of
from contracts.event import Event
from contracts.members import CalendarPublished, RulePackAdopted
from rules.shelf import published_calendars, published_packs
from runtime.refusals import Refusal
from services.members import calendar, pack
from services.members.rulebook_http import CALENDAR, PACK

HENAN = published_packs()["henan-2017"]
AMENDED = HENAN + "# 修订\n".encode()
YEAR = published_calendars()[2005]
CORRECTED = YEAR + "# 更正\n".encode()
START = date(2017, 8, 1)
ADOPTED = RulePackAdopted(
    name="henan-2017", digest=digest_of(HENAN), content=HENAN.decode(), kinds=("npc_suggestion",), from_on=START
)
PUBLISHED = CalendarPublished(year=2005, digest=digest_of(YEAR), content=YEAR.decode())


def refusal(decide: Callable[[], Event | object]) -> Refusal:
    with pytest.raises(Refusal) as told:
        decide()
    return told.value


def test_a_pack_is_adopted_with_its_exact_bytes(given: Callable[..., Any]) -> None:
    assert pack.adopt(given(PACK), pack.read(HENAN), HENAN, START) == ADOPTED


def test_the_same_bytes_are_adopted_once(given: Callable[..., Any]) -> None:
    told = refusal(lambda: pack.adopt(given(PACK, ADOPTED), pack.read(HENAN), HENAN, date(2018, 1, 1)))
    assert (told.code, told.status) == ("pack.already_adopted", 409)


def test_a_new_version_of_a_pack_is_another_event(given: Callable[..., Any]) -> None:
    second = pack.adopt(given(PACK, ADOPTED), pack.read(AMENDED), AMENDED, START)
    assert second.digest == digest_of(AMENDED)
    digests = [adoption.digest for adoption in given(PACK, ADOPTED, second).adoptions]
    assert digests == [digest_of(HENAN), digest_of(AMENDED)]


def test_a_version_cannot_hold_from_before_the_one_it_replaces(given: Callable[..., Any]) -> None:
    early = date(2017, 7, 31)
    told = refusal(lambda: pack.adopt(given(PACK, ADOPTED), pack.read(AMENDED), AMENDED, early))
    assert told.code == "pack.date_before_last"


def test_a_pack_that_cannot_be_read_says_where_and_why() -> None:
    told = refusal(lambda: pack.read(HENAN + b"reply_within: 3\n"))
    assert (told.code, told.status) == ("pack.invalid", 422)
    assert told.facts["path"] == "reply_within"
    assert told.facts["error"] == "pack.unknown_field"
    assert told.facts["line"] == HENAN.count(b"\n") + 1


def test_a_packs_name_can_stand_in_the_log() -> None:
    told = refusal(lambda: pack.read(HENAN.replace(b"name: henan-2017", "name: 河南.2017".encode())))
    assert (told.code, told.facts["path"]) == ("pack.invalid", "name")


def test_a_calendar_is_published_with_its_exact_bytes(given: Callable[..., Any]) -> None:
    assert calendar.publish(given(CALENDAR), calendar.read(YEAR), YEAR, None) == PUBLISHED


def test_the_same_calendar_is_published_once(given: Callable[..., Any]) -> None:
    state = given(CALENDAR, PUBLISHED)
    told = refusal(lambda: calendar.publish(state, calendar.read(YEAR), YEAR, PUBLISHED.digest))
    assert told.code == "calendar.already_published"


def test_a_corrected_calendar_names_the_one_it_replaces(given: Callable[..., Any]) -> None:
    state, read = given(CALENDAR, PUBLISHED), calendar.read(CORRECTED)
    corrected = calendar.publish(state, read, CORRECTED, PUBLISHED.digest)
    assert (corrected.year, corrected.digest) == (2005, digest_of(CORRECTED))
    silent = refusal(lambda: calendar.publish(state, read, CORRECTED, None))
    wrong = refusal(lambda: calendar.publish(state, read, CORRECTED, "sha256:00"))
    first = refusal(lambda: calendar.publish(given(CALENDAR), read, CORRECTED, PUBLISHED.digest))
    assert {silent.code, wrong.code, first.code} == {"calendar.replaces_other"}
    assert silent.facts == {"present": PUBLISHED.digest}


def test_a_calendar_with_an_impossible_date_says_where() -> None:
    told = refusal(lambda: calendar.read(YEAR.replace(b"to: 2005-10-07", b"to: 2005-09-31")))
    assert (told.code, told.status, told.facts["path"]) == ("calendar.invalid", 422, "holidays.3.to")
