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
        """Read the passwords of a state folder, and make those that it does not have."""
        file = home / FILE
        stored = json.loads(file.read_text("utf-8")) if file.exists() else {"nats": {}, "postgres": {}}
        roles = [f"{service}_{kind}" for service in SERVICES for kind in ("projector", "http")]
        # A state folder of an older version is given the users that it does not know yet.
        passwords = cls(
            nats={user: _password() for user in ("operator", "auditor", *SERVICES)} | stored["nats"],
            postgres={role: _password() for role in ("postgres", *roles)} | stored["postgres"],
        )
        if asdict(passwords) != stored:
            home.mkdir(parents=True, exist_ok=True)
            write_private(file, json.dumps(asdict(passwords), indent=2))
        return passwords
