"""The containers' settings are complete: whatever a server or a service asks for is given, and no secret is kept."""

import re
import subprocess
from typing import Any

import yaml

from runtime.settings import Settings
from yishi import CHECKOUT, DEPLOY, SERVICES
from yishi.nats import nats_server_binary

COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text("utf-8"))["services"]
EXAMPLE = (CHECKOUT / ".env.example").read_text("utf-8")


def test_nats_is_given_every_variable_of_its_configuration() -> None:
    settings = [line.partition("#")[0] for line in (DEPLOY / "nats.conf").read_text("utf-8").splitlines()]
    asked = set(re.findall(r"(?<![\"\w.])\$(NATS_\w+)", "\n".join(settings)))
    assert asked
    assert asked == COMPOSE["nats"]["environment"].keys()


def test_nats_accepts_its_configuration_with_the_containers_settings() -> None:
    given = COMPOSE["nats"]["environment"]
    settings = {name: "pPlaceholder1" if "PASSWORD" in name else value for name, value in given.items()}
    command = [str(nats_server_binary()), "-t", "-c", str(DEPLOY / "nats.conf")]
    checked = subprocess.run(command, env=settings, capture_output=True, text=True, check=False, timeout=20)
    assert checked.returncode == 0, checked.stderr


def test_postgresql_is_given_every_password_of_its_script() -> None:
    asked = set(re.findall(r"\\getenv \w+ (\w+)", (DEPLOY / "postgres.sql").read_text("utf-8")))
    assert len(asked) == 2 * len(SERVICES)
    assert asked <= COMPOSE["postgres"]["environment"].keys()


def test_every_service_runs_with_every_setting_that_has_no_default() -> None:
    needed = {f"YISHI_{name.upper()}" for name, field in Settings.model_fields.items() if field.is_required()}
    for service in SERVICES:
        assert needed <= COMPOSE[service]["environment"].keys()
        assert COMPOSE[service]["build"]["args"] == {"SERVICE": service}
        assert COMPOSE[service]["read_only"] is True
        assert "YISHI_DEVELOPMENT" not in COMPOSE[service]["environment"]


def test_every_variable_of_the_containers_stands_in_the_example_and_none_has_a_value() -> None:
    used = set(re.findall(r"\$\{(\w+)", (CHECKOUT / "docker-compose.yml").read_text("utf-8")))
    given = dict(line.split("=", 1) for line in EXAMPLE.splitlines() if line and not line.startswith("#"))
    assert used == given.keys()
    assert all("replace-me" in value for value in given.values())


def test_a_service_image_holds_only_the_shared_code_and_its_own_folder() -> None:
    stages = re.split(r"^FROM ", (DEPLOY / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    stage = {part.splitlines()[0].split(" AS ")[1]: part for part in stages[1:]}
    copied = re.findall(r"^COPY (?!--from)(\S+)", stage["tree"] + stage["service"], flags=re.MULTILINE)
    assert copied == ["contracts", "runtime", "rules", "services/${SERVICE}"]
    assert "--require-hashes" in stage["packages"]
    assert "USER 10001" in stage["service"]
