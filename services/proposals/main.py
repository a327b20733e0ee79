"""Wiring of the proposals service."""

from contracts.copies.mandates import mandate_holds
from runtime.erasing import erase_again
from runtime.process import Service
from services.proposals import (
    answers_http,
    archiving_http,
    assignment_http,
    bulk_http,
    calls_http,
    commendations_http,
    commitments_http,
    drafting_http,
    exports_http,
    handling_http,
    http,
    imports_http,
    intake_http,
    opinions_http,
    overlays_http,
    rating_http,
    review_http,
    similar_http,
    statistics_http,
    summaries_http,
)
from services.proposals.folds import FOLDS
from services.proposals.publication import look_hourly
from services.proposals.reactions import REACTIONS

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
        review_http.router,
        assignment_http.router,
        bulk_http.router,
        handling_http.router,
        drafting_http.router,
        rating_http.router,
        commitments_http.router,
        answers_http.router,
        overlays_http.router,
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
