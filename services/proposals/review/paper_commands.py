"""What people may ask about a case that came on paper; each model is the body of one HTTP request."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import ClearText
from runtime.http import BusinessDate, Command
from services.proposals.answering.answer_commands import Digest
from services.proposals.commands import FreeText, SubmitProposal

MediaType = Literal["application/pdf", "application/ofd", "image/png", "image/jpeg", "image/tiff", "image/webp"]
"""What offices scan to; OFD is GB/T 33190."""


_MEMBER = "5ac43fac-1f8e-51f3-ba10-4d0bd8a6dd1e"
_TEXT: dict[str, Any] = {"title": "关于整治乡村道路的提案", "text": "此处为正文。"}
_ORIGINAL: dict[str, Any] = {
    "shelf": "2005-提-017",
    "digest": "sha256:" + "5a" * 32,
    "media_type": "application/pdf",
    "size": 482113,
    "signed_by": [_MEMBER],
    "received_on": "2005-01-19",
}
_SUBMISSION = {
    "kind": "cppcc_proposal",
    "body": "1e8f7d5c-94b0-5c0c-9c62-30ad6c3d4d0f",
    "term": 9,
    "session": 3,
    "submitter": _MEMBER,
    "submitted_on": "2005-01-18",
}


class Original(BaseModel):
    """The signed paper 纸质原件 and its scan, which the office keeps: here stand its digest, kind and size."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shelf: ClearText
    digest: Digest
    media_type: MediaType
    size: int = Field(ge=1, le=2**40)
    signed_by: tuple[UUID, ...] = Field(min_length=1, max_length=501)
    received_on: BusinessDate


class EnterPaper(SubmitProposal):
    """Enter a case from its paper original 代录: for the members who have signed the paper."""

    model_config = ConfigDict(json_schema_extra={"example": _TEXT | _SUBMISSION | {"paper": _ORIGINAL}})

    paper: Original


class ReenterPaper(Command):
    """Enter the text from paper once more 重新录入: the same paper read better, or a revised one."""

    model_config = ConfigDict(json_schema_extra={"example": _TEXT | {"paper": _ORIGINAL, "revised_on": "2005-01-20"}})

    title: ClearText
    text: FreeText
    paper: Original
    revised_on: BusinessDate


class CheckPaper(Command):
    """Compare the entry with the paper original 核对原件, as a second person."""

    digest: Digest
    agrees: bool
    reason: ClearText | None = None
    checked_on: BusinessDate
