"""An export holds exactly what the log holds of what was asked for; both verifiers believe it without a server."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contracts.envelope import digest_of
from runtime.messages import Recorded
from yishi import vault_backup
from yishi.archive.files import Head, file_name, header_line
from yishi.child import StackError
from yishi.events import Wanted, read_events
from yishi.export import Asked, export
from yishi.exported import Reading
from yishi.lines import write_line
from yishi.target import open_log
from yishi.verify_file import Checks, verify_file

if TYPE_CHECKING:
    from tests.yishi.audit.conftest import Verify, World


async def logged(world: "World") -> list[Recorded]:
    async with open_log(world.target) as (log, _):
        return [message async for message in read_events(log, Wanted(), start=1)]


def held(path: Path) -> list[Recorded]:
    return list(Reading(path).messages())


async def test_an_export_of_everything_is_the_log_message_by_message(world: "World") -> None:
    messages = await logged(world)
    assert len(messages) > 40
    assert held(world.files["all"]) == messages
    found = verify_file(world.files["all"], Checks())
    assert (found.events, found.first, found.last) == (len(messages), 1, len(messages))
    assert found.head == {"sequence": messages[-1].sequence, "hash": messages[-1].hash}
    assert found.chain == world.exports["all"].chain
    assert found.simulated == len(messages)


async def test_an_export_of_a_county_leaves_the_others_out(world: "World") -> None:
    wanted = [message for message in await logged(world) if message.subject.split(".")[1] == world.town.code]
    assert held(world.files["county"]) == wanted


async def test_an_export_of_a_case_has_its_events_meetings_number_and_reminders_and_nothing_else(
    world: "World",
) -> None:
    case, county = world.case, world.town.code
    subjects = {message.subject for message in held(world.files["case"])}
    kinds = sorted(subject.removeprefix(f"evt.{county}.").rpartition(".")[0] for subject in subjects)
    assert kinds == ["meetings.meeting"] * 3 + ["notifications.reminder", "proposals.number", "proposals.proposal"]
    assert {f"evt.{county}.meetings.meeting.{id}" for id in case.meetings.values()} <= subjects
    assert f"evt.{county}.proposals.proposal.{case.id}" in subjects
    assert held(world.files["case"]) == [m for m in await logged(world) if m.subject in subjects]


async def test_both_verifiers_believe_every_export_and_read_the_same_from_it(
    world: "World", independent: "Verify"
) -> None:
    for name, path in world.files.items():
        found = verify_file(path, Checks())
        assert found.asked == world.exports[name].asked
        code, out = await independent(path)
        assert code == 0
        assert out.startswith(f"OK {found.events} events, {found.simulated} simulated, ")
        assert str(found.head) in out
        assert f"chain {found.chain}" in out


async def test_the_sealed_files_lie_beside_it_under_the_digest_of_their_bytes(
    world: "World", independent: "Verify", tmp_path: Path
) -> None:
    made = world.exports["case"]
    assert (made.files, made.missing) == (2, [])
    stored = {path.name: path.read_bytes() for path in world.sealed.iterdir()}
    assert set(stored) == {digest.removeprefix("sha256:") for digest in world.case.photos.values()}
    assert all(digest_of(content) == f"sha256:{name}" for name, content in stored.items())
    assert verify_file(world.files["case"], Checks(files=world.sealed)).files == 2
    assert (await independent(world.files["case"], world.sealed))[0] == 0
    with pytest.raises(Exception, match="缺少密封文件") as missing:
        verify_file(world.files["case"], Checks(files=tmp_path))
    assert getattr(missing.value, "code", "") == "file_missing"
    assert (await independent(world.files["case"], tmp_path))[1].startswith("BROKEN file_missing")
    for name, content in stored.items():
        (tmp_path / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(Exception, match="内容已改变"):
        verify_file(world.files["case"], Checks(files=tmp_path))
    assert (await independent(world.files["case"], tmp_path))[1].startswith("BROKEN file_differs")


async def test_a_file_that_is_there_is_not_overwritten_and_a_failed_export_leaves_nothing(
    world: "World", tmp_path: Path
) -> None:
    file = tmp_path / "case.jsonl"
    first = await export(world.target, Asked(case="第1号", county=world.town.code), file)
    assert first.asked == {"case": world.case.id, "county": world.town.code}
    content = file.read_bytes()
    with pytest.raises(StackError, match="--force"):
        await export(world.target, Asked(), file)
    assert file.read_bytes() == content
    forced = await export(world.target, Asked(case=world.other.id), file, force=True)
    assert (forced.events, verify_file(file, Checks()).events) == (1, 1)
    with pytest.raises(StackError, match="没有编号为 99 的件"):
        await export(world.target, Asked(case="99"), tmp_path / "none.jsonl")
    with pytest.raises(StackError, match="没有这一件"):
        await export(world.target, Asked(case=world.town.lead), tmp_path / "none.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["case.jsonl"]


async def test_what_cannot_be_written_or_read_is_said_before_anything_is(world: "World", tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    for path in (tmp_path, Path("/")):
        with pytest.raises(StackError, match="是目录"):
            await export(world.target, Asked(), path, force=True)
    with pytest.raises(StackError, match="不是归档目录"):
        await export(world.target, Asked(archive=tmp_path), file)
    with pytest.raises(StackError, match="无法建立目录"):
        await export(world.target, Asked(), file, with_files=world.files["all"])
    assert list(tmp_path.iterdir()) == []


async def test_a_vault_backup_is_only_put_back_into_its_own_service(world: "World", tmp_path: Path) -> None:
    await vault_backup.backup(world.target, "proposals", tmp_path)
    vault_backup.file_of(tmp_path, "proposals").rename(vault_backup.file_of(tmp_path, "members"))
    with pytest.raises(StackError, match="不是服务 members 的密钥备份，而是 proposals 的"):
        await vault_backup.restore(world.target, "members", tmp_path)
    with pytest.raises(StackError, match="无法建立目录"):
        await vault_backup.backup(world.target, "members", world.files["all"])


async def test_the_servers_times_of_a_restored_log_come_from_its_archive(world: "World", tmp_path: Path) -> None:
    stored = datetime(2026, 1, 2, 3, tzinfo=UTC)
    archived = [replace(message, stored_at=stored) for message in await logged(world)]
    chain, lines = "", header_line("2026-01-02", Head())
    for message in archived:
        line, chain = write_line(message, chain)
        lines += line
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / file_name("2026-01-02")).write_bytes(lines)
    file = tmp_path / "county.jsonl"
    await export(world.target, Asked(county=world.town.code, archive=folder), file)
    assert held(file) == [m for m in archived if m.subject.split(".")[1] == world.town.code]
    assert verify_file(file, Checks()).events == len(held(file))
    day = verify_file(folder / file_name("2026-01-02"), Checks())
    assert (day.events, day.head) == (len(archived), {"sequence": len(archived), "hash": archived[-1].hash})
