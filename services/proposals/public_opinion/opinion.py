"""A report of public opinion 社情民意: submitted, edited, adopted at levels, forwarded, fed back, scored.

A case that was not registered may live on as one; its texts then stay under the case's key and are erased with it.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from contracts.opinions import (
    OpinionAdopted,
    OpinionEdited,
    OpinionErased,
    OpinionFedBack,
    OpinionForwarded,
    OpinionScored,
    OpinionSubmitted,
)
from contracts.sealed import Sealed
from runtime.refusals import CaseErased, Conflict, Refusal
from services.proposals.case.proposal import Proposal
from services.proposals.guards import AlreadyDone, BodyUnknown, MemberUnknown, UnitUnknown, WrongStage, dated
from services.proposals.public_opinion.opinion_commands import (
    AdoptOpinion,
    EditOpinion,
    EraseOpinion,
    FeedBackOpinion,
    ForwardOpinion,
    ScoreOpinion,
    SubmitOpinion,
)
from services.proposals.public_opinion.opinion_state import Opinion


class NotAdopted(Refusal):
    """It was not adopted at this level."""

    code, status, title = "opinion.not_adopted", 409, "该层级尚未采用"


class NotForwarded(Refusal):
    """There is no forwarding of this number."""

    code, status, title = "opinion.not_forwarded", 409, "没有这次转送"


class EraseTheCase(Refusal):
    """It came of a case, whose key seals its texts: that one has to be erased."""

    code, status, title = "opinion.erase_the_case", 409, "本件转自提案, 其正文随原件销毁"


def submit(
    command: SubmitOpinion, text: Sealed, *, members: Collection[UUID], body_known: bool, today: date
) -> OpinionSubmitted:
    """Decide on a report; `members` are those of the named ones whom the county knows.

    Raises: BodyUnknown, MemberUnknown, DateInFuture.
    """
    dated(command.submitted_on, today)
    if not body_known:
        raise BodyUnknown(body=str(command.body))
    if command.submitter not in members:
        raise MemberUnknown(members=[str(command.submitter)])
    return OpinionSubmitted(**command.model_dump(exclude={"text"}), text=text)


def divert(opinion: Opinion, id: UUID, case: Proposal, on: date, today: date) -> OpinionSubmitted:
    """Decide that a case which was not registered lives on as a report, under the case's title, text and submitter.

    Raises: WrongStage unless the case was declined, CaseErased, AlreadyDone, DateInFuture, DateOutOfOrder.
    """
    if opinion.submitted_on is not None:
        raise AlreadyDone
    if case.stage != "declined":
        raise WrongStage(stage=case.stage)
    if case.erased:
        raise CaseErased
    dated(on, today, case.submitted_on)
    assert case.body is not None
    assert case.submitter is not None
    assert case.text is not None
    return OpinionSubmitted(
        body=case.body, title=case.title, text=case.text, submitter=case.submitter, case=id, submitted_on=on
    )


def edit(opinion: Opinion, command: EditOpinion, text: Sealed, today: date) -> OpinionEdited:
    """Decide on another wording.

    Raises: CaseErased, DateInFuture, DateOutOfOrder.
    """
    _alive(opinion, command.edited_on, today)
    _same_key(opinion, text)
    return OpinionEdited(title=command.title, text=text, edited_on=command.edited_on)


def adopt(opinion: Opinion, command: AdoptOpinion, today: date) -> OpinionAdopted:
    """Decide that it is adopted at a level, once for each.

    Raises: AlreadyDone, CaseErased, DateInFuture, DateOutOfOrder.
    """
    _alive(opinion, command.adopted_on, today)
    if any(adoption.level == command.level for adoption in opinion.adoptions):
        raise AlreadyDone
    return OpinionAdopted(**command.model_dump())


def score(opinion: Opinion, command: ScoreOpinion, today: date) -> OpinionScored:
    """Decide what an adoption earns, once for each level.

    Raises: NotAdopted, AlreadyDone, DateInFuture, DateOutOfOrder.
    """
    adoption = next((adoption for adoption in opinion.adoptions if adoption.level == command.level), None)
    if adoption is None:
        raise NotAdopted(level=command.level)
    dated(command.scored_on, today, adoption.adopted_on)
    if adoption.points is not None:
        raise AlreadyDone
    return OpinionScored(**command.model_dump())


def forward(opinion: Opinion, command: ForwardOpinion, *, units: Collection[UUID], today: date) -> OpinionForwarded:
    """Decide to forward it; `units` are those of the named ones that exist and are open.

    Raises: UnitUnknown, CaseErased, DateInFuture, DateOutOfOrder.
    """
    _alive(opinion, command.forwarded_on, today)
    if command.unit is not None and command.unit not in units:
        raise UnitUnknown(units=[str(command.unit)])
    return OpinionForwarded(number=len(opinion.forwardings) + 1, **command.model_dump())


def feed_back(opinion: Opinion, command: FeedBackOpinion, feedback: Sealed, today: date) -> OpinionFedBack:
    """Decide on what came back of a forwarding, once for each.

    Raises: NotForwarded, AlreadyDone, CaseErased, DateInFuture, DateOutOfOrder.
    """
    forwarding = next((sent for sent in opinion.forwardings if sent.number == command.number), None)
    if forwarding is None:
        raise NotForwarded(number=command.number)
    _alive(opinion, command.fed_back_on, today, forwarding.forwarded_on)
    if forwarding.fed_back_on is not None:
        raise AlreadyDone
    _same_key(opinion, feedback)
    return OpinionFedBack(number=command.number, feedback=feedback, fed_back_on=command.fed_back_on)


def erase(opinion: Opinion, command: EraseOpinion, today: date) -> OpinionErased:
    """Decide to destroy its key by order.

    Raises: EraseTheCase, AlreadyDone, DateInFuture, DateOutOfOrder.
    """
    if opinion.case is not None:
        raise EraseTheCase(case=str(opinion.case))
    if opinion.erased:
        raise AlreadyDone
    dated(command.erased_on, today, opinion.submitted_on)
    return OpinionErased(**command.model_dump())


def _alive(opinion: Opinion, on: date, today: date, after: date | None = None) -> None:
    if opinion.erased:
        raise CaseErased
    dated(on, today, after or opinion.submitted_on)


def _same_key(opinion: Opinion, text: Sealed) -> None:
    """Refuse a text under another key than the first one's, which nobody would destroy with it.

    Raises: Conflict, because whoever sealed it had not seen that the report came of a case.
    """
    if opinion.text is None or text.case != opinion.text.case:
        raise Conflict
