"""The passwords of the embedded stack: made once per state folder, readable by its owner only."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from yishi import SERVICES

FILE = "passwords.json"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read (mode 600), whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def _password() -> str:
    # nats-server reads an environment variable as a configuration value: one that starts with a digit may
    # become a number, so every password starts with a letter.
    return f"p{secrets.token_hex(20)}"


@dataclass(frozen=True)
class Passwords:
    """Who may enter: NATS users by name, PostgreSQL roles by name."""

    nats: dict[str, str]
    postgres: dict[str, str]

    @classmethod
    def load(cls, home: Path) -> "Passwords":
        """Read the passwords of a state folder, or make them when it has none."""
        file = home / FILE
        if file.exists():
            stored = json.loads(file.read_text("utf-8"))
            return cls(nats=stored["nats"], postgres=stored["postgres"])
        roles = [f"{service}_{kind}" for service in SERVICES for kind in ("projector", "http")]
        passwords = cls(
            nats={user: _password() for user in ("operator", *SERVICES)},
            postgres={role: _password() for role in ("postgres", *roles)},
        )
        home.mkdir(parents=True, exist_ok=True)
        write_private(file, json.dumps(asdict(passwords), indent=2))
        return passwords
