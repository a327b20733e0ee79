"""Inside the units 承办: hand-over, signing for, meetings, opinions, more time."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from contracts.event import Event
from contracts.meetings import HandlerMet, Stage
from services.proposals import commands
from services.proposals.answering import answer_commands, item_answers
from services.proposals.handling import assignment_commands, extension, handling, handover
from services.proposals.review import intake, review_commands
from tests.services.proposals.decisions.people import CASE, CO, LEAD, MEMBER, OFFICE, OTHER, day

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


def hand_over(
    story: "Story",
    *,
    on: str = "2005-03-01",
    pack: bool = True,
    units: Iterable[UUID] = (LEAD, CO, OFFICE, OTHER),
    **said: Any,
) -> Event:
    body = {"lead": LEAD, "co": story.co, "office": story.office, "handed_over_on": on} | said
    command = commands.HandOver.model_validate(body)
    return intake.hand_over(story.case, command, story.rules if pack else None, units=set(units), today=story.day)


def sign_for(story: "Story", *, unit: UUID = LEAD, on: str = "2005-03-02") -> Event:
    return handling.sign_for(story.case, unit, commands.SignFor(signed_for_on=day(on)), story.rules, story.day)


def contact(story: "Story", *, unit: UUID = LEAD, on: str = "2005-03-04") -> Event:
    command = commands.ContactMember(section="综合科", contacted_on=day(on))
    return handling.contact(story.case, unit, "person:handler", command, story.day)


def _meet(story: "Story", stage: Stage, meeting: int, on: str, unit: UUID) -> Event:
    met = HandlerMet(
        case=CASE,
        unit=unit,
        handler="person:handler",
        member=MEMBER,
        stage=stage,
        mode="telephone",
        met_on=day(on),
        summary=story.sealed("听取意见"),
        pack_digest=story.rules.pack.digest,
    )
    return handling.note_meeting(story.case, UUID(int=100 + meeting), met)


def meet_before(story: "Story", *, on: str = "2005-03-08", meeting: int = 1, unit: UUID = LEAD) -> Event:
    return _meet(story, "before", meeting, on, unit)


def meet_during(story: "Story", *, on: str = "2005-03-20", meeting: int = 2, unit: UUID = LEAD) -> Event:
    return _meet(story, "during", meeting, on, unit)


def meet_after(story: "Story", *, on: str = "2005-04-25", meeting: int = 3, unit: UUID = LEAD) -> Event:
    return _meet(story, "after", meeting, on, unit)


def strike(story: "Story", *, meeting: int = 1, on: str = "2005-03-25") -> Event:
    return handling.strike_meeting(story.case, UUID(int=100 + meeting), day(on))


def opinion(story: "Story", *, unit: UUID = CO, on: str = "2005-03-15") -> Event:
    command = commands.GiveOpinion(opinion="同意", given_on=day(on))
    return handling.give_opinion(story.case, unit, command, story.sealed("同意"), story.day)


def waive(story: "Story", *, unit: UUID = CO, on: str = "2005-03-16", roles: Iterable[str] = ("office",)) -> Event:
    command = commands.WaiveOpinion(unit=unit, reason="逾期未复", waived_on=day(on))
    return handling.waive_opinion(story.case, command, tuple(roles), story.rules, story.day)


def note(story: "Story", *, unit: UUID = LEAD, on: str = "2005-03-05") -> Event:
    command = answer_commands.AddNote(note="先问财务处", noted_on=day(on))
    return handling.add_note(story.case, unit, "person:handler", command, story.sealed(command.note), story.day)


def change_handler(story: "Story", *, unit: UUID = LEAD, on: str = "2005-03-06", **said: Any) -> Event:
    body = {"handler": "person:new", "section": "规划科", "reason": "轮岗", "changed_on": on} | said
    command = answer_commands.ChangeHandler.model_validate(body)
    return handling.change_handler(story.case, unit, command, story.day)


def waive_step(
    story: "Story",
    *,
    step: str = "meeting_during",
    unit: UUID | None = None,
    on: str = "2005-03-21",
    roles: Iterable[str] = ("office",),
) -> Event:
    body = {"step": step, "unit": unit, "reason": "委员在外地", "waived_on": on}
    command = answer_commands.WaiveStep.model_validate(body)
    return handling.waive_step(story.case, command, tuple(roles), story.rules, story.day)


def answer_item(story: "Story", *, item: int = 1, unit: UUID = LEAD, on: str = "2005-03-30", **said: Any) -> Event:
    scheme, letters = next(iter(story.rules.pack.schemes.items()))
    body = {"item": item, "category": min(letters), "scheme": scheme, "answer": "已修", "answered_on": on} | said
    command = review_commands.AnswerItem.model_validate(body)
    answer = story.sealed(command.answer)
    return item_answers.answer_item(story.case, unit, command, answer, story.rules, story.day)


def ask_adjustment(
    story: "Story", *, unit: UUID = LEAD, on: str = "2005-03-03", suggested: UUID | None = None, units: Any = (OTHER,)
) -> Event:
    command = assignment_commands.AskAdjustment(reason="不属职责范围", suggested=suggested, asked_on=day(on))
    return handover.ask_adjustment(story.case, unit, command, story.rules, units=set(units), today=story.day)


def refuse_adjustment(story: "Story", *, unit: UUID = LEAD, on: str = "2005-03-07") -> Event:
    command = assignment_commands.RefuseAdjustment(unit=unit, reason="属其职责", refused_on=day(on))
    return handover.refuse_adjustment(story.case, command, story.day)


def redirect(
    story: "Story",
    *,
    unit: UUID = LEAD,
    to: UUID | None = OTHER,
    on: str = "2005-03-07",
    units: Iterable[UUID] = (LEAD, CO, OTHER),
    reason: str | None = None,
) -> Event:
    command = assignment_commands.RedirectUnit(unit=unit, to=to, reason=reason, redirected_on=day(on))
    return handover.redirect(story.case, command, story.rules, units=set(units), today=story.day)


def succeed(
    story: "Story",
    *,
    unit: UUID = LEAD,
    to: UUID = OTHER,
    on: str = "2005-03-28",
    units: Iterable[UUID] = (OTHER, CO),
) -> Event:
    command = assignment_commands.SucceedUnit(unit=unit, to=to, succeeded_on=day(on))
    return handover.succeed(story.case, CASE, command, units=set(units), today=story.day)


def ask_extension(
    story: "Story", *, unit: UUID = LEAD, kind: str = "unit_reply", until: str = "2005-05-20", on: str = "2005-04-20"
) -> Event:
    body = {"kind": kind, "until_on": until, "reason": "涉及面广", "asked_on": on}
    command = assignment_commands.AskExtension.model_validate(body)
    return extension.ask(story.case, unit, command, story.rules, story.day)


def relay_extension(story: "Story", *, unit: UUID = LEAD, kind: str = "unit_reply", on: str = "2005-04-21") -> Event:
    command = assignment_commands.RelayExtension(kind=kind, relayed_on=day(on))
    return extension.relay(story.case, unit, command, story.day)


def grant_extension(
    story: "Story",
    *,
    unit: UUID = LEAD,
    kind: str = "unit_reply",
    until: str | None = None,
    on: str = "2005-04-22",
    ground: str | None = None,
    roles: Iterable[str] = ("committee", "office"),
) -> Event:
    body = {"unit": unit, "kind": kind, "until_on": until, "reason": "情况属实", "granted_on": on, "ground": ground}
    command = assignment_commands.GrantExtension.model_validate(body)
    return extension.grant(story.case, command, story.rules, roles=set(roles), today=story.day)


def refuse_extension(
    story: "Story",
    *,
    unit: UUID = LEAD,
    kind: str = "unit_reply",
    on: str = "2005-04-22",
    roles: Iterable[str] = ("committee", "office"),
) -> Event:
    command = assignment_commands.RefuseExtension(unit=unit, kind=kind, reason="理由不足", refused_on=day(on))
    return extension.refuse(story.case, command, story.rules, roles=set(roles), today=story.day)


def explain_extension(
    story: "Story",
    *,
    unit: UUID = LEAD,
    kind: str = "unit_reply",
    until: str = "2005-05-20",
    told: Iterable[UUID] = (MEMBER,),
    ground: str | None = None,
    on: str = "2005-04-25",
) -> Event:
    body = {
        "kind": kind,
        "until_on": until,
        "reason": "涉及面广",
        "told": list(told),
        "explained_on": on,
        "ground": ground,
    }
    command = assignment_commands.ExplainExtension.model_validate(body)
    return extension.explain(story.case, unit, command, story.rules, story.day)
