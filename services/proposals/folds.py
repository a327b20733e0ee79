"""What the service folds: its own cases and numbers, and its copies of names, mandates and adopted rules."""

from typing import Any

from contracts.copies.adopted import ADOPTED_FOLDS
from contracts.copies.mandates import MANDATES
from contracts.copies.names import NAME_FOLDS
from contracts.opinions import OpinionErased
from contracts.proposals import ProposalErased
from contracts.summaries import SummaryErased
from runtime.erasing import Eraser
from runtime.folds import Fold
from services.proposals.answering.ledger import COMMITMENTS
from services.proposals.call_for_proposals import call
from services.proposals.call_for_proposals.calls import CALL_SUBMISSIONS, CALLS
from services.proposals.case import proposal
from services.proposals.likeness.similar_replies import REPLIES
from services.proposals.likeness.sketches import SKETCHES
from services.proposals.provisional import PROVISIONAL
from services.proposals.public_opinion import opinion_state
from services.proposals.public_opinion.opinions import OPINIONS
from services.proposals.reporting.board import BOARD
from services.proposals.reporting.search import SEARCH_TERMS, SEARCH_WORDS
from services.proposals.reporting.tallies import STATISTICS, UNIT_STATISTICS
from services.proposals.reporting.worklist import WORKLIST
from services.proposals.review import number
from services.proposals.review.numbers import NUMBERS
from services.proposals.supervision import commendation
from services.proposals.supervision.commendations import COMMENDATIONS
from services.proposals.supervision.overlays import OVERLAYS
from services.proposals.yearly_summary import summary
from services.proposals.yearly_summary.summaries import SUMMARIES

ERASER = Eraser(ProposalErased, OpinionErased, SummaryErased)

PROPOSAL: Fold[proposal.Proposal] = Fold(
    "proposals",
    "proposal",
    proposal.Proposal,
    proposal.evolve,
    (
        BOARD,
        SEARCH_TERMS,
        SEARCH_WORDS,
        SKETCHES,
        WORKLIST,
        STATISTICS,
        UNIT_STATISTICS,
        OVERLAYS,
        CALL_SUBMISSIONS,
        PROVISIONAL,
        REPLIES,
        COMMITMENTS,
        ERASER,
    ),
    own=True,
)
NUMBER: Fold[number.Number] = Fold("proposals", "number", number.Number, number.evolve, (NUMBERS,), own=True)
COMMENDATION: Fold[commendation.Commendation] = Fold(
    "proposals", "commendation", commendation.Commendation, commendation.evolve, (COMMENDATIONS,), own=True
)
OPINION: Fold[opinion_state.Opinion] = Fold(
    "proposals", "opinion", opinion_state.Opinion, opinion_state.evolve, (OPINIONS, ERASER), own=True
)
CALL: Fold[call.Call] = Fold("proposals", "call", call.Call, call.evolve, (CALLS,), own=True)
SUMMARY: Fold[summary.Summary] = Fold(
    "proposals", "summary", summary.Summary, summary.evolve, (SUMMARIES, ERASER), own=True
)

FOLDS: tuple[Fold[Any], ...] = (
    PROPOSAL,
    NUMBER,
    COMMENDATION,
    OPINION,
    CALL,
    SUMMARY,
    *NAME_FOLDS,
    MANDATES,
    *ADOPTED_FOLDS,
)
