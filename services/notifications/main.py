"""Wiring of the notifications service."""

from contracts.copies.adopted import CALENDARS
from contracts.copies.mandates import MANDATES, mandate_holds
from contracts.copies.names import NAME_FOLDS
from runtime.process import Service
from services.notifications.clocks import FOLLOWED
from services.notifications.digest import DIGEST
from services.notifications.file_sink import REACTIONS
from services.notifications.http import router
from services.notifications.measures import start_measures
from services.notifications.reminder import REMINDER
from services.notifications.timer import start_timer

SERVICE = Service(
    name="notifications",
    title="议事 · 提醒与督办",
    schema_version=1,
    folds=(REMINDER, DIGEST, FOLLOWED, CALENDARS, MANDATES, *NAME_FOLDS),
    routers=(router,),
    reactions=REACTIONS,
    mandate_holds=mandate_holds,
    on_start=(start_measures, start_timer),
)
