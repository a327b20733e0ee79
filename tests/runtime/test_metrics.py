"""What a scrape tells: how commands end, how far the projection is, and nothing about anybody."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from contracts.envelope import Envelope
from contracts.members import UnitEstablished
from runtime.execute import Act
from runtime.metrics import outcome_of
from runtime.process import Process
from runtime.reactions import Reaction
from runtime.refusals import AggregateParked, Conflict, Forbidden, LogUnavailable, OutcomeUnknown, Refusal
from services.members.main import SERVICE as MEMBERS
from services.proposals.main import SERVICE as PROPOSALS
from tests.conftest import serving
from yishi import DEPLOY, SERVICES
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.conftest import Eventually, Forge, Running, Serve
    from tests.runtime.conftest import Hold, Write


@pytest.fixture(scope="module")
async def own_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Servers of this module alone."""
    stack = Stack(tmp_path_factory.mktemp("metrics"), services=[])
    await stack.start()
    yield stack
    await stack.remove()


UNIT = {"name": "规划办公室", "from_on": "2005-01-01"}
ACTION = "yishi_command_duration_seconds_count"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scrape(running: "Running") -> Samples:
    """Give every sample of /metrics by name and labels."""
    answer = await running.http.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    """Give one sample, 0 when there is none."""
    return samples.get((name, frozenset(labels.items())), 0.0)


async def test_commands_are_counted_by_action_and_by_how_they_ended(members: "Running") -> None:
    before = await scrape(members)
    person = members.person()
    key = str(uuid4())
    unit = (await person.post("/v1/units", UNIT, key=key)).json()["id"]
    assert (await person.post("/v1/units", UNIT, key=key)).json()["id"] == unit
    statuses = [
        (await person.post("/v1/units", UNIT | {"name": "别"}, key=key)).status_code,
        (await person.post(f"/v1/units/{unit}/rename", {"name": "处", "from_on": "2004-01-01"})).status_code,
        (await person.post(f"/v1/units/{uuid4()}/rename", {"name": "处", "from_on": "2006-01-01"})).status_code,
        (
            await person.post(f"/v1/units/{unit}/rename", {"name": "处", "from_on": "2006-01-01"}, if_match='"7"')
        ).status_code,
    ]
    assert statuses == [422, 409, 404, 412]
    after = await scrape(members)

    def more(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    ended = [("appended", 1), ("repeated", 1), ("refused_invalid", 1)]
    assert [(how, more(ACTION, action="unit.establish", outcome=how)) for how, _ in ended] == ended
    ended = [("appended", 0), ("refused_rule", 1), ("refused_missing", 1), ("refused_stale", 1)]
    assert [(how, more(ACTION, action="unit.rename", outcome=how)) for how, _ in ended] == ended
    codes = ("idempotency-key-reused", "not-found", "precondition-failed")
    assert [more("yishi_refusals_total", code=code) for code in codes] == [1, 1, 1]
    assert more("yishi_command_duration_seconds_sum", action="unit.establish", outcome="appended") > 0


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Conflict(), "conflict"),
        (OutcomeUnknown(), "unknown"),
        (AggregateParked(), "parked"),
        (LogUnavailable(), "unavailable"),
        (Forbidden(), "refused_forbidden"),
        (Refusal.__new__(type("Rule", (Refusal,), {"code": "unit.closed", "title": ""})), "refused_rule"),
        (ZeroDivisionError(), "failed"),
    ],
)
def test_every_error_has_its_outcome(error: Exception, outcome: str) -> None:
    assert outcome_of(error) == outcome


async def test_requests_are_counted_by_template_and_a_scrape_names_nobody(members: "Running") -> None:
    person = members.person("person:zhang-san")
    before = await scrape(members)
    unit = (await person.post("/v1/units", UNIT)).json()["id"]
    assert (await person.get(f"/v1/units/{unit}")).status_code == 200
    assert (await person.get(f"/v1/units/{uuid4()}?name=规划办公室")).status_code == 404
    assert (await person.get(f"/nowhere/{unit}")).status_code == 404
    assert (await members.http.request("PROPFIND", "/v1/units")).status_code == 405
    after = await scrape(members)

    def more(route: str, method: str, status: str) -> float:
        labels = {"route": route, "method": method, "status": status}
        name = "yishi_http_request_duration_seconds_count"
        return value(after, name, **labels) - value(before, name, **labels)

    assert more("/v1/units", "POST", "201") == 1
    assert more("/v1/units/{id}", "GET", "200") == 1
    assert more("/v1/units/{id}", "GET", "404") == 1
    assert more("unknown", "GET", "404") == 1
    assert more("/v1/units", "other", "405") + more("unknown", "other", "405") == 1
    text = (await members.http.get("/metrics")).text
    for secret in (unit, members.county, "zhang", "规划", "evt.", "nowhere", "PROPFIND", "/metrics", "/readyz"):
        assert secret not in text, secret


async def test_a_parked_aggregate_and_what_the_reactions_did_are_counted(
    serve: "Serve", own_stack: Stack, forge: "Forge", write: "Write", eventually: "Eventually"
) -> None:
    async def react(process: Process, envelope: Envelope[Any], act: Act) -> None:
        if envelope.data.name == "被拒":
            raise Forbidden

    service = replace(PROPOSALS, reactions=(Reaction("look_at_unit", UnitEstablished, react),))
    async with serve(MEMBERS) as members, serve(service) as proposals:
        for name in ("甲", "被拒"):
            assert (await members.person().post("/v1/units", UNIT | {"name": name})).status_code == 201
        await forge(*write(str(uuid4()), version=7))

        async def reacted() -> bool:
            samples = await scrape(proposals)
            done, refused = (
                value(samples, "yishi_reactions_total", reaction="look_at_unit", outcome=how)
                for how in ("done", "refused")
            )
            acked = value(
                samples,
                "faststream_received_processed_messages_total",
                app_name="proposals",
                broker="nats",
                handler="members.unit",
                status="acked",
            )
            return (done, refused, acked) == (2, 1, 3)

        await eventually(reacted)
        await eventually(lambda: _all_projected(members))
        for running in (members, proposals):
            await running.process.vitals.count()
        samples = await scrape(members)
        assert value(samples, "yishi_parked_aggregates") == 1
        samples = await scrape(proposals)
        assert value(samples, "yishi_reactions_refused") == 1
        assert value(samples, "yishi_reactions_deferred") == 0


async def _all_projected(running: "Running") -> bool:
    return running.process.positions.sequence == await running.process.log.last_sequence()


async def test_lag_position_and_heartbeat_follow_the_projection(
    serve: "Serve", own_stack: Stack, hold: "Hold", eventually: "Eventually"
) -> None:
    # The last test of the log's server of this module: it is killed at the end.
    async with serve(MEMBERS, own_projection_wait=0.05) as members:
        head = await members.process.log.last_sequence()
        async with hold(members):
            assert (await members.person().post("/v1/units", UNIT)).status_code == 202

            async def behind() -> bool:
                return value(await scrape(members), "yishi_projection_lag_events") == 1

            await eventually(behind)
            samples = await scrape(members)
            assert value(samples, "yishi_log_head") == head + 1
            assert value(samples, "yishi_projection_position") == head
            assert value(samples, "yishi_projector_heartbeat_age_seconds") > 0.05

        async def caught_up() -> bool:
            return value(await scrape(members), "yishi_projection_lag_events") == 0

        await eventually(caught_up)
        samples = await scrape(members)
        assert value(samples, "yishi_projection_position") == head + 1
        assert value(samples, "yishi_projector_heartbeat_age_seconds") < 1.5
        states = {state: value(samples, "yishi_projector_state", state=state) for state in ("active", "standby")}
        assert states == {"active": 1, "standby": 0}
        assert value(samples, "yishi_nats_connected") == value(samples, "yishi_log_sound") == 1
        assert value(samples, "yishi_database_connections_max", pool="owner") == 4
        await own_stack.nats.kill()

        async def cut() -> bool:
            return value(await scrape(members), "yishi_nats_connected") == 0

        await eventually(cut)
        assert (await members.person().post("/v1/units", UNIT)).status_code == 503
        assert value(await scrape(members), ACTION, action="unit.establish", outcome="unavailable") == 1


_NAME = re.compile(r"\b(?:yishi|faststream|process)_[a-z_]+\b")
_SUFFIX = re.compile(r"_(?:bucket|sum|count)$")
ELSEWHERE = {"yishi_archive_lag_events", "yishi_archive_last_check_timestamp_seconds"}
"""Served by `yishi archive`, and tested there."""


@pytest.fixture(scope="module")
async def known(stack: Stack) -> dict[str, set[str]]:
    """Every metric of the services, with the labels that it may have."""
    found: dict[str, set[str]] = {}
    for name in SERVICES:
        service = import_module(f"services.{name}.main").SERVICE
        async with serving(stack, service, "100000") as running:
            for family in running.process.metrics.registry.collect():
                for name in (family.name, *(sample.name for sample in family.samples)):
                    found.setdefault(name, set()).update(*(sample.labels for sample in family.samples))
            for collector, names in running.process.metrics.registry._collector_to_names.items():
                labels = set(getattr(collector, "_labelnames", ()))
                for metric in names:
                    found.setdefault(metric, set()).update(labels)
    return found


def _expressions(node: Any) -> list[str]:
    match node:
        case {"expr": str(expression)}:
            return [expression]
        case dict():
            return [text for child in node.values() for text in _expressions(child)]
        case list():
            return [text for child in node for text in _expressions(child)]
        case _:
            return []


def _read(path: Path) -> Any:
    return (json.loads if path.suffix == ".json" else yaml.safe_load)(path.read_text("utf-8"))


FILES = [*sorted((DEPLOY / "grafana").glob("*.json")), DEPLOY / "alerts.yml"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_metric_and_label_that_a_dashboard_or_an_alert_names_exists(
    path: Path, known: dict[str, set[str]]
) -> None:
    expressions = _expressions(_read(path))
    assert len(expressions) > 10
    for expression in expressions:
        assert expression.count("(") == expression.count(")"), expression
        for metric, labels in re.findall(r"\b((?:yishi|faststream|process)_[a-z_]+)\b(?:\{([^}]*)\})?", expression):
            if metric in ELSEWHERE:
                continue
            assert metric in known, f"{path.name} names {metric}: {expression}"
            used = set(re.findall(r"(\w+)\s*=~?", labels))
            assert used <= known[metric] | {"service", "instance", "job"}, f"{metric} has no label {used}"
    shown = {name for expression in expressions for name in _NAME.findall(expression)}
    if path.suffix == ".json":
        ours = {_SUFFIX.sub("", name) for name in known if name.startswith("yishi_")}
        ours = {name.removesuffix("_total") for name in ours if not name.endswith("_created")}
        missing = ours - {_SUFFIX.sub("", name).removesuffix("_total") for name in shown}
        assert not missing, f"nobody can see {sorted(missing)}"


def test_prometheus_reads_the_alerts_and_scrapes_every_service() -> None:
    config = _read(DEPLOY / "prometheus.yml")
    assert config["rule_files"] == ["alerts.yml"]
    [services] = [job for job in config["scrape_configs"] if job["job_name"] == "yishi"]
    assert {target["labels"]["service"] for target in services["static_configs"]} == set(SERVICES)
    rules = [rule for group in _read(DEPLOY / "alerts.yml")["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert set(rule["annotations"]) == {"summary", "action"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
