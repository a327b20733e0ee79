"""The shelf (规则架): the packs and calendars that ship with Yishi, as exact bytes by name.

A county may pin other packs; these are what the published texts say, and the State Council's calendars of
each year.
"""

from pathlib import Path

from rules.calendar import Calendars, load_calendar

_HERE = Path(__file__).parent


def published_packs() -> dict[str, bytes]:
    """Give the shipped packs' exact bytes by pack name."""
    return _files("packs")


def published_calendars() -> dict[int, bytes]:
    """Give the shipped calendars' exact bytes by year."""
    return {int(year): raw for year, raw in _files("calendars").items()}


def shipped_calendars() -> Calendars:
    """Read every shipped calendar. Raises: PackError, when a shipped file is damaged."""
    return Calendars(load_calendar(raw) for raw in published_calendars().values())


def _files(folder: str) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((_HERE / folder).glob("*.yaml"))}
