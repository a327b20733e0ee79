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
from services.proposals import (
    answer_commands,
    answers,
    assignment_commands,
    commands,
    commitments,
    drafting,
    extension,
    handling,
    handover,
    intake,
    item_answers,
    matrix,
    merging,
    rating,
    rehandling,
    review_commands,
    withdrawal,
)
from services.proposals import items as item_lists
from services.proposals.deadlines import Rules
from services.proposals.folds import PROPOSAL
from services.proposals.proposal import Proposal

CASE, BODY, MEMBER, COSIGNER, STRANGER, LEAD, CO, OFFICE, OTHER, ORIGINAL = (UUID(int=n) for n in range(1, 11))
NAMES = {
    f"unit:{LEAD}": "lead",
    f"unit:{CO}": "co",
    f"unit:{OFFICE}": "office",
    f"unit:{OTHER}": "other",
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
    "stamp",
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
    CASE, ORIGINAL = CASE, ORIGINAL

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
            case "deliver" | "receive":
                return [{"member": member} for member in self.case.answer_to]
            case "rate":
                return [{"member": member} for member in self.case.raters]
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

    def _decline(self, *, on: str = "2005-01-25", **said: Any) -> Event:
        body = {"reason": "不属受理范围", "declined_on": on} | said
        command = commands.DeclineProposal.model_validate(body)
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

    def _meet_before(self, *, on: str = "2005-03-08", meeting: int = 1, unit: UUID = LEAD) -> Event:
        return self._meet("before", meeting, on, unit)

    def _meet_during(self, *, on: str = "2005-03-20", meeting: int = 2, unit: UUID = LEAD) -> Event:
        return self._meet("during", meeting, on, unit)

    def _meet_after(self, *, on: str = "2005-04-25", meeting: int = 3, unit: UUID = LEAD) -> Event:
        return self._meet("after", meeting, on, unit)

    def _meet(self, stage: Stage, meeting: int, on: str, unit: UUID) -> Event:
        met = HandlerMet(
            case=CASE,
            unit=unit,
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

    def _waive(self, *, unit: UUID = CO, on: str = "2005-03-16", roles: Iterable[str] = ("office",)) -> Event:
        command = commands.WaiveOpinion(unit=unit, reason="逾期未复", waived_on=day(on))
        return handling.waive_opinion(self.case, command, tuple(roles), self.rules, self.day)

    def _draft(
        self,
        *,
        unit: UUID = LEAD,
        drafter: str = "person:drafter",
        on: str = "2005-04-01",
        seen: bool = True,
        **said: Any,
    ) -> Event:
        scheme, letters = next(iter(self.rules.pack.schemes.items()))
        body = {"category": min(letters), "scheme": scheme, "text": "答复", "drafted_on": on} | said
        command = commands.DraftReply.model_validate(body)
        return drafting.draft(
            self.case,
            unit,
            drafter,
            command,
            self.sealed(command.text),
            self.rules,
            seen=self.held.version if seen else None,
            today=self.day,
        )

    def _review(self, *, unit: UUID = LEAD, on: str = "2005-04-02", passed: bool = True) -> Event:
        command = commands.ReviewReply(passed=passed, reviewed_on=day(on))
        return drafting.review(self.case, unit, "person:reviewer", command, None, self.day)

    def _sign(self, *, unit: UUID = LEAD, signer: str = "person:signer", on: str = "2005-04-05") -> Event:
        command = commands.SignReply(document="湘交提字〔2005〕1号", signed_on=day(on))
        return drafting.sign(self.case, unit, signer, command, self.rules, self.day)

    def _correct(self, *, unit: UUID = LEAD, on: str = "2005-04-07", **said: Any) -> Event:
        body = {"text": "更正后的答复", "reason": "金额有误", "approved_by": "厅办公室", "corrected_on": on} | said
        command = commands.CorrectReply.model_validate(body)
        return answers.correct(self.case, unit, command, self.sealed(command.text), self.rules, self.day)

    def _stamp(self, *, unit: UUID = LEAD, on: str = "2005-04-06") -> Event:
        command = answer_commands.StampReply(stamp="湖南省交通厅印章", stamped_on=day(on))
        return answers.stamp(self.case, unit, command, self.day)

    def _note(self, *, unit: UUID = LEAD, on: str = "2005-03-05") -> Event:
        command = answer_commands.AddNote(note="先问财务处", noted_on=day(on))
        return handling.add_note(self.case, unit, "person:handler", command, self.sealed(command.note), self.day)

    def _change_handler(self, *, unit: UUID = LEAD, on: str = "2005-03-06", **said: Any) -> Event:
        body = {"handler": "person:new", "section": "规划科", "reason": "轮岗", "changed_on": on} | said
        command = answer_commands.ChangeHandler.model_validate(body)
        return handling.change_handler(self.case, unit, command, self.day)

    def _waive_step(
        self,
        *,
        step: str = "meeting_during",
        unit: UUID | None = None,
        on: str = "2005-03-21",
        roles: Iterable[str] = ("office",),
    ) -> Event:
        body = {"step": step, "unit": unit, "reason": "委员在外地", "waived_on": on}
        command = answer_commands.WaiveStep.model_validate(body)
        return handling.waive_step(self.case, command, tuple(roles), self.rules, self.day)

    def _show_draft(self, *, unit: UUID = LEAD, members: tuple[UUID, ...] = (), on: str = "2005-04-01") -> Event:
        command = answer_commands.ShowDraft(members=members, shown_on=day(on))
        return drafting.show_draft(self.case, unit, command, self.day)

    def _comment(
        self, *, member: UUID = MEMBER, unit: UUID | None = None, word: str = "满意", on: str = "2005-04-01"
    ) -> Event:
        command = answer_commands.CommentOnDraft(member=member, unit=unit, word=word, commented_on=day(on))
        return drafting.comment(self.case, command, self.sealed("可"), self.rules, self.day)

    def _sign_elsewhere(self, *, unit: UUID = LEAD, clerk: str = "person:clerk", on: str = "2005-04-05") -> Event:
        elsewhere = {
            "system": "省公文系统",
            "document_id": "2005-1",
            "digest": "sha256:" + "0" * 64,
            "signed_by": "分管副厅长",
        }
        command = answer_commands.SignElsewhere.model_validate(
            {"document": "湘交提字〔2005〕1号", "elsewhere": elsewhere, "signed_on": on}
        )
        return drafting.sign_elsewhere(self.case, unit, clerk, command, self.rules, self.day)

    def _check(self, *, unit: UUID = LEAD, passed: bool = True, on: str = "2005-04-06") -> Event:
        command = answer_commands.CheckReply(passed=passed, checked_on=day(on))
        return answers.check(self.case, unit, "person:clerk", command, None, self.day)

    def _recall(self, *, unit: UUID = LEAD, on: str = "2005-04-11") -> Event:
        command = answer_commands.RecallReply(reason="数字有误", approved_by="厅办公室", recalled_on=day(on))
        return answers.recall(self.case, unit, command, self.rules, self.day)

    def _consent(self, *, member: UUID = COSIGNER, on: str = "2005-03-10") -> Event:
        command = answer_commands.ConsentToRelay(consented_on=day(on))
        return matrix.consent(self.case, member, command, self.rules, self.day)

    def _relay(self, *, by: UUID = MEMBER, member: UUID = COSIGNER, on: str = "2005-04-12") -> Event:
        command = answer_commands.RelayReply(member=member, relayed_on=day(on))
        return matrix.relay(self.case, by, command, self.day)

    def _enter(
        self,
        *,
        member: UUID = MEMBER,
        on: str = "2005-04-20",
        witness: str = "person:witness",
        ended: "dict[UUID, date] | None" = None,
        **said: Any,
    ) -> Event:
        attitude = "满意" if self.two_axes else None
        body = {"member": member, "result": "满意", "attitude": attitude, "rated_on": on} | said
        body["paper"] = {"witness": witness, "digest": "sha256:" + "1" * 64}
        command = answer_commands.EnterRating.model_validate(body)
        return rating.enter(self.case, "person:committee", command, None, self.rules, self.day, ended=ended)

    def _remind(self, *, member: UUID = MEMBER, unit: UUID | None = None, on: str = "2005-05-01") -> Event:
        command = answer_commands.RemindToRate(member=member, unit=unit, reminded_on=day(on))
        return rating.remind(self.case, command, self.day)

    def _lapse(self, *, member: UUID = MEMBER, unit: UUID | None = None, on: str = "2005-05-10") -> Event:
        command = answer_commands.LapseRating(member=member, unit=unit, lapsed_on=day(on))
        return rating.lapse(self.case, command, self.rules, self.day)

    def _find_impossible(
        self, *, member: UUID = MEMBER, ended: "dict[UUID, date] | None" = None, on: str = "2005-05-10"
    ) -> Event:
        command = answer_commands.FindRatingImpossible(member=member, found_on=day(on))
        return rating.find_impossible(self.case, command, self.rules, self.day, ended=ended or {})

    def _assess(self, *, unit: UUID | None = None, again: bool = False, on: str = "2005-05-25") -> Event:
        command = answer_commands.AssessDissatisfaction(
            unit=unit, result="已尽力", handle_again=again, assessed_on=day(on)
        )
        return rehandling.assess(self.case, command, self.sealed(command.result), self.rules, self.day)

    def _make(self, *, unit: UUID = LEAD, on: str = "2005-04-06", due: str = "2005-12-31") -> Event:
        command = answer_commands.MakeCommitment(what="年内修通断头路", made_on=day(on), due_on=day(due))
        return commitments.make(self.case, unit, command, self.rules, self.day)

    def _restate(self, *, number: int = 1, what: str = "年内修通三条断头路", on: str = "2005-05-01") -> Event:
        command = answer_commands.RestateCommitment(number=number, what=what, reason="写明条数", restated_on=day(on))
        return commitments.restate(self.case, LEAD, command, self.day)

    def _put_off(self, *, number: int = 1, due: str = "2006-06-30", on: str = "2005-06-01") -> Event:
        command = answer_commands.PutOffCommitment(
            number=number, reason="汛期停工", slipped_on=day(on), due_on=day(due)
        )
        return commitments.put_off(self.case, LEAD, command, self.rules, self.day)

    def _keep(self, *, number: int = 1, on: str = "2005-06-20") -> Event:
        command = answer_commands.KeepCommitment(number=number, how="已通车", kept_on=day(on))
        return commitments.keep(self.case, LEAD, command, self.rules, self.day)

    def _tell(self, *, number: int = 1, on: str = "2005-06-25") -> Event:
        command = answer_commands.AnswerCommitment(number=number, text="已通车", answered_on=day(on))
        return commitments.answer(self.case, LEAD, command, self.sealed(command.text), self.day)

    def _deliver(self, *, unit: UUID = LEAD, member: UUID = MEMBER, on: str = "2005-04-08") -> Event:
        command = commands.DeliverReply(member=member, mode="paper", delivered_on=day(on))
        return answers.deliver(self.case, unit, command, self.rules, self.day)

    def _receive(self, *, unit: UUID | None = None, member: UUID = MEMBER, on: str = "2005-04-10") -> Event:
        command = commands.ReceiveReply(member=member, unit=unit, received_on=day(on))
        return answers.receive(self.case, command, self.rules, self.day)

    def _rate(
        self,
        *,
        member: UUID = MEMBER,
        on: str = "2005-04-20",
        remark: str | None = None,
        ended: "dict[UUID, date] | None" = None,
        **said: Any,
    ) -> Event:
        body = {"member": member, "result": "满意", "attitude": "满意" if self.two_axes else None, "rated_on": on}
        command = commands.RateReply.model_validate(body | said)
        sealed = self.sealed(remark) if remark else None
        return rating.rate(self.case, command, sealed, self.rules, self.day, ended=ended)

    def _rehandle(self, *, unit: UUID | None = None, on: str = "2005-04-22") -> Event:
        command = commands.OrderRehandling(unit=unit, ordered_on=day(on))
        return rehandling.order_rehandling(self.case, command, self.rules, self.day)

    def _close(self, *, on: str = "2005-05-20") -> Event:
        return answers.close(self.case, commands.CloseProposal(closed_on=day(on)), self.rules, self.day)

    def _erase(self, *, on: str = "2005-06-01") -> Event:
        command = commands.EraseProposal(reason="依申请", ordered_by="县法院裁定", erased_on=day(on))
        return answers.erase(self.case, command, self.day)

    def _ask_withdrawal(self, *, on: str = "2005-02-10") -> Event:
        command = review_commands.AskWithdrawal(reason="情况已变", asked_on=day(on))
        return withdrawal.ask(self.case, command, self.sealed("情况已变"), self._pack(), self.day)

    def _agree_withdrawal(self, *, member: UUID = COSIGNER, on: str = "2005-02-11") -> Event:
        command = review_commands.AgreeToWithdrawal(agreed_on=day(on))
        return withdrawal.agree(self.case, member, command, self.day)

    def _withdraw(self, *, on: str = "2005-06-10", own: bool = True, written: str | None = None) -> Event:
        command = review_commands.WithdrawProposal(reason="情况已变", written=written, withdrawn_on=day(on))
        sealed = self.sealed(command.reason)
        return withdrawal.withdraw(self.case, command, sealed, self._pack(), own=own, today=self.day)

    def _join(self, *, original: "Story | None" = None, id: UUID = ORIGINAL, on: str = "2005-02-15") -> Event:
        command = review_commands.MergeProposal(main=CASE, merged_on=day(on))
        return merging.join(self.case, id, (original or self).case, command, self.day)

    def _release(self, *, id: UUID = ORIGINAL, on: str = "2005-03-10") -> Event:
        command = review_commands.UndoMerge(reason="内容不同", undone_on=day(on))
        return merging.release(self.case, id, command, self.day)

    def _merge(self, *, main: UUID = ORIGINAL, on: str = "2005-02-15") -> Event:
        command = review_commands.MergeProposal(main=main, merged_on=day(on))
        return merging.merge(self.case, CASE, command, self.day)

    def _undo_merge(self, *, on: str = "2005-03-10") -> Event:
        return merging.undo(self.case, review_commands.UndoMerge(reason="内容不同", undone_on=day(on)), self.day)

    def _split(self, *, on: str = "2005-02-16", sibling: UUID = ORIGINAL) -> Event:
        command = review_commands.SplitProposal(title="关于路灯的提案", text="装路灯", split_on=day(on))
        return merging.split(self.case, sibling, command, self.day)

    def _list_items(
        self,
        *,
        on: str = "2005-03-02",
        items: Iterable[tuple[str, UUID | None]] = (("修路", LEAD),),
        units: Iterable[UUID] = (LEAD, CO, OTHER),
    ) -> Event:
        body = {"items": [{"title": title, "unit": unit} for title, unit in items], "listed_on": on}
        command = review_commands.ListItems.model_validate(body)
        return item_lists.list_items(self.case, command, units=set(units), today=self.day)

    def _answer_item(self, *, item: int = 1, unit: UUID = LEAD, on: str = "2005-03-30", **said: Any) -> Event:
        scheme, letters = next(iter(self.rules.pack.schemes.items()))
        body = {"item": item, "category": min(letters), "scheme": scheme, "answer": "已修", "answered_on": on} | said
        command = review_commands.AnswerItem.model_validate(body)
        answer = self.sealed(command.answer)
        return item_answers.answer_item(self.case, unit, command, answer, self.rules, self.day)

    def _ask_adjustment(
        self, *, unit: UUID = LEAD, on: str = "2005-03-03", suggested: UUID | None = None, units: Any = (OTHER,)
    ) -> Event:
        command = assignment_commands.AskAdjustment(reason="不属职责范围", suggested=suggested, asked_on=day(on))
        return handover.ask_adjustment(self.case, unit, command, self.rules, units=set(units), today=self.day)

    def _refuse_adjustment(self, *, unit: UUID = LEAD, on: str = "2005-03-07") -> Event:
        command = assignment_commands.RefuseAdjustment(unit=unit, reason="属其职责", refused_on=day(on))
        return handover.refuse_adjustment(self.case, command, self.day)

    def _redirect(
        self,
        *,
        unit: UUID = LEAD,
        to: UUID | None = OTHER,
        on: str = "2005-03-07",
        units: Iterable[UUID] = (LEAD, CO, OTHER),
        reason: str | None = None,
    ) -> Event:
        command = assignment_commands.RedirectUnit(unit=unit, to=to, reason=reason, redirected_on=day(on))
        return handover.redirect(self.case, command, self.rules, units=set(units), today=self.day)

    def _succeed(
        self, *, unit: UUID = LEAD, to: UUID = OTHER, on: str = "2005-03-28", units: Iterable[UUID] = (OTHER, CO)
    ) -> Event:
        command = assignment_commands.SucceedUnit(unit=unit, to=to, succeeded_on=day(on))
        return handover.succeed(self.case, CASE, command, units=set(units), today=self.day)

    def _ask_extension(
        self, *, unit: UUID = LEAD, kind: str = "unit_reply", until: str = "2005-05-20", on: str = "2005-04-20"
    ) -> Event:
        body = {"kind": kind, "until_on": until, "reason": "涉及面广", "asked_on": on}
        command = assignment_commands.AskExtension.model_validate(body)
        return extension.ask(self.case, unit, command, self.rules, self.day)

    def _relay_extension(self, *, unit: UUID = LEAD, kind: str = "unit_reply", on: str = "2005-04-21") -> Event:
        command = assignment_commands.RelayExtension(kind=kind, relayed_on=day(on))
        return extension.relay(self.case, unit, command, self.day)

    def _grant_extension(
        self,
        *,
        unit: UUID = LEAD,
        kind: str = "unit_reply",
        until: str | None = None,
        on: str = "2005-04-22",
        roles: Iterable[str] = ("committee", "office"),
    ) -> Event:
        body = {"unit": unit, "kind": kind, "until_on": until, "reason": "情况属实", "granted_on": on}
        command = assignment_commands.GrantExtension.model_validate(body)
        return extension.grant(self.case, command, self.rules, roles=set(roles), today=self.day)

    def _refuse_extension(
        self,
        *,
        unit: UUID = LEAD,
        kind: str = "unit_reply",
        on: str = "2005-04-22",
        roles: Iterable[str] = ("committee", "office"),
    ) -> Event:
        command = assignment_commands.RefuseExtension(unit=unit, kind=kind, reason="理由不足", refused_on=day(on))
        return extension.refuse(self.case, command, self.rules, roles=set(roles), today=self.day)

    def _explain_extension(
        self,
        *,
        unit: UUID = LEAD,
        kind: str = "unit_reply",
        until: str = "2005-05-20",
        told: Iterable[UUID] = (MEMBER,),
        on: str = "2005-04-25",
    ) -> Event:
        body = {"kind": kind, "until_on": until, "reason": "涉及面广", "told": list(told), "explained_on": on}
        command = assignment_commands.ExplainExtension.model_validate(body)
        return extension.explain(self.case, unit, command, self.rules, self.day)

    def _pack(self) -> Pack | None:
        return self.rules.pack


def day(text: str) -> date:
    return date.fromisoformat(text)


_NO_ACTS = ("_takers", "_meet", "_pack")
ACTS = tuple(
    name.removeprefix("_")
    for name, member in vars(Story).items()
    if inspect.isfunction(member)
    and name[0] == "_"
    and name not in ("_takers", "_meet", "_pack")
    and "__" not in name
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
