"""Whatever rows are found good can be told: any part of a history gives events that fold, with and without a pack."""

import os
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.proposals import ProposalClosed, ReplyRated
from contracts.sealed import Sealed
from rules.calendar import Calendars
from rules.pack import Pack, load_pack
from rules.shelf import published_packs
from runtime.execute import Act
from runtime.messages import EXPECTED_SEQUENCE_HEADER, Recorded, read
from runtime.sealing import seal
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules
from services.proposals.folds import PROPOSAL
from services.proposals.importing import writing
from services.proposals.importing.directory import Directory
from services.proposals.importing.history import NO_PACK, Telling, acts_of
from services.proposals.importing.known import Mains, resolve
from services.proposals.importing.rows import parse

COUNTY, TODAY, KEY = "430000", date(2006, 1, 1), os.urandom(32)
PACK = load_pack(published_packs()["hunan-transport-2005"])
WHOLE: dict[str, Any] = {
    "cosigners": "李四",
    "co_units": "公路局",
    "registered_on": "2005-02-01",
    "handed_over_on": "2005-03-01",
    "lead_unit": "规划办",
    "received_on": "2005-03-02",
    "met_before_on": "2005-03-08；2005-03-09",
    "met_during_on": "2005-03-20",
    "met_after_on": "2005-04-25",
    "co_opinion_on": "公路局=2005-03-15",
    "extension_until": "2005-05-15",
    "signed_on": "2005-04-05",
    "reply_category": "B",
    "scheme": "bureau-abc",
    "delivered_on": "2005-04-08",
    "rating_result": "不满意",
    "rating_attitude": "满意",
    "rated_on": "2005-04-20",
    "rehandled_on": "2005-04-22",
    "signed_on_2": "2005-05-20",
    "reply_category_2": "A",
    "scheme_2": "bureau-abc",
    "delivered_on_2": "2005-05-21",
    "rating_result_2": "满意",
    "rated_on_2": "2005-06-01",
    "closed_on": "2005-06-02",
    "withdrawn_on": "2005-06-03",
    "declined_on": "2005-02-02",
    "separate_units": "规划办、公路局",
}
ALWAYS = {
    "kind": "提案",
    "body": "县政协",
    "term": 9,
    "session": 3,
    "number": 7,
    "title": "公路",
    "submitters": "张三",
}
ALWAYS["submitted_on"] = "2005-01-20"


@pytest.fixture(scope="module")
def directory() -> Directory:
    directory, body = Directory(), uuid4()
    directory.bodies.add("县政协", body)
    for name in ("张三", "李四"):
        directory.members_of(body, 9).add(name, uuid4())
    for name in ("规划办", "公路局"):
        directory.units.add(name, uuid4())
    return directory


def tell(row: dict[str, Any], directory: Directory, pack: Pack | None) -> writing.Written | None:
    """Give the events of a row, None when it is not good."""
    parsed, problems = parse(2, ALWAYS | row, TODAY)
    if problems:
        return None
    known, problems = resolve(COUNTY, parsed, directory, Mains({}), TODAY)
    if known is None:
        return None
    case = known.case

    def sealed(label: str, text: str) -> Sealed:
        return seal(KEY, COUNTY, case, label, text)

    rules = Rules(case, pack, Calendars([])) if pack else None
    telling = Telling(row=parsed, known=known, seal=sealed, rules=rules, today=TODAY)
    return writing.write(PROPOSAL, case, acts_of(telling), BY)


BY = Act(
    county=COUNTY,
    actor="person:registrar",
    actorrole="registrar",
    commandid=UUID(int=0),
    commanddigest="hmac-sha256:00",
    correlationid="c",
    now=datetime(2006, 1, 1, tzinfo=UTC),
    provenance="sha256:00#2",
)


WAYS = {
    "led": {"separate_units", "declined_on"},
    "separate": {"lead_unit", "co_units", "co_opinion_on", "declined_on"},
    "declined": set(WHOLE) - {"cosigners", "declined_on"},
}
"""What a history that went one way does not have."""


@settings(max_examples=300, deadline=None)
@given(
    way=st.sampled_from(sorted(WAYS)), lost=st.sets(st.sampled_from(sorted(WHOLE)), max_size=4), packed=st.booleans()
)
def test_any_good_part_of_a_history_gives_events_that_fold(
    directory: Directory, way: str, lost: set[str], packed: bool
) -> None:
    row = {name: value for name, value in WHOLE.items() if name not in WAYS[way] | lost}
    written = tell(row, directory, PACK if packed else None)
    assert written is not None or lost, "Nothing is missing from the whole."
    if written is None:
        return
    first, *further = [event.expected for event in written.events]
    assert (first, set(further)) in ((0, {None}), (0, set()))
    state, version = Proposal(), 0
    for event in written.events:
        message = Recorded(
            1, event.address.subject, event.raw, {EXPECTED_SEQUENCE_HEADER: "0", "Yishi-Type": event.type}
        )
        envelope = read(message)
        version += 1
        assert (envelope.version, envelope.provenance) == (version, "sha256:00#2")
        state = PROPOSAL.evolve(state, envelope.data, envelope)
    figures = {"imported", "history"}  # What no act looks at.
    assert state.model_dump(exclude=figures) == written.case.state.model_dump(exclude=figures)
    assert state.stage != "closed" or state.clocks == {}
    assert state.imported is not None
    assert state.imported.version == version


def test_the_clocks_of_a_pack_tell_whether_an_old_reply_was_on_time(directory: Directory) -> None:
    life = {name: WHOLE[name] for name in ("handed_over_on", "lead_unit", "reply_category", "scheme")}
    for signed_on, on_time in (("2005-04-30", True), ("2005-05-05", False)):
        written = tell(life | {"signed_on": signed_on}, directory, PACK)
        assert written is not None
        [clock] = [clock for clock in written.case.state.stopped if clock.kind == "unit_reply"]
        assert (clock.on_time, clock.recorded_on) == (on_time, None)


def test_where_the_first_signer_rates_for_all_an_imported_case_expects_nobody_elses_rating(
    directory: Directory,
) -> None:
    shandong = load_pack(published_packs()["shandong-2017"])
    handed_over = {name: WHOLE[name] for name in ("cosigners", "handed_over_on", "lead_unit")}
    for pack, rating in ((shandong, 1), (PACK, 2)):
        written = tell(handed_over | {"kind": "建议"}, directory, pack)
        assert written is not None
        case = written.case.state
        assert (len(case.answer_to), len(case.raters)) == (2, rating), pack.name
        assert case.raters[0] == case.submitter


def test_without_a_pack_no_clock_runs_and_a_satisfied_member_closes_the_case(directory: Directory) -> None:
    columns = ("handed_over_on", "lead_unit", "signed_on", "reply_category", "scheme", "rated_on")
    written = tell({name: WHOLE[name] for name in columns} | {"rating_result": "满意"}, directory, None)
    assert written is not None
    case = written.case.state
    assert (case.pack, case.pack_digest, case.clocks, case.stopped) == (NO_PACK, None, {}, ())
    assert [event.type for event in written.events][-2:] == [ReplyRated.type_name(), ProposalClosed.type_name()]
    assert case.closed_on == date(2005, 4, 20)
