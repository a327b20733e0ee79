"""Many registrations at once: every case gets a number, no number is left out, nobody is refused (ADR 0006)."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest

from contracts.envelope import command_id
from runtime.database import Database
from runtime.execute import Act, Executor
from runtime.log import EventLog
from runtime.settings import Settings
from runtime.states import States
from services.proposals.folds import NUMBER
from services.proposals.main import SERVICE
from services.proposals.review.number import claim, number_id
from yishi import CHECKOUT
from yishi.child import Child
from yishi.ports import LOOPBACK, free_port
from yishi.probe import http_status
from yishi.stack import Stack, service_command

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Case, Town

Code = Callable[[httpx2.Response], str]
BODY = {"registered_on": "2005-02-01"}


@pytest.fixture(scope="module")
async def replica(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """A second process of the service, on the same database: it stands by, and takes commands."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"

    async def ready() -> bool:
        return await http_status(f"{url}/readyz") == 200

    child = Child(
        name="proposals",
        command=service_command("proposals"),
        log=stack.home / "logs" / "proposals-replica.log",
        directory=CHECKOUT,
        environment={**os.environ, **stack.environment("proposals"), "YISHI_PORT": str(port)},
        ready=ready,
    )
    await child.start()
    try:
        async with httpx2.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
            yield client
    finally:
        await child.stop()


async def submitted(town: "Town", count: int) -> list["Case"]:
    return list(await asyncio.gather(*(town.submit(title=f"关于第{n}件事的提案") for n in range(count))))


async def register(
    town: "Town", case: "Case", client: httpx2.AsyncClient | None = None, **body: Any
) -> httpx2.Response:
    return await town.post(town.committee, f"/proposals/{case.id}/register", BODY | body, client=client)


async def claims(stack: Stack, county: str) -> dict[int, str]:
    """Give which case bears which number, as the projection has it."""
    db = await asyncpg.connect(stack.environment("proposals")["YISHI_DATABASE_URL"])
    try:
        rows = await db.fetch(
            f"SELECT number, case_id FROM {SERVICE.schema_name}.numbers WHERE county = $1 ORDER BY number", county
        )
        return {row["number"]: row["case_id"] for row in rows}
    finally:
        await db.close()


async def test_fifty_cases_registered_at_once_bear_the_numbers_one_to_fifty(town: "Town") -> None:
    cases = await submitted(town, 50)
    answers = await asyncio.gather(*(register(town, case) for case in cases))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["number"] for answer in answers) == list(range(1, 51))
    told = {answer.json()["id"]: answer.json()["number"] for answer in answers}
    board = (await town.get(town.committee, "/proposals", limit=100)).json()["items"]
    assert {item["id"]: item["number"] for item in board} == told
    assert await claims(town.stack, town.county) == {number: id for id, number in told.items()}


async def test_two_replicas_sharing_the_work_leave_no_gap_and_refuse_nobody(
    town: "Town", replica: httpx2.AsyncClient
) -> None:
    cases = await submitted(town, 50)
    clients = [None, replica]
    answers = await asyncio.gather(*(register(town, case, clients[n % 2]) for n, case in enumerate(cases)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["number"] for answer in answers) == list(range(1, 51))
    told = {answer.json()["number"]: answer.json()["id"] for answer in answers}
    await town.get(town.committee, "/proposals")
    assert await claims(town.stack, town.county) == told


async def test_each_session_of_a_body_counts_its_own_numbers(town: "Town") -> None:
    first, second, other = [
        await town.submit(**changes) for changes in ({}, {"session": 4}, {"body": town.bodies["npc"]})
    ]
    assert [(await register(town, case)).json()["number"] for case in (first, second, other)] == [1, 1, 1]


async def test_one_case_registered_by_many_at_once_bears_one_number(
    town: "Town", replica: httpx2.AsyncClient, code: Code
) -> None:
    case, next_one = await submitted(town, 2)
    clients = [None, replica]
    answers = await asyncio.gather(*(register(town, case, clients[n % 2]) for n in range(6)))
    done = [answer for answer in answers if answer.status_code == 200]
    assert [answer.json()["number"] for answer in done] == [1]
    assert [(a.status_code, code(a)) for a in answers if a is not done[0]] == [(409, "proposal.wrong_stage")] * 5
    assert (await register(town, next_one)).json()["number"] == 2
    assert await claims(town.stack, town.county) == {1: case.id, 2: next_one.id}


async def test_the_same_registration_sent_twice_is_answered_with_the_same_number(town: "Town", code: Code) -> None:
    case, other = await submitted(town, 2)
    path = f"/proposals/{case.id}/register"
    first, again = [await town.post(town.committee, path, BODY, key="register-1") for _ in range(2)]
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    changed = await town.post(town.committee, path, BODY | {"number": 9}, key="register-1")
    assert (changed.status_code, code(changed)) == (422, "idempotency-key-reused")
    assert (await register(town, other)).json()["number"] == 2


async def test_a_body_may_give_a_number_itself_but_not_one_that_another_case_bears(town: "Town", code: Code) -> None:
    led, other, third = await submitted(town, 3)
    assert (await register(town, led, number=707)).json()["number"] == 707
    before = await claims(town.stack, town.county)
    taken = await register(town, other, number=707)
    assert (taken.status_code, code(taken), taken.json()["case"]) == (409, "number.taken", led.id)
    assert await claims(town.stack, town.county) == before == {707: led.id}
    assert (await town.show(other))["stage"] == "submitted"
    assert (await register(town, other, number=66)).json()["number"] == 66
    assert (await register(town, third)).json()["number"] == 708


async def test_a_registration_that_cannot_be_claims_no_number(town: "Town", code: Code) -> None:
    case = await town.submit(form="joint", cosigners=[town.members["li"]])
    path = f"/proposals/{case.id}/register"
    refused = [
        await town.post(town.committee, path, BODY),
        await town.post(town.office, path, BODY),
        await town.post(town.committee, path, {"registered_on": "2005-01-19"}),
        await town.post(town.committee, path, {"registered_on": "2005-07-01"}),
        await town.post(town.committee, f"/proposals/{uuid4()}/register", BODY),
    ]
    assert [(answer.status_code, code(answer)) for answer in refused] == [
        (409, "proposal.cosigners_pending"),
        (403, "forbidden"),
        (409, "proposal.date_out_of_order"),
        (409, "proposal.date_in_future"),
        (404, "not-found"),
    ]
    assert await claims(town.stack, town.county) == {}


async def test_a_registration_refused_for_a_newer_version_claims_no_number(town: "Town", code: Code) -> None:
    case = await town.submit()
    stale = await town.post(town.committee, f"/proposals/{case.id}/register", BODY, headers={"if-match": '"2"'})
    assert (stale.status_code, code(stale)) == (412, "precondition-failed")
    assert await claims(town.stack, town.county) == {}


@pytest.mark.parametrize("wanted", [None, 1])
async def test_a_case_whose_registration_died_after_the_claim_is_registered_under_its_claim(
    town: "Town", wanted: int | None
) -> None:
    case, other = await submitted(town, 2)
    async with proposals_executor(town.stack) as executor:
        await claim_by_hand(executor, town, case, 1)
    answers = [await register(town, case, number=wanted), await register(town, other)]
    assert [answer.json()["number"] for answer in answers] == [1, 2]
    assert await claims(town.stack, town.county) == {1: case.id, 2: other.id}


async def test_a_case_that_holds_a_claim_gets_no_second_number(town: "Town", code: Code) -> None:
    case, other = await submitted(town, 2)
    async with proposals_executor(town.stack) as executor:
        await claim_by_hand(executor, town, case, 1)
    second = await register(town, case, number=5)
    assert (second.status_code, code(second), second.json()["number"]) == (409, "number.held", 1)
    assert (await register(town, other, number=5)).json()["number"] == 5
    assert await claims(town.stack, town.county) == {1: case.id, 5: other.id}


async def claim_by_hand(executor: Executor, town: "Town", case: "Case", number: int) -> None:
    """Append the claim that a service made before it died."""
    body = UUID(town.bodies["cppcc"])
    act = Act(
        county=town.county,
        actor=town.committee.subject,
        actorrole="committee",
        commandid=command_id(town.county, "person:tian", f"died-{number}"),
        commanddigest="hmac-sha256:00",
        correlationid="test",
        now=datetime(2005, 2, 1, tzinfo=UTC),
    )
    outcome = await executor.execute(
        NUMBER,
        number_id(body, 9, 3, number),
        act,
        lambda state: claim(state, body, 9, 3, number, UUID(case.id)),
        new=True,
    )
    town.head = outcome.sequence


@asynccontextmanager
async def proposals_executor(stack: Stack) -> AsyncIterator[Executor]:
    """Give what a process of the service appends with, without the process."""
    values = {name.removeprefix("YISHI_").lower(): v for name, v in stack.environment("proposals").items()}
    settings = Settings.model_validate(values)
    log, database = EventLog(settings, "test"), Database(settings, SERVICE.schema_name)
    async with AsyncExitStack() as closing:
        await log.connect()
        closing.push_async_callback(log.close)
        await database.open()
        closing.push_async_callback(database.close)
        yield Executor(log, States(database))
