"""Execute: load, decide, append. The one way in which anything ever enters the log.

One command is one event or a refusal. Before any refusal the aggregate's newest event is read from the log's leader:
if the projection was behind, the missing events are folded and the decision is made again.
Source: ADR 0001; idempotency is for ever, because the handled commands are part of the state.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import Any, TypeVar
from uuid import UUID

import structlog
from prometheus_client import CollectorRegistry

from contracts.envelope import Address, Envelope, event_id
from contracts.event import Event
from runtime.folds import Fold, Held, State
from runtime.log import EventLog, LogWentBack, WrongExpectation
from runtime.messages import read
from runtime.metrics import CommandMetrics
from runtime.reasons import reason_of
from runtime.refusals import (
    AggregateParked,
    Conflict,
    IdempotencyKeyReused,
    MalformedRequest,
    NotFound,
    PreconditionFailed,
    Refusal,
)
from runtime.states import States

logger = structlog.get_logger()
S = TypeVar("S", bound=State)

TRIES = 5


@dataclass(frozen=True)
class Act:
    """Who acts, for whom, by which right, and which command it is."""

    county: str
    actor: str
    actorrole: str
    commandid: UUID
    commanddigest: str
    correlationid: str
    now: datetime
    actorunit: str | None = None
    onbehalfof: str | None = None
    authority: str | None = None
    tokenid: str | None = None
    causationid: str | None = None
    if_match: int | None = None
    """The version the actor has seen."""
    simulated: bool = False
    """`now` is not the machine's clock; the event says so."""
    provenance: str | None = None
    """Where an imported event comes from; the event says so, and that it passed no gates."""
    action: str | None = None
    """What the metrics call the command, from the program's own words; never recorded."""


@dataclass(frozen=True)
class Outcome:
    """What a command did: the event it caused, now or when it was first sent."""

    address: Address
    type: str
    version: int
    sequence: int
    repeated: bool = False


class Executor:
    """Carries out commands on the aggregates of one service."""

    def __init__(self, log: EventLog, states: States, metrics: CommandMetrics | None = None) -> None:
        self._log = log
        self._states = states
        self._metrics = metrics or CommandMetrics(CollectorRegistry())

    async def execute(
        self,
        fold: Fold[S],
        id: str,
        act: Act,
        decide: Callable[[S], Event],
        *,
        new: bool = False,
        role: Callable[[S], str] | None = None,
        held: Held[S] | None = None,
    ) -> Outcome:
        """Carry out one command: append the event that `decide` gives, or raise the refusal that it raises.

        `new` says that the command creates the aggregate; any other finds it or is answered 404. `role` gives, for a
        state, the role that allows the act, which is recorded, or refuses. `held` is the aggregate as the caller has
        loaded it already: the decision starts from there.

        Raises: Refusal; Conflict after five tries; AggregateParked; LogUnavailable; OutcomeUnknown.
        """
        action, started = act.action or fold.key, perf_counter()
        try:
            outcome = await self._execute(fold, id, act, decide, new, role, held)
        except Exception as error:
            self._metrics.raised(action, error, perf_counter() - started)
            raise
        self._metrics.ended(action, "repeated" if outcome.repeated else "appended", perf_counter() - started)
        return outcome

    async def _execute(
        self,
        fold: Fold[S],
        id: str,
        act: Act,
        decide: Callable[[S], Event],
        new: bool,
        role: Callable[[S], str] | None,
        held: Held[S] | None,
    ) -> Outcome:
        address = _address(fold, act.county, id, new=new)
        await self._log.require_proven()
        held = held or await self._states.load(fold, act.county, id)
        for attempt in range(TRIES):
            if before := _handled(held, address, act):
                return before
            try:
                _check_version(held, act, new=new)
                acting = replace(act, actorrole=role(held.state)) if role else act
                event = decide(held.state)
            except Refusal:
                newer = await self._catch_up(fold, held, address)
                if newer is held:
                    raise
                held = newer
                continue
            try:
                return await self._append(held, address, acting, event)
            except WrongExpectation:
                self._metrics.conflicted()
                if attempt:
                    await asyncio.sleep(random.uniform(0, 0.005 * 2**attempt))  # noqa: S311 - jitter, no secret
                held = await self._catch_up(fold, held, address)
        if before := _handled(held, address, act):
            return before
        raise Conflict

    async def newest(self, fold: Fold[S], id: str, act: Act, check: Callable[[S], None]) -> Held[S]:
        """Give an aggregate for which `check` passes on the newest state, or whose log already holds the command.

        For commands that claim another aggregate first, and must not when they would be refused.

        Raises: Refusal, as `execute`.
        """
        address = _address(fold, act.county, id, new=False)
        await self._log.require_proven()
        held = await self._states.load(fold, act.county, id)
        while True:
            try:
                if _handled(held, address, act) is None:
                    if held.version == 0:
                        raise NotFound
                    if act.if_match is not None and act.if_match != held.version:
                        raise PreconditionFailed(version=held.version)
                    check(held.state)
                return held
            except Refusal:
                newer = await self._catch_up(fold, held, address)
                if newer is held:
                    raise
                held = newer

    async def catch_up(self, fold: Fold[S], county: str, id: str, held: Held[S]) -> Held[S]:
        """Give an aggregate as the log has it now; the same object when nothing has come after `held`.

        Raises: as `execute`.
        """
        return await self._catch_up(fold, held, _address(fold, county, id, new=True))

    async def _append(self, held: Held[S], address: Address, act: Act, event: Event) -> Outcome:
        envelope = enveloped(held, address, act, event)
        raw = envelope.encode()
        sequence = await self._log.append(address, envelope.type, raw, expected=held.sequence)
        logger.info("event.appended", type=envelope.type, subject=address.subject, position=sequence)
        return Outcome(address, envelope.type, envelope.version, sequence)

    async def _catch_up(self, fold: Fold[S], held: Held[S], address: Address) -> Held[S]:
        """Fold what the leader has beyond the projection; the same object when there is nothing.

        Raises: AggregateParked when the newer events cannot be folded; ProjectionStopped when the log went back.
        """
        tail = await self._log.tail(address.subject)
        newest = tail.sequence if tail else 0
        if newest == held.sequence and (tail is None or tail.hash == held.hash):
            return held
        if newest <= held.sequence:
            self._log.stop(
                LogWentBack(
                    f"the log went back: {address.subject} was read up to sequence {held.sequence} ({held.hash}), "
                    f"the log has it up to {newest} ({tail.hash if tail else None})"
                )
            )
            await self._log.require_proven()
        newer = await self._log.after(address.subject, held.sequence)
        try:
            for message in newer:
                held = fold.step(held, read(message), message.sequence, message.hash)
        except Exception as error:  # Whatever it is, the projector will park the aggregate for it.
            logger.error("aggregate.cannot_be_folded", subject=address.subject, reason=reason_of(error))
            raise AggregateParked from error
        return held


def enveloped(held: Held[Any], address: Address, act: Act, event: Event) -> Envelope[Any]:
    """Give the next event of an aggregate in its envelope, linked to the one before."""
    return Envelope[Any](
        id=event_id(act.commandid),
        source=f"urn:yishi:{address.service}",
        type=event.type_name(),
        subject=f"{address.aggregate}/{address.id}",
        time=max(act.now, held.time) if held.time else act.now,
        simulated=act.simulated or None,
        provenance=act.provenance,
        county=address.county,
        actor=act.actor,
        actorrole=act.actorrole,
        actorunit=act.actorunit,
        onbehalfof=act.onbehalfof,
        authority=act.authority,
        tokenid=act.tokenid,
        commandid=act.commandid,
        commanddigest=act.commanddigest,
        correlationid=act.correlationid,
        causationid=act.causationid,
        version=held.version + 1,
        prevhash=held.hash,
        data=event,
    )


def _address(fold: Fold[Any], county: str, id: str, *, new: bool) -> Address:
    """Give the aggregate's address; an id that no subject can carry names nothing that exists.

    Raises: NotFound; MalformedRequest for a new aggregate.
    """
    address = Address(county, fold.service, fold.aggregate, id)
    try:
        return Address.parse(address.subject)
    except ValueError as error:
        raise (MalformedRequest if new else NotFound) from error


def _check_version(held: Held[Any], act: Act, *, new: bool) -> None:
    if held.version == 0 and not new:
        raise NotFound
    if act.if_match is not None and act.if_match != held.version:
        raise PreconditionFailed(version=held.version)


def _handled(held: Held[Any], address: Address, act: Act) -> Outcome | None:
    """Give the first answer to a command that was already carried out.

    Raises: IdempotencyKeyReused when the key came with other content.
    """
    before = held.handled.get(act.commandid)
    if before is None:
        return None
    if before.digest != act.commanddigest:
        raise IdempotencyKeyReused
    return Outcome(address, before.type, before.version, before.sequence, repeated=True)
