"""`python -m faults`: one drill, with its report on the terminal and in `.yishi/faults/report.json`."""

import asyncio
import random
import signal
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from faults.drill import Drill
from faults.kinds import KINDS
from faults.storm import Happened
from runtime.logs import configure_logs
from yishi.child import StackError
from yishi.terminal import complain, errors

INTERRUPTED = 130


def main(
    minutes: Annotated[float, typer.Option(min=0.1, help="故障持续多少分钟；每种故障至少一次。")] = 10,
    seed: Annotated[int | None, typer.Option(help="故障次序的种子；不给则随机，见报告。")] = None,
    kind: Annotated[list[str] | None, typer.Option(help=f"只做这些故障，可重复：{'、'.join(KINDS)}。")] = None,
    folder: Annotated[Path, typer.Option(help="演练所用的目录。")] = Path(".yishi/faults"),
) -> None:
    """故障演练：在全部服务的负载之下，逐一制造故障，然后核对日志与投影。"""
    configure_logs("faults", "critical")
    if unknown := [name for name in kind or () if name not in KINDS]:
        raise typer.BadParameter(f"没有这种故障：{'、'.join(unknown)}")
    chosen = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    drill = Drill(
        folder.resolve(),
        minutes * 60,
        chosen,
        tuple(kind or KINDS),
        announce=_announce,
        say=lambda told: errors.print(told),
    )
    raise typer.Exit(uvloop.run(_run(drill)))


async def _run(drill: Drill) -> int:
    """Run until done or told to stop; 1 when anything is wrong."""
    loop = asyncio.get_running_loop()
    work = asyncio.create_task(drill.run())
    asked = False

    def stop() -> None:
        nonlocal asked
        if not asked:  # A second Ctrl-C must not interrupt the tidying up.
            asked = work.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    try:
        report = await work
    except asyncio.CancelledError:
        complain("演练被中断，已全部停止。")
        return INTERRUPTED
    except StackError as error:
        complain(str(error).splitlines()[0])
        return 1
    path = drill.folder / "report.json"
    report.write(path)
    report.show()
    errors.print(f"报告：{path}", highlight=False, soft_wrap=True)
    return 0 if report.passed else 1


def _announce(done: Happened) -> None:
    seconds = max(done.silent.values())
    told = f"{KINDS[done.kind][0]}（{done.told}）：最长中断 {seconds:.1f} 秒"
    errors.print(told if done.recovered else f"{told}，未自行恢复", highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
