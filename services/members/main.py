"""Wiring of the members service."""

from contracts.copies.mandates import mandate_holds
from runtime.process import Service
from services.members.http import FOLDS, ROUTERS

SERVICE = Service(
    name="members",
    title="议事 · 委员与单位",
    schema_version=1,
    folds=FOLDS,
    routers=ROUTERS,
    mandate_holds=mandate_holds,
)
