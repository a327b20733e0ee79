"""Sealed text (密封文本): free text as the log may keep it, unreadable once its case's key is destroyed.

Only the shape is shared; who holds the keys is the owning service's affair (runtime/sealing.py).
"""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Sealed(BaseModel):
    """A text under AES-256-GCM with the key of one case; the associated data binds it to its place."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    alg: Literal["A256GCM"] = Field(default="A256GCM", description="AES-256-GCM (RFC 7518)")
    case: UUID = Field(description="The case whose key seals the text")
    label: str = Field(description="What the text is (body, reply, summary …); part of the associated data")
    nonce: str = Field(description="96 random bits, base64url without padding")
    text: str = Field(description="Ciphertext and tag, base64url without padding")


class SealedFile(BaseModel):
    """A file in the object store, sealed like text; its name there is the digest of its ciphertext."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    alg: Literal["A256GCM"] = Field(default="A256GCM", description="AES-256-GCM (RFC 7518)")
    case: UUID = Field(description="The case whose key seals the file")
    digest: str = Field(description="sha256:… of the stored bytes (nonce, ciphertext and tag)")
    media_type: str = Field(description="IANA media type of the plain file, e.g. image/png")
    size: int = Field(description="Bytes of the plain file")
