"""The archive 立卷归档: what the file of a case must hold, computed from the case, and whether it may be archived.

A file that lacks something is archived only when each gap is named with its reason; a gap is never accepted unseen.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple, get_args

from contracts.meetings import Stage
from contracts.overlays import ArchiveGap, ProposalArchived
from runtime.refusals import Refusal
from services.proposals.answering import matrix
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules
from services.proposals.guards import AlreadyDone, at, dated
from services.proposals.handling.gates import meetings_missing
from services.proposals.supervision.overlay_commands import ArchiveProposal

ITEMS = {
    "text": "正文",
    "paper_original": "纸质原件",
    "registration": "立案登记",
    "hand_over": "交办单",
    "signed_for": "签收",
    "meeting": "见面记录",
    "co_opinion": "会办意见",
    "reply": "签发的答复",
    "seal": "用印",
    "delivery": "送达",
    "receipt": "回执",
    "rating": "测评表",
    "relay": "转告",
    "item_answer": "诉求答复",
    "urging_answer": "催办答复",
    "closing": "办结意见",
}
"""The entries of the checklist, by the part of their name before the colon."""


class FileIncomplete(Refusal):
    """The file lacks entries of the checklist, and nobody has said why it is accepted without them."""

    code, status, title = "archive.file_incomplete", 409, "案卷缺件, 须补齐或逐项说明理由"


class GapUnfounded(Refusal):
    """A gap names something that the file holds, or that it need not hold."""

    code, status, title = "archive.gap_unfounded", 409, "所列缺件并不缺少, 或不在卷内目录之中"


class Entry(NamedTuple):
    """An entry of the checklist 卷内目录: `item` is its kind, a colon, and whom or what it is about."""

    item: str
    held: bool


def checklist(case: Proposal, rules: Rules) -> list[Entry]:
    """Say what the file of the case must hold, and of each entry whether the case has it."""
    return [*_of_intake(case), *_of_handling(case, rules), *_of_answers(case, rules)]


def _of_intake(case: Proposal) -> Iterator[Entry]:
    yield Entry("text", case.text is not None and not case.erased)
    if case.paper is not None:
        yield Entry("paper_original", bool(case.paper.agrees))
    yield Entry("registration", case.registered_on is not None)
    yield Entry("hand_over", case.handed_over_on is not None)
    for unit in case.units:
        yield Entry(f"signed_for:{unit}", unit in case.signed_for)


def _of_handling(case: Proposal, rules: Rules) -> Iterator[Entry]:
    by = case.closed_on or date.max
    required: dict[Stage, int] = {stage: getattr(rules.pack.meetings, stage) for stage in get_args(Stage)}
    for stage in (stage for stage, count in required.items() if count):
        for unit in case.answering:
            yield Entry(f"meeting:{stage}:{unit}", meetings_missing(case, unit, stage, by, rules) == 0)
    for unit in case.co:
        yield Entry(f"co_opinion:{unit}", unit in case.opinions)
    for asked in case.review.items:
        yield Entry(f"item_answer:{asked.item}", asked.reply is not None)
    for urging in (urging for urging in case.overlays.urgings if urging.lapsed_on is None):
        yield Entry(f"urging_answer:{urging.number}", urging.answered_on is not None)


def _of_answers(case: Proposal, rules: Rules) -> Iterator[Entry]:
    signed = [reply for reply in case.replies.values() if reply.signed_on is not None]
    for unit in case.answering:
        yield Entry(f"reply:{unit}", any(reply.unit == unit for reply in signed))
    for reply in signed:
        if rules.pack.seal == "required":
            yield Entry(f"seal:{reply.unit}:{reply.round}", reply.stamped_on is not None)
        for member in case.answer_to:
            about = f"{reply.unit}:{reply.round}:{member}"
            yield Entry(f"delivery:{about}", member in reply.delivered)
            yield Entry(f"receipt:{about}", member in reply.received)
            yield Entry(f"rating:{about}", member in reply.rated)
    for told in (row for row in matrix.owed(case) if row.how == "relayed"):
        yield Entry(f"relay:{told.unit}:{case.work_of(told.unit).round}:{told.member}", told.relayed_on is not None)
    yield Entry("closing", case.closed_on is not None)


def archive(case: Proposal, command: ArchiveProposal, rules: Rules, today: date) -> ProposalArchived:
    """Decide to archive the file of a closed case.

    Raises: WrongStage, AlreadyDone, FileIncomplete, GapUnfounded, DateInFuture, DateOutOfOrder.
    """
    at(case, "closed")
    if case.overlays.archived is not None:
        raise AlreadyDone
    dated(command.archived_on, today, case.closed_on)
    entries = checklist(case, rules)
    missing = [entry.item for entry in entries if not entry.held]
    named = [gap.item for gap in command.gaps]
    if unnamed := [item for item in missing if item not in named]:
        raise FileIncomplete(missing=unnamed)
    if unfounded := [item for item in named if item not in missing or named.count(item) > 1]:
        raise GapUnfounded(items=unfounded)
    return ProposalArchived(
        shelf=command.shelf,
        holds=tuple(entry.item for entry in entries if entry.held),
        gaps=tuple(ArchiveGap(item=gap.item, reason=gap.reason) for gap in command.gaps),
        archived_on=command.archived_on,
    )
