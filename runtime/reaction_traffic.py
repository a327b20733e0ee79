"""FastStream's own Prometheus metrics for the reactions, with a label that stays bounded.

Its middleware labels each message with its subject, which here names one aggregate: one series for every case there
ever was, and its id in the open. Ours labels it with the kind, `<service>.<aggregate>`.
"""

from typing import Any

from faststream.message import StreamMessage
from faststream.nats.prometheus.provider import NatsMetricsSettingsProvider
from faststream.prometheus import ConsumeAttrs
from faststream.prometheus.middleware import PrometheusMiddleware
from nats.aio.msg import Msg

from runtime.metrics import Metrics


class _ByKind(NatsMetricsSettingsProvider):
    def get_consume_attrs_from_message(self, msg: StreamMessage[Msg]) -> ConsumeAttrs:
        """Give what is counted about a message of the log."""
        kind = ".".join(msg.raw_message.subject.split(".", 4)[2:4])
        return {"destination_name": kind, "message_size": len(msg.body), "messages_count": 1}


def reaction_traffic(metrics: Metrics, service: str) -> PrometheusMiddleware[Any, Any]:
    """Give the middleware that measures received messages by kind and by what became of them."""
    return PrometheusMiddleware(
        settings_provider_factory=lambda _: _ByKind(), registry=metrics.registry, app_name=service
    )
