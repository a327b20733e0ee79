"""A deployment of all four services on servers of a module's own: it gets broken and mended."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from tests.conftest import serving
from yishi import SERVICES
from yishi.stack import Stack
from yishi.target import Target, find_target

if TYPE_CHECKING:
    from tests.conftest import Running


@pytest.fixture(scope="module")
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Servers of this module: their databases get broken and mended."""
    stack = Stack(tmp_path_factory.mktemp("doctor"), services=[])
    await stack.start()
    yield stack
    await stack.remove()


@pytest.fixture(scope="module")
async def running(alone: Stack) -> AsyncIterator[dict[str, "Running"]]:
    """All four services, in this process."""
    async with AsyncExitStack() as services:
        yield {
            name: await services.enter_async_context(
                serving(alone, import_module(f"services.{name}.main").SERVICE, "430000", own_projection_wait=0.05)
            )
            for name in SERVICES
        }


@pytest.fixture
def target(alone: Stack, running: dict[str, "Running"]) -> Target:
    """The deployment, as `yishi doctor` sees it."""
    return replace(find_target(alone.home), services={name: service.url for name, service in running.items()})
