"""Something was slipped into the log past the door: verify names it, its aggregate is parked, the rest goes on."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from yishi.calls import Client
from yishi.stack import Stack
from yishi.target import find_target

if TYPE_CHECKING:
    from tests.conftest import Eventually
    from tests.yishi.cli.conftest import Yishi

COUNTY = "430000"
FORGED = f"evt.{COUNTY}.members.unit.{uuid4()}"


@pytest.fixture(scope="module")
async def damaged(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One honest event, then one that the operator's rights slipped in."""
    stack = Stack(tmp_path_factory.mktemp("damaged"), services=["members"])
    await stack.start()
    async with Client(find_target(stack.home), "members", "person:registrar", COUNTY, "registrar") as client:
        await client.post("/v1/units", {"name": "规划办", "from_on": "2005-01-01"}, "first")
    nats = await stack.nats.connect("operator")
    await nats.request(FORGED, b'{"id": "x", "type": "yishi.members.UnitEstablished.v1"}')
    await nats.close()
    yield stack
    await stack.remove()


async def test_verify_stops_at_the_forged_message_and_names_it(damaged: Stack, yishi: "Yishi") -> None:
    finished = await yishi("verify", "--json", home=damaged.home)
    assert finished.code == 1
    broken = finished.document["break"]
    assert finished.document["verified"] is False
    assert (broken["sequence"], broken["subject"]) == (2, FORGED)
    assert broken["code"] == "expected_sequence_missing"
    told = await yishi("verify", home=damaged.home)
    assert told.code == 1
    assert "序号 2" in told.out
    assert FORGED in told.out
    assert "（expected_sequence_missing）" in told.out


async def test_what_is_parked_is_listed_and_tried_again(
    damaged: Stack, yishi: "Yishi", eventually: "Eventually"
) -> None:
    async def caught_up() -> bool:
        return bool((await yishi("status", "--json", home=damaged.home)).document["members"]["position"] == 2)

    reached: bool = await eventually(caught_up)
    assert reached
    table = await yishi("parked", "list", "members", home=damaged.home)
    assert FORGED in table.out
    assert "MessageRejected" in table.out
    again = await yishi("parked", "retry", "members", FORGED, home=damaged.home)
    assert again.code == 1
    assert "仍被搁置" in again.out
    free = f"evt.{COUNTY}.members.unit.{uuid4()}"
    db = await asyncpg.connect(find_target(damaged.home).settings["members"].database_url.get_secret_value())
    await db.execute(
        "INSERT INTO members_v1.parked (county, service, aggregate, id, sequence, error)"
        " VALUES ($1, 'members', 'unit', $2, 1, 'mended')",
        COUNTY,
        free.rpartition(".")[2],
    )
    await db.close()
    mended = await yishi("parked", "retry", "members", free, home=damaged.home)
    assert mended.code == 0
    assert "已恢复" in mended.out
    unknown = await yishi("parked", "retry", "members", free, home=damaged.home)
    assert unknown.code == 1
    assert "没有搁置" in unknown.err
