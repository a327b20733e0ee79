"""Wiring of the proposals service."""

from contracts.copies.mandates import mandate_holds
from runtime.erasing import erase_again
from runtime.process import Service
from services.proposals import answers_http, handling_http, http, intake_http
from services.proposals.folds import FOLDS
from services.proposals.reactions import REACTIONS

SERVICE = Service(
    name="proposals",
    title="议事 · 提案与建议",
    schema_version=1,
    folds=FOLDS,
    routers=(http.router, intake_http.router, handling_http.router, answers_http.router),
    reactions=REACTIONS,
    mandate_holds=mandate_holds,
    on_start=(erase_again,),
)
