"""`python -m benchmarks`: measures, prints a table and writes the report."""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from benchmarks import append, eventsourcing_library, growth, http_command, importing, questions, rebuild, visible
from benchmarks.machine import machine
from benchmarks.report import Ratio, show, write
from benchmarks.sizes import SIZES, Size
from runtime.collector import settle
from runtime.logs import configure_logs
from yishi.child import StackError
from yishi.terminal import complain, errors

HOME = Path(".yishi") / "bench"
PARTS: Mapping[str, Callable[[Path, Size], Awaitable[list[Ratio]]]] = {
    "append": append.measure,
    "library": eventsourcing_library.measure,
    "rebuild": rebuild.measure,
    "visible": visible.measure,
    "http": http_command.measure,
    "growth": growth.measure,
    "import": importing.measure,
    "questions": questions.measure,
}


async def measure(home: Path, size: Size, parts: list[str]) -> list[Ratio]:
    """Measure the parts one after another, each on servers of its own, of which nothing is left."""
    found: list[Ratio] = []
    stacks = home / "stacks"
    try:
        for part in parts:
            begun = time.monotonic()
            found += await PARTS[part](stacks / part, size)
            errors.print(f"{part}：{time.monotonic() - begun:.0f} 秒", highlight=False)
    finally:
        for folder in sorted((stacks, *stacks.glob("*/")), reverse=True):
            with suppress(OSError):  # It is not empty, or was never made.
                folder.rmdir()
    return found


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    size: Annotated[str, typer.Option(help="规模：" + "、".join(SIZES))] = "small",
    home: Annotated[Path, typer.Option(help="报告与临时数据的目录")] = HOME,
    only: Annotated[list[str] | None, typer.Option(help="只测：" + "、".join(PARTS))] = None,
) -> None:
    """测量性能：同一台机器、同一次运行中的比值。"""
    if size not in SIZES or not PARTS.keys() >= set(only or ()):
        complain("规模应为 " + "、".join(SIZES) + "，项目应为 " + "、".join(PARTS) + "。")
        raise typer.Exit(2)
    begun, home = time.monotonic(), home.resolve()
    seen_on = machine(home)
    settle()  # As a service does.
    with (home / "benchmark.log").open("w", encoding="utf-8") as log:
        with redirect_stderr(log):
            configure_logs("proposals", "info")  # As a service logs, for as long as the process lives.
        try:
            ratios = uvloop.run(measure(home, SIZES[size], list(only or PARTS)))
        except StackError as error:
            complain(str(error))
            raise typer.Exit(1) from None
    (home / "benchmark.log").unlink()  # Of a run that failed it is kept.
    show(write(home / "report.json", ratios, SIZES[size], seen_on, time.monotonic() - begun))


if __name__ == "__main__":
    app()
