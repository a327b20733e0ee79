"""The people of the demo at their desks: who sends which request to which service, with which token, on which day."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

import httpx2

from yishi.stack import Stack

CONCURRENT = 24
"""Requests under way at once."""
TRIES = 20
"""A request that is answered 503 is repeated with its Idempotency-Key, as any integrator would."""
PATIENT_TRIES = 70
"""About a minute of them: a service that was killed has long been started again."""


class RequestFailed(Exception):
    """A service answered what the demo does not expect."""


@dataclass
class Office:
    """Sends requests as the people of one county."""

    stack: Stack
    county: str
    patient: bool = False
    """Also repeats what a server that went away in between has left without an answer."""
    head: int = 0
    """The highest position that any answer has named."""
    sent: int = 0
    repeated: Counter[str] = field(default_factory=Counter)
    """Requests that were answered 503 and repeated, by problem type."""
    _clients: dict[str, httpx2.AsyncClient] = field(default_factory=dict)
    _tokens: dict[tuple[str, tuple[str, ...], str], str] = field(default_factory=dict)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONCURRENT))

    async def __aenter__(self) -> Self:
        limits = httpx2.Limits(max_connections=CONCURRENT, max_keepalive_connections=CONCURRENT)
        for service in self.stack.services:
            url = self.stack.service_url(service)
            self._clients[service] = httpx2.AsyncClient(base_url=url, timeout=30, limits=limits)
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.aclose()

    def token(self, subject: str, roles: tuple[str, ...], unit: str) -> str:
        """Give the token of a person, signed with the development key."""
        key = (subject, roles, unit)
        if key not in self._tokens:
            self._tokens[key] = self.stack.keys.issue_token(
                subject, self.county, list(roles), unit, now=datetime.now(UTC), lifetime=timedelta(hours=8)
            )
        return self._tokens[key]

    async def command(
        self,
        service: str,
        path: str,
        who: "Person",
        on: date,
        key: str,
        body: Mapping[str, Any] | None = None,
        *,
        content: bytes | None = None,
        at_least: int = 0,
    ) -> dict[str, Any]:
        """Send a command on a simulated day and give its answer with the position reached.

        Raises: RequestFailed with the problem document.
        """
        headers = {
            "Authorization": f"Bearer {self.token(who.subject, who.roles, who.unit)}",
            "Idempotency-Key": key,
            "Simulated-Now": f"{on.isoformat()}T09:30:00+08:00",
        }
        if at_least:
            headers["at-least"] = f"EVENTS:{at_least}"
        if content is not None:
            headers["Content-Type"] = "image/png"
        async with self._turn:
            answer = await self._send(
                service, "POST", path, headers=headers, json=None if body is None else dict(body), content=content
            )
        if answer.status_code >= 300:
            raise RequestFailed(f"{service} {path}: {answer.status_code} {answer.text}")
        result: dict[str, Any] = answer.json()
        if position := answer.headers.get("Event-Position"):
            result["sequence"] = int(position.removeprefix("EVENTS:"))
            self.head = max(self.head, result["sequence"])
        return result

    async def ask(self, service: str, path: str, who: "Person", on: date, **query: Any) -> dict[str, Any]:
        """Read from a service, as of everything that was written so far.

        Raises: RequestFailed with the problem document.
        """
        headers = {
            "Authorization": f"Bearer {self.token(who.subject, who.roles, who.unit)}",
            "Simulated-Now": f"{on.isoformat()}T18:00:00+08:00",
            "at-least": f"EVENTS:{self.head}",
        }
        answer = await self._send(service, "GET", path, headers=headers, params=query)
        if answer.status_code != 200:
            raise RequestFailed(f"{service} {path}: {answer.status_code} {answer.text}")
        result: dict[str, Any] = answer.json()
        return result

    async def _send(self, service: str, method: str, path: str, **request: Any) -> httpx2.Response:
        """Send a request until the answer is another than 503."""
        attempt, tries = 0, PATIENT_TRIES if self.patient else TRIES
        while True:
            attempt += 1
            self.sent += 1
            try:
                answer = await self._clients[service].request(method, path, **request)
                if answer.status_code != 503 or attempt == tries:
                    return answer
                self.repeated[answer.json().get("type", "")] += 1
            except httpx2.TransportError:
                if not self.patient or attempt == tries:
                    raise
            await asyncio.sleep(min(0.05 * attempt, 1.0))


@dataclass(frozen=True)
class Person:
    """Somebody with a token."""

    subject: str
    roles: tuple[str, ...]
    unit: str = ""


REGISTRAR = Person("person:registrar", ("registrar",))
COMMITTEE = Person("person:committee", ("committee",))
OPERATOR = Person("person:operator", ("operator",))
AUDITOR = Person("person:auditor", ("auditor",))
