"""A case under the example pack, from hand-over to close: what no shipped pack states works as the file says."""

from typing import TYPE_CHECKING

import pytest

from rules.pack import load_new_pack
from rules.shelf import example_pack
from services.proposals.reporting.worklist import Owed, owed

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


@pytest.fixture
def example(stories: "type[Story]") -> "Story":
    """A proposal with a co unit, of a nature that may have more time, signed for by both."""
    story = stories(pack=load_new_pack(example_pack()), co=(stories.CO,), role="office", today="2005-12-31")
    story.up_to("submit").take("register", nature="项目资金类")
    story.given("hand_over", "sign_for").take("sign_for", unit=story.CO)
    return story


def test_the_office_waives_a_meeting_the_units_office_checks_and_silence_satisfies(example: "Story") -> None:
    example.given("contact", "opinion", "meet_before", "draft", "show_draft", "comment", "review")
    assert example.refusal("sign") == "reply.before_meeting"
    assert example.refusal("waive_step", roles=("committee",)) == "forbidden"
    example.take("waive_step", roles=("office",))
    example.given("sign", "stamp")
    assert example.refusal("deliver") == "reply.not_checked"
    example.given("check", "deliver", "receive")
    assert example.refusal("lapse") == "reply.not_reminded"
    example.given("remind", "lapse", "meet_after", "close")
    assert (example.case.stage, example.case.history[""][-1].outcome) == ("closed", "满意")


def test_a_reply_that_the_units_office_sends_back_is_drafted_again(example: "Story") -> None:
    example.given("contact", "opinion", "meet_before", "meet_during", "draft", "show_draft", "comment", "review")
    example.given("sign", "stamp").take("check", passed=False)
    assert example.refusal("deliver") == "proposal.wrong_stage"
    assert list(owed(example.case)) == [Owed("draft", f"unit:{example.LEAD}")]


def test_more_time_goes_through_the_units_office_and_needs_a_ground(example: "Story") -> None:
    example.take("ask_extension", kind="reply", until="2005-07-01", on="2005-04-20")
    granting = {"kind": "reply", "on": "2005-04-22", "roles": ("office",)}
    assert example.refusal("grant_extension", **granting) == "extension.not_relayed"
    example.take("relay_extension", kind="reply", on="2005-04-21")
    assert example.refusal("grant_extension", **granting) == "extension.ground_needed"
    example.take("grant_extension", **granting, ground="涉及三个乡镇")
    assert example.running()["reply", "lead", 1] == "2005-07-01"
