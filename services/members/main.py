"""Wiring of the members service."""

from runtime.process import Service
from services.members.http import UNIT, router

SERVICE = Service(name="members", title="议事 · 委员与单位", schema_version=1, folds=(UNIT,), routers=(router,))
