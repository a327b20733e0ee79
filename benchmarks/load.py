"""A load driver that costs next to nothing: requests made beforehand, one asyncio protocol a connection.

It shares two processor cores with what it measures, so it must be light: a client library would take longer for a
request than the service does.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast
from urllib.parse import urlsplit

BOUND = 300.0
"""Seconds for one load."""


@dataclass
class Driven:
    """What came of a load."""

    seconds: float = 0.0
    busy: float = 0.0
    """Processor seconds of the driver itself."""
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    """Seconds."""

    @property
    def rate(self) -> float:
        """Give the answers a second."""
        return len(self.latencies) / self.seconds


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one is answered."""

    def __init__(self, requests: Iterator[bytes], driven: Driven, done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._driven = driven
        self._done = done
        self._received = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance.
        self._send()

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        field = self._received.lower().index(b"content-length:", 0, head) + 15
        length = int(self._received[field : self._received.index(b"\r", field)])
        if len(self._received) < head + 4 + length:
            return
        self._driven.latencies.append(time.perf_counter() - self._sent)
        self._driven.statuses[int(self._received[9:12])] += 1
        self._received = b""
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


async def drive(url: str, requests: Sequence[bytes], connections: int) -> Driven:
    """Send all requests over so many connections, each with one request under way."""
    at = urlsplit(url)
    assert at.hostname
    assert at.port
    loop = asyncio.get_running_loop()
    driven, waiting = Driven(), iter(requests)
    done = [loop.create_future() for _ in range(connections)]
    begun, busy = time.perf_counter(), time.process_time()
    async with asyncio.timeout(BOUND):
        for future in done:
            await loop.create_connection(partial(_Connection, waiting, driven, future), at.hostname, at.port)
        await asyncio.gather(*done)
    driven.seconds, driven.busy = time.perf_counter() - begun, time.process_time() - busy
    assert len(driven.latencies) == len(requests), "a connection was lost"
    return driven


def request(path: str, body: bytes, **headers: str) -> bytes:
    """Give a POST request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "host: benchmark", "content-type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body
