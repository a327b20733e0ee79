"""Events of the members service: bodies, members, units, appointments, mandates, and the county's rules."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import ClearText, Event


class _Members(Event):
    service: ClassVar[str] = "members"


class BodyEstablished(_Members):
    """A deliberative body 机构 exists: 政协委员会, 人大常委会, 乡镇人大主席团 …."""

    aggregate: ClassVar[str] = "body"

    name: ClearText = Field(description="As the body calls itself")
    kind: str = Field(description="cppcc | npc | township_npc | union | village_council")
    established_on: date | None = Field(default=None, description="Asia/Shanghai date")


class MemberEnrolled(_Members):
    """A person takes a seat 委员/代表 in a body for a term."""

    aggregate: ClassVar[str] = "member"

    name: ClearText = Field(description="Name of the member")
    body: UUID
    term: int = Field(ge=1, description="届")
    sector: ClearText | None = Field(default=None, description="界别 or 代表小组")
    from_on: date = Field(description="First day of the seat")


class MemberSeatEnded(_Members):
    """A member's seat ends 届满/辞职/终止."""

    aggregate: ClassVar[str] = "member"

    on: date = Field(description="Last day of the seat")
    reason: ClearText


class UnitEstablished(_Members):
    """A unit 单位 joins the county's tree: department, office, section."""

    aggregate: ClassVar[str] = "unit"

    name: ClearText
    parent: UUID | None = Field(default=None, description="The unit above, absent at the root")
    from_on: date = Field(description="First day under this name")
    code: ClearText | None = Field(default=None, max_length=64, description="The county's own code of the unit")


class UnitRenamed(_Members):
    """A unit gets another name from a day on; its id stays."""

    aggregate: ClassVar[str] = "unit"

    name: ClearText
    from_on: date


class UnitMoved(_Members):
    """A unit is put under another one from a day on."""

    aggregate: ClassVar[str] = "unit"

    parent: UUID | None = Field(default=None, description="The unit above from that day, absent at the root")
    from_on: date


class UnitAliasAdded(_Members):
    """People also call the unit so 别名."""

    aggregate: ClassVar[str] = "unit"

    alias: ClearText
    from_on: date | None = None
    until_on: date | None = Field(default=None, description="Last day of the alias, inclusive")


class UnitClosed(_Members):
    """A unit ceases; its work goes to a successor."""

    aggregate: ClassVar[str] = "unit"

    on: date = Field(description="Last day, inclusive")
    successor: UUID | None = None


class PersonAppointed(_Members):
    """A person takes an office in a unit 任职 (经办人, 审核人, 签发人, 分管领导 …) from a day on."""

    aggregate: ClassVar[str] = "appointment"

    person: str = Field(max_length=128, description="The subject of the person's tokens")
    name: ClearText
    unit: UUID
    office: str = Field(description="handler | reviewer | signer | leader | office_clerk")
    from_on: date


class AppointmentEnded(_Members):
    """The person leaves the office 免职."""

    aggregate: ClassVar[str] = "appointment"

    on: date = Field(description="Last day in office, inclusive")
    reason: ClearText


class MandateGiven(_Members):
    """Somebody may act for somebody else 委托, in some acts, from a day to a day."""

    aggregate: ClassVar[str] = "mandate"

    giver: str = Field(max_length=128, description="For whom the holder acts: a token subject, e.g. member:<id>")
    holder: str = Field(max_length=128, description="Who acts: a token subject")
    acts: tuple[str, ...] = Field(min_length=1, description="Actions allowed, e.g. proposal.submit")
    from_on: date
    until_on: date = Field(description="Last day, inclusive")
    reason: ClearText


class MandateRevoked(_Members):
    """The mandate ends before its time."""

    aggregate: ClassVar[str] = "mandate"

    on: date = Field(description="Last day, inclusive")
    reason: ClearText


class RulePackAdopted(_Members):
    """The county adopts a rule pack 办理规则; the event carries its bytes, so that dates can be derived again."""

    aggregate: ClassVar[str] = "pack"

    name: str = Field(description="Name of the pack, e.g. henan-2017")
    digest: str = Field(description="sha256:… of the exact bytes")
    content: str = Field(description="The pack's YAML, exactly as adopted (UTF-8)")
    kinds: tuple[str, ...] = Field(description="Kinds of case that it rules")
    from_on: date = Field(description="Cases handed over from this day on follow it")


class CalendarPublished(_Members):
    """A year's holiday calendar 放假安排 is published; the event carries its bytes."""

    aggregate: ClassVar[str] = "calendar"

    year: int = Field(ge=1949, le=2200)
    digest: str = Field(description="sha256:… of the exact bytes")
    content: str = Field(description="The calendar's YAML, exactly as published (UTF-8)")


Office = Literal["handler", "reviewer", "signer", "leader", "office_clerk"]

EVENTS: tuple[type[Event], ...] = (
    BodyEstablished,
    MemberEnrolled,
    MemberSeatEnded,
    UnitEstablished,
    UnitRenamed,
    UnitMoved,
    UnitAliasAdded,
    UnitClosed,
    PersonAppointed,
    AppointmentEnded,
    MandateGiven,
    MandateRevoked,
    RulePackAdopted,
    CalendarPublished,
)
