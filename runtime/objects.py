"""Sealed files in the JetStream object store, named by the SHA-256 of their ciphertext."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from nats.errors import Error as NatsError
from nats.js.errors import DigestMismatchError, NotFoundError, ObjectNotFoundError
from nats.js.object_store import ObjectStore

from contracts.sealed import SealedFile
from runtime.log import EventLog
from runtime.refusals import LogUnavailable

SECONDS = 30.0
"""What one file may take at most."""
_MISSING = (NotFoundError, ObjectNotFoundError, DigestMismatchError)


class FileMissing(Exception):
    """The store does not hold the file that an event names."""


class SealedFiles:
    """The object store bucket of one service."""

    def __init__(self, log: EventLog, service: str) -> None:
        self._log = log
        self._bucket = f"sealed-{service}"
        self._store: ObjectStore | None = None

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Any]:
        try:
            async with asyncio.timeout(SECONDS):
                if self._store is None:
                    self._store = await self._log.client.jetstream().object_store(self._bucket)
                yield self._store
        except (NatsError, TimeoutError) as error:
            raise LogUnavailable(repr(error)) from error

    async def put(self, about: SealedFile, stored: bytes) -> None:
        """Store a sealed file; it is on disk when this returns.

        Raises: LogUnavailable.
        """
        await self._log.require_proven()
        async with self._open() as store:
            await store.put(about.digest.removeprefix("sha256:"), stored)

    async def remove(self, digest: str) -> None:
        """Remove a file that no event names; harmless when it is not there.

        Raises: LogUnavailable.
        """
        async with self._open() as store:
            with suppress(NotFoundError, ObjectNotFoundError):
                await store.delete(digest.removeprefix("sha256:"))

    async def get(self, digest: str) -> bytes:
        """Give the stored bytes.

        Raises: FileMissing; LogUnavailable.
        """
        async with self._open() as store:
            try:
                result = await store.get(digest.removeprefix("sha256:"))
            except _MISSING as error:
                raise FileMissing(digest) from error
        data = result.data
        assert isinstance(data, bytes)
        return data
