"""Towards the member 送达之后: receipt, relay, rating, another round, close."""

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from contracts.event import Event
from services.proposals import commands
from services.proposals.answering import answer_commands, answers, matrix, rating, rehandling
from tests.services.proposals.decisions.people import COSIGNER, MEMBER, day

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


def receive(story: "Story", *, unit: UUID | None = None, member: UUID = MEMBER, on: str = "2005-04-10") -> Event:
    command = commands.ReceiveReply(member=member, unit=unit, received_on=day(on))
    return answers.receive(story.case, command, story.rules, story.day)


def consent(story: "Story", *, member: UUID = COSIGNER, on: str = "2005-03-10") -> Event:
    command = answer_commands.ConsentToRelay(consented_on=day(on))
    return matrix.consent(story.case, member, command, story.rules, story.day)


def relay(story: "Story", *, by: UUID = MEMBER, member: UUID = COSIGNER, on: str = "2005-04-12") -> Event:
    command = answer_commands.RelayReply(member=member, relayed_on=day(on))
    return matrix.relay(story.case, by, command, story.day)


def rate(
    story: "Story",
    *,
    member: UUID = MEMBER,
    on: str = "2005-04-20",
    remark: str | None = None,
    ended: dict[UUID, date] | None = None,
    **said: Any,
) -> Event:
    body = {"member": member, "result": "满意", "attitude": "满意" if story.two_axes else None, "rated_on": on}
    command = commands.RateReply.model_validate(body | said)
    sealed = story.sealed(remark) if remark else None
    return rating.rate(story.case, command, sealed, story.rules, story.day, ended=ended)


def enter(
    story: "Story",
    *,
    member: UUID = MEMBER,
    on: str = "2005-04-20",
    witness: str = "person:witness",
    ended: dict[UUID, date] | None = None,
    **said: Any,
) -> Event:
    attitude = "满意" if story.two_axes else None
    body = {"member": member, "result": "满意", "attitude": attitude, "rated_on": on} | said
    body["paper"] = {"witness": witness, "digest": "sha256:" + "1" * 64}
    command = answer_commands.EnterRating.model_validate(body)
    return rating.enter(story.case, "person:committee", command, None, story.rules, story.day, ended=ended)


def remind(story: "Story", *, member: UUID = MEMBER, unit: UUID | None = None, on: str = "2005-05-01") -> Event:
    command = answer_commands.RemindToRate(member=member, unit=unit, reminded_on=day(on))
    return rating.remind(story.case, command, story.day)


def lapse(story: "Story", *, member: UUID = MEMBER, unit: UUID | None = None, on: str = "2005-05-10") -> Event:
    command = answer_commands.LapseRating(member=member, unit=unit, lapsed_on=day(on))
    return rating.lapse(story.case, command, story.rules, story.day)


def find_impossible(
    story: "Story", *, member: UUID = MEMBER, ended: dict[UUID, date] | None = None, on: str = "2005-05-10"
) -> Event:
    command = answer_commands.FindRatingImpossible(member=member, found_on=day(on))
    return rating.find_impossible(story.case, command, story.rules, story.day, ended=ended or {})


def assess(story: "Story", *, unit: UUID | None = None, again: bool = False, on: str = "2005-05-25") -> Event:
    command = answer_commands.AssessDissatisfaction(
        unit=unit, result="已尽力", handle_again=again, assessed_on=day(on)
    )
    return rehandling.assess(story.case, command, story.sealed(command.result), story.rules, story.day)


def rehandle(story: "Story", *, unit: UUID | None = None, on: str = "2005-04-22") -> Event:
    command = commands.OrderRehandling(unit=unit, ordered_on=day(on))
    return rehandling.order_rehandling(story.case, command, story.rules, story.day)


def close(story: "Story", *, on: str = "2005-05-20") -> Event:
    return answers.close(story.case, commands.CloseProposal(closed_on=day(on)), story.rules, story.day)


def erase(story: "Story", *, on: str = "2005-06-01") -> Event:
    command = commands.EraseProposal(reason="依申请", ordered_by="县法院裁定", erased_on=day(on))
    return answers.erase(story.case, command, story.day)
