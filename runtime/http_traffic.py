"""How many requests come in, how they are answered, and how long it takes: by route template, never by path."""

from time import perf_counter

from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.metrics import Metrics

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNSEEN = frozenset({"/metrics", "/healthz", "/readyz"})
"""Routes of probes and scrapes, which would hide what people wait for."""


class HttpTraffic:
    """ASGI middleware: every request is measured once it has been answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._children: dict[tuple[Metrics, str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and measure it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 500  # What an application that raises is answered with.

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_status)
        finally:
            self._note(scope, status, perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        template = getattr(route, "path", "unknown")
        if template in _UNSEEN:
            return
        method = scope["method"] if scope["method"] in _METHODS else "other"
        metrics: Metrics = scope["app"].state.process.metrics
        key = (metrics, template, method, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = metrics.requests.labels(template, method, str(status))
        child.observe(seconds)
