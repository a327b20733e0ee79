"""What a service process counts and measures, for Prometheus: one registry for each process.

Labels come from the program alone (actions, codes, route templates), never from a request or an event, so their
number is bounded and nothing personal can stand in them. Which service and which replica it is, the scrape says
(`job`, `instance`). What each metric means and what to do about it: docs/operations.md.
"""

from collections.abc import Callable
from importlib import metadata
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics import MetricWrapperBase

from runtime.refusals import AggregateParked, Conflict, OutcomeUnknown, Refusal

M = TypeVar("M", bound=MetricWrapperBase)

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds: an append to a fast disk takes two milliseconds, nothing waits longer than ten seconds."""

_BY_STATUS = {
    400: "refused_invalid",
    403: "refused_forbidden",
    404: "refused_missing",
    410: "refused_missing",
    412: "refused_stale",
    413: "refused_invalid",
    422: "refused_invalid",
    503: "unavailable",
}


def outcome_of(error: Exception) -> str:
    """Name how a command ended that raised: the family of the refusal's code, or `failed` for our own mistake."""
    match error:
        case Conflict():
            return "conflict"
        case OutcomeUnknown():
            return "unknown"
        case AggregateParked():
            return "parked"
        case Refusal():
            return _BY_STATUS.get(error.status, "refused_rule")
        case _:
            return "failed"


class CommandMetrics:
    """How the commands end, and how long they take from load to acknowledgement."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make the metrics in a registry, once."""
        self._seconds = Histogram(
            "yishi_command_duration_seconds",
            "Seconds from load to acknowledged append or refusal, by action and outcome",
            ("action", "outcome"),
            registry=registry,
            buckets=BUCKETS,
        )
        self._refusals = Counter(
            "yishi_refusals", "Commands refused, by the problem's code", ("code",), registry=registry
        )
        self._conflicts = Counter(
            "yishi_append_conflicts",
            "Appends that somebody else's came before; each is tried again",
            registry=registry,
        )
        self._children: dict[tuple[str, str], Histogram] = {}

    def ended(self, action: str, outcome: str, seconds: float) -> None:
        """Count a command that gave an event, now (`appended`) or when it was first sent (`repeated`)."""
        child = self._children.get((action, outcome))
        if child is None:
            child = self._children[action, outcome] = self._seconds.labels(action, outcome)
        child.observe(seconds)

    def raised(self, action: str, error: Exception, seconds: float) -> None:
        """Count a command that was refused or failed."""
        self.ended(action, outcome_of(error), seconds)
        if isinstance(error, Refusal):
            self._refusals.labels(error.code).inc()

    def conflicted(self) -> None:
        """Count an append that came second."""
        self._conflicts.inc()


class Metrics:
    """The metrics of one process."""

    def __init__(self, service: str, schema: str) -> None:
        """Make the registry and what every service has."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # A second series beside each, of which nobody makes anything.
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.commands = CommandMetrics(self.registry)
        self._made: dict[str, MetricWrapperBase] = {}
        self.requests = self.histogram(
            "yishi_http_request_duration_seconds",
            "Seconds to answer a request, by route template, method and status; probes and scrapes are left out",
            "route",
            "method",
            "status",
        )
        build = self.gauge(
            "yishi_build_info", "Always 1: which program serves which schema", "service", "version", "schema"
        )
        build.labels(service, _version(), schema).set(1)

    def counter(self, name: str, meaning: str, *labels: str) -> Counter:
        """Give a counter, the same for the same name; Prometheus shows it as `<name>_total`."""
        return self._once(name, lambda: Counter(name, meaning, labels, registry=self.registry))

    def gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        """Give a gauge, the same for the same name."""
        return self._once(name, lambda: Gauge(name, meaning, labels, registry=self.registry))

    def histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        """Give a histogram of seconds, the same for the same name."""
        return self._once(name, lambda: Histogram(name, meaning, labels, registry=self.registry, buckets=BUCKETS))

    def watch(self, name: str, meaning: str, look: Callable[[], float], **labels: str) -> None:
        """Show what `look` says at the time of each scrape; it must answer at once, from memory."""
        gauge = self.gauge(name, meaning, *labels)
        (gauge.labels(**labels) if labels else gauge).set_function(look)

    def _once(self, name: str, make: Callable[[], M]) -> M:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]  # type: ignore[return-value]  # A name is always asked for as the same kind.


def _version() -> str:
    try:
        return metadata.version("yishi")
    except metadata.PackageNotFoundError:
        return "checkout"
