"""Sealed files in the JetStream object store, named by the SHA-256 of their ciphertext."""

from contextlib import suppress
from typing import Any

from nats.js.errors import NotFoundError, ObjectNotFoundError
from nats.js.object_store import ObjectStore

from contracts.sealed import SealedFile
from runtime.log import EventLog


class FileMissing(Exception):
    """The store does not hold the file that an event names."""


class SealedFiles:
    """The object store bucket of one service."""

    def __init__(self, log: EventLog, service: str) -> None:
        self._log = log
        self._bucket = f"sealed-{service}"
        self._store: ObjectStore | None = None

    async def _open(self) -> Any:
        if self._store is None:
            self._store = await self._log.client.jetstream().object_store(self._bucket)
        return self._store

    async def put(self, about: SealedFile, stored: bytes) -> None:
        """Store a sealed file; it is on disk when this returns.

        Raises: LogUnavailable.
        """
        await self._log.require_proven()
        store = await self._open()
        await store.put(about.digest.removeprefix("sha256:"), stored)

    async def remove(self, digest: str) -> None:
        """Remove a file that no event names; harmless when it is not there."""
        store = await self._open()
        with suppress(NotFoundError, ObjectNotFoundError):
            await store.delete(digest.removeprefix("sha256:"))

    async def get(self, digest: str) -> bytes:
        """Give the stored bytes.

        Raises: FileMissing.
        """
        store = await self._open()
        try:
            result = await store.get(digest.removeprefix("sha256:"))
        except (NotFoundError, ObjectNotFoundError) as error:
            raise FileMissing(digest) from error
        data = result.data
        assert isinstance(data, bytes)
        return data
