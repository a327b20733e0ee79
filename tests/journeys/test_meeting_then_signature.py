"""A command that names another service's event sees what that event caused: a meeting, then a signature."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx2

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
from services.proposals import commands, handling, intake
from services.proposals.deadlines import Rules
from services.proposals.folds import PROPOSAL
from services.proposals.proposal import Proposal
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.journeys.conftest import History, Town

CASES = 1000
AT_ONCE = 8
"""Cases whose meeting and signature are under way at the same time."""
TODAY = date(2005, 4, 1)
NOW = "2005-04-01T09:30:00+08:00"

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
        yield lambda case: handling.draft(case, lead, "person:drafter", reply, sealed, rules, TODAY)
        review = commands.ReviewReply(passed=True, reviewed_on=TODAY)
        yield lambda case: handling.review(case, lead, "person:reviewer", review, None, TODAY)

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


async def test_a_signature_after_a_meeting_is_never_refused_for_want_of_that_meeting_a_thousand_times(
    stack: Stack, town: "Town", doors: dict[str, httpx2.AsyncClient], history: "History"
) -> None:
    handler, signer = (town.worker(role, town.lead) for role in ("handler", "signer"))
    as_handler, as_signer = (
        {"authorization": f"Bearer {town.office.token(who.subject, who.roles, who.unit)}", "simulated-now": NOW}
        for who in (handler, signer)
    )

    async def meet_and_sign(case: UUID, prepared: int) -> tuple[int, str]:
        meeting = {
            "case": str(case),
            "unit": town.lead,
            "member": town.member,
            "stage": "during",
            "mode": "telephone",
            "met_on": str(TODAY),
            "summary": "已电话沟通。",
        }
        headers = as_handler | {"idempotency-key": str(case), "at-least": f"EVENTS:{prepared}"}
        met = await doors["meetings"].post("/v1/handler-meetings", json=meeting, headers=headers)
        assert met.status_code == 201, met.text
        headers = as_signer | {"idempotency-key": str(case), "at-least": met.headers["event-position"]}
        document = {"document": f"县交提字{case}", "signed_on": str(TODAY)}
        signed = await doors["proposals"].post(f"/v1/proposals/{case}/reply/sign", json=document, headers=headers)
        return signed.status_code, "" if signed.status_code == 200 else signed.text

    async with the_log_of_proposals(stack) as log:
        preparing, numbers = Prepared(town, log), iter(range(1, CASES + 1))
        prepared: list[tuple[UUID, int]] = []

        async def prepare() -> None:
            for number in numbers:
                prepared.append(await preparing.case(number))

        await asyncio.gather(*(prepare() for _ in range(4 * AT_ONCE)))

    waiting, answers = iter(prepared), list[tuple[int, str]]()

    async def work() -> None:
        for case, sequence in waiting:
            answers.append(await meet_and_sign(case, sequence))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    assert answers == [(200, "")] * CASES
    events = await history(town.code)
    noted = [event.data.meeting for event in events if event.type == "yishi.proposals.MeetingNoted.v1"]
    held = [UUID(event.address.id) for event in events if event.type == "yishi.meetings.HandlerMet.v1"]
    assert len(held) == CASES
    assert len(noted) == len(set(noted)) == 2 * CASES
    assert set(held) < set(noted)
