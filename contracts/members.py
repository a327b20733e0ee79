"""Events of the members service: bodies, members, units, appointments, mandates, and the county's rules."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import ClearText, Event


class _Members(Event):
    service: ClassVar[str] = "members"


class BodyEstablished(_Members):
    """A deliberative body is established 机构设立: 政协委员会, 人大常委会, 乡镇人大主席团 …."""

    aggregate: ClassVar[str] = "body"

    name: ClearText = Field(description="名称: as the body calls itself")
    kind: str = Field(description="机构类别: cppcc | npc | township_npc | union | village_council")
    established_on: date | None = Field(default=None, description="设立日期: Asia/Shanghai date")


class MemberEnrolled(_Members):
    """A person takes a seat in a body for a term 就任, as 委员 or 代表."""

    aggregate: ClassVar[str] = "member"

    name: ClearText = Field(description="姓名: of the member")
    body: UUID = Field(description="机构: id of the body the seat is in")
    term: int = Field(ge=1, description="届: of the body, 1 = first")
    sector: ClearText | None = Field(default=None, description="界别: or 代表小组, in the body's own words")
    from_on: date = Field(description="起始日期: first day of the seat, Asia/Shanghai")


class MemberSeatEnded(_Members):
    """A member's seat ends 离任: 届满, 辞职 or 终止."""

    aggregate: ClassVar[str] = "member"

    on: date = Field(description="截止日期: last day of the seat, inclusive, Asia/Shanghai")
    reason: ClearText = Field(description="原因: why the seat ends, in clear")


class UnitEstablished(_Members):
    """A unit joins the county's tree 单位设立: department, office, section."""

    aggregate: ClassVar[str] = "unit"

    name: ClearText = Field(description="名称: as the unit is called from that day")
    parent: UUID | None = Field(default=None, description="上级单位: id of the unit above, absent at the root")
    from_on: date = Field(description="起始日期: first day under this name, Asia/Shanghai")
    code: ClearText | None = Field(
        default=None, max_length=64, description="单位代码: the county's own code of the unit"
    )


class UnitRenamed(_Members):
    """A unit gets another name from a day on 单位更名; its id stays."""

    aggregate: ClassVar[str] = "unit"

    name: ClearText = Field(description="名称: the new one")
    from_on: date = Field(description="起始日期: first day under the new name, Asia/Shanghai")


class UnitMoved(_Members):
    """A unit is put under another one from a day on 隶属调整."""

    aggregate: ClassVar[str] = "unit"

    parent: UUID | None = Field(
        default=None, description="上级单位: id of the unit above from that day, absent at the root"
    )
    from_on: date = Field(description="起始日期: first day under the new parent, Asia/Shanghai")


class UnitAliasAdded(_Members):
    """People also call the unit so 增加别名."""

    aggregate: ClassVar[str] = "unit"

    alias: ClearText = Field(description="别名: what people also call it")
    from_on: date | None = Field(
        default=None, description="起始日期: first day of the alias, Asia/Shanghai; absent = always"
    )
    until_on: date | None = Field(
        default=None, description="截止日期: last day of the alias, inclusive, Asia/Shanghai; absent = open"
    )


class UnitClosed(_Members):
    """A unit ceases 单位撤销; its work goes to a successor."""

    aggregate: ClassVar[str] = "unit"

    on: date = Field(description="撤销日期: last day, inclusive, Asia/Shanghai")
    successor: UUID | None = Field(default=None, description="承接单位: id of the unit that takes over its work")


class PersonAppointed(_Members):
    """A person takes an office in a unit from a day on 任职 (经办人, 审核人, 签发人, 分管领导 …)."""

    aggregate: ClassVar[str] = "appointment"

    person: str = Field(max_length=128, description="人员: the subject of the person's tokens")
    name: ClearText = Field(description="姓名: of the person")
    unit: UUID = Field(description="单位: id of the unit")
    office: str = Field(description="职务: handler | reviewer | signer | leader | office_clerk")
    from_on: date = Field(description="起始日期: first day in office, Asia/Shanghai")


class AppointmentEnded(_Members):
    """The person leaves the office 免职."""

    aggregate: ClassVar[str] = "appointment"

    on: date = Field(description="截止日期: last day in office, inclusive, Asia/Shanghai")
    reason: ClearText = Field(description="原因: why the office ends, in clear")


class MandateGiven(_Members):
    """Somebody may act for somebody else 委托, in some acts, from a day to a day."""

    aggregate: ClassVar[str] = "mandate"

    giver: str = Field(
        max_length=128, description="委托人: for whom the holder acts: a token subject, e.g. member:<id>"
    )
    holder: str = Field(max_length=128, description="受托人: who acts: a token subject")
    acts: tuple[str, ...] = Field(min_length=1, description="委托事项: actions allowed, e.g. proposal.submit")
    from_on: date = Field(description="起始日期: first day, Asia/Shanghai")
    until_on: date = Field(description="截止日期: last day, inclusive, Asia/Shanghai")
    reason: ClearText = Field(description="原因: why it is given, in clear")


class MandateRevoked(_Members):
    """The mandate ends before its time 撤销委托."""

    aggregate: ClassVar[str] = "mandate"

    on: date = Field(description="截止日期: last day, inclusive, Asia/Shanghai")
    reason: ClearText = Field(description="原因: why it is revoked, in clear")


class RulePackAdopted(_Members):
    """The county adopts a rule pack 采用办理规则; the event carries its bytes, so that dates can be derived again."""

    aggregate: ClassVar[str] = "pack"

    name: str = Field(description="规则名称: name of the pack, e.g. henan-2017")
    digest: str = Field(description="规则摘要: sha256:… of the exact bytes")
    content: str = Field(description="规则全文: the pack's YAML, exactly as adopted (UTF-8)")
    kinds: tuple[str, ...] = Field(description="适用类别: kinds of case that it rules")
    from_on: date = Field(description="施行日期: cases handed over from this day on follow it, Asia/Shanghai")


class CalendarPublished(_Members):
    """A year's holiday calendar is published 公布放假安排; the event carries its bytes."""

    aggregate: ClassVar[str] = "calendar"

    year: int = Field(ge=1949, le=2200, description="年份: calendar year, Asia/Shanghai")
    digest: str = Field(description="安排摘要: sha256:… of the exact bytes")
    content: str = Field(description="安排全文: the calendar's YAML, exactly as published (UTF-8)")


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
