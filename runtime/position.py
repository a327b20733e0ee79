"""The position of a schema: the last event it has applied, kept beside its rows and moved with them."""

from typing import NamedTuple

import asyncpg

from runtime.tables import Db


class Position(NamedTuple):
    """The last event that a projection has applied: stream sequence and hash."""

    sequence: int
    hash: str | None


class LostPosition(Exception):
    """Another projector has moved the position: drop everything held and stand by."""


async def read_position(db: Db) -> Position:
    """Give the position of the schema on the connection's search path."""
    row = await db.fetchrow("SELECT sequence, hash FROM position")
    assert row is not None
    return Position(row["sequence"], row["hash"])


async def read_to_react(db: Db) -> tuple[int, int]:
    """Give the position, and the sequence of the last event up to it that reaches our reactions; 0 for none."""
    row = await db.fetchrow("SELECT sequence, to_react FROM position")
    assert row is not None
    return row["sequence"], row["to_react"]


async def move_position(db: asyncpg.Connection, before: Position, after: Position, to_react: int = 0) -> None:
    """Move the position by compare-and-set, and with it the last event to react to.

    Raises: LostPosition when it is not where we left it.
    """
    status = await db.execute(
        "UPDATE position SET sequence = $1, hash = $2, to_react = greatest(to_react, $5)"
        " WHERE sequence = $3 AND hash IS NOT DISTINCT FROM $4",
        after.sequence,
        after.hash,
        before.sequence,
        before.hash,
        to_react,
    )
    if status != "UPDATE 1":
        raise LostPosition
