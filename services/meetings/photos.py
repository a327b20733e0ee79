"""Photos 照片: sealed with the key of their case before anything keeps them, opened for those who may see them."""

from uuid import UUID

import structlog

from contracts.sealed import SealedFile
from runtime import vault
from runtime.process import Process
from runtime.refusals import CaseErased
from runtime.sealing import seal_file, unseal_file
from runtime.settings import utc_now
from services.meetings import uploads
from services.meetings.refusals import PhotoContentDiffers, PhotoTypeUnsupported

logger = structlog.get_logger()

IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp")
PHOTO_LIMIT = 8 * 1024 * 1024
"""Bytes of one photo at most: what a telephone takes."""
SWEEP_EVERY = 3600.0
"""Seconds between two looks for photos that no meeting named."""


def image_type(declared: str, content: bytes) -> str:
    """Give the media type of a photo: what was declared, when its first bytes say the same.

    Raises: PhotoTypeUnsupported, PhotoContentDiffers. Source: PNG 3rd edition 5.2, JPEG (T.81 B.2), RFC 9649 (WebP).
    """
    media_type = declared.partition(";")[0].strip().lower()
    match media_type:
        case "image/png":
            right = content.startswith(b"\x89PNG\r\n\x1a\n")
        case "image/jpeg":
            right = content.startswith(b"\xff\xd8\xff")
        case "image/webp":
            right = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
        case _:
            raise PhotoTypeUnsupported
    if not right:
        raise PhotoContentDiffers(media_type=media_type)
    return media_type


async def keep(
    process: Process, county: str, command: UUID, case: UUID, media_type: str, content: bytes
) -> SealedFile:
    """Seal a photo and store it once, however often the same upload comes: key first, then the note, then the file.

    Raises: CaseErased; IdempotencyKeyReused; LogUnavailable.
    """
    async with process.database.owner() as db:
        key = await vault.key_for(db, county, case)
        photo, stored = seal_file(key, county, case, media_type, content, upload=str(command))
        there = await uploads.claim(db, county, command, photo, utc_now())
    if not there:
        await process.files.put(photo, stored)
        async with process.database.owner() as db:
            await uploads.note_stored(db, county, command)
        logger.info("photo.stored", case=str(case), digest=photo.digest, size=photo.size)
    return photo


async def open_photo(process: Process, county: str, photo: SealedFile) -> bytes:
    """Give the photo as it was uploaded.

    Raises: CaseErased; FileMissing, SealBroken when the store does not hold what the event names.
    """
    async with process.database.owner() as db:
        key = (await vault.keys_of(db, [(county, photo.case)])).get((county, photo.case))
    if key is None:
        raise CaseErased
    return unseal_file(key, county, photo, await process.files.get(photo.digest))


async def sweep_hourly(process: Process) -> None:
    """Remove orphaned photos now and then, until the process ends."""

    async def sweep() -> None:
        removed = await uploads.sweep(process, utc_now())
        logger.info("photos.swept", removed=len(removed))

    process.every(SWEEP_EVERY, "photos.sweep", sweep)
