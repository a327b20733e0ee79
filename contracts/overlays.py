"""Events beside the path of a case, at any time: 重点, 催办, 表彰, 公开, 归档; and of commended units."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import ClearText, Event
from contracts.sealed import Sealed

Pressing = Literal["urging", "supervision"]
"""催办, 督办: both are clocks of their own."""

Disclosure = Literal["public", "redacted", "confidential"]
"""全文公开, 摘要公开 (after redaction), 不公开."""


class _Overlay(Event):
    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "proposal"


class ArchiveGap(BaseModel):
    """Something that the file should hold and does not, with the reason why it is archived all the same."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    item: str = Field(max_length=200, description="The missing entry of the checklist, e.g. receipt:<member>:1")
    reason: ClearText = Field(description="Why the file is accepted without it, in clear")

    def __str__(self) -> str:
        return f"{self.item}（{self.reason}）"


class KeyCaseDesignated(_Overlay):
    """The case is made a key case 列为重点, with the leader who takes charge of it."""

    leader: ClearText = Field(description="领衔督办: the leader or leading group in charge, by office")
    unit: UUID | None = Field(default=None, description="督办单位: id of the unit that supervises it for the leader")
    reason: ClearText | None = Field(default=None, description="理由: why it is a key case, in clear")
    designated_by: ClearText = Field(description="确定机关: who decided, by office or meeting")
    designated_on: date = Field(description="确定日期: business date, Asia/Shanghai")


class KeyCaseEnded(_Overlay):
    """The case is a key case no longer 不再列为重点; that it was one stays on record."""

    reason: ClearText = Field(description="理由: why it is none any longer, in clear")
    ended_on: date = Field(description="取消日期: business date, Asia/Shanghai")


class ProposalUrged(_Overlay):
    """A handling unit is pressed 催办, or called upon by an authority 督办, and has to answer."""

    number: int = Field(ge=1, description="催办次序: of the urging within the case, 1 = first")
    unit: UUID = Field(description="单位: id of the unit that is urged")
    pressing: Pressing = Field(description="方式: urging 催办, supervision 督办")
    level: ClearText | None = Field(default=None, description="层级: 科级, 县级 …: the county's own words")
    urged_by: ClearText = Field(description="催办机关: who urges, by office")
    demand: ClearText = Field(description="要求: what the unit is to do, in clear")
    urged_on: date = Field(description="催办日期: business date, Asia/Shanghai")


class UrgingAnswered(_Overlay):
    """The urged unit says how matters stand 催办答复."""

    number: int = Field(ge=1, description="催办次序: the urging answered; earlier ones of its kind count as answered")
    unit: UUID = Field(description="单位: id of the unit that did it")
    answer: Sealed = Field(description="办理情况: sealed")
    answered_on: date = Field(description="答复日期: business date, Asia/Shanghai")


class ProposalCommended(_Overlay):
    """The case is commended 评为优秀, e.g. as one of the year's best."""

    award: ClearText = Field(description="称号: 优秀提案, 优秀建议 …: the body's own words")
    awarded_by: ClearText = Field(description="表彰机关: who commends, by office")
    awarded_on: date = Field(description="表彰日期: business date, Asia/Shanghai")


class ProposalCommendationRevoked(_Overlay):
    """A commendation of the case is taken back 撤销优秀."""

    award: ClearText = Field(description="称号: the commendation that is taken back")
    reason: ClearText = Field(description="理由: in clear")
    revoked_on: date = Field(description="撤销日期: business date, Asia/Shanghai")


class DisclosureDecided(_Overlay):
    """It is decided whether the public may read the case 公开决定; a later decision takes the place of an earlier."""

    disclosure: Disclosure = Field(description="公开方式: public 全文公开, redacted 处理后公开, confidential 不公开")
    text: Sealed | None = Field(default=None, description="公开文本: the redacted text, sealed until it is asked for")
    reason: ClearText | None = Field(default=None, description="理由: why it is not public as it stands, in clear")
    decided_by: ClearText = Field(description="决定机关: who decided, by office")
    decided_on: date = Field(description="决定日期: business date, Asia/Shanghai")


class ProposalArchived(_Overlay):
    """The file of the closed case goes to the archive 立卷归档."""

    shelf: ClearText = Field(description="档号: where the file stands, by the archive's own mark")
    holds: tuple[str, ...] = Field(description="卷内目录: entries of the checklist that the file holds")
    gaps: tuple[ArchiveGap, ...] = Field(
        default=(), description="缺件: entries that it does not hold, each with its reason"
    )
    archived_on: date = Field(description="归档日期: business date, Asia/Shanghai")


class UnitCommended(_Overlay):
    """A unit is commended for its handling 单位表彰, e.g. for a year's work."""

    aggregate: ClassVar[str] = "commendation"

    unit: UUID = Field(description="单位: id of the unit that is commended")
    year: int = Field(ge=1900, le=2999, description="年度: the year of the work that is commended")
    award: ClearText = Field(description="称号: 先进承办单位 …: the body's own words")
    awarded_by: ClearText = Field(description="表彰机关: who commends, by office")
    awarded_on: date = Field(description="表彰日期: business date, Asia/Shanghai")


class UnitCommendationRevoked(_Overlay):
    """A unit's commendation is taken back 撤销单位表彰."""

    aggregate: ClassVar[str] = "commendation"

    reason: ClearText = Field(description="理由: in clear")
    revoked_on: date = Field(description="撤销日期: business date, Asia/Shanghai")


EVENTS: tuple[type[Event], ...] = (
    KeyCaseDesignated,
    KeyCaseEnded,
    ProposalUrged,
    UrgingAnswered,
    ProposalCommended,
    ProposalCommendationRevoked,
    DisclosureDecided,
    ProposalArchived,
    UnitCommended,
    UnitCommendationRevoked,
)
