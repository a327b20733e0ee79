"""The life of a case as the benchmark writes it: nineteen acts from submission to close, decided by the real rules.

The texts are of the length that offices write; lead, co unit, member and body are the same in every case.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import rules
from contracts.event import Event
from contracts.meetings import HandlerMet, Stage
from contracts.sealed import Sealed
from rules.calendar import Calendars, load_calendar
from rules.pack import load_pack
from runtime.sealing import seal
from services.proposals import commands as c
from services.proposals.answering import answer_commands, answers, drafting, rating
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules
from services.proposals.handling import handling
from services.proposals.review import intake
from services.proposals.review.number import Number, claim, number_id

COUNTY = "430000"
TERM, SESSION = 9, 3
TODAY = date(2005, 12, 30)
PACK = (Path(rules.__file__).parent / "packs" / "hunan-transport-2005.yaml").read_bytes()
CALENDARS = {
    year: (Path(rules.__file__).parent / "calendars" / f"{year}.yaml").read_bytes() for year in (2004, 2005, 2006)
}


def named(what: str) -> UUID:
    """Give the id of somebody or something: the same name, the same id."""
    return uuid5(NAMESPACE_URL, f"urn:yishi:benchmark:{what}")


BODY, MEMBER, LEAD, CO, OFFICE = (named(what) for what in ("body", "member", "lead", "co", "office"))

_SENTENCE = "县乡公路里程长、标准低、养护经费不足，群众雨天出行难，建议增加投入并列入年度计划。"
TEXTS = {
    "proposal.text": _SENTENCE * 8,
    "co.opinion": _SENTENCE * 2,
    "reply.text": _SENTENCE * 10,
    "rating.remark": _SENTENCE,
}
"""What is sealed, by label: 40 to 400 characters."""


@dataclass(frozen=True)
class Case:
    """One case: its id follows from its place, its texts are sealed with its key."""

    place: int
    id: UUID
    key: bytes

    @classmethod
    def at(cls, place: int) -> "Case":
        """Give the case at a place."""
        return cls(place, named(f"case/{place}"), named(f"key/{place}").bytes * 2)

    @property
    def number_id(self) -> str:
        """Give the id of the aggregate that is its number."""
        return number_id(BODY, TERM, SESSION, self.place)

    @cached_property
    def texts(self) -> dict[str, Sealed]:
        """Give its sealed texts by label."""
        return {label: seal(self.key, COUNTY, self.id, label, text) for label, text in TEXTS.items()}

    def meeting(self, stage: Stage) -> UUID:
        """Give the id of a handler meeting about it."""
        return uuid5(self.id, stage)


@dataclass(frozen=True)
class Act:
    """One act on a case: whose token, and what it decides on the state before."""

    name: str
    actor: str
    role: str
    decide: Callable[[Proposal, Case, Rules], Event]
    unit: UUID | None = None


class Claim(NamedTuple):
    """The claim of the case's number, an aggregate of its own."""

    name: str = "claim"
    actor: str = "person:committee"
    role: str = "committee"
    unit: UUID | None = None

    def decide(self, case: Case) -> Event:
        """Decide it."""
        return claim(Number(), BODY, TERM, SESSION, case.place, case.id)


def rules_of(case: Case) -> Rules:
    """Give the rules that a case follows."""
    return Rules(case.id, _PARSED, _CALENDARS)


_PARSED = load_pack(PACK)
_CALENDARS = Calendars([load_calendar(content) for content in CALENDARS.values()])


def _day(month: int, day: int) -> date:
    return date(2005, month, day)


def _submit(state: Proposal, case: Case, rules: Rules) -> Event:
    command = c.SubmitProposal(
        kind="cppcc_proposal",
        body=BODY,
        term=TERM,
        session=SESSION,
        title="关于加大县乡公路建设与养护投入的提案",
        text="见密封正文",
        submitter=MEMBER,
        nature="项目资金类",
        submitted_on=_day(1, 20),
    )
    return intake.submit(state, command, case.texts["proposal.text"], members={MEMBER}, body_known=True, today=TODAY)


def _hand_over(state: Proposal, case: Case, rules: Rules) -> Event:
    command = c.HandOver(lead=LEAD, co=(CO,), office=OFFICE, leader="分管副厅长", handed_over_on=_day(3, 1))
    return intake.hand_over(state, command, rules, units={LEAD, CO, OFFICE}, today=TODAY)


def _sign_for(unit: UUID) -> Callable[[Proposal, Case, Rules], Event]:
    command = c.SignFor(signed_for_on=_day(3, 3))
    return lambda state, case, rules: handling.sign_for(state, unit, command, rules, TODAY)


def _meet(stage: Stage, on: date) -> Callable[[Proposal, Case, Rules], Event]:
    def decide(state: Proposal, case: Case, rules: Rules) -> Event:
        met = HandlerMet(
            case=case.id,
            member=MEMBER,
            unit=LEAD,
            stage=stage,
            mode="in_person",
            handler="person:wang",
            summary=case.texts["co.opinion"],
            met_on=on,
            pack_digest=rules.pack.digest,
        )
        return handling.note_meeting(state, case.meeting(stage), met)

    return decide


def _draft(state: Proposal, case: Case, rules: Rules) -> Event:
    command = c.DraftReply(category="B", scheme="bureau-abc", text="见密封正文", drafted_on=_day(4, 10))
    return drafting.draft(
        state, LEAD, "person:wang", command, case.texts["reply.text"], rules, seen=None, today=TODAY
    )


def _sign(state: Proposal, case: Case, rules: Rules) -> Event:
    command = c.SignReply(document=f"湘交规函〔2005〕{case.place}号", signed_on=_day(4, 15))
    return drafting.sign(state, LEAD, "person:zhou", command, rules, TODAY)


def _rate(state: Proposal, case: Case, rules: Rules) -> Event:
    command = c.RateReply(member=MEMBER, result="满意", attitude="满意", rated_on=_day(4, 22))
    return rating.rate(state, command, case.texts["rating.remark"], rules, TODAY)


_WANG, _CLERK, _SERVICE = ("person:wang", "handler"), ("person:liu", "office_clerk"), "service:proposals"

LIFE: tuple[Act | Claim, ...] = (
    Act("submit", f"member:{MEMBER}", "member", _submit),
    Claim(),
    Act(
        "register",
        "person:committee",
        "committee",
        lambda s, case, rules: intake.register(s, c.RegisterProposal(registered_on=_day(1, 25)), case.place, TODAY),
    ),
    Act("hand_over", "person:office", "office", _hand_over),
    Act("sign_for", *_CLERK, _sign_for(LEAD), LEAD),
    Act("sign_for_co", *_CLERK, _sign_for(CO), CO),
    Act(
        "contact",
        *_WANG,
        lambda s, case, rules: handling.contact(
            s, LEAD, "person:wang", c.ContactMember(section="规划科", contacted_on=_day(3, 4)), TODAY
        ),
        LEAD,
    ),
    Act("meet_before", _SERVICE, "reaction", _meet("before", _day(3, 9))),
    Act(
        "give_opinion",
        "person:sun",
        "handler",
        lambda s, case, rules: handling.give_opinion(
            s, CO, c.GiveOpinion(opinion="见密封正文", given_on=_day(3, 25)), case.texts["co.opinion"], TODAY
        ),
        CO,
    ),
    Act("meet_during", _SERVICE, "reaction", _meet("during", _day(4, 2))),
    Act("draft", *_WANG, _draft, LEAD),
    Act(
        "review",
        "person:chen",
        "reviewer",
        lambda s, case, rules: drafting.review(
            s, LEAD, "person:chen", c.ReviewReply(passed=True, reviewed_on=_day(4, 12)), None, TODAY
        ),
        LEAD,
    ),
    Act("sign", "person:zhou", "signer", _sign, LEAD),
    Act(
        "stamp",
        *_CLERK,
        lambda s, case, rules: answers.stamp(
            s, LEAD, answer_commands.StampReply(stamp="省交通厅印章", stamped_on=_day(4, 16)), TODAY
        ),
        LEAD,
    ),
    Act(
        "deliver",
        *_CLERK,
        lambda s, case, rules: answers.deliver(
            s, LEAD, c.DeliverReply(member=MEMBER, mode="paper", delivered_on=_day(4, 20)), rules, TODAY
        ),
        LEAD,
    ),
    Act(
        "receive",
        f"member:{MEMBER}",
        "member",
        lambda s, case, rules: answers.receive(
            s, c.ReceiveReply(member=MEMBER, received_on=_day(4, 21)), rules, TODAY
        ),
    ),
    Act("rate", f"member:{MEMBER}", "member", _rate),
    Act("meet_after", _SERVICE, "reaction", _meet("after", _day(5, 8))),
    Act(
        "close",
        "person:office",
        "office",
        lambda s, case, rules: answers.close(s, c.CloseProposal(closed_on=_day(5, 20)), rules, TODAY),
    ),
)
"""Every act of a case's life, in order."""


def acts_until(name: str) -> Iterator[Act | Claim]:
    """Give the acts before the named one."""
    for act in LIFE:
        if act.name == name:
            return
        yield act
