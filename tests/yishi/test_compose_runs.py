"""Every command of docker-compose.yml, started with its environment against real servers with that configuration.

No container engine is needed: `tests/yishi/containers.py` says what is rewritten. Then the same with one mistake in
the files at a time: each is found by the start, and for the right reason.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import nats
import pytest
from nats.aio.client import Client

from contracts.envelope import TYPE_HEADER
from runtime.settings import utc_now
from tests.yishi.containers import (
    ComposeError,
    Deployment,
    Files,
    PostgresContainer,
    filled_in,
    network,
    open_again,
)
from tests.yishi.dockerfile import BuildError, make_packages
from yishi import CHECKOUT, SERVICES
from yishi.child import StackError
from yishi.demo.photo import photo
from yishi.development_keys import DevelopmentKeys
from yishi.postgres_place import remove, settle, wheel_install
from yishi.rebuild import load_service
from yishi.streams import ensure_streams

if TYPE_CHECKING:
    from tests.conftest import Eventually

COUNTY = "430000"
ISSUER = "https://identity.example/realm"
USER = 10001
BODY = {"name": "县政协", "kind": "cppcc"}


@dataclass(frozen=True)
class Site:
    """The deployment that runs, what it was made from, and the issuer of its tokens."""

    deployment: Deployment
    variables: dict[str, str]
    keys: DevelopmentKeys
    prefix: str

    async def post(self, service: str, path: str, subject: str, *roles: str, **sent: Any) -> dict[str, Any]:
        """Command over HTTP and give the answer, which must be a success."""
        unit = sent.pop("unit", "")
        token = self.keys.issue_token(subject, COUNTY, roles, unit, now=utc_now(), issuer=ISSUER)
        headers = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid4())}
        headers["at-least"] = sent.pop("at_least", "EVENTS:0")
        if "content" in sent:
            headers["content-type"] = "image/png"
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
            answer = await http.post(self.deployment.url(service) + path, headers=headers, **sent)
        assert answer.status_code in (200, 201), answer.text
        content: dict[str, Any] = answer.json()
        return content

    def changed(self, files: Files, *others: str, variables: dict[str, str] | None = None) -> Deployment:
        """Give the site with changed files: other services, and its own servers unless the `others` name them."""
        here = self.deployment
        scratch = Path(tempfile.mkdtemp(prefix="changed-", dir=here.scratch))
        scratch.chmod(0o755)
        (scratch / "roots").mkdir()
        other = Deployment(scratch, files, variables or self.variables, here.packages, self.prefix)
        for number, name in enumerate((*SERVICES, *others), start=100):
            other.addresses[name] = f"{self.prefix}.{number}"
        return other


@pytest.fixture(scope="session")
async def site() -> AsyncIterator[Site]:
    """The whole system as compose starts it, in a folder that everybody may enter."""
    prefix = network()
    if not prefix:
        pytest.skip("only 127.0.0.1 is a loopback address here")
    scratch = Path(tempfile.mkdtemp(prefix="yishi-compose-"))
    scratch.chmod(0o755)
    for folder in ("roots", "postgres", "keys"):
        (scratch / folder).mkdir()
    keys = DevelopmentKeys.load(scratch / "keys")
    keys.jwks_file.chmod(0o644)
    example = (CHECKOUT / ".env.example").read_text("utf-8")
    variables = filled_in(example, {"YISHI_ISSUER": ISSUER, "YISHI_JWKS": str(keys.jwks_file)})
    deployment = None
    try:
        deployment = Deployment(scratch, Files(), variables, make_packages(scratch, USER), prefix)
        place = settle(scratch / "postgres", wheel_install())
        await asyncio.gather(PostgresContainer(deployment, place).start(), deployment.up("nats"))
        await deployment.run("streams")
        await asyncio.gather(*(deployment.up(name) for name in (*SERVICES, "archive")))
        yield Site(deployment, variables, keys, prefix)
    finally:
        if deployment:
            await deployment.down()
        remove(scratch / "postgres")
        open_again(scratch)
        shutil.rmtree(scratch)


@pytest.fixture
async def operator(site: Site) -> AsyncIterator[Client]:
    client = await _operator(site.deployment, site.variables)
    yield client
    await client.close()


async def _operator(deployment: Deployment, variables: dict[str, str]) -> Client:
    url = f"nats://operator:{variables['NATS_OPERATOR_PASSWORD']}@{deployment.addresses['nats']}:4222"
    return await nats.connect(url)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_as_the_images_user_who_may_write_nothing_but_its_volume(site: Site, service: str) -> None:
    child = site.deployment.running[service]
    if child.user is None and os.geteuid() == 0:
        pytest.skip("no other user can reach this Python")
    if child.user is not None:
        assert Path(f"/proc/{child.pid}").stat().st_uid == USER
    root = child.directory.parent
    writable = [path for path in [root, *root.rglob("*")] if not path.is_symlink() and path.stat().st_mode & 0o222]
    assert writable == []
    assert (root / "var/lib/yishi").stat().st_uid == (USER if child.user else os.geteuid())
    assert {folder.name for folder in (root / "app").iterdir()} == {"contracts", "runtime", "rules", "services"}
    assert [folder.name for folder in (root / "app" / "services").iterdir()] == [service]


async def test_a_case_goes_through_every_service_and_all_of_it_is_in_the_log(site: Site, operator: Client) -> None:
    case = await _handled_case(site)
    assert case["reminders"] > 0
    types = await _types(operator)
    assert {"BodyEstablished", "ProposalHandedOver", "HandlerMet", "MeetingNoted", "ReminderSent"} <= types
    outbox = site.deployment.scratch / "volumes" / "notifications-state" / "outbox"
    assert [path.suffix for path in outbox.iterdir()] == [".jsonl"]
    for name in SERVICES:
        assert "violation" not in _log_of(site.deployment, name)


async def _handled_case(site: Site) -> dict[str, Any]:
    """Handle a case of 2005 up to its first meeting, and have the reminders of a day in May sent."""
    at_least = "EVENTS:0"

    async def act(service: str, path: str, who: tuple[str, ...], unit: str = "", **sent: Any) -> dict[str, Any]:
        nonlocal at_least
        answer = await site.post(service, f"/v1/{path}", *who, unit=unit, at_least=at_least, **sent)
        at_least = answer.get("position", at_least)
        return answer

    async def registered(path: str, **body: Any) -> str:
        return str((await act("members", path, ("person:li", "registrar"), json=body)).get("id"))

    body = await registered("bodies", name="县政协", kind="cppcc", established_on="2003-01-20")
    root = await registered("units", name="县交通局", from_on="2003-01-01")
    office, lead = [
        await registered("units", name=n, parent=root, from_on="2003-01-01") for n in ("办公室", "规划股")
    ]
    member = await registered("members", name="张委员", body=body, term=10, sector="经济", from_on="2003-01-20")
    await registered("packs/adopt", name="hunan-transport-2005", from_on="2005-01-01")
    for year in (2005, 2006):
        await registered("calendars/publish-shipped", year=year)
    proposal = {"kind": "cppcc_proposal", "body": body, "term": 10, "session": 3, "title": "关于修缮村道的提案"}
    proposal |= {"text": "村道年久失修。", "submitter": member, "submitted_on": "2005-01-20"}
    case = (await act("proposals", "proposals", (f"member:{member}", "member"), json=proposal))["id"]
    committee, clerk, handler = ("person:wang", "committee"), ("person:zhao", "office"), ("person:sun", "handler")
    await act("proposals", f"proposals/{case}/register", committee, json={"registered_on": "2005-01-24"})
    handing = {"lead": lead, "co": [], "office": office, "handed_over_on": "2005-01-28"}
    await act("proposals", f"proposals/{case}/hand-over", clerk, office, json=handing)
    upload = await act("meetings", f"photos?case={case}", handler, lead, content=photo(1))
    meeting = {"case": case, "unit": lead, "member": member, "stage": "before", "mode": "on_site"}
    meeting |= {
        "met_on": "2005-02-20",
        "summary": "当面说明。",
        "evidence": [upload["digest"]],
        "late_reason": "补录",
    }
    await act("meetings", "handler-meetings", handler, lead, json=meeting)
    sent = await act("notifications", "runs", ("person:operator", "operator"), json={"as_of": "2005-05-09"})
    # Served only when the reactions up to here are done: the case has noted its meeting.
    signing = ("person:zhou", "office_clerk")
    await act("proposals", f"proposals/{case}/sign-for", signing, lead, json={"signed_for_on": "2005-02-21"})
    return sent


async def _types(operator: Client) -> set[str]:
    subscription = await operator.jetstream().subscribe("evt.>", ordered_consumer=True)
    last = (await operator.jetstream().stream_info("EVENTS")).state.last_seq
    found = [await subscription.next_msg(timeout=5) for _ in range(last)]
    return {(message.headers or {})[TYPE_HEADER].split(".")[2] for message in found}


async def test_the_command_lines_containers_do_what_the_runbooks_ask_of_them(site: Site) -> None:
    run = site.deployment.run
    checked, rebuilt, examined = await asyncio.gather(
        run("cli", "verify", "--archive", "/var/lib/yishi-archive"),
        run("members-cli", "rebuild", "members"),
        run("proposals-cli", "doctor"),
    )
    assert "核对通过" in checked
    assert load_service("members").schema_name in rebuilt
    assert "0 项有误" in examined


@dataclass(frozen=True)
class Mistake:
    """One change of the files that stops the service members, and what is said then."""

    change: Callable[[Files], Files]
    words: str


def _compose(old: str, new: str) -> Callable[[Files], Files]:
    return lambda files: replace(files, compose=_replaced(files.compose, old, new))


def _dockerfile(old: str, new: str) -> Callable[[Files], Files]:
    return lambda files: replace(files, dockerfile=_replaced(files.dockerfile, old, new))


def _replaced(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


MISTAKES = {
    "wrong command": Mistake(_dockerfile("-m services.$", "-m service.$"), "No module named 'service'"),
    "no such program": Mistake(
        _dockerfile('["sh", "-c", "exec python', '["bash5", "-c", "exec python'), "no program"
    ),
    "folder ignored": Mistake(_dockerfile("COPY rules rules\n", "COPY docs docs\n"), "nothing there"),
    "build argument missing": Mistake(_compose("args: {SERVICE: members}", "args: {}"), "build argument"),
    "wrong port of the log": Mistake(_compose("nats://nats:4222", "nats://nats:4223"), "ConnectionRefused"),
    "wrong port of the database": Mistake(
        _compose("@postgres/yishi_members", "@postgres:5433/yishi_members"), "Conn"
    ),
    "wrong port to listen on": Mistake(_dockerfile("PORT=8000", "PORT=8001"), "published port"),
    "wrong user": Mistake(_compose("YISHI_NATS_USER: members", "YISHI_NATS_USER: meetings"), "uthorization"),
    "variable missing": Mistake(_compose("  YISHI_ISSUER: ${YISHI_ISSUER:?}\n", ""), "issuer"),
    "key set elsewhere": Mistake(_compose("YISHI_JWKS_FILE: /etc/yishi/", "YISHI_JWKS_FILE: /etc/"), "No such file"),
    "undeclared volume": Mistake(_compose("- members-state:", "- member-state:"), "undefined volume"),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
async def test_a_mistake_in_the_files_stops_the_start(site: Site, mistake: Mistake) -> None:
    other = site.changed(mistake.change(Files()))
    with pytest.raises((StackError, ComposeError, BuildError), match=mistake.words):
        await other.up("members")


def test_a_variable_missing_from_the_env_file_stops_everything(site: Site) -> None:
    without = {name: value for name, value in site.variables.items() if name != "NATS_AUDITOR_PASSWORD"}
    with pytest.raises(ComposeError, match="NATS_AUDITOR_PASSWORD"):
        site.changed(Files(), variables=without)


@pytest.mark.parametrize("right", ["$JS.API.STREAM.INFO.EVENTS", "evt.*.members.>"])
async def test_a_right_taken_away_from_a_service_is_missed(site: Site, eventually: "Eventually", right: str) -> None:
    before, user, after = Files().nats.partition("user: members\n")
    assert right in after
    other = site.changed(Files(nats=before + user + after.replace(f'"{right}"', '"nothing"', 1)), "nats")
    try:
        await other.up("nats")
        operator = await _operator(other, site.variables)
        await ensure_streams(operator)
        await operator.close()
        # Another log, so another projection.
        starting: Any = other.up("members", YISHI_SCHEMA_SUFFIX=f"_{uuid4().hex[:8]}")
        if right.startswith("evt."):
            await starting
            starting = replace(site, deployment=other).post(
                "members", "/v1/bodies", "person:li", "registrar", json=BODY
            )
        task = asyncio.create_task(starting)
        await eventually(lambda: "permissions violation" in _log_of(other, "members"), 30)
        task.cancel()
        await asyncio.wait([task])
    finally:
        await other.down()


def _log_of(deployment: Deployment, service: str) -> str:
    running = deployment.running.get(service)
    return running.log.read_text("utf-8").lower() if running and running.log.exists() else ""
