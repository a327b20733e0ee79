"""What several commands take: a county, JSON as output; and how a command runs to its exit code."""

from collections.abc import Coroutine
from typing import Annotated, Any

import typer
import uvloop

from runtime.logs import configure_logs


def county_code(value: str | None) -> str | None:
    """Give a county's code as it is. *Raises* `BadParameter` unless it has six digits (GB/T 2260)."""
    if value is not None and not (len(value) == 6 and value.isascii() and value.isdecimal()):
        raise typer.BadParameter("县级代码应为六位数字")
    return value


Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出。")]
County = Annotated[str, typer.Option("--county", help="六位县级行政区划代码（GB/T 2260）。", callback=county_code)]


def execute(work: Coroutine[Any, Any, int]) -> None:
    """Run a command's work and end with its exit code. *Raises* `Exit`."""
    configure_logs("yishi", "error")
    raise typer.Exit(uvloop.run(work))
