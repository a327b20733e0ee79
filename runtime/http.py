"""The HTTP edge: who calls, at which position, and how a command is answered.

Every command carries an Idempotency-Key; every answer to a command carries ETag (the aggregate's version) and
Event-Position. A request with `at-least` waits until this service has seen that position and reacted to it.
Source: RFC 9110 (ETag, If-Match), draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog
from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contracts.envelope import command_id, new_aggregate_id
from contracts.event import Event, names_a_person
from runtime.auth import Principal
from runtime.execute import Act, Outcome
from runtime.folds import Fold, Held, State
from runtime.policy import Policy, permitting_role
from runtime.positions import parse_token, token
from runtime.process import Process
from runtime.refusals import Forbidden, IdempotencyKeyMissing, MalformedRequest, Unauthenticated
from runtime.settings import utc_now

S = TypeVar("S", bound=State)

CHINA = ZoneInfo("Asia/Shanghai")
SIMULATED_NOW = "Simulated-Now"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_VISIBLE = re.compile(r"[\x21-\x7e]{1,128}")


class Command(BaseModel):
    """What people may ask: the model is the HTTP body. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_control_characters(cls, body: object) -> object:
        if isinstance(body, dict) and _has_control_characters(body):
            raise ValueError("文字不得含控制字符")
        return body


def _has_control_characters(value: object) -> bool:
    """Say whether a body holds a text that no person writes: PostgreSQL keeps no NUL, and a log line is one line."""
    match value:
        case str():
            return _CONTROL.search(value) is not None
        case dict():
            return any(_has_control_characters(part) for pair in value.items() for part in pair)
        case list() | tuple():
            return any(_has_control_characters(part) for part in value)
        case _:
            return False


def _written_date(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("日期应写作 YYYY-MM-DD")
    if not isinstance(value, str | date):
        raise ValueError("日期应写作 YYYY-MM-DD")
    return value


BusinessDate = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31)), BeforeValidator(_written_date)]
"""A date of business as people give it: YYYY-MM-DD, Asia/Shanghai; within bounds that leave room to count from it."""


@dataclass(frozen=True)
class Caller:
    """Who calls, when, and in which chain of requests."""

    process: Process
    principal: Principal
    correlation: str
    now: datetime
    """UTC; simulated only in development."""
    simulated: bool
    on_behalf_of: str | None
    authority: str | None
    key: str | None
    if_match: int | None
    loaded: dict[tuple[str, str], Held[Any]] = field(default_factory=dict)
    """The aggregates that this request has loaded and not yet changed, by fold and id."""

    @property
    def county(self) -> str:
        """Give the caller's county: the only one that the request can see."""
        return self.principal.county

    @property
    def today(self) -> date:
        """Give the caller's business date, Asia/Shanghai."""
        return self.now.astimezone(CHINA).date()

    @property
    def party(self) -> str:
        """Give whose relation to the case counts: the one represented, under a mandate, else the caller."""
        return self.on_behalf_of or self.principal.subject

    async def load(self, fold: Fold[S], id: str) -> Held[S]:
        """Give an aggregate as this service's projection had it when the request first asked, until it changes it.

        Raises: AggregateParked; DatabaseUnavailable.
        """
        if (fold.key, id) not in self.loaded:
            self.loaded[fold.key, id] = await self.process.states.load(fold, self.county, id)
        return self.loaded[fold.key, id]

    def idempotency_key(self) -> str:
        """Give the command's key.

        Raises: IdempotencyKeyMissing; MalformedRequest.
        """
        if self.key is None:
            raise IdempotencyKeyMissing
        if not _VISIBLE.fullmatch(self.key):
            raise MalformedRequest("Idempotency-Key 应为 1 至 128 个可见 ASCII 字符")
        return self.key

    def new_id(self) -> str:
        """Give the id of the aggregate that this request creates: the same request always the same id."""
        return str(new_aggregate_id(self.county, self.principal.subject, self.idempotency_key()))


async def caller(request: Request) -> Caller:
    """Read who calls from the request, and wait for the position it names.

    Raises: Unauthenticated; MalformedRequest; NotYetThere; Forbidden for a mandate that does not hold.
    """
    process: Process = request.app.state.process
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not bearer:
        raise Unauthenticated("需要 Bearer 令牌")
    principal = process.authenticator.principal(bearer, utc_now())
    correlation = request.headers.get("correlation-id") or str(uuid4())
    if not _VISIBLE.fullmatch(correlation):
        raise MalformedRequest("Correlation-Id 应为 1 至 128 个可见 ASCII 字符")
    if names_a_person(correlation):
        raise MalformedRequest("Correlation-Id 会永久留存, 不得含电话、邮箱或身份证号")
    structlog.contextvars.bind_contextvars(correlation=correlation)
    if request.method in ("GET", "HEAD") and ("on-behalf-of" in request.headers or "authority" in request.headers):
        raise MalformedRequest("On-Behalf-Of 与 Authority 只用于办理, 不用于查询")
    if (at_least := request.headers.get("at-least")) is not None:
        await process.wait_at_least(parse_token(at_least))
    return Caller(
        process=process,
        principal=principal,
        correlation=correlation,
        now=_now(request, process),
        simulated=process.settings.development and SIMULATED_NOW in request.headers,
        on_behalf_of=request.headers.get("on-behalf-of"),
        authority=request.headers.get("authority"),
        key=request.headers.get("idempotency-key"),
        if_match=_if_match(request.headers.get("if-match")),
    )


Calling = Annotated[Caller, Depends(caller)]


def _now(request: Request, process: Process) -> datetime:
    simulated = request.headers.get(SIMULATED_NOW)
    if simulated is None or not process.settings.development:
        return utc_now()
    try:
        moment = datetime.fromisoformat(simulated)
        if moment.tzinfo is None:
            raise MalformedRequest(f"{SIMULATED_NOW} 需要时区")
        return moment.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError) as error:
        raise MalformedRequest(f"{SIMULATED_NOW} 应为 ISO 8601 时间") from error


def _if_match(header: str | None) -> int | None:
    if header is None or header.strip() == "*":
        return None
    match = re.fullmatch(r'\s*"(\d{1,9})"\s*', header)
    if match is None:
        raise MalformedRequest('If-Match 应为 "<版本号>"')
    return int(match.group(1))


async def carry_out(
    who: Caller,
    fold: Fold[S],
    id: str,
    action: str,
    command: Command,
    decide: Callable[[S], Event],
    *,
    policy: Policy,
    relations: Callable[[S], Collection[str]] = lambda _: (),
    new: bool = False,
    answer: Callable[[Outcome], Awaitable[dict[str, Any]]] | None = None,
) -> JSONResponse:
    """Carry out a command and answer it, after this service's own projection has seen it.

    The policy is asked within the decision, so that a refusal for want of a relation is made on the newest state.
    Answers 201 for a new aggregate, 200 otherwise, 202 when the projection needs longer than the bounded wait; a
    repeated command is answered as it was the first time.

    Raises: Refusal.
    """
    process = who.process
    act = await act_of(who, fold, id, action, command, new=new, policy=policy)

    def role(state: S) -> str:
        return permitting_role(policy, action, who.principal.roles, relations(state))

    held = who.loaded.pop((fold.key, id), None)  # Whoever asks again wants it as it is then.
    outcome = await process.executor.execute(fold, id, act, decide, new=new, role=role, held=held)
    seen = await process.positions.wait(outcome.sequence, process.settings.own_projection_wait)
    content: dict[str, Any] = {
        "id": outcome.address.id,
        "type": outcome.type,
        "version": outcome.version,
        "position": token(outcome.sequence),
    }
    if answer is not None:
        content |= await answer(outcome)
    headers = {"ETag": f'"{outcome.version}"', "Event-Position": token(outcome.sequence)}
    return JSONResponse(content, (201 if new else 200) if seen else 202, headers=headers)


async def act_of(
    who: Caller, fold: Fold[S], id: str, action: str, command: Command, *, new: bool, policy: Policy
) -> Act:
    """Give the act behind a request: the actor, the mandate, and the command's id and digest.

    Raises: IdempotencyKeyMissing; Forbidden when no role of the caller's could ever do this, or the mandate is void.
    """
    process, principal = who.process, who.principal
    key = who.idempotency_key()
    possible = [may.role for may in policy[action] if may.role in principal.roles]
    if not possible:
        raise Forbidden(action=action)
    if who.on_behalf_of or who.authority:
        await process.check_mandate(who.county, principal.subject, who.on_behalf_of, who.authority, action, who.today)
    content = {
        "action": action,
        "target": f"{fold.key}/{'new' if new else id}",
        "body": command.model_dump(mode="json"),
        "for": who.on_behalf_of,
    }
    secret = await process.secret(who.county, "command-digest")
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return Act(
        county=who.county,
        actor=principal.subject,
        actorrole=possible[0],
        actorunit=principal.unit,
        onbehalfof=who.on_behalf_of,
        authority=who.authority,
        tokenid=principal.token_id,
        # The key is scoped by its target too, or one key sent to two aggregates gave two events with the same id.
        commandid=command_id(who.county, principal.subject, f"{fold.service}.{fold.aggregate}/{id}/{key}"),
        commanddigest="hmac-sha256:" + hmac.new(secret, canonical, hashlib.sha256).hexdigest(),
        correlationid=who.correlation,
        now=who.now,
        simulated=who.simulated,
        if_match=who.if_match,
        action=action,
    )
