"""From submission to hand-over: each rule once, as a decision on what happened before."""

from typing import TYPE_CHECKING, Any

import pytest

from contracts.proposals import (
    CosignerConfirmed,
    CosignerDeclined,
    ProposalDeclined,
    ProposalHandedOver,
    ProposalRegistered,
    ProposalReturned,
    ProposalRevised,
    ProposalSubmitted,
)
from services.proposals import commands
from services.proposals.review import intake

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


def test_a_member_submits_a_case_alone(story: "Story") -> None:
    event = story.take("submit", nature="思路类")
    assert isinstance(event, ProposalSubmitted)
    assert (event.submitter, event.form, event.cosigners, event.nature) == (story.MEMBER, "single", (), "思路类")
    assert (story.case.stage, story.case.number, story.case.clocks) == ("submitted", None, {})


def test_a_case_is_submitted_once(story: "Story") -> None:
    assert story.given("submit").refusal("submit") == "proposal.wrong_stage"


def test_what_another_system_calls_a_case_is_kept_and_names_no_second_one(story: "Story") -> None:
    external = commands.ExternalId(system="人大系统", id="A-7")
    intake.refuse_taken(story.case, story.MEMBER, external)
    event = story.take("submit", external=external)
    assert isinstance(event, ProposalSubmitted)
    assert (event.system, event.external_id) == ("人大系统", "A-7")
    with pytest.raises(intake.ExternalIdTaken) as taken:
        intake.refuse_taken(story.case, story.MEMBER, external)
    assert taken.value.problem()["case"] == str(story.MEMBER)
    intake.refuse_taken(story.case, story.MEMBER, None)


def test_a_case_is_submitted_to_a_body_that_the_county_has(story: "Story") -> None:
    assert story.refusal("submit", body_known=False) == "proposal.body_unknown"


@pytest.mark.parametrize("known", [("MEMBER",), ("COSIGNER",), ()])
def test_submitter_and_cosigners_are_members_of_the_county(stories: "type[Story]", known: tuple[str, ...]) -> None:
    story = stories(cosigners=(stories.COSIGNER,))
    assert story.refusal("submit", members=[getattr(story, name) for name in known]) == "proposal.member_unknown"


def test_a_case_cannot_be_submitted_on_a_day_to_come(story: "Story") -> None:
    assert story.refusal("submit", submitted_on="2005-07-01") == "proposal.date_in_future"
    story.take("submit", submitted_on="2005-06-30")


@pytest.mark.parametrize(
    "said",
    [
        {"form": "joint"},
        {"cosigners": ["COSIGNER"], "form": "single"},
        {"cosigners": ["MEMBER"], "form": "joint"},
        {"cosigners": ["COSIGNER", "COSIGNER"], "form": "joint"},
        {"form": "group"},
        {"form": "single", "group": "民盟支部"},
        {"form": "group", "group": "民盟支部", "cosigners": ["COSIGNER"]},
    ],
    ids=["joint alone", "single with others", "with himself", "the same one twice", "nameless", "named", "mixed"],
)
def test_the_form_agrees_with_who_submits(story: "Story", said: dict[str, Any]) -> None:
    cosigners = [getattr(story, name) for name in said.get("cosigners", ())]
    assert story.refusal("submit", **(said | {"cosigners": cosigners})) == "proposal.form_mismatch"


def test_a_group_submits_under_its_name_through_a_named_contact(story: "Story") -> None:
    story.take("submit", form="group", group="民盟支部")
    assert (story.case.group, story.case.signers) == ("民盟支部", (story.MEMBER,))


def test_a_cosigner_confirms_and_is_then_one_of_the_signers(stories: "type[Story]") -> None:
    story = joint(stories).given("submit")
    before = story.case.signers
    assert isinstance(story.take("confirm"), CosignerConfirmed)
    assert [before, story.case.signers] == [(story.MEMBER,), (story.MEMBER, story.COSIGNER)]


def test_a_cosigner_who_declines_is_no_signer_and_does_not_hold_the_case_up(stories: "type[Story]") -> None:
    story = joint(stories).given("submit")
    assert isinstance(story.take("decline_cosigning"), CosignerDeclined)
    assert isinstance(story.take("register"), ProposalRegistered)
    assert story.case.signers == (story.MEMBER,)


@pytest.mark.parametrize("answer", ["confirm", "decline_cosigning"])
def test_only_a_member_who_was_asked_and_has_not_answered_says_whether_he_cosigns(
    stories: "type[Story]", answer: str
) -> None:
    story = joint(stories).given("submit")
    assert story.refusal(answer, member=story.STRANGER) == "proposal.not_asked_to_cosign"
    assert story.refusal(answer, member=story.MEMBER) == "proposal.not_asked_to_cosign"
    story.take("confirm")
    assert story.refusal(answer) == "proposal.not_asked_to_cosign"


@pytest.mark.parametrize("answer", ["confirm", "decline_cosigning"])
def test_a_cosigner_answers_between_submission_and_today(stories: "type[Story]", answer: str) -> None:
    story = joint(stories).given("submit")
    assert story.refusal(answer, on="2005-01-19") == "proposal.date_out_of_order"
    assert story.refusal(answer, on="2005-07-01") == "proposal.date_in_future"


def test_a_cosigner_may_answer_while_the_case_is_being_revised_but_not_once_it_is_registered(
    stories: "type[Story]",
) -> None:
    story = joint(stories).given("submit", "give_back", "confirm", "revise", "register")
    assert story.case.signers == (story.MEMBER, story.COSIGNER)
    assert story.refusal("confirm") == "proposal.wrong_stage"


def test_a_joint_case_cannot_be_registered_before_every_cosigner_has_answered(stories: "type[Story]") -> None:
    story = joint(stories).given("submit")
    assert story.refusal("register") == "proposal.cosigners_pending"


def test_a_returned_case_is_revised_before_it_is_registered(story: "Story") -> None:
    assert isinstance(story.given("submit").take("give_back"), ProposalReturned)
    for act in ("register", "decline", "give_back"):
        assert story.refusal(act) == "proposal.wrong_stage"
    assert isinstance(story.take("revise"), ProposalRevised)
    assert (story.case.stage, story.case.title) == ("submitted", "关于修通断头路的提案")
    story.take("register")


def test_only_a_returned_case_is_revised(story: "Story") -> None:
    assert story.given("submit").refusal("revise") == "proposal.wrong_stage"


def test_a_declined_case_ends_there(story: "Story") -> None:
    assert isinstance(story.given("submit").take("decline"), ProposalDeclined)
    for act in ("register", "revise", "give_back", "hand_over", "decline"):
        assert story.refusal(act) == "proposal.wrong_stage"


@pytest.mark.parametrize("act", ["give_back", "decline", "register"])
def test_the_committee_reviews_between_submission_and_today(story: "Story", act: str) -> None:
    story.given("submit")
    assert story.refusal(act, on="2005-01-19") == "proposal.date_out_of_order"
    assert story.refusal(act, on="2005-07-01") == "proposal.date_in_future"
    assert story.decide(act, on="2005-01-20")


def test_a_revision_is_dated_between_submission_and_today(story: "Story") -> None:
    story.given("submit", "give_back")
    assert story.refusal("revise", on="2005-01-19") == "proposal.date_out_of_order"
    assert story.refusal("revise", on="2005-07-01") == "proposal.date_in_future"


def test_a_registered_case_bears_its_number_and_the_nature_that_the_committee_gave(story: "Story") -> None:
    story.take("submit", nature="思路类")
    story.take("register", number=67, nature="项目资金类")
    assert (story.case.stage, story.case.number, story.case.nature) == ("registered", 67, "项目资金类")


def test_the_committee_need_not_repeat_the_nature(story: "Story") -> None:
    story.take("submit", nature="思路类")
    story.take("register")
    assert story.case.nature == "思路类"


def test_a_case_is_registered_once(story: "Story") -> None:
    assert story.given("submit", "register").refusal("register") == "proposal.wrong_stage"


def test_a_case_cannot_be_handed_over_before_it_is_registered(story: "Story") -> None:
    assert story.given("submit").refusal("hand_over") == "proposal.wrong_stage"


def test_a_hand_over_pins_the_pack_and_names_who_handles_the_case(stories: "type[Story]") -> None:
    story = joint(stories, co=True).up_to("register")
    event = story.take("hand_over", leader="李副厅长")
    assert isinstance(event, ProposalHandedOver)
    assert (event.pack, event.pack_digest) == ("hunan-transport-2005", story.rules.pack.digest)
    assert (event.lead, event.co, event.office, event.leader) == (story.LEAD, (story.CO,), story.OFFICE, "李副厅长")
    assert story.case.stage == "handed_over"
    assert story.refusal("hand_over") == "proposal.wrong_stage"


def test_a_case_is_handed_over_only_under_rules_that_the_county_adopted_for_its_kind(stories: "type[Story]") -> None:
    story = stories(rulebook="henan-2017").given("submit", "register")
    assert story.refusal("hand_over") == "proposal.no_pack"
    assert stories().given("submit", "register").refusal("hand_over", pack=False) == "proposal.no_pack"


@pytest.mark.parametrize("missing", ["LEAD", "CO", "OFFICE"])
def test_every_unit_named_in_a_hand_over_exists(stories: "type[Story]", missing: str) -> None:
    story = stories(co=(stories.CO,)).up_to("register")
    units = [getattr(story, name) for name in ("LEAD", "CO", "OFFICE") if name != missing]
    assert story.refusal("hand_over", units=units) == "proposal.unit_unknown"


def test_a_unit_does_not_lead_and_co_operate_in_one_case_nor_co_operate_twice(story: "Story") -> None:
    story.up_to("register")
    assert story.refusal("hand_over", co=[story.LEAD]) == "proposal.lead_among_co"
    assert story.refusal("hand_over", co=[story.CO, story.CO]) == "proposal.lead_among_co"


def test_a_hand_over_is_dated_between_registration_and_today(story: "Story") -> None:
    story.up_to("register")
    assert story.refusal("hand_over", on="2005-01-31") == "proposal.date_out_of_order"
    assert story.refusal("hand_over", on="2005-07-01") == "proposal.date_in_future"


def test_each_signer_is_answered_and_a_member_who_declined_is_not(stories: "type[Story]") -> None:
    confirmed = joint(stories).up_to("hand_over")
    assert confirmed.case.answer_to == (confirmed.MEMBER, confirmed.COSIGNER)
    declined = joint(stories).given("submit", "decline_cosigning", "register", "hand_over")
    assert declined.case.answer_to == (declined.MEMBER,)


@pytest.mark.parametrize(
    ("rulebook", "relayed"),
    [("qingdao-2021", True), ("shanghai-cppcc-2007", False), ("city-medical-insurance-bureau", False)],
)
def test_whether_the_first_signer_relays_the_answer_is_said_by_the_pack(
    stories: "type[Story]", rulebook: str, relayed: bool
) -> None:
    story = joint(stories, rulebook=rulebook)
    kind = story.rules.pack.kinds[0]
    story.take("submit", kind=kind)
    story.given("confirm", "register", "hand_over")
    assert story.case.answer_to == ((story.MEMBER,) if relayed else (story.MEMBER, story.COSIGNER))


def joint(stories: "type[Story]", *, co: bool = False, **more: Any) -> "Story":
    members = stories.COSIGNER, stories.CO
    return stories(cosigners=members[:1], co=members[1:] if co else (), **more)


def test_separate_units_answer_each_for_themselves_and_run_their_own_clocks(story: "Story") -> None:
    story.up_to("register")
    event = story.take("hand_over", lead=None, separate=(story.LEAD, story.CO))
    assert isinstance(event, ProposalHandedOver)
    assert (event.lead, event.separate, event.co) == (None, (story.LEAD, story.CO), ())
    assert (story.case.answering, story.case.units) == ((story.LEAD, story.CO), (story.LEAD, story.CO))
    assert story.opened(event)["unit_reply", "lead", 1] == "2005-04-30"
    assert story.opened(event)["unit_reply", "co", 1] == "2005-04-30"


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"lead": None}, "proposal.lead_or_separate"),
        ({"lead": None, "separate": ("LEAD",)}, "proposal.lead_or_separate"),
        ({"separate": ("CO", "OTHER")}, "proposal.lead_or_separate"),
        ({"lead": None, "separate": ("LEAD", "OTHER"), "co": ("CO",)}, "proposal.lead_or_separate"),
        ({"lead": None, "separate": ("OTHER", "OTHER")}, "proposal.lead_among_co"),
    ],
)
def test_a_case_has_one_lead_or_several_separate_units(story: "Story", named: dict[str, Any], why: str) -> None:
    said = {
        part: tuple(getattr(story, who) for who in given) if isinstance(given, tuple) else given
        for part, given in named.items()
    }
    assert story.up_to("register").refusal("hand_over", **said) == why
