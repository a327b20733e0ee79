"""`yishi verify --archive DIR`: log and archive against each other, and against where each projection stands.

The log is walked as by `yishi verify`. A damaged log is read to its end nevertheless, so that everything it has lost
is named. What the log holds beyond the archive is lag, no break.
"""

from pathlib import Path
from typing import Any

import nats.errors

from runtime.position import Position
from yishi.archive.comparison import Comparison, compare
from yishi.archive.files import ArchiveBroken, is_archive
from yishi.child import StackError
from yishi.target import Target, open_log
from yishi.terminal import complain, output, print_json, table
from yishi.verify import read_positions

_WHAT = {"subject": "主题", "headers": "消息头", "bytes": "内容"}


async def verify_archive(
    target: Target, folder: Path, *, with_services: bool = False
) -> tuple[Comparison, dict[str, dict[str, Any]]]:
    """Compare, and say of each projection's position what the log and the archive hold there.

    *Raises* `ArchiveBroken`; `NoStack`, `StackError` when a server cannot be asked.
    """
    async with open_log(target) as (log, _):
        positions: dict[str, Position] = {}
        if with_services:
            for settings in target.settings.values():
                positions |= await read_positions(settings)
        # A position is in the log before the log's end is asked for, so a sound log holds every one of them.
        found = await compare(log, folder, await log.last_sequence(), positions)
    return found, {schema: _standing(found, position) for schema, position in positions.items()}


def _require_archive(folder: Path) -> None:
    if not is_archive(folder):
        raise StackError(f"{folder} 不是归档目录。")


def _standing(found: Comparison, position: Position) -> dict[str, Any]:
    def held(at: dict[int, str], end: int) -> str:
        if position.sequence == 0 or at.get(position.sequence) == position.hash:
            return "same"
        return "differs" if position.sequence in at else ("missing" if position.sequence <= end else "beyond")

    in_log = held(found.logged_at, found.log.sequence)
    return {
        "sequence": position.sequence,
        "hash": position.hash,
        "lag": max(found.log.sequence - position.sequence, 0),
        "log": "missing" if in_log == "beyond" else in_log,
        "archive": held(found.archived_at, found.archive.sequence),
    }


def _stands(standing: dict[str, Any]) -> bool:
    return standing["log"] == "same" and standing["archive"] in ("same", "beyond")


async def run(target: Target, folder: Path, *, with_services: bool, as_json: bool) -> int:
    """Verify and print; 1 on any break or difference."""
    _require_archive(folder)
    try:
        found, positions = await verify_archive(target, folder, with_services=with_services)
    except ArchiveBroken as broken:
        if as_json:
            named = {name: getattr(broken, name) for name in ("file", "line", "sequence", "reason")}
            print_json({"verified": False, "archive": {"broken": named}})
        else:
            complain(f"{broken}")
        return 1
    except (nats.errors.Error, OSError) as error:
        raise StackError(f"核对中断：{error!r}") from error
    verified = found.same and found.broken is None and all(_stands(standing) for standing in positions.values())
    if as_json:
        print_json({"verified": verified} | _document(found) | {"positions": positions})
    else:
        _print(found, positions, verified=verified)
    return 0 if verified else 1


def _document(found: Comparison) -> dict[str, Any]:
    return {
        "break": found.broken and found.broken.report(),
        "log": found.log._asdict(),
        "archive": found.archive._asdict(),
        "first_difference": found.first_difference(),
        "only_archive": found.lost.pairs,
        "only_log": found.ahead.pairs,
        "different": [vars(difference) for difference in found.different],
        "differing": found.differing,
        "stored_at_differs": found.stored_at_differs,
        "files": {"named": found.files, "gone": found.files_gone, "damaged": found.files_damaged},
    }


def _print(found: Comparison, positions: dict[str, dict[str, Any]], *, verified: bool) -> None:
    def say(sentence: str, style: str) -> None:
        output.print(sentence, style=style, highlight=False, markup=False, soft_wrap=True)

    if positions:
        said = {"same": "一致", "differs": "不同", "missing": "没有", "beyond": "尚未归档"}
        shown = table("各服务的投影", "投影", ">已到序号", ">落后", "事件日志", "归档")
        for schema, at in positions.items():
            shown.add_row(schema, str(at["sequence"]), str(at["lag"]), said[at["log"]], said[at["archive"]])
        output.print(shown)
    if found.broken:
        say(f"事件日志在序号 {found.broken.sequence} 处断裂：{found.broken.reason}（{found.broken.code}）", "red")
    if found.lost.pairs:
        say(f"事件日志缺少而归档有：序号 {found.lost}，共 {found.lost.count} 条", "bold red")
    for difference in found.different:
        what = "、".join(_WHAT[name] for name in difference.what)
        hashes = f"归档 {difference.archived}，日志 {difference.logged}"
        say(f"序号 {difference.sequence}（{difference.subject}）的{what}不同：{hashes}", "bold red")
    if found.differing > len(found.different):
        say(f"不同的共 {found.differing} 条，以上为前 {len(found.different)} 条", "red")
    for digest in found.files_damaged:
        say(f"归档缺少密封文件，或其内容已损坏：{digest}", "red")
    if found.ahead.pairs:
        say(f"尚未归档：序号 {found.ahead}，共 {found.ahead.count} 条", "yellow")
    if found.stored_at_differs:
        say(f"{found.stored_at_differs} 条的服务器时间与归档不同（恢复过的日志如此），以归档为准", "yellow")
    if found.files_gone:
        say(f"{found.files_gone} 个密封文件在归档时已取不到，有记录", "yellow")
    ends = f"日志止于序号 {found.log.sequence}，归档止于序号 {found.archive.sequence}（{found.archive.hash}）"
    say(f"核对{'通过' if verified else '未通过'}：{ends}", "bold green" if verified else "bold red")
