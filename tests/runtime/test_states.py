"""States are kept as JSON: whatever events come, what is read back is what was written, and never what was before."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.members import UnitAliasAdded, UnitClosed, UnitEstablished, UnitMoved, UnitRenamed
from runtime.folds import HANDLED, Handled
from services.members.main import SERVICE
from services.members.unit import Unit, evolve
from services.members.unit_http import UNIT

if TYPE_CHECKING:
    from tests.conftest import Serve
    from tests.runtime.conftest import Establish

DATES = st.dates(date(1949, 10, 1), date(9999, 12, 31))
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=20).filter(
    lambda name: "@" not in name and not any(character.isdigit() for character in name)
)
ESTABLISHED = st.builds(
    UnitEstablished, name=NAMES, parent=st.none() | st.uuids(), from_on=DATES, code=st.none() | NAMES
)
LATER = st.one_of(
    st.builds(UnitRenamed, name=NAMES, from_on=DATES),
    st.builds(UnitMoved, parent=st.none() | st.uuids(), from_on=DATES),
    st.builds(UnitAliasAdded, alias=NAMES, from_on=st.none() | DATES, until_on=st.none() | DATES),
    st.builds(UnitClosed, on=DATES, successor=st.none() | st.uuids()),
)


def _envelope(event: Event) -> Envelope[Any]:
    return Envelope[Any](
        id=UUID(int=1),
        source="urn:yishi:members",
        type=event.type_name(),
        subject="unit/u1",
        time=datetime(2005, 1, 1, tzinfo=UTC),
        county="430000",
        actor="person:test",
        actorrole="registrar",
        commandid=UUID(int=2),
        commanddigest="sha256:00",
        correlationid="test",
        version=1,
        data=event,
    )


@settings(max_examples=50, deadline=None)
@given(ESTABLISHED, st.lists(LATER, max_size=6))
def test_a_units_state_comes_back_from_json_as_it_was(first: Event, later: list[Event]) -> None:
    state = Unit()
    for event in (first, *later):
        state = evolve(state, event, _envelope(event))
        assert Unit.model_validate_json(state.model_dump_json()) == state


HANDLED_COMMANDS = st.dictionaries(
    st.uuids(), st.builds(Handled, st.text(), st.integers(1, 2**31 - 1), st.integers(1, 2**62), st.text())
)


@given(HANDLED_COMMANDS)
def test_the_handled_commands_come_back_from_json_as_they_were(handled: dict[UUID, Handled]) -> None:
    assert HANDLED.validate_json(HANDLED.dump_json(handled)) == handled


async def test_a_state_remembered_from_a_projection_that_was_replaced_is_not_given_any_more(
    serve: "Serve", establish: "Establish"
) -> None:
    async with serve(SERVICE, schema_suffix="_replaced") as members:
        states, unit_id = members.process.states, await establish(members.person(), "规划办")
        before = await states.load(UNIT, members.county, unit_id)
        assert await states.load(UNIT, members.county, unit_id) is before
        async with members.process.database.owner() as db, db.transaction():  # As a rebuild swaps them.
            await db.execute("CREATE TABLE built (LIKE states INCLUDING ALL)")
            await db.execute("INSERT INTO built SELECT * FROM states")
            await db.execute("UPDATE built SET state = replace(state, '规划办', '规划处') WHERE id = $1", unit_id)
            await db.execute("DROP TABLE states")
            await db.execute("ALTER TABLE built RENAME TO states")
        after = await states.load(UNIT, members.county, unit_id)
        assert (after.hash, after.state.names) == (before.hash, ((date(2005, 1, 1), "规划处"),))
        assert await states.load(UNIT, members.county, unit_id) is after
