"""The stack as a whole: one at a time, found by others while it runs, nothing left when it has stopped."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from yishi import CHECKOUT, SERVICES
from yishi.child import StackError
from yishi.descendants import alive, descendants
from yishi.ports import is_free
from yishi.stack import FIXED_PORTS, Stack
from yishi.stack_state import running_stack

SECONDS = 60


async def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def _get(url: str) -> str:
    async with httpx2.AsyncClient(trust_env=False, timeout=5) as client:
        return (await client.get(url)).text


async def test_every_service_is_started_with_its_own_settings(
    tmp_path: Path, stand_in: Callable[[str], list[str]]
) -> None:
    async with Stack(tmp_path / "stack", command=stand_in) as stack:
        for service in SERVICES:
            assert await _get(f"{stack.service_url(service)}/who") == service
            settings = stack.environment(service)
            assert settings["YISHI_DATABASE_URL"].startswith(f"postgresql://{service}_projector:")
            assert settings["YISHI_DATABASE_HTTP_URL"].startswith(f"postgresql://{service}_http:")
            assert Path(settings["YISHI_JWKS_FILE"]).exists()
            assert Path(settings["YISHI_STATE_DIR"]).is_dir()
        members = stack.services["members"]
        await members.kill()
        with pytest.raises(httpx2.HTTPError):
            await _get(stack.service_url("members"))
        await members.start()
        assert await _get(f"{stack.service_url('members')}/who") == "members"
    await stack.remove()


async def test_a_service_that_does_not_start_is_named_with_its_last_words(tmp_path: Path) -> None:
    def broken(service: str) -> list[str]:
        return [sys.executable, "-c", "raise SystemExit('the sky is falling')"]

    stack = Stack(tmp_path / "stack", services=["members"], command=broken)
    with pytest.raises(StackError, match=r"(?s)members 启动失败.*the sky is falling"):
        await stack.start()
    assert not any(child.running for child in stack.processes().values())
    assert running_stack(stack.home) is None
    await stack.remove()


async def test_a_second_start_beside_a_running_stack_is_refused(stack: Stack) -> None:
    await stack.start()
    with pytest.raises(StackError, match=f"已有一套系统在运行（进程 {os.getpid()}）"):
        await Stack(stack.home, services=[]).start()
    assert all(child.running for child in stack.processes().values())


async def test_others_find_a_running_stack_and_only_a_running_one(stack: Stack) -> None:
    assert running_stack(stack.home) is None
    await stack.start()
    state = running_stack(stack.home)
    assert state is not None
    assert state["nats"]["url"] == stack.nats.url
    assert (stack.home / "stack.json").stat().st_mode & 0o777 == 0o600
    await stack.stop()
    assert running_stack(stack.home) is None


async def test_nothing_is_left_when_it_has_stopped(tmp_path: Path, stand_in: Callable[[str], list[str]]) -> None:
    stack = Stack(tmp_path / "stack", command=stand_in)
    await stack.start()
    family = {
        pid for child in stack.processes().values() if child.pid for pid in (child.pid, *descendants(child.pid))
    }
    ports = [stack.nats.port, stack.nats.monitor_port, stack.postgres.port]
    ports += [int(stack.service_url(service).rpartition(":")[2]) for service in SERVICES]
    assert len(family) > len(SERVICES) + 2
    assert not any(is_free(port) for port in ports)
    await stack.stop()
    assert not any(alive(pid) for pid in family)
    assert all(is_free(port) for port in ports)
    assert not (stack.home / "stack.json").exists()
    assert not [path for path in stack.home.rglob("*") if path.is_socket()]
    await stack.remove()
    assert not stack.home.exists()


async def test_a_stack_starts_again_with_its_events_and_passwords(stack: Stack) -> None:
    await stack.start()
    client = await stack.nats.connect("members")
    await client.jetstream().publish("evt.430000.members.member.1", b"{}", timeout=5)
    await client.close()
    await stack.stop()
    async with Stack(stack.home, services=[]) as again:
        client = await again.nats.connect("members")
        assert (await client.jetstream().get_msg("EVENTS", 1)).data == b"{}"
        await client.close()


async def test_a_port_that_is_taken_is_replaced_and_said_so(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_free(FIXED_PORTS["nats"]):
            taken.bind(("127.0.0.1", FIXED_PORTS["nats"]))
            taken.listen()
        stack = Stack(tmp_path / "stack", services=[], fixed_ports=True, announce=said.append)
        await stack.start()
        assert stack.nats.port != FIXED_PORTS["nats"]
        assert f"端口 14222（nats）已被占用，改用 {stack.nats.port}。" in said
        await stack.remove()


async def test_when_the_stack_itself_is_killed_its_processes_die(
    tmp_path: Path, stand_in: Callable[[str], list[str]]
) -> None:
    home = tmp_path / "stack"
    code = (
        "import asyncio, sys; from pathlib import Path; from yishi.stack import Stack\n"
        "async def run():\n"
        "    await Stack(Path(sys.argv[1]), services=['members'], command=lambda _: sys.argv[2:]).start()\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(run())"
    )
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, str(home), *stand_in("members")), cwd=CHECKOUT
    )
    await _until(lambda: (home / "stack.json").exists() or parent.returncode is not None)
    family = descendants(parent.pid)
    assert len(family) > 3
    parent.send_signal(signal.SIGKILL)
    await asyncio.wait_for(parent.wait(), SECONDS)
    await _until(lambda: not any(alive(pid) for pid in family))
    assert json.loads((home / "stack.json").read_text())["pid"] == parent.pid
    assert running_stack(home) is None
    stack = Stack(home, services=[])
    await stack.start()
    await stack.remove()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_in_the_foreground_it_stops_cleanly_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    home = tmp_path / "stack"
    code = (
        "import sys; from pathlib import Path; from yishi.up import up\nsys.exit(up(Path(sys.argv[1]), services=[]))"
    )
    foreground = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, str(home)), cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE
    )
    await _until(lambda: (home / "stack.json").exists() or foreground.returncode is not None)
    family = descendants(foreground.pid)
    foreground.send_signal(number)
    output, _ = await asyncio.wait_for(foreground.communicate(), SECONDS)
    assert foreground.returncode == 0
    assert "已全部停止。" in output.decode()
    assert family
    assert not any(alive(pid) for pid in family)
    stack = Stack(home, services=[])
    await stack.start()
    await stack.remove()
