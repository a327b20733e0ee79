"""Sealing: AES-256-GCM with a key per case, bound by its associated data to county, case and place.

Source: NIST SP 800-38D; ADR 0002. A nonce is 96 random bits: far below 2^32 texts per key.
"""

import base64
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.envelope import digest_of
from contracts.sealed import Sealed, SealedFile

NONCE = 12
"""Bytes."""


class SealBroken(Exception):
    """The text was altered, or stands where it was not written."""


def seal(key: bytes, county: str, case: UUID, label: str, text: str) -> Sealed:
    """Seal a text for one place of one case."""
    nonce = os.urandom(NONCE)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), _place(county, case, label))
    return Sealed(case=case, label=label, nonce=_b64(nonce), text=_b64(sealed))


def unseal(key: bytes, county: str, sealed: Sealed) -> str:
    """Give the text back.

    Raises: SealBroken.
    """
    place = _place(county, sealed.case, sealed.label)
    try:
        return AESGCM(key).decrypt(_unb64(sealed.nonce), _unb64(sealed.text), place).decode()
    except InvalidTag as error:
        raise SealBroken(sealed.label) from error


def seal_file(key: bytes, county: str, case: UUID, media_type: str, content: bytes) -> tuple[SealedFile, bytes]:
    """Seal a file: what the event says of it, and the bytes to store under its digest."""
    nonce = os.urandom(NONCE)
    stored = nonce + AESGCM(key).encrypt(nonce, content, _place(county, case, "file"))
    about = SealedFile(case=case, digest=digest_of(stored), media_type=media_type, size=len(content))
    return about, stored


def unseal_file(key: bytes, county: str, about: SealedFile, stored: bytes) -> bytes:
    """Give the file back.

    Raises: SealBroken when the stored bytes are not those the event names.
    """
    if digest_of(stored) != about.digest:
        raise SealBroken(about.digest)
    try:
        return AESGCM(key).decrypt(stored[:NONCE], stored[NONCE:], _place(county, about.case, "file"))
    except InvalidTag as error:
        raise SealBroken(about.digest) from error


def _place(county: str, case: UUID, label: str) -> bytes:
    return f"{county}/{case}/{label}".encode()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
