"""Wiring of the proposals service."""

from contracts.copies.mandates import mandate_holds
from runtime.erasing import erase_again
from runtime.process import Service
from services.proposals import http
from services.proposals.answering import answers_http, commitments_http, drafting_http, rating_http
from services.proposals.call_for_proposals import calls_http
from services.proposals.folds import FOLDS
from services.proposals.handling import assignment_http, bulk_http, handling_http
from services.proposals.importing import imports_http
from services.proposals.letters import letters_http
from services.proposals.likeness import similar_http
from services.proposals.public_opinion import opinions_http
from services.proposals.publication import look_hourly
from services.proposals.reactions import REACTIONS
from services.proposals.reporting import exports_http, statistics_http
from services.proposals.review import intake_http, paper_http, review_http
from services.proposals.supervision import archiving_http, commendations_http, overlays_http
from services.proposals.yearly_summary import summaries_http

SERVICE = Service(
    name="proposals",
    title="议事 · 提案与建议",
    schema_version=2,
    folds=FOLDS,
    routers=(
        exports_http.router,  # Before the case by its id, which would take the file's name for one.
        http.router,
        statistics_http.router,
        similar_http.router,
        intake_http.router,
        paper_http.router,
        review_http.router,
        assignment_http.router,
        bulk_http.router,
        handling_http.router,
        drafting_http.router,
        rating_http.router,
        commitments_http.router,
        answers_http.router,
        overlays_http.router,
        letters_http.router,
        archiving_http.router,
        commendations_http.router,
        opinions_http.router,
        imports_http.router,
        calls_http.router,
        summaries_http.router,
    ),
    reactions=REACTIONS,
    mandate_holds=mandate_holds,
    on_start=(erase_again, look_hourly),
)
