"""The shelf (规则架): the packs and calendars that ship with Yishi, as exact bytes by name.

A county may pin other packs; these are what the published texts say, and the State Council's calendars of
each year.
"""

from pathlib import Path

from rules.calendar import Calendars, load_calendar

RULES_DIR = "YISHI_RULES_DIR"
"""The setting that names a county's own folder of packs."""
_HERE = Path(__file__).parent


def published_packs(folder: Path | None = None) -> dict[str, bytes]:
    """Give the packs' exact bytes by pack name: the shipped ones, and those of a county's own folder (`*.yaml`).

    A pack of the folder stands for a shipped one of the same name; which bytes a case follows is pinned by digest.
    """
    return _files(_HERE / "packs") | (_files(folder) if folder is not None else {})


def example_pack() -> bytes:
    """Give the exact bytes of the example pack of a county that there is not: for people to copy, on no shelf."""
    return (_HERE / "examples/example-county.yaml").read_bytes()


def published_calendars() -> dict[int, bytes]:
    """Give the shipped calendars' exact bytes by year."""
    return {int(year): raw for year, raw in _files(_HERE / "calendars").items()}


def shipped_calendars() -> Calendars:
    """Read every shipped calendar. Raises: PackError, when a shipped file is damaged."""
    return Calendars(load_calendar(raw) for raw in published_calendars().values())


def _files(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}
