"""`yishi wipe`: deletes the data of the stacks of this folder, logs included, wherever they lie.

Started by root, PostgreSQL's data may lie under /var/tmp (yishi.postgres_place); deleting `.yishi` alone leaves them.
"""

import os
import shutil
from pathlib import Path

from yishi.child import StackError
from yishi.postgres_place import place_outside, remove
from yishi.stack_state import LOCK_FILE, StateFolder, default_home
from yishi.terminal import output


def state_folders(working: Path) -> list[Path]:
    """Return the state folders that a wipe concerns: that of `YISHI_HOME`, else every one below `.yishi`."""
    if os.environ.get("YISHI_HOME"):
        found = [default_home()]
    else:
        found = sorted(path.parent.resolve() for path in (working / ".yishi").rglob(LOCK_FILE))
    return [home for home in found if (home / LOCK_FILE).exists()]


def described(home: Path) -> str:
    """Return where the data of a state folder lie."""
    outside = place_outside(home)
    return f"{home}、{outside}" if outside else str(home)


def wipe(homes: list[Path]) -> None:
    """Delete the data of state folders. *Raises* `StackError` if a stack runs in one; then nothing is deleted."""
    held = [StateFolder(home) for home in homes]
    try:
        for folder in held:
            folder.hold()
        for folder in held:
            remove(folder.home)
            shutil.rmtree(folder.home)
            output.print(f"已删除 {folder.home}。", highlight=False)
    except OSError as error:
        raise StackError(f"未能全部删除：{error}") from error
    finally:
        for folder in held:
            folder.release()
