"""What every command on a case needs before it is decided: sealed text, the case's rules, the caller's unit."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from fastapi.responses import JSONResponse

from contracts.copies import adopted
from contracts.envelope import Address
from contracts.event import Event
from contracts.sealed import Sealed
from rules.calendar import Calendars
from rules.pack import Pack
from runtime import vault
from runtime.http import Caller, Command, carry_out
from runtime.process import Process
from runtime.refusals import Forbidden, NotFound, Refusal
from runtime.sealing import seal
from runtime.shared import Shared
from services.proposals.case.proposal import Proposal
from services.proposals.commands import ExternalId
from services.proposals.deadlines import Rules
from services.proposals.folds import PROPOSAL
from services.proposals.guards import WrongStage
from services.proposals.importing.rows import external_case_id
from services.proposals.policy import POLICY, relations


class UnitMissing(Refusal):
    """The token names no unit, and the act is one of a unit's."""

    code, status, title = "proposal.unit_missing", 403, "令牌未载明单位, 不能代表单位办理"


class PackNotHere(Refusal):
    """The pack that the case has pinned has not reached this service yet."""

    code, status, title, retry_after = "proposal.pack_not_here", 503, "办理规则尚未到达, 请稍后重试", 1


async def command_case(
    who: Caller, id: UUID, action: str, command: Command, decide: Callable[[Proposal], Event]
) -> JSONResponse:
    """Carry out a command on an existing case."""
    return await carry_out(
        who,
        PROPOSAL,
        str(id),
        action,
        command,
        decide,
        policy=POLICY,
        relations=lambda case: relations(case, who),
    )


def new_case(who: Caller, external: ExternalId | None) -> UUID:
    """Give the id of the case that a request submits: it follows from the external id, where there is one.

    So one external id names one case for ever, however it came; an import makes the same id of it.
    """
    own = UUID(who.new_id())
    return own if external is None else external_case_id(who.county, external.system, external.id)


async def sealed(who: Caller, case: UUID, action: str, label: str, text: str) -> Sealed:
    """Seal a text with the key of its case; the key is on disk before this returns.

    Raises: Forbidden when no role of the caller's could ever do what the text is for; CaseErased.
    """
    if not any(may.role in who.principal.roles for may in POLICY[action]):
        raise Forbidden(action=action)
    async with who.process.database.owner() as db:
        key = await vault.key_for(db, who.county, case)
    return seal(key, who.county, case, label, text)


async def rules_of(who: Caller, id: UUID) -> Rules | None:
    """Give the rules that a case follows since it was handed over, as far as this service's projection knows."""
    held = await who.load(PROPOSAL, str(id))
    if held.state.pack_digest is None:
        return None
    pack, calendars = await _ADOPTED.get(_Pinned(who.process, who.county, held.state.pack_digest))
    return None if pack is None else Rules(id, pack, calendars)


class _Pinned(NamedTuple):
    """A pack that cases have pinned."""

    process: Process
    county: str
    digest: str


async def _adopted(pinned: _Pinned) -> tuple[Pack | None, Calendars]:
    async with pinned.process.database.county(pinned.county) as db:
        return await adopted.pack_by_digest(db, pinned.digest), await adopted.calendars_of(db)


_ADOPTED = Shared(_adopted)


def ruled(rules: Rules | None, decide: Callable[[Proposal, Rules], Event]) -> Callable[[Proposal], Event]:
    """Give a decision that is made only under the very pack that the case has pinned.

    Raises: WrongStage before hand-over; PackNotHere when the projection has not brought the pack yet.
    """

    def decision(case: Proposal) -> Event:
        if case.pack_digest is None:
            raise WrongStage(stage=case.stage)
        if rules is None or rules.pack.digest != case.pack_digest:
            raise PackNotHere
        return decide(case, rules)

    return decision


async def rules_for(who: Caller, id: UUID, name: str | None, on: date) -> Rules | None:
    """Give the rules that a case handed over on a day will follow: the named pack, or the county's for its kind.

    Raises: PackNotHere when the projection does not know the case yet, and with it not its kind; NotFound.
    """
    held = await who.load(PROPOSAL, str(id))
    if held.version == 0:
        subject = Address(who.county, PROPOSAL.service, PROPOSAL.aggregate, str(id)).subject
        raise NotFound if await who.process.log.tail(subject) is None else PackNotHere
    async with who.process.database.county(who.county) as db:
        pack = (
            await adopted.pack_by_name(db, name, on)
            if name is not None
            else await adopted.pack_for(db, held.state.kind, on)
        )
        return None if pack is None else Rules(id, pack, await adopted.calendars_of(db))


def unit_of(who: Caller) -> UUID:
    """Give the unit in whose name the caller acts.

    Raises: UnitMissing.
    """
    try:
        return UUID(who.principal.unit or "")
    except ValueError as error:
        raise UnitMissing from error


def member_of(who: Caller) -> UUID:
    """Give the member who acts, or in whose name the caller does.

    Raises: Forbidden for anybody else.
    """
    kind, _, id = who.party.partition(":")
    try:
        if kind == "member":
            return UUID(id)
    except ValueError as error:
        raise Forbidden from error
    raise Forbidden("须由委员或代表本人办理")
