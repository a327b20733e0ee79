"""The log's server, as its monitoring port shows it: safe settings, all streams, room, version and clock."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2

from runtime.log import STREAM
from yishi import DEPLOY
from yishi.doctor.check import Check, check_skew, check_version
from yishi.streams import differences

SECONDS = 5.0
LEAST_SERVER = "2.12.0"
"""The first with atomic batches."""
TRIED_SERVER = "2.15.1"
FULL, NEARLY_FULL = 0.95, 0.8


@dataclass(frozen=True)
class Seen:
    """What the monitoring port said."""

    server: dict[str, Any]
    jetstream: dict[str, Any]
    ahead: float
    """Seconds by which the server's clock is ahead of ours."""

    @property
    def streams(self) -> dict[str, dict[str, Any]]:
        """Give each stream with its `config` and `state`, by name."""
        accounts = self.jetstream.get("account_details") or []
        return {stream["name"]: stream for account in accounts for stream in account.get("stream_detail") or []}

    @property
    def head(self) -> int | None:
        """Give the stream sequence of the newest event, None when there is no log."""
        log = self.streams.get(STREAM)
        return int(log["state"]["last_seq"]) if log else None


async def look(monitor_url: str) -> Seen:
    """Ask the monitoring port. *Raises* `httpx2.HTTPError`, `ValueError`."""
    async with httpx2.AsyncClient(base_url=monitor_url, timeout=SECONDS, trust_env=False) as http:
        before = time.time()
        server = (await http.get("/varz")).json()
        between = (before + time.time()) / 2
        jetstream = (await http.get("/jsz", params={"streams": "true", "config": "true"})).json()
    now = datetime.fromisoformat(server["now"]).astimezone(UTC).timestamp()
    return Seen(server, jetstream, now - between)


def check_log(seen: Seen) -> list[Check]:
    """Judge the log's server by what it said."""
    return [
        _sync(seen),
        _stream(seen),
        _buckets(seen),
        _room(seen),
        check_version("log.version", "nats-server 版本", seen.server["version"], LEAST_SERVER, TRIED_SERVER),
        check_skew("log.clock", "日志服务器的时钟", seen.ahead),
    ]


def unreachable(url: str, error: Exception) -> Check:
    """Say that the monitoring port does not answer."""
    return Check(
        "log.reachable",
        "事件日志",
        "fail",
        f"监控端口 {url} 没有应答：{error or type(error).__name__}",
        "启动 nats-server，或改正 YISHI_NATS_MONITOR_URL；没有它各服务不写入。",
    )


def _sync(seen: Seen) -> Check:
    if seen.jetstream.get("config", {}).get("sync_always"):
        return Check("log.sync", "每次写入即落盘", "ok", "sync_interval: always")
    advice = "在 nats-server 的 jetstream 配置中设 sync_interval: always 并重启它；此前各服务拒绝启动。"
    return Check("log.sync", "每次写入即落盘", "fail", "没有开启：已确认的事件断电时可能丢失", advice)


def _wanted() -> dict[str, dict[str, Any]]:
    wanted: dict[str, dict[str, Any]] = json.loads((DEPLOY / "streams.json").read_text("utf-8"))
    return wanted


def _differing(seen: Seen, name: str) -> list[str]:
    found = seen.streams[name]["config"]
    return differences({**_wanted()[name], "num_replicas": found.get("num_replicas", 1)}, found)


def _stream(seen: Seen) -> Check:
    name = "事件流 EVENTS"
    if STREAM not in seen.streams:
        return Check(
            "log.stream", name, "fail", "不存在", "首次部署：运行 yishi streams。否则日志已丢失：从归档恢复。"
        )
    if wrong := _differing(seen, STREAM):
        advice = "先弄清是谁改的；由人用 nats 工具改回（yishi streams 从不改动已有的流），再运行 yishi verify。"
        return Check("log.stream", name, "fail", "设置与要求不符：" + "；".join(wrong), advice)
    state = seen.streams[STREAM]["state"]
    if state["messages"] != state["last_seq"]:
        finding = f"应有 {state['last_seq']} 个事件，只有 {state['messages']} 个（首个序号 {state['first_seq']}）"
        return Check("log.stream", name, "fail", finding, "事件有缺失：停止写入，运行 yishi verify，用归档修复。")
    return Check("log.stream", name, "ok", f"{state['messages']} 个事件，末尾序号 {state['last_seq']}")


def _buckets(seen: Seen) -> Check:
    buckets = [name for name in _wanted() if name != STREAM]
    if missing := [name for name in buckets if name not in seen.streams]:
        return Check("log.buckets", "密封文件库", "fail", f"缺少 {'、'.join(missing)}", "运行 yishi streams。")
    wrong = [f"{name}：{'；'.join(differing)}" for name in buckets if (differing := _differing(seen, name))]
    if wrong:
        return Check("log.buckets", "密封文件库", "warn", "设置与要求不符：" + "。".join(wrong), "由人核对后改回。")
    return Check("log.buckets", "密封文件库", "ok", "、".join(buckets))


def _room(seen: Seen) -> Check:
    used, most = seen.jetstream.get("storage", 0), seen.jetstream.get("config", {}).get("max_storage", 0)
    share = used / most if most > 0 else 0.0
    said = f"已用 {_size(used)}，上限 {_size(most)}（{share:.0%}）"
    if share < NEARLY_FULL:
        return Check("log.room", "日志的存储空间", "ok", said)
    advice = "扩大磁盘与 max_file_store；日志从不删除事件，满了即停止写入（503）。"
    return Check("log.room", "日志的存储空间", "fail" if share >= FULL else "warn", said, advice)


def _size(number: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} TB"
