"""What `docker compose up` would make of docker-compose.yml, as processes of this machine.

Each container gets a folder that is its root and a loopback address of its own, so that every port stays as written.
Rewritten are host names and listening addresses (to loopback addresses) and absolute paths (to paths below the
container's root), nothing else. The servers are those of the embedded stack's wheels.
"""

import asyncio
import os
import random
import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.yishi.dockerfile import BuildError, Image, Packages, build
from yishi import CHECKOUT, DEPLOY
from yishi.child import Child, StackError, User, launch_command
from yishi.nats import nats_server_binary
from yishi.postgres_place import Place
from yishi.probe import http_status

COMPLAINTS = re.compile(r"permissions violation|log\.connection_failed|database\.awaited|Traceback", re.IGNORECASE)
"""What a service never logs while everything is as it must be: a start that meets it has failed."""


class ComposeError(Exception):
    """Docker compose would refuse the file."""


@dataclass(frozen=True)
class Files:
    """The files of a deployment, as they are or changed for a test."""

    compose: str = field(default_factory=lambda: (CHECKOUT / "docker-compose.yml").read_text("utf-8"))
    dockerfile: str = field(default_factory=lambda: (DEPLOY / "Dockerfile").read_text("utf-8"))
    nats: str = field(default_factory=lambda: (DEPLOY / "nats.conf").read_text("utf-8"))


def network() -> str:
    """Give the first three numbers of a network of loopback addresses; "" where only 127.0.0.1 is one."""
    prefix = f"127.{random.randrange(16, 250)}.{random.randrange(1, 250)}"
    with socket.socket() as probe:
        try:
            probe.bind((f"{prefix}.1", 0))
        except OSError:
            return ""
    return prefix


def filled_in(example: str, given: Mapping[str, str]) -> dict[str, str]:
    """Give the variables of a .env made from the example: `given` ones, a password for every other placeholder."""
    lines = [line.partition("=") for line in example.splitlines() if line and not line.startswith("#")]
    return {name: given.get(name) or f"p{random.randbytes(8).hex()}" for name, _, _ in lines}


def interpolated(content: Any, variables: Mapping[str, str]) -> Any:
    """Fill in `${NAME:?}` and `${NAME:-default}`. *Raises* `ComposeError` for a missing one."""
    if isinstance(content, dict):
        return {key: interpolated(value, variables) for key, value in content.items()}
    if isinstance(content, list):
        return [interpolated(value, variables) for value in content]
    if not isinstance(content, str):
        return content

    def fill(found: re.Match[str]) -> str:
        value = variables.get(found[1], "")
        if not value and found[2] != ":-":
            raise ComposeError(f"required variable {found[1]} is missing a value")
        return value or found[3]

    return re.sub(r"\$\{(\w+)(:\?|:-)([^}]*)\}", fill, content)


class Deployment:
    """The containers of a set of files in a scratch folder that everybody may enter."""

    def __init__(
        self, scratch: Path, files: Files, variables: Mapping[str, str], packages: Packages, prefix: str
    ) -> None:
        self.scratch, self.files, self.packages = scratch, files, packages
        self.compose: dict[str, Any] = interpolated(yaml.safe_load(files.compose), variables)
        self.services: dict[str, Any] = self.compose["services"]
        self.addresses = {name: f"{prefix}.{number}" for number, name in enumerate(self.services, start=1)}
        self.running: dict[str, Child] = {}

    async def up(self, name: str, **changed: str) -> Child:
        """Start a container and wait until it is healthy. *Raises* `StackError`, `ComposeError`, `BuildError`."""
        child = self.running[name] = Container(self, name).child(changed)
        await child.start()
        return child

    async def run(self, name: str, *command: str) -> str:
        """Run a one-shot container, as `docker compose run --rm` does, and give its output. *Raises* `StackError`."""
        return await Container(self, name, command).run()

    async def down(self) -> None:
        """Stop everything, the servers last."""
        servers = {name: child for name, child in self.running.items() if name in ("nats", "postgres")}
        await asyncio.gather(*(child.stop() for name, child in self.running.items() if name not in servers))
        await asyncio.gather(*(child.stop() for child in servers.values()))

    def url(self, name: str) -> str:
        """Give where a service listens inside the network: at the port that compose publishes."""
        (published,) = self.services[name]["ports"]
        return f"http://{self.addresses[name]}:{published.rpartition(':')[2]}"


class Container:
    """One service of the compose file with its image, its mounts and its environment."""

    def __init__(self, deployment: Deployment, name: str, command: tuple[str, ...] = ()) -> None:
        self.deployment, self.name = deployment, name
        self.settings: dict[str, Any] = deployment.services[name]
        self.address = deployment.addresses[name]
        self.root = deployment.scratch / "roots" / f"{name}-{len(os.listdir(deployment.scratch / 'roots'))}"
        self.root.mkdir()
        self.image = self._built()
        own = command or tuple(self.settings.get("command") or self.image.command)
        self.command = [*self.image.entrypoint, *(self._localised(part) for part in own)]
        self._mount()
        if self.settings.get("read_only"):
            _close(self.root)
        given = {key: self._localised(str(value)) for key, value in self.settings.get("environment", {}).items()}
        self.environment = {**deployment.packages.environment, **self.image.environment, **given}
        self.environment["PATH"] = ":".join(
            str(self.root / part.lstrip("/")) if (self.root / part.lstrip("/")).exists() else part
            for part in self.environment["PATH"].split(":")
        )

    def _built(self) -> Image:
        how = self.settings.get("build")
        if how is None:
            server = nats_server_binary() if self.settings["image"].startswith("nats:") else None
            return Image(self.root, {}, entrypoint=[str(server)] if server else [])
        if (how["context"], how["dockerfile"]) != (".", "deploy/Dockerfile"):
            raise BuildError(f"{self.name} is not built from deploy/Dockerfile")
        image = build(
            CHECKOUT,
            self.deployment.files.dockerfile,
            self.root,
            self.deployment.packages.folder,
            how.get("target"),
            how.get("args", {}),
        )
        image.environment = {key: self._localised(value) for key, value in image.environment.items()}
        return image

    def _localised(self, text: str) -> str:
        for name, address in self.deployment.addresses.items():
            text = re.sub(rf"(//|@){name}(?=[:/]|$)", rf"\g<1>{address}", text)
        if text == "0.0.0.0":
            return self.address
        return str(self.root / text.lstrip("/")) if text.startswith("/") and ":" not in text else text

    def _mount(self) -> None:
        for mount in self.settings.get("volumes", []):
            source, target, *_ = mount.split(":")
            at = self.root / target.lstrip("/")
            at.parent.mkdir(parents=True, exist_ok=True)
            if at.is_dir():
                at.rmdir()
            at.symlink_to(self._source(source, target))

    def _source(self, source: str, target: str) -> Path:
        if source.startswith((".", "/")):
            path = Path(os.path.normpath(CHECKOUT / source))
            if path == DEPLOY / "nats.conf":
                path = self.deployment.scratch / "nats.conf"
                path.write_text(self.deployment.files.nats, "utf-8")
            if not path.exists():
                raise ComposeError(f"{self.name}: {path} does not exist")
            return path
        if source not in self.deployment.compose["volumes"]:
            raise ComposeError(f"undefined volume {source}")
        volume = self.deployment.scratch / "volumes" / source
        if not volume.exists():
            volume.mkdir(parents=True)
            if target not in self.image.owned and self.image.user and os.geteuid() != 0:
                volume.chmod(0o555)
            if target in self.image.owned and os.geteuid() == 0:
                os.chown(volume, self.image.owned[target], -1)
        return volume

    @property
    def user(self) -> User | None:
        """As whom it runs here: the image's user, when we may become one and its interpreter is within reach."""
        return self.deployment.packages.user if self.image.user else None

    @property
    def _argv(self) -> list[str]:
        program = shutil.which(self.command[0], path=self.environment["PATH"])
        if program is None:
            raise StackError(f"{self.name}: no program {self.command[0]}")
        return [program, *self.command[1:]]

    def child(self, changed: Mapping[str, str]) -> Child:
        """Give the process, not started; `changed` are further settings."""
        log = self.deployment.scratch / "logs" / f"{self.root.name}.log"
        published = [port.rpartition(":")[2] for port in self.settings.get("ports", [])]

        async def ready() -> bool:
            content = log.read_text("utf-8", "replace")
            if found := COMPLAINTS.search(content):
                raise StackError(f"{self.name} 启动失败：{found[0]}。{content[-3000:]}")
            for port in published:
                status = await http_status(f"http://{self.address}:{port}/readyz")
                if status is None and "Uvicorn running on" in content:
                    raise StackError(f"{self.name}: nobody answers on the published port. {content[-500:]}")
                if status != 200:
                    return False
            return await self.healthy()

        environment = {**self.environment, **changed}
        directory = self.root / self.image.directory.lstrip("/")
        return Child(self.name, self._argv, log, directory, environment, ready, user=self.user, start_seconds=25)

    async def healthy(self) -> bool:
        """Run the health check of the compose file or the image; True where there is none."""
        check = self.settings.get("healthcheck", {}).get("test", ["CMD", *self.image.health])[1:]
        if not check or (program := shutil.which(check[0], path=self.environment["PATH"])) is None:
            return True
        arguments = [part.replace("127.0.0.1", self.address) for part in check[1:]]
        return await asyncio.to_thread(self._succeeds, [program, *arguments])

    def _succeeds(self, command: list[str]) -> bool:
        done = subprocess.run(command, env=self.environment, capture_output=True, timeout=20, check=False)
        return done.returncode == 0

    async def run(self) -> str:
        """Run it to its end and give what it says. *Raises* `StackError` when it fails."""
        command = launch_command(self._argv, self.root / self.image.directory.lstrip("/"), self.user)
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said = (await asyncio.wait_for(process.communicate(), 60))[0].decode()
        if process.returncode != 0:
            raise StackError(f"{self.name}: exit {process.returncode}: {said}")
        return said


class PostgresContainer(Container):
    """The image of PostgreSQL: its entrypoint makes the data folder, then runs the mounted scripts."""

    def __init__(self, deployment: Deployment, place: Place) -> None:
        super().__init__(deployment, "postgres")
        self.place = place
        self.environment["PATH"] = str(place.install / "bin")
        self.command = [place.program("postgres"), "-D", str(place.data)]
        self.command += [
            "-c",
            f"listen_addresses={self.address}",
            "-c",
            "unix_socket_directories=",
            "-c",
            "fsync=off",
        ]

    async def start(self) -> None:
        """Do what docker-entrypoint.sh of the image does. *Raises* `StackError`."""
        assert self.settings["image"] == "postgres:18"
        assert any(mount.endswith(":/var/lib/postgresql") for mount in self.settings["volumes"])
        await asyncio.to_thread(self._initialise)
        child = self.deployment.running["postgres"] = self.child({})
        child.directory, child.user = self.place.root, self.place.user
        await child.start()
        await asyncio.to_thread(self._run_scripts)

    def _initialise(self) -> None:
        secret = self.place.root / "secret"
        secret.write_text(self.environment["POSTGRES_PASSWORD"])
        self.place.data.mkdir()
        if self.place.user:
            for path in (secret, self.place.data):
                os.chown(path, self.place.user.uid, self.place.user.gid)
        options = shlex.split(self.environment["POSTGRES_INITDB_ARGS"])
        command = [self.place.program("initdb"), "--username=postgres", f"--pwfile={secret}", "--no-sync", *options]
        command = launch_command([*command, "-D", str(self.place.data)], self.place.root, self.place.user)
        # The image's locale; the machine's would do as well.
        _finish(command, {"PATH": os.defpath, "LC_ALL": "C"})
        with (self.place.data / "pg_hba.conf").open("w") as rules:
            rules.write("host all all all scram-sha-256\n")

    def _run_scripts(self) -> None:
        own = {"PGHOST": self.address, "PGPASSWORD": self.environment["POSTGRES_PASSWORD"]}
        for script in sorted((self.root / "docker-entrypoint-initdb.d").glob("*.sql")):
            command = [self.place.program("psql"), "-v", "ON_ERROR_STOP=1", "--no-password", "--no-psqlrc"]
            _finish([*command, "-U", "postgres", "-d", "postgres", "-f", str(script)], {**self.environment, **own})


def _finish(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise StackError(done.stderr or done.stdout)


def _close(root: Path) -> None:
    """Take away every right to write, as on a read-only root."""
    for folder, _, files in os.walk(root):
        for file in files:
            if not (path := Path(folder) / file).is_symlink():
                path.chmod(0o444)
        Path(folder).chmod(0o555)


def open_again(root: Path) -> None:
    """Let a closed tree be deleted."""
    for folder, _, _ in os.walk(root):
        Path(folder).chmod(0o755)
