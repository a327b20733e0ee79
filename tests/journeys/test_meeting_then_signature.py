"""A command that names another service's event sees what that event caused: a meeting, then a signature."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx2
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.envelope import Address, Envelope, command_id, digest_of, event_id
from contracts.event import Event
from contracts.meetings import HandlerMet
from contracts.sealed import Sealed
from rules.calendar import Calendars, load_calendar
from rules.pack import Pack, load_pack
from rules.shelf import published_calendars, published_packs
from runtime.folds import Held
from runtime.log import EventLog
from runtime.settings import Settings
from services.proposals import commands
from services.proposals.answering import drafting
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules
from services.proposals.folds import PROPOSAL
from services.proposals.handling import handling
from services.proposals.review import intake
from yishi.demo.office import AUDITOR
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.journeys.conftest import History, Town

CASES = 1000
AT_ONCE = 8
"""Cases whose meeting and signature are under way at the same time."""
TODAY = date(2005, 4, 1)
NOW = "2005-04-01T09:30:00+08:00"

DEATHS, CALLS = 3, 5
"""How often the service dies, and how many meetings each case has had each time."""
HELD, NOTED = "yishi.meetings.HandlerMet.v1", "yishi.proposals.MeetingNoted.v1"

Decide = Callable[[Proposal], Event]


class Prepared:
    """Appends the events of cases as the proposals service decides them, without its HTTP edge."""

    def __init__(self, town: "Town", log: EventLog) -> None:
        self._town, self._log = town, log
        self._pack: Pack = load_pack(published_packs()["hunan-transport-2005"])
        self._calendars = Calendars([load_calendar(published_calendars()[year]) for year in (2005, 2006)])

    async def case(self, number: int) -> tuple[UUID, int]:
        """Give a case whose reply is reviewed and whose meeting during is missing, and its last sequence."""
        id, held = uuid4(), Held(Proposal())
        for decide in self._acts(id, number):
            held = await self._append(id, held, decide(held.state))
        return id, held.sequence

    def _acts(self, id: UUID, number: int) -> Iterator[Decide]:
        town, lead, member = self._town, UUID(self._town.lead), UUID(self._town.member)
        rules = Rules(id, self._pack, self._calendars)
        sealed = Sealed(case=id, label="body", nonce="AAAAAAAAAAAAAAAA", text="AAAA")
        submitted = commands.SubmitProposal(
            kind="cppcc_proposal",
            body=UUID(town.body),
            term=10,
            session=3,
            title=f"关于修缮第{number}号村道的提案",
            text="-",
            submitter=member,
            submitted_on=TODAY,
        )
        registered = commands.RegisterProposal(number=number, registered_on=TODAY)
        handed_over = commands.HandOver(lead=lead, handed_over_on=TODAY)
        reply = commands.DraftReply(category="B", scheme="bureau-abc", text="-", drafted_on=TODAY)
        met = HandlerMet(
            case=id,
            unit=lead,
            handler="person:handler",
            member=member,
            stage="before",
            mode="telephone",
            met_on=TODAY,
            summary=sealed,
            pack_digest=self._pack.digest,
        )
        yield lambda case: intake.submit(case, submitted, sealed, members=[member], body_known=True, today=TODAY)
        yield lambda case: intake.register(case, registered, number, TODAY)
        yield lambda case: intake.hand_over(case, handed_over, rules, units=[lead], today=TODAY)
        yield lambda case: handling.sign_for(case, lead, commands.SignFor(signed_for_on=TODAY), rules, TODAY)
        yield lambda case: handling.note_meeting(case, uuid4(), met)
        yield lambda case: drafting.draft(case, lead, "person:drafter", reply, sealed, rules, seen=None, today=TODAY)
        review = commands.ReviewReply(passed=True, reviewed_on=TODAY)
        yield lambda case: drafting.review(case, lead, "person:reviewer", review, None, TODAY)

    async def _append(self, id: UUID, held: Held[Proposal], event: Event) -> Held[Proposal]:
        address = Address(self._town.code, "proposals", "proposal", str(id))
        command = command_id(address.county, "person:prepared", f"{id}/{held.version}")
        envelope = Envelope[Any](
            id=event_id(command),
            source="urn:yishi:proposals",
            type=event.type_name(),
            subject=f"proposal/{id}",
            time=datetime(2005, 4, 1, tzinfo=UTC),
            county=address.county,
            actor="person:prepared",
            actorrole="committee",
            commandid=command,
            commanddigest="hmac-sha256:00",
            correlationid="prepared",
            version=held.version + 1,
            prevhash=held.hash,
            data=event,
        )
        raw = envelope.encode()
        sequence = await self._log.append(address, envelope.type, raw, expected=held.sequence)
        return PROPOSAL.step(held, envelope, sequence, digest_of(raw))


@asynccontextmanager
async def the_log_of_proposals(stack: Stack) -> AsyncIterator[EventLog]:
    values = {name.removeprefix("YISHI_").lower(): value for name, value in stack.environment("proposals").items()}
    log = EventLog(Settings.model_validate(values), "prepared")
    await log.connect()
    yield log
    await log.close()


def a_call(town: "Town", case: UUID) -> dict[str, str]:
    """Give the record of a meeting during the handling, by telephone."""
    return {
        "case": str(case),
        "unit": town.lead,
        "member": town.member,
        "stage": "during",
        "mode": "telephone",
        "met_on": str(TODAY),
        "summary": "已电话沟通。",
    }


async def test_a_signature_after_a_meeting_is_never_refused_for_want_of_that_meeting_a_thousand_times(
    stack: Stack, town: "Town", doors: dict[str, httpx2.AsyncClient], history: "History"
) -> None:
    handler, signer = (town.worker(role, town.lead) for role in ("handler", "signer"))
    as_handler, as_signer = (
        {"authorization": f"Bearer {town.office.token(who.subject, who.roles, who.unit)}", "simulated-now": NOW}
        for who in (handler, signer)
    )

    async def meet_and_sign(case: UUID, prepared: int) -> tuple[int, str]:
        meeting = a_call(town, case)
        headers = as_handler | {"idempotency-key": str(case), "at-least": f"EVENTS:{prepared}"}
        met = await doors["meetings"].post("/v1/handler-meetings", json=meeting, headers=headers)
        assert met.status_code == 201, met.text
        headers = as_signer | {"idempotency-key": str(case), "at-least": met.headers["event-position"]}
        document = {"document": "县交提字〔2005〕1号", "signed_on": str(TODAY)}
        signed = await doors["proposals"].post(f"/v1/proposals/{case}/reply/sign", json=document, headers=headers)
        return signed.status_code, "" if signed.status_code == 200 else signed.text

    async with the_log_of_proposals(stack) as log:
        preparing, numbers = Prepared(town, log), iter(range(1, CASES + 1))
        prepared: list[tuple[UUID, int]] = []

        async def prepare() -> None:
            prepared.extend([await preparing.case(number) for number in numbers])

        await asyncio.gather(*(prepare() for _ in range(4 * AT_ONCE)))

    waiting, answers = iter(prepared), list[tuple[int, str]]()

    async def work() -> None:
        for case, sequence in waiting:
            answers.append(await meet_and_sign(case, sequence))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    assert answers == [(200, "")] * CASES
    events = (await history(town.code)).values()
    noted = [event.data.meeting for event in events if event.type == NOTED]
    held = [UUID(event.address.id) for event in events if event.type == HELD]
    assert len(held) == CASES
    assert len(noted) == len(set(noted)) == 2 * CASES
    assert set(held) < set(noted)


async def test_a_service_that_dies_between_noting_a_meeting_and_acknowledging_it_notes_nothing_twice(
    stack: Stack, town: "Town", history: "History"
) -> None:
    handler, proposals = town.worker("handler", town.lead), stack.services["proposals"]
    async with the_log_of_proposals(stack) as log:
        cases = [await Prepared(town, log).case(number) for number in range(1, 5)]
    operator = await stack.nats.connect("operator")
    caught_in_between = 0
    try:
        for round in range(DEATHS):
            died = asyncio.Event()

            async def kill(message: Msg, died: asyncio.Event = died) -> None:
                # Whoever listens sees a note when it reaches the log: before the log's answer reaches the service.
                if "MeetingNoted" in (message.headers or {}).get("Yishi-Type", "") and not died.is_set():
                    assert proposals.pid
                    os.kill(proposals.pid, signal.SIGKILL)
                    died.set()

            watching = await operator.subscribe(f"evt.{town.code}.proposals.proposal.*", cb=kill)
            pouring = [
                town.office.command(
                    "meetings",
                    "/v1/handler-meetings",
                    handler,
                    TODAY,
                    f"{case}-{round}-{n}",
                    a_call(town, case),
                    at_least=sequence,
                )
                for n in range(CALLS)
                for case, sequence in cases
            ]
            await asyncio.gather(*pouring)
            await asyncio.wait_for(died.wait(), 20)
            await watching.unsubscribe()
            await proposals.kill()
            caught_in_between += await _noted_and_not_acknowledged(operator, await history(town.code))
            await proposals.start()
    finally:
        await operator.close()
        await proposals.start()
    assert caught_in_between

    for case, _ in cases:
        shown = await town.office.ask("proposals", f"/v1/proposals/{case}", AUDITOR, TODAY)
        assert len(shown["meetings"]) == 1 + DEATHS * CALLS
    events = (await history(town.code)).values()
    held = {event.id: UUID(event.address.id) for event in events if event.type == HELD}
    noted = {event.causationid: event.data.meeting for event in events if event.type == NOTED and event.causationid}
    assert len([event for event in events if event.type == NOTED]) == len(cases) + len(held)
    assert noted == {str(event): meeting for event, meeting in held.items()}
    assert len(held) == DEATHS * CALLS * len(cases)


async def _noted_and_not_acknowledged(operator: Client, events: dict[int, Envelope[Any]]) -> bool:
    """Say whether the log has a note whose meeting the service has not acknowledged."""
    consumer = await operator.jetstream().consumer_info("EVENTS", "proposals-reactions")
    assert consumer.ack_floor
    sequences = {str(event.id): sequence for sequence, event in events.items()}
    last = max(sequences[event.causationid] for event in events.values() if event.type == NOTED and event.causationid)
    return bool(last > consumer.ack_floor.stream_seq)
