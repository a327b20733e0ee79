"""Wiring of the meetings service."""

from contracts.copies.adopted import ADOPTED_FOLDS
from contracts.copies.mandates import MANDATES, mandate_holds
from contracts.copies.names import NAME_FOLDS
from runtime.erasing import erase_again
from runtime.process import Service
from services.meetings.cases import CASE
from services.meetings.http import MEETING, router
from services.meetings.photos import PHOTO_LIMIT, sweep_hourly
from services.meetings.uploads import ensure_uploads

SERVICE = Service(
    name="meetings",
    title="议事 · 见面",
    schema_version=1,
    folds=(MEETING, CASE, *NAME_FOLDS, *ADOPTED_FOLDS, MANDATES),
    routers=(router,),
    body_limit=PHOTO_LIMIT,
    mandate_holds=mandate_holds,
    on_start=(ensure_uploads, erase_again, sweep_hourly),
)
