"""A case whose acts are decided and folded without log or database; story.py says how."""

import pytest

from tests.services.proposals.decisions.story import ACTS, Story


@pytest.fixture
def story() -> Story:
    """A single case under the plan of 2005, not submitted yet."""
    return Story()


@pytest.fixture(scope="session")
def stories() -> type[Story]:
    """The maker of cases under other rules, or with more people."""
    return Story


@pytest.fixture(scope="session")
def acts() -> tuple[str, ...]:
    """Everything that can be done with a case."""
    return tuple(ACTS)
