"""What commands print: tables and sentences for people on standard output, progress and complaints on standard error.

A pipe is not narrower than a wide terminal, so nothing is cut off that a program may want to read.
"""

import json
import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

PIPE_WIDTH = 200


def _console(stream: Any, *, stderr: bool) -> Console:
    return Console(stderr=stderr, width=None if stream.isatty() else PIPE_WIDTH)


output = _console(sys.stdout, stderr=False)
errors = _console(sys.stderr, stderr=True)


def table(title: str, *headings: str) -> Table:
    """Make a table; a heading that begins with ">" stands over numbers, which line up on the right."""
    made = Table(title=title, title_justify="left")
    for heading in headings:
        number = heading.startswith(">")
        made.add_column(heading.removeprefix(">"), justify="right" if number else "left", overflow="fold")
    return made


def progress(*, show: bool) -> Progress:
    """Make a progress bar on standard error that leaves nothing behind; a pipe gets none."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=errors, transient=True, disable=not (show and errors.is_terminal))


def print_json(value: Any) -> None:
    """Print one JSON document, for programs."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def complain(sentence: str) -> None:
    """Tell the user on standard error what is wrong."""
    errors.print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
