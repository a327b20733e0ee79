"""The members service on real servers, and what its decisions start from."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from contracts.envelope import Envelope
from contracts.event import Event
from runtime.folds import Fold
from services.members.main import SERVICE

if TYPE_CHECKING:
    from tests.conftest import Person, Running, Serve


@pytest.fixture(scope="session")
def given() -> Callable[..., Any]:
    """The state of an aggregate after events."""

    def fold(kind: Fold[Any], *events: Event) -> Any:
        state = kind.state()
        for version, event in enumerate(events, 1):
            envelope = Envelope[Any](
                id=UUID(int=version),
                source="urn:yishi:members",
                type=event.type_name(),
                subject=f"{kind.aggregate}/1",
                time=datetime(2005, 1, 1, tzinfo=UTC),
                county="430000",
                actor="person:registrar",
                actorrole="registrar",
                commandid=UUID(int=version),
                commanddigest="hmac-sha256:00",
                correlationid="test",
                version=version,
                data=event,
            )
            state = kind.evolve(state, event, envelope)
        return state

    return fold


@pytest.fixture
async def members(serve: "Serve") -> "AsyncIterator[Running]":
    """The service, running."""
    async with serve(SERVICE) as running:
        yield running


@pytest.fixture
def registrar(members: "Running") -> "Person":
    return members.person()
