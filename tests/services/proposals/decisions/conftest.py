"""One case without log or database: every act is decided on the state that the events before it gave, and folded."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import pytest

from contracts.envelope import Envelope, digest_of
from contracts.event import Event
from contracts.meetings import HandlerMet, Stage
from contracts.sealed import Sealed
from rules.calendar import Calendars
from rules.pack import Pack, load_pack
from rules.shelf import published_packs, shipped_calendars
from runtime.folds import Held
from runtime.refusals import Refusal
from services.proposals import answers, commands, handling, intake
from services.proposals.deadlines import Rules
from services.proposals.folds import PROPOSAL
from services.proposals.proposal import Proposal

CASE, BODY, MEMBER, COSIGNER, STRANGER, LEAD, CO, OFFICE, OTHER = (UUID(int=n) for n in range(1, 10))
NAMES = {
    f"unit:{LEAD}": "lead",
    f"unit:{CO}": "co",
    f"unit:{OFFICE}": "office",
    f"member:{MEMBER}": "member",
    f"member:{COSIGNER}": "cosigner",
    f"body:{BODY}": "body",
}
PATH = (
    "submit",
    "confirm",
    "register",
    "hand_over",
    "sign_for",
    "contact",
    "meet_before",
    "meet_during",
    "opinion",
    "draft",
    "review",
    "sign",
    "deliver",
    "receive",
    "rate",
    "meet_after",
    "close",
)
"""The plain path of a case under the plan of 2005."""


@cache
def shipped() -> Calendars:
    return shipped_calendars()


@cache
def pack_named(name: str) -> Pack:
    return load_pack(published_packs()[name])


@dataclass
class Story:
    """A case and everybody around it. An act takes its usual day and content unless told otherwise."""

    MEMBER, COSIGNER, STRANGER, LEAD, CO, OFFICE, OTHER = MEMBER, COSIGNER, STRANGER, LEAD, CO, OFFICE, OTHER

    rulebook: str = "hunan-transport-2005"
    today: str = "2005-06-30"
    cosigners: tuple[UUID, ...] = ()
    co: tuple[UUID, ...] = ()
    office: UUID | None = OFFICE
    two_axes: bool = True
    pack: Pack | None = None
    """Rules of the test's own, instead of the rulebook's."""
    events: list[Event] = field(default_factory=list)
    held: Held[Proposal] = field(default_factory=lambda: Held(Proposal()))

    @property
    def case(self) -> Proposal:
        return self.held.state

    @property
    def rules(self) -> Rules:
        return Rules(CASE, self.pack or pack_named(self.rulebook), shipped())

    def given(self, *acts: str) -> "Story":
        """Take acts with their usual content."""
        for act in acts:
            self.take(act)
        return self

    def up_to(self, last: str, *, without: Iterable[str] = ()) -> "Story":
        """Take the plain path up to and including an act, whoever has to take part."""
        for act in PATH[: PATH.index(last) + 1]:
            for whom in () if act in without else self._takers(act):
                self.take(act, **whom)
        return self

    def _takers(self, act: str) -> list[dict[str, Any]]:
        match act:
            case "confirm":
                return [{"member": member} for member in self.cosigners]
            case "sign_for":
                return [{"unit": unit} for unit in (LEAD, *self.co)]
            case "opinion":
                return [{"unit": unit} for unit in self.co]
            case "deliver" | "receive" | "rate":
                return [{"member": member} for member in self.case.answer_to]
        return [{}]

    def decide(self, act: str, **said: Any) -> Event:
        """Give the event of an act on the present state, or raise its refusal; nothing is folded."""
        decide: Callable[..., Event] = getattr(self, f"_{act}")
        return decide(**said)

    def take(self, act: str, **said: Any) -> Event:
        """Decide on an act and fold its event."""
        event = self.decide(act, **said)
        self.fold(event)
        return event

    def fold(self, event: Event) -> None:
        """Let an event have happened."""
        self.events.append(event)
        envelope = Envelope[Any](
            id=UUID(int=1000 + len(self.events)),
            source="urn:yishi:proposals",
            type=event.type_name(),
            subject=f"proposal/{CASE}",
            time=datetime(2005, 1, 1, tzinfo=UTC),
            county="430000",
            actor="person:test",
            actorrole="test",
            commandid=UUID(int=2000 + len(self.events)),
            commanddigest="hmac-sha256:00",
            correlationid="test",
            version=self.held.version + 1,
            prevhash=self.held.hash,
            data=event,
        )
        self.held = PROPOSAL.step(self.held, envelope, len(self.events), digest_of(envelope.encode()))

    def refusal(self, act: str, **said: Any) -> str:
        """Give the code with which an act is refused; the case must be as before."""
        before = self.case.model_dump_json()
        with pytest.raises(Refusal) as no:
            self.take(act, **said)
        assert self.case.model_dump_json() == before
        assert no.value.title
        return no.value.code

    def running(self) -> dict[tuple[str, str, int], str | None]:
        """Give the running clocks: kind, who owes it, round; and the last day."""
        clocks = self.case.clocks.values()
        return {(c.kind, NAMES[c.whom], c.round): (c.due_on and str(c.due_on)) or None for c in clocks}

    def opened(self, event: Event) -> dict[tuple[str, str, int], str | None]:
        """Give the clocks that an event opened."""
        clocks = event.clocks.opened if event.clocks else ()
        return {(c.kind, NAMES[c.whom], c.round): (c.due_on and str(c.due_on)) or None for c in clocks}

    def closed(self, event: Event) -> set[tuple[str, str, int, str]]:
        """Give the clocks that an event has just closed, folded, with their outcome."""
        count = len(event.clocks.closed) if event.clocks else 0
        last = self.case.stopped[len(self.case.stopped) - count :]
        return {(c.kind, NAMES[c.whom], c.round, "met" if c.met else "void") for c in last}

    def sealed(self, text: str) -> Sealed:
        return Sealed(case=CASE, label="text", nonce="n", text=text)

    @property
    def day(self) -> date:
        return date.fromisoformat(self.today)

    def _submit(
        self, *, members: Iterable[UUID] = (MEMBER, COSIGNER, OTHER), body_known: bool = True, **said: Any
    ) -> Event:
        body = {
            "kind": "cppcc_proposal",
            "body": BODY,
            "term": 9,
            "session": 3,
            "form": "joint" if self.cosigners else "single",
            "title": "关于改善县乡公路的提案",
            "text": "正文",
            "submitter": MEMBER,
            "cosigners": self.cosigners,
            "submitted_on": "2005-01-20",
        } | said
        command = commands.SubmitProposal.model_validate(body)
        return intake.submit(
            self.case,
            command,
            self.sealed(command.text),
            members=set(members),
            body_known=body_known,
            today=self.day,
        )

    def _confirm(self, *, member: UUID = COSIGNER, on: str = "2005-01-21") -> Event:
        return intake.confirm(self.case, member, commands.ConfirmCosigning(confirmed_on=day(on)), self.day)

    def _decline_cosigning(self, *, member: UUID = COSIGNER, on: str = "2005-01-21") -> Event:
        command = commands.DeclineCosigning(declined_on=day(on))
        return intake.decline_cosigning(self.case, member, command, self.day)

    def _give_back(self, *, on: str = "2005-01-22") -> Event:
        command = commands.ReturnForRevision(reason="案由不明", returned_on=day(on))
        return intake.give_back(self.case, command, self.sealed(command.reason), self.day)

    def _revise(self, *, on: str = "2005-01-24", title: str = "关于修通断头路的提案") -> Event:
        command = commands.ReviseProposal(title=title, text="新正文", revised_on=day(on))
        return intake.revise(self.case, command, self.sealed(command.text), self.day)

    def _decline(self, *, on: str = "2005-01-25") -> Event:
        command = commands.DeclineProposal(reason="不属受理范围", declined_on=day(on))
        return intake.decline(self.case, command, self.sealed(command.reason), self.day)

    def _register(self, *, number: int = 67, nature: str | None = None, on: str = "2005-02-01") -> Event:
        command = commands.RegisterProposal(nature=nature, registered_on=day(on))
        return intake.register(self.case, command, number, self.day)

    def _hand_over(
        self,
        *,
        on: str = "2005-03-01",
        pack: bool = True,
        units: Iterable[UUID] = (LEAD, CO, OFFICE, OTHER),
        **said: Any,
    ) -> Event:
        body = {"lead": LEAD, "co": self.co, "office": self.office, "handed_over_on": on} | said
        command = commands.HandOver.model_validate(body)
        return intake.hand_over(self.case, command, self.rules if pack else None, units=set(units), today=self.day)

    def _sign_for(self, *, unit: UUID = LEAD, on: str = "2005-03-02") -> Event:
        return handling.sign_for(self.case, unit, commands.SignFor(signed_for_on=day(on)), self.rules, self.day)

    def _contact(self, *, unit: UUID = LEAD, on: str = "2005-03-04") -> Event:
        command = commands.ContactMember(section="综合科", contacted_on=day(on))
        return handling.contact(self.case, unit, "person:handler", command, self.day)

    def _meet_before(self, *, on: str = "2005-03-08", meeting: int = 1) -> Event:
        return self._meet("before", meeting, on)

    def _meet_during(self, *, on: str = "2005-03-20", meeting: int = 2) -> Event:
        return self._meet("during", meeting, on)

    def _meet_after(self, *, on: str = "2005-04-25", meeting: int = 3) -> Event:
        return self._meet("after", meeting, on)

    def _meet(self, stage: Stage, meeting: int, on: str) -> Event:
        met = HandlerMet(
            case=CASE,
            unit=LEAD,
            handler="person:handler",
            member=MEMBER,
            stage=stage,
            mode="telephone",
            met_on=day(on),
            summary=self.sealed("听取意见"),
            pack_digest=self.rules.pack.digest,
        )
        return handling.note_meeting(self.case, UUID(int=100 + meeting), met)

    def _strike(self, *, meeting: int = 1, on: str = "2005-03-25") -> Event:
        return handling.strike_meeting(self.case, UUID(int=100 + meeting), day(on))

    def _opinion(self, *, unit: UUID = CO, on: str = "2005-03-15") -> Event:
        command = commands.GiveOpinion(opinion="同意", given_on=day(on))
        return handling.give_opinion(self.case, unit, command, self.sealed("同意"), self.day)

    def _waive(self, *, unit: UUID = CO, on: str = "2005-03-16") -> Event:
        command = commands.WaiveOpinion(unit=unit, reason="逾期未复", waived_on=day(on))
        return handling.waive_opinion(self.case, command, self.day)

    def _draft(
        self, *, unit: UUID = LEAD, drafter: str = "person:drafter", on: str = "2005-04-01", **said: Any
    ) -> Event:
        scheme, letters = next(iter(self.rules.pack.schemes.items()))
        body = {"category": min(letters), "scheme": scheme, "text": "答复", "drafted_on": on} | said
        command = commands.DraftReply.model_validate(body)
        return handling.draft(self.case, unit, drafter, command, self.sealed(command.text), self.rules, self.day)

    def _review(self, *, unit: UUID = LEAD, on: str = "2005-04-02", passed: bool = True) -> Event:
        command = commands.ReviewReply(passed=passed, reviewed_on=day(on))
        return handling.review(self.case, unit, "person:reviewer", command, None, self.day)

    def _sign(self, *, unit: UUID = LEAD, signer: str = "person:signer", on: str = "2005-04-05") -> Event:
        command = commands.SignReply(document="湘交提字〔2005〕1号", signed_on=day(on))
        return handling.sign(self.case, unit, signer, command, self.rules, self.day)

    def _correct(self, *, unit: UUID = LEAD, on: str = "2005-04-07", **said: Any) -> Event:
        body = {"text": "更正后的答复", "reason": "金额有误", "approved_by": "厅办公室", "corrected_on": on} | said
        command = commands.CorrectReply.model_validate(body)
        return handling.correct(self.case, unit, command, self.sealed(command.text), self.rules, self.day)

    def _deliver(self, *, member: UUID = MEMBER, on: str = "2005-04-08") -> Event:
        command = commands.DeliverReply(member=member, mode="paper", delivered_on=day(on))
        return answers.deliver(self.case, command, self.day)

    def _receive(self, *, member: UUID = MEMBER, on: str = "2005-04-10") -> Event:
        command = commands.ReceiveReply(member=member, received_on=day(on))
        return answers.receive(self.case, command, self.rules, self.day)

    def _rate(
        self, *, member: UUID = MEMBER, on: str = "2005-04-20", remark: str | None = None, **said: Any
    ) -> Event:
        body = {"member": member, "result": "满意", "attitude": "满意" if self.two_axes else None, "rated_on": on}
        command = commands.RateReply.model_validate(body | said)
        return answers.rate(self.case, command, self.sealed(remark) if remark else None, self.rules, self.day)

    def _rehandle(self, *, on: str = "2005-04-22") -> Event:
        command = commands.OrderRehandling(ordered_on=day(on))
        return answers.order_rehandling(self.case, command, self.rules, self.day)

    def _close(self, *, on: str = "2005-05-20") -> Event:
        return answers.close(self.case, commands.CloseProposal(closed_on=day(on)), self.rules, self.day)

    def _erase(self, *, on: str = "2005-06-01") -> Event:
        command = commands.EraseProposal(reason="依申请", ordered_by="县法院裁定", erased_on=day(on))
        return answers.erase(self.case, command, self.day)


def day(text: str) -> date:
    return date.fromisoformat(text)


ACTS = tuple(
    name.removeprefix("_")
    for name, member in vars(Story).items()
    if inspect.isfunction(member) and name[0] == "_" and name not in ("_takers", "_meet") and "__" not in name
)


@pytest.fixture
def story() -> Story:
    """A single case under the plan of 2005, not submitted yet."""
    return Story()


@pytest.fixture(scope="session")
def stories() -> type[Story]:
    """The maker of cases under other rules, or with more people."""
    return Story


@pytest.fixture(scope="session")
def acts() -> tuple[str, ...]:
    """Everything that can be done with a case."""
    return ACTS
