"""A county's cases under every pack, and people who do legal and illegal things with them in whatever order.

What is asked after every act: that a case's state is what its events say; that no two clocks of one kind run for
one party about one answer; that a closed case has every answer delivered and rated, or lapsed as its pack has it; and
that merged, registered, declined, withdrawn and open cases are all that were submitted.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pydantic import ValidationError

from contracts.proposals import ProposalSubmitted
from rules.pack import Pack
from runtime.refusals import Refusal
from services.proposals.answering import matrix
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules, outlasts
from services.proposals.provisional import NothingToMove, move_clocks
from services.proposals.reporting.figures import APART, Told
from services.proposals.reporting.worklist import owed
from tests.services.proposals.decisions.county import (
    ALL_YEARS,
    KINDS,
    OF_TWO_CASES,
    OPTIONS,
    PACKS,
    UNTIL_2005,
    Case,
    County,
    answered,
    statistics_rows,
)
from tests.services.proposals.decisions.story import lacked_years

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


def machine(stories: "type[Story]", acts: tuple[str, ...]) -> type[RuleBasedStateMachine]:
    """Give the machine for the stories of the fixtures."""
    units = (stories.LEAD, stories.CO, stories.OTHER)
    members = (stories.MEMBER, stories.COSIGNER, stories.OTHER)
    possible = tuple(act for act in acts if act not in (*OF_TWO_CASES, "submit", "erase"))

    class Here(stories):  # type: ignore[misc, valid-type]
        """A story under the county's calendars of the day."""

        county: County

        @property
        def rules(self) -> Rules:
            assert self.pack is not None
            return Rules(self.CASE, self.pack, self.county.calendars)

    class Life(RuleBasedStateMachine):
        @initialize(pack=st.sampled_from(sorted(PACKS)))
        def begin(self, pack: str) -> None:
            self.county = County()
            self._submit(PACKS[pack], joint=True, co=True)

        def _submit(self, pack: Pack, *, joint: bool, co: bool) -> None:
            axes = len(pack.ratings.axes) == 2
            story = Here(
                today=str(self.county.today),
                cosigners=(stories.COSIGNER,) if joint else (),
                co=(stories.CO,) if co else (),
                two_axes=axes,
                pack=pack,
            )
            story.county = self.county
            case = Case(UUID(int=500 + len(self.county.cases)), story)
            self.county.cases.append(case)
            said = {"kind": pack.kinds[0], "submitted_on": str(self.county.today)}
            case.accept(story.decide("submit", **said))

        def _attempt(self, case: Case, act: str, **said: Any) -> None:
            """Do something, or be refused; a refusal changes nothing."""
            case.story.today = str(self.county.today)
            before = case.story.held
            with suppress(Refusal, ValidationError):  # The second for what the edge would not let in.
                case.accept(case.story.decide(act, **said))
                return
            assert case.story.held is before

        def _said(self, choose: Callable[[Sequence[Any]], Any], case: Case, act: str) -> dict[str, Any]:
            """Say everything that an act has to be told, at random."""
            takes = case.story.said(act)
            pack = case.story.pack
            assert pack is not None
            later = str(self.county.today + timedelta(days=choose(range(41))))
            any_of: dict[str, Callable[[], Any]] = {
                "on": lambda: str(self.county.today),
                "unit": lambda: choose(units),
                "to": lambda: choose(units),
                "member": lambda: choose(members),
                "by": lambda: choose(members),
                "kind": lambda: choose(KINDS),
                "until": lambda: later,
                "due": lambda: later,
                "number": lambda: choose((1, 2)),
                "meeting": lambda: choose(range(1, 41)),
                "passed": lambda: choose((True, False)),
                "again": lambda: choose((True, False)),
                "word": lambda: choose(pack.ratings.words),
                "remark": lambda: choose([None, "还须努力"]),
                "told": lambda: case.state.answer_to,
                "ended": lambda: choose([{}, {stories.MEMBER: date(2005, 8, 1)}]),
                "signer": lambda: choose(["person:signer", "person:drafter"]),
                "step": lambda: choose(["meeting_before", "meeting_during", "meeting_after"]),
            }
            said = {name: draw() for name, draw in any_of.items() if name in takes}
            if act in ("rate", "enter"):
                said["result"] = choose(pack.ratings.words)
                if len(pack.ratings.axes) == 2:
                    said["attitude"] = choose(pack.ratings.words)
            if act == "hand_over" and choose((True, False)):
                said |= {"lead": None, "co": (), "separate": (stories.LEAD, stories.OTHER)}
            return said

        @rule(pack=st.sampled_from(sorted(PACKS)), joint=st.booleans(), co=st.booleans())
        @precondition(lambda self: len(self.county.cases) < 3)
        def submit_another(self, pack: str, joint: bool, co: bool) -> None:
            self._submit(PACKS[pack], joint=joint, co=co)

        @rule(days=st.integers(1, 12))
        def time_passes(self, days: int) -> None:
            self.county.today += timedelta(days=days)

        @rule(dice=st.randoms(use_true_random=False), pick=st.integers(0, 99), count=st.sampled_from((1, 8, 24)))
        def what_is_owed_is_done(self, dice: Random, pick: int, count: int) -> None:
            case = self.county.cases[pick % len(self.county.cases)]
            for _ in range(count):
                waiting = sorted(set(owed(case.state)))
                if not waiting:
                    return
                self._do(dice, case, *dice.choice(waiting))

        def _do(self, dice: Random, case: Case, due: str, whom: str) -> None:
            """Do something about what somebody owes, as whoever owes it."""
            options = [option for option in OPTIONS.get(due, (due,)) if option in acts]
            if not options:
                return
            act = dice.choice(options)
            said = self._said(dice.choice, case, act)
            kind, _, id = whom.partition(":")
            if kind in said and id:
                said[kind] = UUID(id)
            if act == "deliver":
                said["member"] = dice.choice(case.state.answer_to)
            legal = {"ended": {}, "signer": "person:signer"}
            self._attempt(case, act, **said | {name: legal[name] for name in said if name in legal})

        @rule(data=st.data(), pick=st.integers(0, 99), act=st.sampled_from(possible))
        def anybody_tries_anything(self, data: st.DataObject, pick: int, act: str) -> None:
            case = self.county.cases[pick % len(self.county.cases)]
            self._attempt(case, act, **self._said(lambda some: data.draw(st.sampled_from(some)), case, act))

        @rule(pick=st.integers(0, 99))
        @precondition(lambda self: len(self.county.cases) > 1)
        def two_are_merged(self, pick: int) -> None:
            main, original = self._two(pick)
            on = str(self.county.today)
            with suppress(Refusal):
                joined = main.story.decide("join", original=original.story, id=original.id, on=on)
                merged = original.story.decide("merge", main=main.id, on=on)
                main.accept(joined)
                original.accept(merged)

        @rule(pick=st.integers(0, 99))
        @precondition(lambda self: any(case.state.stage == "merged" for case in self.county.cases))
        def a_merge_is_undone(self, pick: int) -> None:
            merged = [case for case in self.county.cases if case.state.stage == "merged"]
            original = merged[pick % len(merged)]
            assert original.state.review.merged is not None
            main = next(case for case in self.county.cases if case.id == original.state.review.merged.main)
            on = str(self.county.today)
            with suppress(Refusal):
                released = main.story.decide("release", id=original.id, on=on)
                undone = original.story.decide("undo_merge", on=on)
                main.accept(released)
                original.accept(undone)

        def _two(self, pick: int) -> tuple[Case, Case]:
            count = len(self.county.cases)
            first = pick % count
            second = (first + 1 + (pick // count) % (count - 1)) % count
            for case in (self.county.cases[first], self.county.cases[second]):
                case.story.today = str(self.county.today)
            return self.county.cases[first], self.county.cases[second]

        @rule()
        @precondition(lambda self: self.county.calendars is UNTIL_2005 and self.county.today >= date(2005, 11, 1))
        def the_next_calendars_are_published(self) -> None:
            self.county.calendars = ALL_YEARS
            for case in self.county.cases:
                waited = [clock for clock in case.state.clocks.values() if lacked_years(clock)]
                if not waited:
                    with pytest.raises(NothingToMove):
                        move_clocks(case.state, ALL_YEARS, self.county.today)
                    continue
                event = move_clocks(case.state, ALL_YEARS, self.county.today)
                assert event.clocks is not None
                assert {move.id for move in event.clocks.moved} == {clock.id for clock in waited}
                case.accept(event)

        @invariant()
        def a_version_is_a_number_of_events(self) -> None:
            for case in self.county.cases:
                assert case.story.held.version == len(case.story.events)
                assert Proposal.model_validate_json(case.stored) == case.state

        @invariant()
        def no_two_clocks_of_one_kind_run_for_one_party_about_one_answer(self) -> None:
            for case in self.county.cases:
                clocks = case.state.clocks
                running = Counter((c.kind, c.whom, c.about) for c in clocks.values() if not outlasts(c))
                assert set(running.values()) <= {1}, running
                for id, clock in clocks.items():
                    assert id == clock.id
                    lacking = lacked_years(clock)
                    assert clock.provisional == bool(lacking)
                    assert not lacking & set(self.county.calendars)
                    assert (clock.due_on is None) == (clock.proof.undefined is not None)

        @invariant()
        def a_case_that_is_out_of_the_handling_has_no_clocks(self) -> None:
            for case in self.county.cases:
                if case.state.stage in ("submitted", "returned", "registered", "withdrawn", "declined", "merged"):
                    assert case.state.clocks == {}, case.state.stage
                if case.state.stage == "closed":
                    assert all(outlasts(clock) for clock in case.state.clocks.values())

        @invariant()
        def a_closed_case_has_every_answer_delivered_and_rated_or_lapsed_by_its_pack(self) -> None:
            for case in self.county.cases:
                if case.state.stage == "closed":
                    answered(case.state, case.story.rules.pack)

        @invariant()
        def a_rating_follows_a_receipt_and_a_receipt_a_delivery_and_nobody_signs_his_own_draft(self) -> None:
            for case in self.county.cases:
                pack = case.story.rules.pack
                for reply in case.state.replies.values():
                    assert set(reply.received) <= set(reply.delivered)
                    assert set(reply.rated) <= set(reply.delivered)
                    for member, given in reply.rated.items():
                        assert member in reply.received or given.by or given.given == "impossible"
                    if not pack.drafter_may_sign:
                        assert reply.signer is None or reply.signer != reply.drafter

        @invariant()
        def a_number_once_given_stays(self) -> None:
            for case in self.county.cases:
                assert case.numbered in (None, case.state.number)
                case.numbered = case.state.number

        @invariant()
        def every_case_is_in_one_class_of_the_statistics(self) -> None:
            rows = [row for case in self.county.cases for row in statistics_rows(case)]
            told = [Told.read(row["told"]) for row in rows]
            stages = Counter(one.stage for one in told)
            apart = sum(stages[stage] for stage in APART)
            inside = [one for one in told if one.stage not in APART]
            registered = sum("registered" in one.facts for one in inside)
            waiting = sum("registered" not in one.facts for one in inside)
            submitted = sum(
                isinstance(event, ProposalSubmitted) for case in self.county.cases for event in case.story.events
            )
            assert apart + registered + waiting == submitted == len(rows)
            assert waiting == stages["submitted"] + stages["returned"]
            assert [one.stage for one in told] == [case.state.stage for case in self.county.cases]

        def teardown(self) -> None:
            for case in self.county.cases:
                again = Here(pack=case.story.pack, today=case.story.today)
                for event in case.story.events:
                    again.fold(event)
                assert again.held == case.story.held

    return Life


def test_no_order_of_acts_breaks_a_county(stories: "type[Story]", acts: tuple[str, ...]) -> None:
    run_state_machine_as_test(
        machine(stories, acts),
        settings=settings(
            max_examples=20,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )


@pytest.mark.parametrize("name", sorted(PACKS))
def test_the_plain_path_closes_a_case_under_every_pack(stories: "type[Story]", name: str) -> None:
    """So that the invariant of closed cases is not kept for want of any."""
    pack = PACKS[name]
    story = stories(pack=pack, cosigners=(stories.COSIGNER,), co=(stories.CO,), two_axes=len(pack.ratings.axes) == 2)
    story.take("submit", kind=pack.kinds[0])
    for act in ("confirm", "register", "hand_over", "sign_for", "contact", "meet_before", "meet_during", "opinion"):
        story.take(act)
    story.take("sign_for", unit=stories.CO, on="2005-03-20")
    story.take("draft")
    if pack.draft_consultation:
        story.given("show_draft", "comment")
        story.take("comment", member=stories.COSIGNER)
    story.given("review", "sign", "stamp")
    for act in ("deliver", "receive", "rate"):
        for member in story.case.raters if act == "rate" else story.case.answer_to:
            story.take(act, member=member)
    for row in matrix.owed(story.case):
        if row.how == "relayed":
            story.take("relay", by=row.by, member=row.member)
    story.given("meet_after", "close")
    answered(story.case, pack)
