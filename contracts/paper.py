"""A case that came on paper 纸质原件: what the original is, and that a second person has compared the entry."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import ClearText, Event

DIGEST = r"^sha256:[0-9a-f]{64}$"


class PaperOriginal(BaseModel):
    """The signed paper from which a clerk has entered a case 纸质原件; the signatures on it are his authority."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    shelf: ClearText = Field(description="档案号: where the paper stands, by the office's own shelf mark")
    digest: str = Field(pattern=DIGEST, description="扫描件摘要: sha256:… of the scan, which the office keeps itself")
    media_type: str = Field(max_length=64, description="扫描件类型: IANA media type of the scan")
    size: int = Field(ge=1, description="扫描件大小: bytes of the scan")
    signed_by: tuple[UUID, ...] = Field(description="签名人: ids of the members whose signatures the paper bears")
    received_on: date = Field(description="收件日期: business date on which the office had the paper, Asia/Shanghai")
    clerk: str = Field(max_length=128, description="录入人: token subject of who has entered the case from it")

    def __str__(self) -> str:
        return f"档案号 {self.shelf}，{self.received_on} 收件，{len(self.signed_by)} 人签名，扫描件 {self.digest}"


class PaperOriginalChecked(Event):
    """A second person compares the entry with the paper original 核对原件, and sends it back where it differs."""

    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "proposal"

    checker: str = Field(max_length=128, description="核对人: token subject, another than the clerk's")
    digest: str = Field(pattern=DIGEST, description="扫描件摘要: sha256:… of the scan that was compared")
    agrees: bool = Field(description="与原件一致: true confirms the entry, false sends it back to the clerk")
    reason: ClearText | None = Field(default=None, description="退回理由: where it differs, in clear")
    checked_on: date = Field(description="核对日期: business date, Asia/Shanghai")


EVENTS: tuple[type[Event], ...] = (PaperOriginalChecked,)
