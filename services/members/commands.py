"""What people may ask of the members service; each model is the body of one HTTP request."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, model_validator

from contracts.event import ClearText
from contracts.members import Office
from runtime.http import BusinessDate, Command

BodyKind = Literal["cppcc", "npc", "township_npc", "union", "village_council"]
"""政协, 人大, 乡镇人大, 工会, 村(社区)协商."""

_CLEAR: TypeAdapter[str] = TypeAdapter(ClearText)


def _without_personal_numbers(subject: str) -> str:
    kind, _, name = subject.partition(":")
    try:
        UUID(name)
    except ValueError:
        if kind == "member":
            raise ValueError("委员或代表应写作 member:<UUID>") from None
        _CLEAR.validate_python(name)
    return subject


Subject = Annotated[
    str,
    StringConstraints(pattern=r"^(member|person|service):[0-9A-Za-z._-]{1,100}$"),
    AfterValidator(_without_personal_numbers),
]
"""Who acts: the subject of a token. It stays in the log for ever, so it is no telephone or identity number."""


class EstablishBody(Command):
    """Say that a deliberative body exists 机构."""

    name: ClearText
    kind: BodyKind
    established_on: BusinessDate | None = None


class EnrolMember(Command):
    """Give somebody a seat in a body for a term."""

    name: ClearText
    body: UUID
    term: int = Field(ge=1, le=99)
    sector: ClearText | None = None
    from_on: BusinessDate


class EndSeat(Command):
    """End a member's seat: 届满, 辞职, 终止."""

    on: BusinessDate
    reason: ClearText


class EstablishUnit(Command):
    """Add a unit to the county's tree."""

    name: ClearText
    parent: UUID | None = None
    from_on: BusinessDate
    code: ClearText | None = Field(default=None, max_length=64)


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

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_on and self.until_on and self.until_on < self.from_on:
            raise ValueError("止日早于起日")
        return self


class CloseUnit(Command):
    """Close a unit, naming its successor."""

    on: BusinessDate
    successor: UUID | None = None


class AppointPerson(Command):
    """Put a person into an office of a unit 任职."""

    person: Subject
    name: ClearText
    unit: UUID
    office: Office
    from_on: BusinessDate


class EndAppointment(Command):
    """Take a person out of the office 免职."""

    on: BusinessDate
    reason: ClearText


class GiveMandate(Command):
    """Let somebody act for somebody else 委托."""

    giver: Subject
    holder: Subject
    acts: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}\.[a-z_]{1,64}$")], ...] = Field(
        min_length=1, max_length=50
    )
    from_on: BusinessDate
    until_on: BusinessDate
    reason: ClearText

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until_on < self.from_on:
            raise ValueError("止日早于起日")
        return self


class RevokeMandate(Command):
    """End a mandate before its time; `on` is its last day."""

    on: BusinessDate
    reason: ClearText


class AdoptPack(Command):
    """Adopt a rule pack, given as its exact YAML; cases handed over from the day on follow it."""

    content: str = Field(min_length=1, max_length=300_000)
    from_on: BusinessDate


class AdoptShippedPack(Command):
    """Adopt a rule pack that ships with the system, by name."""

    name: str = Field(min_length=1, max_length=128)
    from_on: BusinessDate


class PublishCalendar(Command):
    """Publish a year's holiday calendar, given as its exact YAML.

    A correction names the digest that it replaces.
    """

    content: str = Field(min_length=1, max_length=100_000)
    replaces: str | None = Field(default=None, max_length=128)


class PublishShippedCalendar(Command):
    """Publish a calendar that ships with the system, by year."""

    year: int = Field(ge=1949, le=2200)
    replaces: str | None = Field(default=None, max_length=128)
