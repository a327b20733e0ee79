"""What people may ask of the members service; each model is the body of one HTTP request."""

from uuid import UUID

from pydantic import Field

from contracts.event import ClearText
from runtime.http import BusinessDate, Command


class EstablishUnit(Command):
    """Add a unit to the county's tree."""

    name: ClearText
    parent: UUID | None = None
    from_on: BusinessDate
    code: str | None = Field(default=None, max_length=64)


class RenameUnit(Command):
    """Give a unit another name from a day on."""

    name: ClearText
    from_on: BusinessDate


class MoveUnit(Command):
    """Put a unit under another one from a day on."""

    parent: UUID | None
    from_on: BusinessDate


class AddUnitAlias(Command):
    """Say what else people call the unit."""

    alias: ClearText
    from_on: BusinessDate | None = None
    until_on: BusinessDate | None = None


class CloseUnit(Command):
    """Close a unit, naming its successor."""

    on: BusinessDate
    successor: UUID | None = None
