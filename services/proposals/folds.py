"""What the service folds: its own cases and numbers, and its copies of names, mandates and adopted rules."""

from typing import Any

from contracts.copies.adopted import ADOPTED_FOLDS
from contracts.copies.mandates import MANDATES
from contracts.copies.names import NAME_FOLDS
from contracts.proposals import ProposalErased
from runtime.erasing import Eraser
from runtime.folds import Fold
from services.proposals import number, proposal
from services.proposals.board import BOARD
from services.proposals.numbers import NUMBERS
from services.proposals.search import SEARCH_TERMS
from services.proposals.statistics import STATISTICS
from services.proposals.worklist import WORKLIST

PROPOSAL: Fold[proposal.Proposal] = Fold(
    "proposals",
    "proposal",
    proposal.Proposal,
    proposal.evolve,
    (BOARD, SEARCH_TERMS, WORKLIST, STATISTICS, Eraser(ProposalErased)),
    own=True,
)
NUMBER: Fold[number.Number] = Fold("proposals", "number", number.Number, number.evolve, (NUMBERS,), own=True)

FOLDS: tuple[Fold[Any], ...] = (PROPOSAL, NUMBER, *NAME_FOLDS, MANDATES, *ADOPTED_FOLDS)
