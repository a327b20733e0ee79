"""What the doctor finds in a deployment, and hands that break one."""

from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from yishi.doctor.check import Check
from yishi.doctor.run import examine
from yishi.target import Target

if TYPE_CHECKING:
    from tests.conftest import Running

Found = dict[tuple[str, str], Check]


async def look(target: Target, archive: Path | None = None) -> Found:
    found = {(check.code, check.about): check for check in await examine(target, archive)}
    # How full this machine's disk is, is not for a test to say.
    return {key: check for key, check in found.items() if key[0] != "machine.disk"}


def wrong_of(found: Found) -> set[tuple[str, str, str]]:
    return {(code, about, check.status) for (code, about), check in found.items() if check.status != "ok"}


async def execute(target: Target, service: str, statement: str) -> None:
    db = await asyncpg.connect(target.settings[service].database_url.get_secret_value())
    try:
        await db.execute(statement)
    finally:
        await db.close()


async def up_to_date(service: "Running") -> bool:
    return service.process.positions.sequence == await service.process.log.last_sequence()
