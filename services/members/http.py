"""The members service's routes, gathered; each noun's are in its own `…_http.py`."""

from typing import Any

from fastapi import APIRouter

from runtime.folds import Fold
from services.members import office_http, roster_http, rulebook_http, unit_http

ROUTERS: tuple[APIRouter, ...] = (
    roster_http.router,
    unit_http.router,
    office_http.router,
    rulebook_http.router,
)
FOLDS: tuple[Fold[Any], ...] = (
    roster_http.BODY,
    roster_http.MEMBER,
    unit_http.UNIT,
    office_http.APPOINTMENT,
    office_http.MANDATE,
    rulebook_http.PACK,
    rulebook_http.CALENDAR,
)
