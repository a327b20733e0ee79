"""What every domain event has in common, whichever service owns it."""

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from contracts.clocks import ClockChanges

TYPE_PREFIX = "yishi"

_TELEPHONE = re.compile(r"(?<!\d)(?:1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})(?!\d)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")

_PERSONAL = (_TELEPHONE, _EMAIL, _IDENTITY)


def _without_personal_numbers(text: str) -> str:
    for pattern, what in ((_TELEPHONE, "电话号码"), (_EMAIL, "电子邮箱"), (_IDENTITY, "身份证号")):
        if pattern.search(_UUID.sub("", text)):
            raise ValueError(f"明文字段不得含{what}")
    return text


def names_a_person(identifier: str) -> bool:
    """Say whether an identifier is, or carries apart from letters, a telephone, e-mail or identity number."""
    plain = _UUID.sub("", identifier)
    return any(re.search(rf"(?<![0-9A-Za-z])(?:{p.pattern})(?![0-9A-Za-z])", plain) for p in _PERSONAL)


ClearText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    AfterValidator(_without_personal_numbers),
]
"""Text that the log keeps in clear for ever: no telephone, e-mail or identity numbers (ADR 0002)."""


class Event(BaseModel):
    """A past fact. Subclasses say what happened; the envelope says who, when and after what.

    Readers ignore fields they do not know, so that a newer writer does not stop an older reader.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    service: ClassVar[str]
    aggregate: ClassVar[str]
    schema_version: ClassVar[int] = 1

    clocks: ClockChanges | None = Field(default=None, description="时限变动: clocks opened, moved and closed")

    @classmethod
    def type_name(cls) -> str:
        """Give the CloudEvents type under which the event is stored, version included."""
        return f"{TYPE_PREFIX}.{cls.service}.{cls.__name__}.v{cls.schema_version}"
