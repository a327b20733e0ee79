"""A link: the path between one process and one server, which can be cut, delayed, blocked or half-closed.

A process connects to the link's port instead of the server's. Bytes that are blocked are kept and arrive late, as TCP
delivers them after a partition, or never when the connections are broken off in the end. The same class is the front
of a service during a rolling upgrade: `point_to` sends new connections to another upstream.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from yishi.ports import LOOPBACK, free_port

CHUNK = 65_536
Way = Literal["up", "down"]
"""Up is from the process to the server."""
WAYS: tuple[Way, Way] = ("up", "down")


@dataclass(eq=False)
class _Pipe:
    """One connection through the link: its two writers, and the ways that were shut by us."""

    writers: dict[Way, asyncio.StreamWriter]
    shut: set[Way] = field(default_factory=set)

    def abort(self) -> None:
        """Break both halves off, as a reset does."""
        for writer in self.writers.values():
            writer.transport.abort()


class Link:
    """A listening port that leads to one upstream port on the loopback interface."""

    def __init__(self, upstream: int) -> None:
        self.port = free_port()
        self._upstream = upstream
        self._server: asyncio.Server | None = None
        self._pipes: set[_Pipe] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._cut = False
        self._delay = 0.0
        self._open = {way: asyncio.Event() for way in WAYS}
        for event in self._open.values():
            event.set()

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def stop(self) -> None:
        """Stop listening and break off every connection."""
        if self._server is not None:
            self._server.close()
        self.break_off()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def connections(self) -> int:
        """Give the number of connections through the link."""
        return len(self._pipes)

    def point_to(self, upstream: int) -> None:
        """Send connections made from now on to another port; those that exist stay where they are."""
        self._upstream = upstream

    def break_off(self) -> None:
        """Reset every connection; new ones may be made."""
        for pipe in list(self._pipes):
            pipe.abort()

    def cut(self) -> None:
        """Reset every connection and refuse new ones until `heal`."""
        self._cut = True
        self.break_off()

    def delay(self, seconds: float) -> None:
        """Let everything arrive later, each way, until `heal`."""
        self._delay = seconds

    def block(self, *ways: Way) -> None:
        """Let nothing arrive in these directions until `heal`; what is sent meanwhile is kept."""
        for way in ways:
            self._open[way].clear()

    def shut(self, way: Way) -> int:
        """Close one direction of every connection for good and leave the other open; give how many there were."""
        pipes = list(self._pipes)
        for pipe in pipes:
            pipe.shut.add(way)
            with suppress(OSError, RuntimeError):
                pipe.writers[way].write_eof()
        return len(pipes)

    def heal(self, *, drop: bool = False) -> None:
        """End every fault; with `drop` what was kept is lost with its connections, else it arrives now."""
        if drop:
            self.break_off()
        self._cut, self._delay = False, 0.0
        for event in self._open.values():
            event.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await self._carry(reader, writer)
        except asyncio.CancelledError:
            pass  # The link stops; asyncio would only complain about a handler that was cancelled.
        finally:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._upstream)
        except OSError:
            return
        pipe = _Pipe({"up": far_writer, "down": writer})
        self._pipes.add(pipe)
        pumps = [
            asyncio.create_task(self._pump(pipe, "up", reader)),
            asyncio.create_task(self._pump(pipe, "down", far_reader)),
        ]
        try:
            await asyncio.gather(*pumps)
        finally:
            self._pipes.discard(pipe)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            pipe.abort()

    async def _pump(self, pipe: _Pipe, way: Way, source: asyncio.StreamReader) -> None:
        """Carry one direction to its end; a broken half breaks the whole connection."""
        sink = pipe.writers[way]
        try:
            while data := await source.read(CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._open[way].wait()
                if way not in pipe.shut:
                    sink.write(data)
                    await sink.drain()
            await self._open[way].wait()
            if way not in pipe.shut and sink.can_write_eof():
                sink.write_eof()
        except (OSError, RuntimeError):
            pipe.abort()
