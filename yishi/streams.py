"""The streams of the log, created when missing and never changed: `deploy/streams.json` describes them."""

import json
from typing import Any

from nats.aio.client import Client

from yishi import DEPLOY
from yishi.child import StackError

API_SECONDS = 10.0
STREAM_NOT_FOUND = 10059

_MEANS_NOTHING_SET: tuple[object, ...] = (None, False, "", "none", 0, -1, [], {})
"""Values by which the server spells "no limit", "off" and "not configured"."""


class StreamDiffers(StackError):
    """A stream exists with other settings. It is left as it is: to change the log is a person's decision."""


async def ensure_streams(nc: Client, replicas: int = 1) -> None:
    """Create the streams that are missing and compare those that exist.

    The connection needs the operator's rights. *Raises* `StreamDiffers` if an existing stream is not what it
    must be.
    """
    wanted = json.loads((DEPLOY / "streams.json").read_text("utf-8"))
    for name, settings in wanted.items():
        config = {**settings, "num_replicas": replicas}
        answer = await _request(nc, f"$JS.API.STREAM.INFO.{name}")
        if answer.get("error", {}).get("err_code") == STREAM_NOT_FOUND:
            # Somebody else may create it at the same moment: the server compares the settings.
            answer = await _request(nc, f"$JS.API.STREAM.CREATE.{name}", config)
        if "error" in answer:
            raise StackError(f"事件流 {name} 无法建立：{answer['error'].get('description')}")
        differing = differences(config, answer["config"])
        if differing:
            raise StreamDiffers(f"事件流 {name} 的设置与要求不符，未作改动：{'；'.join(differing)}")


async def _request(nc: Client, subject: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    message = await nc.request(subject, json.dumps(body).encode() if body else b"", timeout=API_SECONDS)
    answer: dict[str, Any] = json.loads(message.data)
    return answer


def differences(wanted: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Name the settings of a stream that are not what they must be, in plain words."""
    wanted, found = _normal(wanted), _normal(found)
    keys = sorted(key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key))
    return [f"{key} 应为 {wanted.get(key)!r}，现为 {found.get(key)!r}" for key in keys]


def _normal(config: dict[str, Any]) -> dict[str, Any]:
    # Metadata are labels; the server adds its own. They change nothing about what the stream keeps.
    labels = ("metadata", "description")
    return {key: value for key, value in config.items() if key not in labels and value not in _MEANS_NOTHING_SET}
