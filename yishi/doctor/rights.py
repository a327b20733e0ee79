"""What each service's NATS user may do: what it must, and nothing that could harm the log or another service.

Nothing is changed by asking. An append names a stream that does not exist, an update another stream than its
subject's, a purge and a deletion name what no log holds: where the right is there, the server refuses each of them
for that reason; where it is not, it says "permissions violation", and that is all we listen for.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import nats
import nats.errors

from runtime.log import STREAM
from runtime.messages import EXPECTED_SEQUENCE_HEADER
from yishi import SERVICES
from yishi.doctor.check import Check

CONNECT_SECONDS = 3
NOBODY = "YISHI-DOCTOR-NONE"
"""A stream that nobody has."""
NEVER = 2**62
"""A stream sequence that no log reaches."""
NAME = "NATS 用户的权限"


@dataclass(frozen=True)
class Probe:
    """Something that a user must or must not be able to publish."""

    subject: str
    may: bool
    body: bytes = b""
    headers: Mapping[str, str] | None = None


def probes(service: str) -> list[Probe]:
    """Give what is tried as a service's user."""
    others = [other for other in SERVICES if other != service]
    refused = {"Nats-Expected-Stream": NOBODY, EXPECTED_SEQUENCE_HEADER: str(NEVER)}

    def asks(subject: str, may: bool, **question: object) -> Probe:
        return Probe(f"$JS.API.{subject}", may, json.dumps(question).encode())

    return [
        Probe(f"evt.000000.{service}.doctor.none", True, headers=refused),
        Probe(f"position.{service}.doctor", True, b"0"),
        asks(f"STREAM.INFO.{STREAM}", True),
        asks(f"STREAM.MSG.GET.{STREAM}", True, seq=NEVER),
        asks(f"CONSUMER.CREATE.{STREAM}.doctor", True, stream_name=NOBODY),
        *(Probe(f"evt.000000.{other}.doctor.none", False, headers=refused) for other in others),
        *(Probe(f"position.{other}.doctor", False, b"0") for other in others),
        asks(f"STREAM.CREATE.{NOBODY}", False, name=NOBODY.lower()),
        asks(f"STREAM.UPDATE.{STREAM}", False, name=NOBODY),
        asks(f"STREAM.PURGE.{STREAM}", False, filter="evt.000000.doctor.none.none", seq=1),
        asks(f"STREAM.MSG.DELETE.{STREAM}", False, seq=NEVER),
        asks(f"STREAM.DELETE.{NOBODY}", False),
    ]


async def check_rights(url: str, service: str, password: str) -> Check:
    """Try, as a service's user, what it must and what it must not be able to do."""
    refused: set[str] = set()

    async def heard(error: Exception) -> None:
        refused.add(str(error).lower())

    try:
        client = await nats.connect(
            url,
            user=service,
            password=password,
            inbox_prefix=f"_INBOX_{service}".encode(),
            connect_timeout=CONNECT_SECONDS,
            allow_reconnect=False,
            error_cb=heard,
        )
    except (OSError, TimeoutError, nats.errors.Error) as error:
        advice = (
            f"核对 {service} 的密码（NATS_{service.upper()}_PASSWORD）与 deploy/nats.conf，然后重载 nats-server。"
        )
        return Check(
            "log.rights", NAME, "fail", f"无法以 {service} 登录：{error or type(error).__name__}", advice, service
        )
    tried = probes(service)
    foreign = [f"_INBOX_{other}.doctor" for other in SERVICES if other != service]
    try:
        for probe in tried:
            await client.publish(probe.subject, probe.body, headers=dict(probe.headers or {}) or None)
        for subject in foreign:
            await client.subscribe(subject)
        # The client's PING overtakes what it still holds; the answer to the second one comes after every refusal.
        for _ in range(2):
            await client.flush(CONNECT_SECONDS)
    finally:
        await client.close()

    def denied(subject: str) -> bool:
        return any(f'"{subject.lower()}"' in said for said in refused)

    lacking = [probe.subject for probe in tried if probe.may and denied(probe.subject)]
    too_much = [probe.subject for probe in tried if not probe.may and not denied(probe.subject)]
    too_much += [f"订阅 {subject}" for subject in foreign if not denied(subject)]
    return _judge(service, lacking, too_much)


def _judge(service: str, lacking: list[str], too_much: list[str]) -> Check:
    advice = f"按 deploy/nats.conf 改正用户 {service} 的 permissions，然后 nats-server --signal reload。"
    said = [f"不能发布 {'、'.join(lacking)}"] if lacking else []
    said += [f"不应能够：{'、'.join(too_much)}"] if too_much else []
    if said:
        return Check("log.rights", NAME, "fail", "；".join(said), advice, service)
    return Check("log.rights", NAME, "ok", "能写自己的事件，不能写别人的，不能改、清、删事件流", about=service)
