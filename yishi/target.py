"""Where a command finds the system it asks: the stack that runs in the state folder, or the one the settings name.

Settings in the environment (`YISHI_NATS_URL` and its companions, as the services have them) come first, so that the
same commands serve production. Without them a stack must be running.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import nats.errors
from pydantic import SecretStr

from runtime.log import EventLog, UnsafeLog
from runtime.settings import Settings, utc_now
from yishi import SERVICES
from yishi.child import StackError
from yishi.development_keys import ISSUER, DevelopmentKeys
from yishi.ports import LOOPBACK
from yishi.stack_state import running_stack

CONNECT_SECONDS = 10.0


class NoStack(StackError):
    """There is nothing to ask: no stack runs, and the environment names none."""


@dataclass(frozen=True)
class Target:
    """One system: its log, its services' addresses and databases, and how to get a token."""

    nats_url: str
    nats_user: str
    nats_password: str
    nats_monitor_url: str
    services: Mapping[str, str] = field(default_factory=dict)
    """Addresses by service."""
    settings: Mapping[str, Settings] = field(default_factory=dict)
    """How each service whose database can be reached is set up."""
    home: Path | None = None
    """The state folder of an embedded stack; it has development keys."""

    def service_url(self, service: str) -> str:
        """Give the address of a service. *Raises* `NoStack`."""
        if service not in self.services:
            raise NoStack(f"找不到服务 {service} 的地址：它没有在运行，也没有设置 YISHI_{service.upper()}_URL。")
        return self.services[service]

    def token(self, subject: str, county: str, *roles: str, unit: str = "") -> str:
        """Give a token: a fresh one of the embedded stack's, elsewhere `YISHI_TOKEN`. *Raises* `NoStack`."""
        if self.home is not None:
            keys = DevelopmentKeys.load(self.home)
            return keys.issue_token(subject, county, roles, unit, now=utc_now(), lifetime=timedelta(hours=1))
        if token := os.environ.get("YISHI_TOKEN"):
            return token
        raise NoStack("没有访问令牌：请用 YISHI_TOKEN 提供由身份系统签发的令牌。")


def find_target(home: Path) -> Target:
    """Find the system that a command asks. *Raises* `NoStack` in one sentence when there is none."""
    if os.environ.get("YISHI_NATS_URL"):
        return _from_environment()
    state = running_stack(home)
    if state is None:
        raise NoStack(f"{home} 中没有正在运行的系统：请先运行 yishi up，或用 YISHI_NATS_URL 等设置指明要访问的系统。")
    return _from_stack(state)


def _from_environment() -> Target:
    wanted = ("YISHI_NATS_URL", "YISHI_NATS_USER", "YISHI_NATS_PASSWORD", "YISHI_NATS_MONITOR_URL")
    missing = [name for name in wanted if not os.environ.get(name)]
    if missing:
        raise NoStack(f"设置不全：缺少 {'、'.join(missing)}。")
    url, user, password, monitor_url = (os.environ[name] for name in wanted)
    urls = {name: os.environ.get(f"YISHI_{name.upper()}_URL", "") for name in SERVICES}
    settings = {user: Settings()} if user in SERVICES and os.environ.get("YISHI_DATABASE_URL") else {}
    return Target(url, user, password, monitor_url, {name: url for name, url in urls.items() if url}, settings)


def _from_stack(state: dict[str, Any]) -> Target:
    nats_state, postgres = state["nats"], state["postgres"]

    def database(service: str, kind: str) -> SecretStr:
        password = postgres["passwords"][f"{service}_{kind}"]
        return SecretStr(f"postgresql://{service}_{kind}:{password}@{LOOPBACK}:{postgres['port']}/yishi_{service}")

    settings = {
        service: Settings(
            nats_url=nats_state["url"],
            nats_user=service,
            nats_password=SecretStr(nats_state["passwords"][service]),
            nats_monitor_url=nats_state["monitor_url"],
            database_url=database(service, "projector"),
            database_http_url=database(service, "http"),
            issuer=ISSUER,
            jwks_file=Path(state["jwks_file"]),
            development=True,
        )
        for service in SERVICES
    }
    return Target(
        nats_url=nats_state["url"],
        nats_user="operator",
        nats_password=nats_state["passwords"]["operator"],
        nats_monitor_url=nats_state["monitor_url"],
        services={name: service["url"] for name, service in state["services"].items()},
        settings=settings,
        home=Path(state["home"]),
    )


@asynccontextmanager
async def open_log(target: Target) -> AsyncIterator[tuple[EventLog, str | None]]:
    """Connect to the log to read it; the second value says how it is weaker than it must be, None when it is not.

    *Raises* `NoStack` when it cannot be reached.
    """
    nothing = SecretStr("")
    settings = Settings(
        nats_url=target.nats_url,
        nats_user=target.nats_user,
        nats_password=SecretStr(target.nats_password),
        nats_monitor_url=target.nats_monitor_url,
        database_url=nothing,
        database_http_url=nothing,
        issuer="",
        jwks_file=Path(os.devnull),
    )
    log = EventLog(settings, "yishi")
    weak = None
    try:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await log.connect()
        except UnsafeLog as weakness:
            weak = str(weakness)
        except (OSError, TimeoutError, nats.errors.Error, httpx2.HTTPError) as error:
            raise NoStack(f"无法连接事件日志 {target.nats_url}：{error or type(error).__name__}。") from error
        yield log, weak
    finally:
        await log.close()
