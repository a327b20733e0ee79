"""The shipped calendars, read once for all tests of the rules."""

import pytest

from rules.calendar import Calendars
from rules.shelf import shipped_calendars


@pytest.fixture(scope="session")
def calendars() -> Calendars:
    return shipped_calendars()
