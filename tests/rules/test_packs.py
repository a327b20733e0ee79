"""Every shipped pack says what its regulation says: each clock's value, unit, start and article."""

from datetime import date
from uuid import UUID

import pytest

from contracts.clocks import Clock
from rules.calendar import Calendars
from rules.due import open_clocks
from rules.exact import digest_of
from rules.pack import Owes, Pack, load_pack
from rules.shelf import published_packs
from rules.values import FixedDay, Undefined

PACKS = {name: load_pack(raw) for name, raw in published_packs().items()}
NPC_ABCD = {
    "A": "已解决或基本解决",
    "B": "正在解决或列入规划逐步解决",
    "C": "受条件限制需待以后解决",
    "D": "留作参考",
}
BUREAU_ABC = {
    "A": "已经解决或基本解决",
    "B": "正在解决或列入规划逐步解决",
    "C": "因条件限制或其他原因目前不能解决予以解释说明",
}

# pack, rule, amount, unit, from, article: read off the published texts.
PERIODS = """
npc-deputies-law-2025 reply      3  month       handed_over    51
npc-deputies-law-2025 reply_cap  6  month       handed_over    51
henan-2017            return     10 working_day handed_over    14
henan-2017            reassign   10 working_day returned       14
henan-2017            co_opinion 2  month       received       18
henan-2017            reply      3  month       received       20
henan-2017            reply_cap  6  month       received       20
henan-2017            rating     10 working_day reply_received 22
henan-2017            rehandle   1  month       dissatisfied   22
qingdao-2021          hand_over  5  working_day received       14
qingdao-2021          return     5  working_day received       19
qingdao-2021          co_opinion 1  month       received       24
qingdao-2021          reply      3  month       handed_over    25
qingdao-2021          reply_cap  6  month       handed_over    25
shandong-2017         hand_over  5  day         received       10
shandong-2017         return     5  day         received       12
shandong-2017         co_opinion 1  month       received       21
shandong-2017         reply      3  month       handed_over    19
shandong-2017         reply_cap  6  month       handed_over    19
shandong-2017         rehandle   1  month       dissatisfied   24
zhejiang-2016         return     10 day         received       14
zhejiang-2016         co_opinion 2  month       received       18
zhejiang-2016         reply      3  month       received       21
zhejiang-2016         reply_cap  6  month       received       21
zhejiang-2016         rehandle   1  month       dissatisfied   24
beijing-2014          reply      3  month       handed_over    21
beijing-2014          reply_cap  6  month       handed_over    21
beijing-2014          rating     15 working_day reply_received 23
beijing-2014          rehandle   2  month       decided        -
shanghai-npc          hand_over  7  working_day received       11
shanghai-npc          return     7  working_day received       14
shanghai-npc          co_opinion 1  month       received       17
shanghai-npc          reply      3  month       handed_over    19
shanghai-npc          reply_cap  6  month       handed_over    19
shanghai-npc          rehandle   1  month       decided        21
chongyi-cppcc-2013    contact    15 working_day handed_over    -
chongyi-cppcc-2013    reply      3  month       handed_over    -
chongyi-cppcc-2013    rating     15 working_day reply_received -
shanghai-cppcc-2007   reply      2  month       handed_over    -
shanghai-cppcc-2007   reply_cap  3  month       handed_over    -
hunan-transport-2005  return     5  working_day handed_over    -
hunan-transport-2005  contact    15 working_day handed_over    -
hunan-transport-2005  co_opinion 1  month       handed_over    -
hunan-transport-2005  rating     15 working_day reply_received -
hunan-transport-2005  rehandle   1  month       dissatisfied   -
"""
STATED = [line.split() for line in PERIODS.strip().splitlines()]
OWED_BY: dict[str, tuple[Owes, ...]] = {
    "hand_over": ("office",),
    "reassign": ("office",),
    "closing": ("office",),
    "return": ("lead", "co"),
    "co_opinion": ("co",),
    "rating": ("member",),
}


def test_the_shelf_holds_nine_jurisdictions_the_bureau_and_the_demonstration() -> None:
    assert set(PACKS) == {row[0] for row in STATED} | {"city-medical-insurance-bureau"}
    assert len(PACKS) == 11
    assert all(pack.name == name for name, pack in PACKS.items())


@pytest.mark.parametrize(("name", "key", "amount", "unit", "starts", "article"), STATED)
def test_a_clock_has_the_value_that_its_regulation_states(
    name: str, key: str, amount: str, unit: str, starts: str, article: str
) -> None:
    rule = PACKS[name].clocks[key]
    assert (rule.amount, rule.unit, rule.by, rule.from_) == (int(amount), unit, None, starts)
    assert rule.article == (None if article == "-" else article)
    assert rule.strength == "hard"
    assert rule.owed_by == OWED_BY.get(key, ("lead",))
    assert (rule.cap, rule.clock) == ((True, "reply") if key == "reply_cap" else (False, None))


def test_no_pack_has_a_clock_that_its_source_is_silent_about() -> None:
    stated = {(row[0], row[1]) for row in STATED}
    stated |= {("hunan-transport-2005", key) for key in ("unit_reply", "closing")}
    stated |= {("city-medical-insurance-bureau", key) for key in ("contact", "unit_reply", "reply", "reply_final")}
    assert {(name, key) for name, pack in PACKS.items() for key in pack.clocks} == stated


def test_the_demonstration_has_its_two_published_dates_and_its_half_monthly_supervision() -> None:
    pack = PACKS["hunan-transport-2005"]
    assert pack.clocks["unit_reply"].by == FixedDay(month=4, day=30)
    assert pack.clocks["closing"].by == FixedDay(month=5, day=30)
    assert pack.kinds == ("npc_suggestion", "cppcc_proposal")
    assert pack.supervision is not None
    assert (pack.supervision.every, pack.supervision.from_, pack.supervision.until) == (
        "half_month",
        "handed_over",
        "done",
    )
    assert pack.targets_percent == {"replied": 100, "met": 100, "satisfied": 100}
    assert pack.seal == "required"
    assert not any(map(pack.is_chosen, ("supervision", "targets_percent", "seal", "clocks.unit_reply.by")))


def test_the_demonstration_says_what_it_chose() -> None:
    pack = PACKS["hunan-transport-2005"]
    chosen = (
        *(f"clocks.{key}.amount" for key in ("return", "contact", "co_opinion", "rating", "rehandle")),
        "meetings.before",
        "answer.cosigners",
        "schemes.bureau-abc",
        "ratings.words",
        "ratings.rehandle_on",
        "assumed.handed_over_on",
        "drafter_may_sign",
    )
    assert all(map(pack.is_chosen, chosen))
    assert {key for key in pack.clocks if not pack.chose_day_of(key)} == {"unit_reply", "closing"}


def test_meetings_are_those_the_source_asks_for() -> None:
    asked = {name for name, pack in PACKS.items() if pack.meetings.before}
    assert asked == {"chongyi-cppcc-2013", "city-medical-insurance-bureau", "hunan-transport-2005"}
    for name in asked:
        meetings = PACKS[name].meetings
        assert (meetings.before, meetings.during, meetings.after) == (1, 1, 1)
    bureau = PACKS["city-medical-insurance-bureau"].meetings
    assert bureau.evidence_for("in_person") == "photo"
    assert bureau.evidence_for("telephone") == "none"
    assert PACKS["chongyi-cppcc-2013"].meetings.evidence_for("in_person") == "none"


def test_every_pack_answers_under_one_named_scheme() -> None:
    for name, pack in PACKS.items():
        npc_only = pack.kinds == ("npc_suggestion",)
        assert pack.schemes == ({"npc-abcd": NPC_ABCD} if npc_only else {"bureau-abc": BUREAU_ABC}), name
        stated = name == "city-medical-insurance-bureau"
        assert pack.is_chosen(f"schemes.{next(iter(pack.schemes))}") is not stated


def test_who_is_answered_differs_by_place() -> None:
    cosigners = {name: pack.answer.cosigners for name, pack in PACKS.items()}
    assert cosigners == {
        "npc-deputies-law-2025": None,
        "henan-2017": "each",
        "qingdao-2021": "lead_relays_or_cosigners_invited",
        "shandong-2017": "each_or_lead_relays",
        "zhejiang-2016": "each",
        "beijing-2014": None,
        "shanghai-npc": "each",
        "chongyi-cppcc-2013": None,
        "shanghai-cppcc-2007": None,
        "city-medical-insurance-bureau": "each_or_lead_relays",
        "hunan-transport-2005": "each",
    }
    henan = PACKS["henan-2017"].answer
    assert (henan.merged, henan.co, henan.separate) == ("each_original", "lead_states_opinions", "each_unit")
    assert PACKS["shandong-2017"].answer.relay_needs_consent
    assert PACKS["city-medical-insurance-bureau"].answer.group == "named_contact"


def test_who_extends_differs_by_place() -> None:
    approved = {name: pack.extension.approved_by for name, pack in PACKS.items() if pack.extension}
    assert approved == {
        "npc-deputies-law-2025": None,
        "henan-2017": "nobody",
        "qingdao-2021": "deputies_office",
        "shandong-2017": "handed_over_by",
        "zhejiang-2016": "handed_over_by",
        "beijing-2014": "handed_over_by",
        "shanghai-npc": "deputies_office",
        "shanghai-cppcc-2007": None,
        "city-medical-insurance-bureau": "government_section",
        "hunan-transport-2005": "handed_over_by",
    }
    henan = PACKS["henan-2017"]
    assert henan.extension is not None
    assert henan.extension.explained_to_member
    assert henan.cap_of("reply") is henan.clocks["reply_cap"]
    assert PACKS["chongyi-cppcc-2013"].cap_of("reply") is None


def test_the_remaining_rules_are_kept() -> None:
    assert PACKS["henan-2017"].ratings.after_second_dissatisfaction == "expert_evaluation"
    assert {name for name, pack in PACKS.items() if pack.self_transfer == "forbidden"} == {
        "henan-2017",
        "zhejiang-2016",
        "hunan-transport-2005",
    }
    assert {name for name, pack in PACKS.items() if pack.ratings.axes} == {
        "shandong-2017",
        "shanghai-npc",
        "hunan-transport-2005",
    }
    assert PACKS["shandong-2017"].ratings.by == "lead_after_asking_cosigners"
    withdrawals = {name: pack.withdraw for name, pack in PACKS.items() if pack.withdraw}
    assert withdrawals["beijing-2014"].until == "handed_over"
    assert withdrawals["shanghai-npc"].all_cosigners_agree
    assert withdrawals["qingdao-2021"] == withdrawals["shandong-2017"]
    assert withdrawals["qingdao-2021"].in_writing
    assert withdrawals["qingdao-2021"].ends_handling
    assert str(PACKS["henan-2017"].effective_from) == "2017-08-01"
    bureau = PACKS["city-medical-insurance-bureau"]
    assert bureau.first_contact_tells == ("section", "handler", "telephone")
    assert bureau.draft_consultation is not None
    assert bureau.draft_consultation.formal_reply_after == ("满意", "基本满意")
    assert bureau.paper_copy is not None
    assert (bureau.paper_copy.copies, bureau.paper_copy.then) == (1, "remind_to_rate_online")
    assert bureau.levels == {
        "office": ("receives", "studies", "distributes", "asks adjustment", "archives"),
        "section": ("drafts", "issues", "summarises"),
    }
    assert all(pack.ratings.words == ("满意", "基本满意", "不满意") for pack in PACKS.values())
    assert all(pack.ratings.rehandle_on == ("不满意",) for pack in PACKS.values())
    assert not any(pack.drafter_may_sign for pack in PACKS.values())


def test_the_bureaus_blanks_stay_blanks() -> None:
    bureau = PACKS["city-medical-insurance-bureau"]
    assert bureau.clocks["contact"].amount == Undefined(text="x")
    assert bureau.clocks["reply"].by == Undefined(text="x月xx日")
    assert (bureau.clocks["reply"].strength, bureau.clocks["reply_final"].strength) == ("soft", "hard")
    assert bureau.undefined_paths() == {
        "clocks.contact.amount": "x",
        "clocks.unit_reply.by": "x月xx日",
        "clocks.reply.by": "x月xx日",
        "clocks.reply_final.by": "x月xx日",
        "targets_percent.met": "x",
        "targets_percent.replied": "x",
        "targets_percent.satisfied": "x",
    }
    assert [name for name, pack in PACKS.items() if pack.undefined_paths()] == ["city-medical-insurance-bureau"]


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_a_pack_is_pinned_by_its_exact_bytes(pack: Pack) -> None:
    raw = published_packs()[pack.name]
    assert pack.digest == digest_of(raw)
    assert load_pack(raw + b"\n").digest != pack.digest


def test_every_blank_opens_a_clock_without_a_day(calendars: Calendars) -> None:
    opened: tuple[Clock, ...] = open_clocks(
        PACKS["city-medical-insurance-bureau"],
        "received",
        owes="lead",
        aggregate=UUID(int=1),
        whom="unit:a",
        started_on=date(2026, 3, 2),
        calendars=calendars,
    )
    assert [(clock.kind, clock.due_on, clock.proof.undefined, clock.strength) for clock in opened] == [
        ("contact", None, "x", "hard"),
        ("unit_reply", None, "x月xx日", "hard"),
        ("reply", None, "x月xx日", "soft"),
        ("reply_final", None, "x月xx日", "hard"),
    ]
    assert len({clock.id for clock in opened}) == 4
    assert not any(clock.provisional for clock in opened)
