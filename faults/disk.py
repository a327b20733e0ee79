"""The disk of the log: a small tmpfs under the server's store, which can be filled and freed.

Mounting needs root and a kernel that allows it; where it is not possible `mount` says why and the drill reports the
fault as not run.
"""

import errno
import os
import subprocess
from contextlib import suppress
from pathlib import Path

FILLER = "filler"
CHUNK = 1 << 20
SECONDS = 20


class Disk:
    """A tmpfs of its own on a folder."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self.megabytes = megabytes
        self.mounted = False

    def mount(self) -> str | None:
        """Mount the disk, after unmounting what a killed drill left; give the reason when it is not possible."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.unmount()
        options = f"size={self.megabytes}m,mode=0700"
        done = _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder))
        self.mounted = done is None
        return done

    def fill(self) -> int:
        """Use up every byte that is left; give how many there were."""
        filler = self.folder / FILLER
        written = 0
        descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = CHUNK
            while size:
                try:
                    written += os.write(descriptor, b"\0" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size //= 2
        finally:
            os.close(descriptor)
        return written

    def free(self) -> None:
        """Give the space back."""
        (self.folder / FILLER).unlink(missing_ok=True)

    def unmount(self) -> None:
        """Take the disk away, whoever still holds files on it."""
        while self.folder.is_mount():
            if _run("umount", str(self.folder)) and _run("umount", "-l", str(self.folder)):
                break
        self.mounted = False


def _run(*command: str) -> str | None:
    """Run a command; give what it complains about, None when it succeeds."""
    with suppress(FileNotFoundError):
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
        return None if done.returncode == 0 else (done.stderr.strip() or f"{command[0]}: {done.returncode}")
    return f"{command[0]}: 没有这个程序"
