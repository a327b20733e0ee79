"""Inside the units, beside the reply: signing for, contact, handlers, notes, meetings, opinions 签收, 首次联系, 会办.

What may be dispensed with, and by whom, is the pack's: the one who waives gives a reason.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from contracts.answering import HandlerChanged, NoteAdded, StepWaived
from contracts.meetings import HandlerMet
from contracts.proposals import (
    CoOpinionGiven,
    CoOpinionWaived,
    MeetingNoted,
    MeetingStruck,
    MemberContacted,
    ProposalSignedFor,
)
from contracts.sealed import Sealed
from rules.pack import Owes
from runtime.refusals import Forbidden, Refusal
from services.proposals import deadlines
from services.proposals.answering.answer_commands import AddNote, ChangeHandler, WaiveStep
from services.proposals.case.proposal import Proposal
from services.proposals.commands import (
    ContactMember,
    GiveOpinion,
    SignFor,
    WaiveOpinion,
)
from services.proposals.deadlines import Rules
from services.proposals.guards import AlreadyDone, NotAHandlingUnit, WrongStage, at, dated


class NotSignedFor(Refusal):
    """The lead has not signed for the case yet."""

    code, status, title = "proposal.not_signed_for", 409, "主办单位尚未签收"


class NoContact(Refusal):
    """The member was not contacted yet, so there is nobody to be replaced."""

    code, status, title = "proposal.no_contact", 409, "尚未首次联系, 无从更换经办人"


class UnitNotNamed(Refusal):
    """Several units answer in the case, and the act does not say whose part it is about."""

    code, status, title = "reply.unit_not_named", 409, "本件有多个单位答复, 须指明单位"


def sign_for(case: Proposal, unit: UUID, command: SignFor, rules: Rules, today: date) -> ProposalSignedFor:
    """Decide on a unit's signing for the case; clocks that run from receipt start, unless its part is done.

    Raises: WrongStage, NotAHandlingUnit, AlreadyDone.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    dated(command.signed_for_on, today, case.handed_over_on)
    role = _role(case, unit)
    if unit in case.signed_for:
        raise AlreadyDone
    owed: list[tuple[Owes, str]] = [] if unit in case.opinions else [(role, deadlines.unit(unit))]
    opened = deadlines.started(rules, "received", command.signed_for_on, owed)
    return ProposalSignedFor(unit=unit, signed_for_on=command.signed_for_on, clocks=deadlines.changes(opened))


def contact(case: Proposal, unit: UUID, handler: str, command: ContactMember, today: date) -> MemberContacted:
    """Decide on the first contact with the member; with it the unit has taken the case, its time to return it ends.

    It may be recorded after the reply, so that its clock can still be met. Raises: WrongStage, NotAHandlingUnit,
    NotSignedFor, AlreadyDone.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    answering(case, unit)
    dated(command.contacted_on, today, case.handed_over_on)
    if unit not in case.signed_for:
        raise NotSignedFor
    if case.work_of(unit).contact is not None:
        raise AlreadyDone
    party = deadlines.unit(unit)
    closed = deadlines.stopped(case, command.contacted_on, ("contact",), whom=party)
    closed += deadlines.stopped(case, command.contacted_on, ("return",), whom=party, met=False)
    return MemberContacted(
        unit=unit,
        section=command.section,
        handler=handler,
        contacted_on=command.contacted_on,
        clocks=deadlines.changes(closed=closed),
    )


def note_meeting(case: Proposal, meeting: UUID, met: HandlerMet) -> MeetingNoted:
    """Take note of a meeting that the meetings service has on record.

    Raises: AlreadyDone.
    """
    if meeting in case.meetings:
        raise AlreadyDone
    round = case.work_of(met.unit).round if met.unit in case.answering else case.round
    return MeetingNoted(meeting=meeting, unit=met.unit, stage=met.stage, round=round, met_on=met.met_on)


def strike_meeting(case: Proposal, meeting: UUID, on: date) -> MeetingStruck:
    """Take note that a meeting record was withdrawn.

    Raises: AlreadyDone when the case does not count it.
    """
    if meeting not in case.meetings:
        raise AlreadyDone
    return MeetingStruck(meeting=meeting, struck_on=on)


def give_opinion(case: Proposal, unit: UUID, command: GiveOpinion, opinion: Sealed, today: date) -> CoOpinionGiven:
    """Decide on a co unit's opinion.

    Raises: WrongStage, NotAHandlingUnit, AlreadyDone.
    """
    _co(case, unit)
    dated(command.given_on, today, case.handed_over_on)
    party = deadlines.unit(unit)
    closed = deadlines.stopped(case, command.given_on, ("co_opinion",), whom=party)
    closed += deadlines.stopped(case, command.given_on, ("return",), whom=party, met=False)
    return CoOpinionGiven(
        unit=unit, opinion=opinion, given_on=command.given_on, clocks=deadlines.changes(closed=closed)
    )


def waive_opinion(
    case: Proposal, command: WaiveOpinion, roles: Collection[str], rules: Rules, today: date
) -> CoOpinionWaived:
    """Decide to go on without a co unit's opinion; `roles` are the caller's, and the pack says which may.

    Raises: WrongStage, NotAHandlingUnit, AlreadyDone, Forbidden.
    """
    _entitled(roles, rules.pack.waivers.opinion)
    _co(case, command.unit)
    dated(command.waived_on, today, case.handed_over_on)
    party = deadlines.unit(command.unit)
    closed = deadlines.stopped(case, command.waived_on, ("co_opinion", "return"), whom=party, met=False)
    return CoOpinionWaived(
        unit=command.unit,
        reason=command.reason,
        waived_on=command.waived_on,
        clocks=deadlines.changes(closed=closed),
    )


def waive_step(case: Proposal, command: WaiveStep, roles: Collection[str], rules: Rules, today: date) -> StepWaived:
    """Decide to dispense with a meeting or the consultation on the draft; `roles` are the caller's.

    Raises: WrongStage, UnitNotNamed, NotAHandlingUnit, AlreadyDone, Forbidden when the pack entitles others.
    """
    waivers = rules.pack.waivers
    _entitled(roles, waivers.consultation if command.step == "consultation" else waivers.meeting)
    at(case, "handed_over", "replied", "dissatisfied")
    dated(command.waived_on, today, case.handed_over_on)
    unit = meant(case, command.unit)
    if command.step in case.work_of(unit).waived:
        raise AlreadyDone
    return StepWaived(unit=unit, step=command.step, reason=command.reason, waived_on=command.waived_on)


def _entitled(roles: Collection[str], entitled: Collection[str]) -> None:
    if not set(roles) & set(entitled):
        raise Forbidden(entitled=sorted(entitled))


def change_handler(case: Proposal, unit: UUID, command: ChangeHandler, today: date) -> HandlerChanged:
    """Decide on another handler or section; the member was told of one before.

    Raises: WrongStage, NotAHandlingUnit, NoContact, AlreadyDone.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    answering(case, unit)
    contact = case.work_of(unit).contact
    if contact is None:
        raise NoContact
    dated(command.changed_on, today, contact.on)
    if (command.handler, command.section) == (contact.handler, contact.section):
        raise AlreadyDone
    return HandlerChanged(unit=unit, **command.model_dump())


def add_note(case: Proposal, unit: UUID, author: str, command: AddNote, note: Sealed, today: date) -> NoteAdded:
    """Decide on a note for the unit's own people.

    Raises: WrongStage, NotAHandlingUnit.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    answering(case, unit)
    dated(command.noted_on, today, case.handed_over_on)
    return NoteAdded(unit=unit, round=case.work_of(unit).round, author=author, note=note, noted_on=command.noted_on)


def _role(case: Proposal, unit: UUID) -> Owes:
    if unit in case.answering:
        return "lead"
    if unit in case.co:
        return "co"
    raise NotAHandlingUnit


def answering(case: Proposal, unit: UUID) -> None:
    """Refuse for a unit that owes no reply.

    Raises: NotAHandlingUnit.
    """
    if unit not in case.answering:
        raise NotAHandlingUnit


def _co(case: Proposal, unit: UUID) -> None:
    at(case, "handed_over")
    if unit not in case.co:
        raise NotAHandlingUnit
    if unit in case.opinions:
        raise AlreadyDone


def meant(case: Proposal, unit: UUID | None) -> UUID:
    """Give the answering unit that an act is about: the one named, or the only one.

    Raises: WrongStage before there is any, UnitNotNamed, NotAHandlingUnit.
    """
    if not case.answering:
        raise WrongStage(stage=case.stage)
    if unit is None and len(case.answering) != 1:
        raise UnitNotNamed(units=[str(id) for id in case.answering])
    unit = unit or case.answering[0]
    answering(case, unit)
    return unit
