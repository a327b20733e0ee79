"""What a stack leaves behind can be deleted completely, and not while it runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from yishi import CHECKOUT
from yishi.child import StackError
from yishi.postgres_place import POINTER, _outside
from yishi.stack_state import StateFolder
from yishi.wipe import state_folders, wipe

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's data may lie outside")


def _left(home: Path) -> Path:
    """Leave a state folder as a stack does."""
    folder = StateFolder(home)
    folder.hold()
    folder.release()
    (home / "nats").mkdir()
    return home


def _command(working: Path, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "YISHI_HOME"}
    return subprocess.run(
        [sys.executable, "-m", "yishi", "wipe", *arguments],
        cwd=working,
        env={**environment, "PYTHONPATH": str(CHECKOUT)},
        input=answer,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_stack_of_the_folder_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    homes = [_left(tmp_path / ".yishi" / name) for name in ("demo/stack", "stack")]
    (tmp_path / ".yishi" / "demo" / "report.json").write_text("{}")
    refused = _command(tmp_path, answer="n\n")
    assert (refused.returncode, all(home.exists() for home in homes)) == (1, True)
    assert all(str(home) in refused.stdout for home in homes)
    done = _command(tmp_path, "--yes")
    assert done.returncode == 0, done.stderr
    assert not any(home.exists() for home in homes)
    assert (tmp_path / ".yishi" / "demo" / "report.json").exists()


def test_a_running_stack_keeps_its_data_and_so_do_the_others(tmp_path: Path) -> None:
    homes = [_left(tmp_path / ".yishi" / name) for name in ("a", "b")]
    running = StateFolder(homes[1])
    running.hold()
    assert state_folders(tmp_path) == homes
    with pytest.raises(StackError, match="已有一套系统在运行"):
        wipe(homes)
    assert all((home / "nats").exists() for home in homes)
    running.release()


@as_root
def test_what_lies_outside_the_state_folder_is_deleted_too(tmp_path: Path) -> None:
    home = _left(tmp_path / "stack")
    outside = _outside(home)
    (outside / "postgres").mkdir()
    assert (home / POINTER).exists()
    wipe([home])
    assert not outside.exists()
    assert not home.exists()
