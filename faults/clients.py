"""The integrators' side: sends commands with unique values, repeats them with their key, and keeps the ledger.

A client behaves as the API asks: a 503, a conflict, a time-out or a lost connection is answered by the same request
with the same Idempotency-Key, at another process of the service where there is one. Now and then a client gives up
after its first failure, as a program that dies does: the outcome stays unknown.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2

from faults.ledger import Acknowledged, Ledger, Sent
from yishi.development_keys import DevelopmentKeys

SECONDS = 6.0
"""A request that has no answer by then is repeated, at another process where there is one."""
PAUSE = 0.5
"""Seconds between two attempts at most."""
GIVES_UP = 0.15
"""Share of the commands that a client abandons at their first failure."""


class Abandoned(Exception):
    """The client gave up; the outcome is unknown."""


class Stopped(Exception):
    """The drill is over while a command was still without an answer."""


@dataclass(frozen=True)
class Person:
    """Somebody with a token."""

    subject: str
    roles: tuple[str, ...]
    unit: str = ""


@dataclass
class Clients:
    """Everybody who calls the services of one county."""

    ledger: Ledger
    keys: DevelopmentKeys
    county: str
    addresses: Callable[[str], Sequence[str]]
    """Where the processes of a service listen."""
    chance: random.Random
    name: str = "storm"
    today: date | None = None
    """The simulated date, None for the real one."""
    give_up: bool = True
    seconds: float = SECONDS
    over: bool = False
    """Set when nobody may wait any longer."""
    failed: Counter[str] = field(default_factory=Counter)
    """Attempts that were repeated, by reason."""
    unexpected: list[str] = field(default_factory=list)
    """Answers that no client should ever get."""
    _number: int = 0
    _tokens: dict[Person, str] = field(default_factory=dict)
    _http: httpx2.AsyncClient | None = None

    async def __aenter__(self) -> "Clients":
        limits = httpx2.Limits(max_connections=200, max_keepalive_connections=100)
        self._http = httpx2.AsyncClient(timeout=self.seconds, limits=limits, trust_env=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._http is not None
        await self._http.aclose()

    def value(self) -> str:
        """Give a value that nobody else uses."""
        self._number += 1
        return f"{self.name}-{self._number:06d}"

    async def command(
        self,
        service: str,
        path: str,
        who: Person,
        event: str,
        body: Callable[[str], Mapping[str, Any]],
        *,
        holds: str | None = None,
        at_least: int = 0,
    ) -> dict[str, Any]:
        """Send one command until it is acknowledged and give the answer, with the position as `sequence`.

        `event` is the class name of the event it causes; `body` makes the body from the command's value and `holds`
        names the event's field with that value.

        *Raises* `Abandoned`; `Stopped`.
        """
        value = self.value()
        type_name = f"yishi.{service}.{event}.v1"
        self.ledger.note_sent(Sent(value, service, type_name, f"key-{value}", holds))
        headers = {"idempotency-key": f"key-{value}"} | ({"at-least": f"EVENTS:{at_least}"} if at_least else {})
        answer = await self.request(service, "POST", path, who, value, headers, json=dict(body(value)))
        position = int(str(answer["position"]).removeprefix("EVENTS:"))
        said = Acknowledged(value, answer["id"], answer["type"], answer["version"], position)
        self.ledger.note_acknowledged(service, said)
        return answer | {"sequence": position}

    async def request(
        self,
        service: str,
        method: str,
        path: str,
        who: Person,
        value: str,
        headers: Mapping[str, str] | None = None,
        **content: Any,
    ) -> dict[str, Any]:
        """Send a request until it succeeds. *Raises* `Abandoned`; `Stopped`."""
        assert self._http is not None
        attempt = self.chance.randrange(8)
        first = True
        sent = {"authorization": f"Bearer {self._token(who)}", "correlation-id": value, **(headers or {})}
        if self.today is not None:
            sent.setdefault("simulated-now", f"{self.today}T09:30:00+08:00")
        while True:
            addresses = self.addresses(service)
            url = addresses[attempt % len(addresses)] + path
            try:
                answer = await self._http.request(method, url, headers=sent, **content)
                if answer.status_code < 300:
                    result: dict[str, Any] = answer.json()
                    return result
                reason = self._reason(service, path, answer)
            except httpx2.TransportError as error:
                reason = type(error).__name__
            self.failed[reason] += 1
            if self.over:
                raise Stopped
            if first and method == "POST" and self.give_up and self.chance.random() < GIVES_UP:
                self.ledger.abandoned.add(value)
                raise Abandoned
            first = False
            attempt += 1
            await asyncio.sleep(self.chance.uniform(0.05, PAUSE))

    def _reason(self, service: str, path: str, answer: httpx2.Response) -> str:
        try:
            reason = str(answer.json().get("type", "")).rpartition(":")[2]
        except ValueError:
            reason = ""
        if answer.status_code != 503 and (answer.status_code, reason) != (409, "conflict"):
            told = f"{service} {path}: {answer.status_code} {answer.text[:300]}"
            if told not in self.unexpected and len(self.unexpected) < 100:
                self.unexpected.append(told)
        return reason or str(answer.status_code)

    def _token(self, who: Person) -> str:
        if who not in self._tokens:
            self._tokens[who] = self.keys.issue_token(
                who.subject, self.county, who.roles, who.unit, now=datetime.now(UTC), lifetime=timedelta(hours=12)
            )
        return self._tokens[who]
