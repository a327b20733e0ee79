"""Ports on the loopback interface for the embedded stack.

Free ports are taken below the kernel's ephemeral range. Inside it, a client that reconnects to a server that
is down can be given the server's own port: it then connects to itself, or keeps the server from coming back.
"""

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
_LOWEST = 15000


def is_free(port: int) -> bool:
    """Say whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that nobody listens on, outside the ephemeral range where there is room."""
    try:
        first_ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (FileNotFoundError, PermissionError):
        first_ephemeral = 32768
    if first_ephemeral > _LOWEST + 1000:
        for _ in range(200):
            port = random.randrange(_LOWEST, first_ephemeral)  # noqa: S311 -- not a secret.
            if is_free(port):
                return port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
