"""What follows from what: given events, when something is asked, then an event, a refusal or rows."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from contracts.clocks import Clock, ClockChanges, ClockClosed, ClockMoved, Proof
from contracts.envelope import Address, Envelope
from contracts.event import Event
from contracts.notifications import DigestSent, ReminderRead, ReminderSent
from contracts.proposals import ProposalClosed, ProposalRegistered, ProposalRevised
from contracts.sealed import Sealed
from runtime.auth import Principal
from runtime.folds import Held
from runtime.refusals import Forbidden
from runtime.tables import Change
from services.notifications import digest, followed, reminder
from services.notifications.clocks import CLOCKS
from services.notifications.digest import Digest, compose
from services.notifications.followed import Followed
from services.notifications.policy import POLICY, relations, seen_party
from services.notifications.refusals import (
    DigestAlreadyRead,
    DigestAlreadySent,
    ReminderAlreadyRead,
    ReminderAlreadySent,
)
from services.notifications.reminder import Reminder
from services.notifications.schedule import HalfMonth
from services.notifications.timer import reminded_day
from services.notifications.wording import digest_title, reminder_title, why

CASE = uuid5(NAMESPACE_URL, "case")
ADDRESS = Address("430000", "proposals", "proposal", str(CASE))
PROOF = Proof(
    pack="hunan-transport-2005",
    pack_digest="sha256:00",
    rule="unit_reply",
    started_by="handed_over",
    started_on=date(2005, 3, 1),
    fixed_on=date(2005, 4, 30),
)
CLOCK = Clock(id=uuid5(CASE, "clock"), kind="unit_reply", whom="unit:u1", due_on=date(2005, 4, 30), proof=PROOF)
SENT = ReminderSent(
    clock=CLOCK.id,
    clock_kind="unit_reply",
    subject=ADDRESS.subject,
    whom="unit:u1",
    due_on=date(2005, 4, 30),
    rule="working_days_before:7",
    for_on=date(2005, 4, 21),
)
REPORTED = DigestSent(whom="unit:u1", period_from=date(2005, 3, 1), period_until=date(2005, 3, 15), open=1, overdue=0)


def envelope(event: Event) -> Envelope[Any]:
    return Envelope[Any](
        id=UUID(int=1),
        source=f"urn:yishi:{event.service}",
        type=event.type_name(),
        subject=f"{event.aggregate}/{CASE}",
        time=datetime(2005, 4, 21, 1, tzinfo=UTC),
        county="430000",
        actor="person:operator",
        actorrole="operator",
        commandid=UUID(int=2),
        commanddigest="sha256:00",
        correlationid="c",
        version=1,
        data=event,
    )


def carrying(**changes: Any) -> ProposalClosed:
    return ProposalClosed(closed_on=date(2005, 3, 1), clocks=ClockChanges(**changes))


def following(*events: Event) -> Followed:
    state = Followed()
    for event in events:
        state = followed.evolve(state, event, envelope(event))
    return Followed.model_validate_json(state.model_dump_json(exclude_defaults=True))


def rows(state: Followed) -> list[dict[str, Any]]:
    opener: Any = None  # Nothing of a clock is sealed.
    return list(CLOCKS.rows(Change(ADDRESS, "id", Held(state), frozenset()), opener))


def test_the_clocks_of_imported_history_are_followed_by_nobody() -> None:
    event = carrying(opened=(CLOCK,))
    imported = envelope(event).model_copy(update={"provenance": "sha256:00#2"})
    assert rows(followed.evolve(Followed(), event, imported)) == []
    assert len(rows(following(event))) == 1


def test_an_opened_clock_is_a_row_with_its_proof() -> None:
    [row] = rows(following(carrying(opened=(CLOCK,))))
    assert row | {"proof": None} == {
        "clock": CLOCK.id,
        "kind": "unit_reply",
        "whom": "unit:u1",
        "round": 1,
        "due_on": date(2005, 4, 30),
        "due_order": date(2005, 4, 30),
        "strength": "hard",
        "provisional": False,
        "opened_on": date(2005, 3, 1),
        "closed_on": None,
        "outcome": None,
        "proof": None,
        "moves": (),
        "subject": ADDRESS.subject,
        "title": None,
        "number": None,
    }
    assert row["proof"] == PROOF


def test_a_moved_clock_keeps_where_it_stood_and_why_it_was_moved() -> None:
    move = ClockMoved(id=CLOCK.id, due_on=date(2005, 5, 20), reason="延期获准", proof=PROOF)
    [row] = rows(following(carrying(opened=(CLOCK,)), carrying(moved=(move,))))
    assert row["due_on"] == date(2005, 5, 20)
    assert [step.model_dump(mode="json") for step in row["moves"]] == [
        {"due_from": "2005-04-30", "due_on": "2005-05-20", "reason": "延期获准"}
    ]


def test_a_closed_clock_is_kept_with_its_day_and_may_run_again() -> None:
    closed = carrying(closed=(ClockClosed(id=CLOCK.id, on=date(2005, 4, 20)),))
    [row] = rows(following(carrying(opened=(CLOCK,)), closed))
    assert (row["closed_on"], row["outcome"]) == (date(2005, 4, 20), "met")
    [row] = rows(following(carrying(opened=(CLOCK,)), closed, carrying(opened=(CLOCK,))))
    assert (row["closed_on"], row["outcome"]) == (None, None)


def test_changes_of_a_clock_that_does_not_run_are_passed_over() -> None:
    closed = carrying(closed=(ClockClosed(id=CLOCK.id, on=date(2005, 4, 20)),))
    move = ClockMoved(id=CLOCK.id, due_on=date(2005, 5, 20), reason="延期获准", proof=PROOF)
    state = following(carrying(opened=(CLOCK,)), closed, carrying(moved=(move,)), closed)
    [row] = rows(state)
    assert (row["due_on"], row["closed_on"], row["moves"]) == (date(2005, 4, 30), date(2005, 4, 20), ())


def test_a_clock_opened_and_closed_by_one_event_has_ended() -> None:
    [row] = rows(following(carrying(opened=(CLOCK,), closed=(ClockClosed(id=CLOCK.id, on=date(2005, 3, 1)),))))
    assert row["closed_on"] == date(2005, 3, 1)


def test_a_case_is_shown_by_its_number_and_its_newest_title() -> None:
    sealed = Sealed(case=CASE, label="body", nonce="n", text="t")
    state = following(
        ProposalRevised(title="关于修路的建议", text=sealed, revised_on=date(2005, 2, 1)),
        ProposalRegistered(number=12, registered_on=date(2005, 2, 2)),
    )
    assert (state.title, state.number) == ("关于修路的建议", 12)


def test_a_reminder_is_sent_once() -> None:
    state = Reminder()
    assert reminder.send(state, SENT) == SENT
    state = reminder.evolve(state, SENT, envelope(SENT))
    with pytest.raises(ReminderAlreadySent):
        reminder.send(state, SENT)


def test_a_reminder_is_read_once() -> None:
    state = reminder.evolve(Reminder(), SENT, envelope(SENT))
    read = reminder.read(state, "person:clerk", date(2005, 4, 22))
    assert read == ReminderRead(by="person:clerk", read_on=date(2005, 4, 22))
    with pytest.raises(ReminderAlreadyRead):
        reminder.read(reminder.evolve(state, read, envelope(read)), "person:other", date(2005, 4, 23))


def test_a_digest_is_sent_once_and_read_once() -> None:
    state = digest.evolve(Digest(), digest.send(Digest(), REPORTED), envelope(REPORTED))
    with pytest.raises(DigestAlreadySent):
        digest.send(state, REPORTED)
    read = digest.read(state, "person:clerk", date(2005, 3, 16))
    with pytest.raises(DigestAlreadyRead):
        digest.read(digest.evolve(state, read, envelope(read)), "person:clerk", date(2005, 3, 17))


def test_a_digest_counts_everything_and_names_the_fifty_most_urgent() -> None:
    def clock(number: int, due_on: date | None) -> dict[str, Any]:
        return {
            "clock": uuid5(CASE, str(number)),
            "kind": "reply",
            "whom": "unit:u1",
            "subject": ADDRESS.subject,
            "due_on": due_on,
        }

    due = [clock(i, date(2005, 3, 10)) for i in range(3)] + [clock(3, date(2005, 3, 15))]
    undefined = [clock(i, None) for i in range(4, 60)]
    [report] = compose(HalfMonth(date(2005, 3, 1), date(2005, 3, 15)), [*due, *undefined])
    assert (report.open, report.overdue, len(report.entries)) == (60, 3, 50)
    assert [entry.overdue for entry in report.entries[:5]] == [True, True, True, False, False]
    assert report.entries[0].clock == due[0]["clock"]


def principal(role: str, unit: str = "u1", subject: str = "person:p") -> Principal:
    return Principal(subject, "430000", frozenset({role}), unit, None, 0.0)


@pytest.mark.parametrize("role", ["committee", "office", "auditor", "operator"])
def test_those_who_oversee_see_everybodys(role: str) -> None:
    assert seen_party(principal(role), "inbox.see", None) is None
    assert seen_party(principal(role), "clocks.see", "unit:u2") == "unit:u2"


@pytest.mark.parametrize("role", ["handler", "reviewer", "signer", "office_clerk"])
def test_a_units_people_see_their_units_only(role: str) -> None:
    assert seen_party(principal(role), "inbox.see", None) == "unit:u1"
    with pytest.raises(Forbidden):
        seen_party(principal(role), "inbox.see", "unit:u2")
    with pytest.raises(Forbidden):
        seen_party(principal(role, unit=""), "inbox.see", None)


def test_a_member_sees_their_own_only() -> None:
    member = principal("member", subject="member:m1")
    assert seen_party(member, "inbox.see", None) == "member:m1"
    for other in ("member:m2", "unit:u1", "body:b"):
        with pytest.raises(Forbidden):
            seen_party(member, "inbox.see", other)


def test_only_an_operator_runs() -> None:
    assert {may.role for may in POLICY["notifications.run"]} == {"operator"}


def test_a_deputy_stands_for_the_member_who_gave_the_mandate() -> None:
    deputy = principal("member", subject="member:deputy")
    assert relations(deputy, "member:m1", "member:m1") == {"seat"}
    assert relations(deputy, "member:deputy", "member:m1") == set()


def test_headings_say_who_what_until_when_and_whether_the_day_is_provisional() -> None:
    facts = SENT.model_dump() | {"number": 12, "title": "关于修路的建议", "strength": "hard"}
    assert reminder_title(facts, "规划办") == (
        "规划办：第12号《关于修路的建议》单位答复，最迟2005年4月30日（期限前7个工作日提醒）"
    )
    late = facts | {"rule": "overdue:3", "provisional": True, "strength": "soft", "number": None, "title": None}
    assert reminder_title(late, "规划办") == (
        "规划办：单位答复，原则上2005年4月30日（逾期第3个工作日催办，期限为暂定（放假安排尚未公布））"
    )
    assert digest_title(REPORTED.model_dump(), "规划办") == (
        "规划办：2005年3月上半月督办通报，未办结1件次，其中逾期0件次"
    )


def test_a_date_is_explained_from_its_proof() -> None:
    assert why(PROOF, date(2005, 4, 30)) == "依据《hunan-transport-2005》，2005年4月30日以前，含当日，不顺延。"
    period = PROOF.model_copy(
        update={
            "fixed_on": None,
            "source": "办理办法",
            "article": "8",
            "amount": 2,
            "unit": "month",
            "nominal_on": date(2005, 5, 1),
        }
    )
    assert why(period, date(2005, 5, 8)) == (
        "依据《办理办法》第8条，自交办之日（2005年3月1日，当日不计）起2个月，2005年5月1日非工作日，顺延，至2005年5月8日。"
    )
    blank = PROOF.model_copy(update={"fixed_on": None, "undefined": "x个工作日"})
    assert why(blank, None) == "依据《hunan-transport-2005》，期限写作“x个工作日”，未定日期。"


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        ("2026-11-20T23:59:59", "2026-11-20"),
        ("2026-11-21T00:00:00", "2026-11-21"),
        ("2026-11-21T15:59:59", "2026-11-21"),
    ],
)
def test_a_day_is_reminded_of_from_eight_in_the_morning_in_china(utc: str, day: str) -> None:
    assert reminded_day(datetime.fromisoformat(utc).replace(tzinfo=UTC)) == date.fromisoformat(day)
