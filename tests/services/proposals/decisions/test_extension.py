"""More time: asked by the last day, passed on, decided by whom the pack names, never beyond its cap."""

from typing import TYPE_CHECKING, Any

import pytest

from contracts.assignment import ExtensionAsked, ExtensionExplained, ExtensionGranted
from rules.handling import Extension
from runtime.tables import Change
from services.proposals.reporting.worklist import WORKLIST, Owed, owed

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


def made(stories: "type[Story]", rulebook: str) -> "Story":
    """A suggestion handed over on 1 March 2018 and signed for on the 5th."""
    story = stories(rulebook=rulebook, today="2018-12-31", two_axes=False)
    story.take("submit", kind="npc_suggestion", submitted_on="2018-01-10")
    story.take("register", on="2018-01-20")
    story.take("hand_over", on="2018-03-01")
    story.take("sign_for", on="2018-03-05")
    return story


def test_more_time_is_asked_and_granted_and_the_clock_says_why(story: "Story") -> None:
    story.up_to("contact").take("ask_extension")
    event = story.take("grant_extension")
    assert isinstance(event, ExtensionGranted)
    assert (event.tell, str(event.until_on)) == ((story.MEMBER,), "2005-05-20")
    assert event.clocks is not None
    (moved,) = event.clocks.moved
    assert (str(moved.due_from), str(moved.due_on), moved.reason) == (
        "2005-04-30",
        "2005-05-20",
        "准予延期：情况属实",
    )
    assert (str(moved.proof.extended_from), str(moved.proof.fixed_on)) == ("2005-04-30", "2005-05-20")
    assert story.running()["unit_reply", "lead", 1] == "2005-05-20"


def test_a_request_on_the_last_day_is_in_time_and_one_on_the_next_is_not(story: "Story") -> None:
    story.up_to("contact")
    assert story.refusal("ask_extension", on="2005-05-01") == "extension.too_late"
    story.take("ask_extension", on="2005-04-30")
    assert story.refusal("ask_extension", on="2005-04-30") == "proposal.already_done"


def test_what_is_no_extension(story: "Story", stories: "type[Story]") -> None:
    story.up_to("contact")
    assert story.refusal("ask_extension", until="2005-04-30") == "extension.not_later"
    assert story.refusal("ask_extension", kind="reply") == "extension.no_clock"
    assert story.refusal("ask_extension", unit=story.CO) == "proposal.not_a_handling_unit"
    assert story.refusal("grant_extension") == "extension.not_asked"
    assert story.refusal("refuse_extension") == "extension.not_asked"
    silent = stories(rulebook="chongyi-cppcc-2013", today="2013-12-31")
    silent.take("submit", submitted_on="2013-01-20")
    silent.take("register", on="2013-02-01")
    silent.take("hand_over", on="2013-04-01")
    refused = silent.refusal("ask_extension", kind="reply", until="2013-08-01", on="2013-06-01")
    assert refused == "extension.not_provided"


@pytest.mark.parametrize(
    ("rulebook", "until", "beyond"),
    [
        ("beijing-2014", "2018-09-03", "2018-09-04"),
        ("zhejiang-2016", "2018-09-05", "2018-09-06"),
        ("shanghai-npc", "2018-09-03", "2018-09-04"),
        ("qingdao-2021", "2018-09-03", "2018-09-04"),
    ],
)
def test_no_extension_goes_beyond_the_cap_which_counts_from_the_rules_own_start(
    stories: "type[Story]", rulebook: str, until: str, beyond: str
) -> None:
    story = made(stories, rulebook)
    assert story.refusal("ask_extension", kind="reply", until=beyond, on="2018-05-02") == "extension.beyond_cap"
    story.take("ask_extension", kind="reply", until=until, on="2018-05-02")
    assert story.refusal("grant_extension", kind="reply", until=beyond, on="2018-05-03") == "extension.beyond_cap"
    story.take("grant_extension", kind="reply", on="2018-05-03")
    assert story.running()["reply", "lead", 1] == until
    (clock,) = [clock for clock in story.case.clocks.values() if clock.kind == "reply"]
    assert str(clock.proof.latest_on) == until


@pytest.mark.parametrize(
    ("rulebook", "role", "other"),
    [("shanghai-npc", "committee", "office"), ("beijing-2014", "committee", None)],
)
def test_whom_the_pack_names_decides(stories: "type[Story]", rulebook: str, role: str, other: str | None) -> None:
    story = made(stories, rulebook)
    story.take("ask_extension", kind="reply", until="2018-08-01", on="2018-05-02")
    if other:
        for act in ("grant_extension", "refuse_extension"):
            assert story.refusal(act, kind="reply", on="2018-05-03", roles=(other,)) == "extension.not_entitled"
    story.take("refuse_extension", kind="reply", on="2018-05-03", roles=(role,))
    assert story.running()["reply", "lead", 1] == "2018-06-01"
    assert [e.outcome for e in story.case.assignment.extensions] == ["refused"]
    assert story.refusal("grant_extension", kind="reply", on="2018-05-04") == "extension.not_asked"
    story.take("ask_extension", kind="reply", until="2018-07-20", on="2018-05-10")


def test_the_units_office_passes_the_request_on_where_the_pack_has_it(story: "Story") -> None:
    rule = Extension(asked_of="unit_office", in_advance=True, approved_by="government_section")
    story.pack = story.rules.pack.model_copy(update={"extension": rule})
    story.up_to("contact").take("ask_extension")
    assert story.refusal("grant_extension") == "extension.not_relayed"
    story.take("relay_extension")
    assert story.refusal("relay_extension") == "proposal.already_done"
    assert story.refusal("grant_extension", roles=("committee",)) == "extension.not_entitled"
    assert story.take("grant_extension", roles=("office",))


def test_where_nobody_approves_telling_the_member_is_what_extends(stories: "type[Story]") -> None:
    story = made(stories, "henan-2017")
    said = {"kind": "reply", "until": "2018-08-31", "on": "2018-05-02"}
    assert story.refusal("ask_extension", **said) == "extension.explain_instead"
    assert story.refusal("explain_extension", **said, told=(story.STRANGER,)) == "extension.not_all_told"
    event = story.take("explain_extension", **said)
    assert isinstance(event, ExtensionExplained)
    assert event.told == (story.MEMBER,)
    assert story.running()["reply", "lead", 1] == "2018-08-31"
    assert (
        story.refusal("explain_extension", kind="reply", until="2018-09-06", on="2018-05-02")
        == "extension.beyond_cap"
    )


def test_whoever_got_more_time_tells_the_members_once(story: "Story") -> None:
    story.up_to("contact")
    assert story.refusal("explain_extension") == "extension.approval_needed"
    story.given("ask_extension", "grant_extension")
    assert story.case.assignment.untold(story.LEAD) is not None
    event = story.take("explain_extension", until="2005-12-31")
    assert isinstance(event, ExtensionExplained)
    assert (event.clocks, str(event.until_on)) == (None, "2005-05-20")
    assert story.case.assignment.untold(story.LEAD) is None
    assert story.refusal("explain_extension") == "extension.approval_needed"


def test_a_condition_that_no_machine_decides_is_shown_and_the_grant_states_its_ground(
    stories: "type[Story]",
) -> None:
    story = stories(rulebook="npc-deputies-law-2025", today="2025-12-31", two_axes=False)
    story.take("submit", kind="npc_suggestion", submitted_on="2025-01-10")
    story.take("register", on="2025-01-20")
    story.take("hand_over", on="2025-03-03")
    story.take("sign_for", on="2025-03-05")
    asked = story.take("ask_extension", kind="reply", until="2025-08-01", on="2025-05-06")
    assert isinstance(asked, ExtensionAsked)
    assert asked.only_for == "涉及面广、办理难度大的"
    assert story.case.assignment.extensions[0].only_for == asked.only_for
    granting = {"kind": "reply", "on": "2025-05-07"}
    assert story.refusal("grant_extension", **granting) == "extension.ground_needed"
    granted = story.take("grant_extension", **granting, ground="涉及五个部门")
    assert isinstance(granted, ExtensionGranted)
    assert granted.ground == story.case.assignment.extensions[0].ground == "涉及五个部门"


def test_where_nobody_approves_the_explanation_states_the_ground(stories: "type[Story]") -> None:
    story = made(stories, "henan-2017")
    rule = Extension(approved_by="nobody", only_for="情况复杂的", cap="reply_cap")
    story.pack = story.rules.pack.model_copy(update={"extension": rule})
    telling = {"kind": "reply", "until": "2018-08-01", "on": "2018-05-02"}
    assert story.refusal("explain_extension", **telling) == "extension.ground_needed"
    told = story.take("explain_extension", **telling, ground="须现场勘测")
    assert isinstance(told, ExtensionExplained)
    assert told.ground == story.case.assignment.extensions[0].ground == "须现场勘测"


def test_a_pack_may_keep_more_time_for_cases_of_some_natures(stories: "type[Story]") -> None:
    story = stories().up_to("submit")
    rule = Extension(approved_by="handed_over_by", only_for_natures=("项目资金类",))
    story.pack = story.rules.pack.model_copy(update={"extension": rule})
    story.take("register", nature="政策建议类")
    story.given("hand_over", "sign_for")
    assert story.refusal("ask_extension") == "extension.not_for_this_case"
    other = stories(pack=story.pack).up_to("submit")
    other.take("register", nature="项目资金类")
    other.given("hand_over", "sign_for", "ask_extension", "grant_extension")
    assert other.running()["unit_reply", "lead", 1] == "2005-05-20"


@pytest.mark.parametrize(
    ("approved_by", "role", "decides"),
    [
        ("deputies_office", "office", "committee"),
        ("government_section", "committee", "office"),
        ("handed_over_by", "committee", "committee"),
        ("handed_over_by", "office", "office"),
        (None, None, "office"),
    ],
)
def test_where_no_office_unit_is_named_it_waits_for_the_role_that_decides(
    stories: "type[Story]", approved_by: str | None, role: str | None, decides: str
) -> None:
    story = stories(office=None, role=role or "registrar")
    story.pack = story.rules.pack.model_copy(
        update={"extension": Extension.model_validate({"approved_by": approved_by})}
    )
    story.up_to("sign_for").given("ask_extension", "ask_adjustment")
    owes = {one.act: one.whom for one in owed(story.case)}
    assert owes["decide_extension"] == decides
    assert owes["decide_adjustment"] == ("committee" if role == "committee" else "office")


def test_an_office_unit_that_is_named_decides_unless_the_pack_has_the_committee_do_it(stories: "type[Story]") -> None:
    for approved_by, decides in (("deputies_office", "committee"), ("handed_over_by", f"unit:{stories.OFFICE}")):
        story = stories()
        story.pack = story.rules.pack.model_copy(
            update={"extension": Extension.model_validate({"approved_by": approved_by})}
        )
        story.up_to("sign_for").take("ask_extension")
        assert Owed("decide_extension", decides) in owed(story.case), approved_by


def test_the_close_waits_for_the_role_that_handed_the_case_over_by_the_bodys_last_day(stories: "type[Story]") -> None:
    story = stories(office=None).up_to("meet_after")
    assert list(owed(story.case)) == [Owed("close", "office")]
    change: Any = Change(None, str(story.CASE), story.held, ())  # type: ignore[arg-type]
    (row,) = WORKLIST.rows(change, None)  # type: ignore[arg-type]
    assert (row["whom"], str(row["due_on"])) == ("office", "2005-05-30")
