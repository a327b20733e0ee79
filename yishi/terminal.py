"""What commands print: tables and sentences for people on standard output, progress and complaints on standard error.

A pipe is not narrower than a wide terminal, so nothing is cut off that a program may want to read.
"""

import json
import sys
import unicodedata
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 200


def _console(stream: Any, *, stderr: bool) -> Console:
    return Console(stderr=stderr, width=None if stream.isatty() else PIPE_WIDTH)


output = _console(sys.stdout, stderr=False)
errors = _console(sys.stderr, stderr=True)


class PlainTable(Table):
    """A table whose text cells are shown as they are: nothing in them is taken for markup or obeyed by a terminal."""

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:
        """Add a row; a cell that is to have a style is a `Text`."""
        plain = (Text("\n".join(map(visible, cell.split("\n")))) if isinstance(cell, str) else cell for cell in cells)
        super().add_row(*plain, **options)


def table(title: str, *headings: str) -> PlainTable:
    """Make a table; a heading that begins with ">" stands over numbers, which line up on the right."""
    made = PlainTable(title=title, title_justify="left")
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
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"
    # Half a surrogate pair cannot be written out; its escape is JSON again.
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode())


def visible(text: str) -> str:
    """Give a text in one line with what a terminal would obey instead of show written out, as \\x1b or \\n."""
    return "".join(_written(sign) if unicodedata.category(sign) in _OBEYED else sign for sign in text)


_OBEYED = ("Cc", "Cf", "Cs", "Zl", "Zp")


def _written(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def complain(sentence: str) -> None:
    """Tell the user on standard error what is wrong."""
    errors.print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
