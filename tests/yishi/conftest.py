"""One pair of real servers for the tests that only look, and stand-ins for the services."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from yishi.stack import Stack

STAND_IN = """
import http.server, os, signal, sys

class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
        self.wfile.write(os.environ["YISHI_NATS_USER"].encode())

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
address = (os.environ["YISHI_HOST"], int(os.environ["YISHI_PORT"]))
http.server.HTTPServer(address, Ready).serve_forever()
"""


@pytest.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("servers"), services=[])
    await stack.start()
    yield stack
    await stack.remove()


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """Servers only, for one test alone; not started."""
    stack = Stack(tmp_path / "stack", services=[])
    yield stack
    await stack.remove()


@pytest.fixture
def stand_in(tmp_path: Path) -> Callable[[str], list[str]]:
    """The command of a service that is ready and does nothing."""
    script = tmp_path / "stand_in.py"
    script.write_text(STAND_IN, "utf-8")
    return lambda service: [sys.executable, str(script)]
