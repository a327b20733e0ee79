"""Sealing: AES-256-GCM with a key per case, bound by its associated data to county, case and place.

Source: NIST SP 800-38D; ADR 0002. A nonce is 96 random bits: far below 2^32 texts per key.
"""

import base64
import hashlib
import hmac
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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
    except (InvalidTag, ValueError) as error:
        raise SealBroken(sealed.label) from error


def seal_file(
    key: bytes, county: str, case: UUID, media_type: str, content: bytes, *, upload: str | None = None
) -> tuple[SealedFile, bytes]:
    """Seal a file: what the event says of it, and the bytes to store under its digest.

    With `upload`, the name of one upload, the nonce derives from key, name, place and content: the same upload sealed
    again gives the same bytes, and any other one another nonce.
    """
    nonce = os.urandom(NONCE) if upload is None else _nonce_of(key, upload, _place(county, case, "file"), content)
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


def _nonce_of(key: bytes, upload: str, place: bytes, content: bytes) -> bytes:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"yishi/file-nonce").derive(key)
    parts = (hashlib.sha256(part).digest() for part in (upload.encode(), place, content))
    return hmac.new(derived, b"".join(parts), hashlib.sha256).digest()[:NONCE]


def _place(county: str, case: UUID, label: str) -> bytes:
    return f"{county}/{case}/{label}".encode()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
