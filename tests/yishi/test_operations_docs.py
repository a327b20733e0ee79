"""docs/operations.md names nothing that does not exist: commands, options, containers, targets, metrics, files."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer.main
import yaml

from runtime.settings import Settings
from yishi import CHECKOUT, DEPLOY, SERVICES
from yishi.__main__ import app

DOCUMENT = CHECKOUT / "docs" / "operations.md"
TEXT = DOCUMENT.read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text("utf-8"))["services"]
ALERTS = (DEPLOY / "alerts.yml").read_text("utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", TEXT, flags=re.DOTALL)
CODE = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL))
SUFFIXES = r"(_total|_bucket|_count|_sum)?"


def _commands() -> Iterator[str]:
    """Give every command that the document tells to run."""
    for line in "\n".join(BLOCKS).splitlines():
        command = line.removeprefix("$ ").partition(" #")[0].strip()
        command = re.sub(r"^for service in ([\w ]+); do (.*); done$", r"\2", command).replace("$service", SERVICES[0])
        yield from (part.strip() for part in re.sub(r"^[A-Z_]+=\S+ ", "", command).split("&&"))
    for code in CODE:
        if re.match(r"(docker|yishi|make) ", code) and "…" not in code:
            yield code


COMMANDS = sorted({command for command in _commands() if command})


def _split(command: str) -> list[str]:
    return shlex.split(command.replace("$PWD", "/here").replace("SERVICE", SERVICES[0]))


def _check_yishi(arguments: list[str]) -> None:
    """Check that a command and its options exist; the number of its arguments is right, too."""
    command: Any = typer.main.get_command(app)
    while isinstance(command, click.Group) or hasattr(command, "commands"):
        assert arguments[0] in command.commands, arguments
        command, arguments = command.commands[arguments[0]], arguments[1:]
        if not arguments:
            return
    command.make_context(command.name, list(arguments))


def _check_compose(arguments: list[str]) -> None:
    while arguments[0].startswith("--"):
        assert arguments[:2] == ["--profile", "monitoring"]
        arguments = arguments[2:]
    verb, rest = arguments[0], arguments[1:]
    with_value = {"--tail", "--scale", "--entrypoint", "-v", "-U", "-d", "-c"}
    plain = [part for index, part in enumerate(rest) if rest[index - 1] not in with_value or index == 0]
    named = [part for part in plain if not part.startswith("-")]
    for index, part in enumerate(rest):
        if part == "--scale":
            assert rest[index + 1].split("=")[0] in COMPOSE
    if verb in ("run", "exec"):
        container, inside = named[0], rest[rest.index(named[0]) + 1 :]
        assert container in COMPOSE
        if verb == "run" and "--entrypoint" not in rest:
            assert COMPOSE[container]["build"]["target"] == "job"
            _check_yishi(inside or COMPOSE[container]["command"])
    else:
        assert verb in ("up", "down", "ps", "logs", "stop", "start", "restart", "build")
        assert set(named) <= COMPOSE.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_exists_with_its_options_and_containers(command: str) -> None:
    program, *arguments = _split(command)
    if program == "yishi":
        _check_yishi(arguments)
    elif program == "docker" and arguments[0] == "compose":
        _check_compose(arguments[1:])
    elif program == "make":
        targets = re.findall(r"^([a-z]+):", (CHECKOUT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
        assert arguments[0] in targets
    else:
        assert program in ("cp", "docker")


def test_the_commands_were_found() -> None:
    assert len(COMMANDS) > 40
    assert {"docker compose run --rm cli verify", "make wipe"} <= set(COMMANDS)


def test_every_metric_exists() -> None:
    sources = [
        path.read_text("utf-8")
        for part in ("runtime", "services", "yishi")
        for path in (CHECKOUT / part).rglob("*.py")
    ]
    made = set(re.findall(r'"(yishi_[a-z_]+)"', "\n".join(sources)))
    named = {name for name in re.findall(r"yishi_[a-z_]+", TEXT)} - {f"yishi_{service}" for service in SERVICES}
    assert len(named) > 20
    assert {name for name in named if name not in made and re.sub(rf"{SUFFIXES}$", "", name) not in made} == set()


def test_every_alert_has_a_runbook_and_every_one_named_exists() -> None:
    raised = set(re.findall(r"alert: (\w+)", ALERTS))
    named = set(re.findall(r"`(Yishi\w+)`", TEXT))
    assert raised
    assert named <= raised
    table = TEXT[TEXT.index("## Something is wrong") :]
    assert {alert for alert in raised if f"`{alert}`" not in table} == set()


def test_every_file_and_every_link_exists() -> None:
    folders = "|".join(path.name for path in CHECKOUT.iterdir() if path.is_dir() and not path.name.startswith("."))
    paths = {
        code for code in CODE if re.fullmatch(rf"(?:{folders})/[\w./-]+|[\w-]+\.(?:yml|md)|\.env\.example", code)
    }
    assert "deploy/nats.conf" in paths
    assert {path for path in paths if not (CHECKOUT / path).exists()} == set()
    headings = {
        re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", TEXT, flags=re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        file, _, anchor = target.partition("#")
        assert Path(DOCUMENT.parent / file).exists() if file else anchor in headings, target


def test_every_setting_exists() -> None:
    known = {f"YISHI_{name.upper()}" for name in Settings.model_fields}
    known |= set(re.findall(r"[A-Z]+_[A-Z_]+", (CHECKOUT / "docker-compose.yml").read_text("utf-8")))
    named = set(re.findall(r"\b(?:YISHI|NATS|POSTGRES|GRAFANA)_[A-Z_]+", TEXT))
    assert len(named) > 5
    assert named <= known
