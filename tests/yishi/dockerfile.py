"""What `docker build` would make of deploy/Dockerfile, as a folder: the instructions are read, not run.

Only the instructions that the file uses are understood; anything else fails, so that a new line is looked at here.
The packages of `/opt/yishi` are those of the lock that the image installs, linked from this environment.
"""

import importlib.metadata
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from json import loads
from pathlib import Path

from yishi import DEPLOY
from yishi.child import User, launch_command

BASE_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH of the image python:3.11-slim."""


class BuildError(Exception):
    """The image could not be built."""


@dataclass
class Image:
    """An image in the making: its root folder and what its instructions said."""

    root: Path
    arguments: Mapping[str, str]
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": BASE_PATH})
    directory: str = "/"
    user: int = 0
    users: dict[str, int] = field(default_factory=dict)
    owned: dict[str, int] = field(default_factory=dict)
    """Folders by their owner."""
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)


def build(
    context: Path, dockerfile: str, root: Path, packages: Path, target: str | None, arguments: Mapping[str, str]
) -> Image:
    """Give the image of a stage, the last one unless `target` names another. *Raises* `BuildError`."""
    stages: dict[str, list[tuple[str, str]]] = {}
    bases: dict[str, str] = {}
    for word, rest in _instructions(dockerfile):
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages[name], bases[name] = [], base
        else:
            stages[list(stages)[-1]].append((word, rest))
    image, name, chain = Image(root, arguments), target or list(stages)[-1], []
    while name in stages:
        chain.append(name)
        name = bases[name]
    for stage in reversed(chain):
        for word, rest in stages[stage]:
            _carry_out(image, word, rest, context, packages, stages)
    return image


def _instructions(dockerfile: str) -> list[tuple[str, str]]:
    lines = [line for line in dockerfile.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


def _carry_out(
    image: Image, word: str, rest: str, context: Path, packages: Path, stages: Mapping[str, list[tuple[str, str]]]
) -> None:
    match word:
        case "ARG":
            image.environment.pop(rest, None)
        case "ENV":
            pairs = [pair.split("=", 1) for pair in shlex.split(_expanded(rest, image))]
            image.environment |= {name: value for name, value in pairs}
        case "WORKDIR":
            image.directory = rest
            _inside(image.root, rest).mkdir(parents=True, exist_ok=True)
        case "COPY":
            _copy(image, _expanded(rest, image), context, packages, stages)
        case "RUN":
            for command in _expanded(rest, image).split("&&"):
                _run(image, shlex.split(command))
        case "USER":
            image.user = int(rest)
        case "ENTRYPOINT":
            image.entrypoint = loads(rest)
        case "CMD":
            image.command = loads(rest)
        case "HEALTHCHECK":
            image.health = loads(rest[rest.index(" CMD ") + 5 :])
        case "EXPOSE":
            pass
        case _:
            raise BuildError(f"{word} is not understood here")


def _expanded(text: str, image: Image) -> str:
    known = {**image.arguments, **image.environment}
    return re.sub(r"\$\{?(\w+)\}?", lambda found: known.get(found[1], ""), text)


def _run(image: Image, command: list[str]) -> None:
    match command:
        case ["useradd", *options, name]:
            image.users[name] = int(options[options.index("--uid") + 1])
        case ["install", "-d", "-o", owner, "-g", _, *folders]:
            for folder in folders:
                _inside(image.root, folder).mkdir(parents=True, exist_ok=True)
                image.owned[folder] = image.users[owner]
        case ["test", "-n", value]:
            if not value:
                raise BuildError("a build argument is missing")
        case _:
            raise BuildError(f"RUN {command} is not understood here")


def _copy(
    image: Image, rest: str, context: Path, packages: Path, stages: Mapping[str, list[tuple[str, str]]]
) -> None:
    *options, source, destination = rest.split()
    at = _inside(image.root, os.path.join(image.directory, destination))
    at.parent.mkdir(parents=True, exist_ok=True)
    if options:
        (stage,) = (option.removeprefix("--from=") for option in options)
        if not any(f"-m venv {source}" in command for _, command in stages[stage]):
            raise BuildError(f"{stage} does not make {source}")
        at.symlink_to(packages)
        return
    wanted = Path(os.path.normpath(context / source))
    kept = [path for path in [wanted, *wanted.rglob("*")] if path.is_file() and not ignored(context, path)]
    if not kept:
        raise BuildError(f"COPY {source}: nothing there")
    for path in kept:
        copy = at / path.relative_to(wanted) if wanted.is_dir() else at
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
        # Compiled code goes along, though the image has none: twenty starts compile everything otherwise.
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            (copy.parent / "__pycache__").mkdir(exist_ok=True)
            shutil.copy2(compiled, copy.parent / "__pycache__")


def ignored(context: Path, path: Path) -> bool:
    """Say whether deploy/Dockerfile.dockerignore keeps a file out: the last pattern that matches wins."""
    verdict = False
    parts = path.relative_to(context).parts
    above = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    for line in (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").split():
        pattern = line.removeprefix("!")
        anywhere = pattern.removeprefix("**/")
        hit = anywhere in parts if anywhere != pattern else any(fnmatch(folder, pattern) for folder in above)
        verdict = line[0] != "!" if hit else verdict
    return verdict


def _inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


@dataclass(frozen=True)
class Packages:
    """The environment `/opt/yishi`, and as whom its interpreter can run here."""

    folder: Path
    user: User | None
    environment: Mapping[str, str]


def make_packages(folder: Path, uid: int) -> Packages:
    """Make an environment with the packages of deploy/requirements.lock and nothing else.

    Run by root, the interpreter may be out of the user's reach; it is copied then. If that is not enough, `user` is
    None: the services run as root here.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(os.path.realpath(sys.executable))
    user: User | None = None
    environment: dict[str, str] = {}
    if os.geteuid() == 0:
        user = User(uid, uid)
        if not _runs([str(base), "-c", ""], user, {}):
            base, environment = _copied_interpreter(base, folder / "python", version)
    venv, site = folder / "venv", folder / "venv" / "lib" / version / "site-packages"
    (venv / "bin").mkdir(parents=True)
    site.mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(base)
    (venv / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    lock = (DEPLOY / "requirements.lock").read_text("utf-8")
    for name in re.findall(r"^([\w.-]+)==", lock, flags=re.MULTILINE):
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # For another platform.
        for part in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (site / part).exists():  # Several packages share the folder opentelemetry.
                (site / part).symlink_to(Path(str(found.locate_file(part))))
    if user and not _runs([str(venv / "bin" / "python"), "-c", "import uvicorn, asyncpg, nats"], user, environment):
        user = None
    return Packages(venv, user, environment)


def _runs(command: list[str], user: User, environment: Mapping[str, str]) -> bool:
    launched = launch_command(command, Path("/"), user)
    return subprocess.run(launched, env=environment, capture_output=True, timeout=60, check=False).returncode == 0


def _copied_interpreter(base: Path, copy: Path, version: str) -> tuple[Path, dict[str, str]]:
    library = base.parent.parent / "lib"
    leave = shutil.ignore_patterns("test", "idlelib", "site-packages", "config-*", "ensurepip", "lib2to3", "tkinter")
    shutil.copytree(library / version, copy / "lib" / version, ignore=leave)
    for shared in library.glob("libpython*"):
        shutil.copy(shared, copy / "lib" / shared.name)
    (copy / "bin").mkdir()
    shutil.copy(base, copy / "bin" / base.name)
    return copy / "bin" / base.name, {"LD_LIBRARY_PATH": str(copy / "lib")}
