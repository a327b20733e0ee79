"""`yishi rules …`: checks a rule pack before anybody adopts it, and says when something would be due under it.

Both work on files alone; no system has to run.
"""

import os
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from rules.argument import argue
from rules.due import latest_day, open_clock
from rules.pack import Pack, PackError, check_pack, load_pack
from rules.shelf import RULES_DIR, published_packs, shipped_calendars
from yishi.child import StackError
from yishi.terminal import output, print_json

NOBODY = UUID(int=0)


def check(file: Path, *, as_json: bool) -> int:
    """Print everything that is wrong with a pack, by line; 1 when anything is."""
    found = check_pack(_read(file))
    if as_json:
        wrong = [{"line": e.line, "path": e.path, "code": e.code, "reason": e.reason} for e in found]
        print_json({"file": str(file), "valid": not found, "errors": wrong})
        return 1 if found else 0
    for error in found:
        output.print(f"{error}（{error.code}）", style="red", markup=False, highlight=False, soft_wrap=True)
    if found:
        output.print(f"{file}：{len(found)} 处不合格式，不能采用。", style="bold red", markup=False, highlight=False)
        return 1
    pack = load_pack(_read(file))
    told = f"{file}：可以采用。{pack.title}，{len(pack.clocks)} 条时限规则，{pack.digest}"
    output.print(told, style="green", markup=False, highlight=False, soft_wrap=True)
    return 0


def due(pack_name: str, clock: str, start: str, *, as_json: bool) -> int:
    """Print when a clock of a pack that started on a day is due, with the argument; 1 when nothing can be due.

    *Raises* `StackError` for a pack, a clock or a day that is none.
    """
    pack, started_on = _pack(pack_name), _day(start)
    rule = pack.clocks.get(clock)
    if rule is None:
        raise StackError(f"规则包 {pack.name} 中没有时限 {clock}，只有：{'、'.join(pack.clocks)}。")
    calendars = shipped_calendars()
    if rule.cap:
        limit = latest_day(pack, rule.clock or clock, started_on, calendars)
        assert limit is not None
        answer: dict[str, Any] = {"pack": pack.name, "digest": pack.digest, "clock": clock, "cap_of": rule.clock}
        answer |= {"started_on": start, "due_on": limit.on, "provisional": limit.provisional}
        told = [f"{clock} 不开启时限，只限制 {rule.clock} 延期后的最后一日：{limit.on or '原文留空'}"]
    else:
        opened = open_clock(
            pack,
            clock,
            aggregate=NOBODY,
            whom=f"unit:{NOBODY}",
            started_by=rule.from_,
            started_on=started_on,
            calendars=calendars,
        )
        assert opened is not None
        told = argue(opened)
        answer = {"pack": pack.name, "digest": pack.digest, "clock": clock, "started_on": start}
        answer |= {"due_on": opened.due_on, "provisional": opened.provisional, "strength": opened.strength}
        answer |= {"proof": opened.proof.model_dump(mode="json"), "argument": told}
    if as_json:
        print_json(answer)
    else:
        for line in told:
            output.print(line, markup=False, highlight=False, soft_wrap=True)
    return 0 if answer["due_on"] is not None else 1


def _pack(name: str) -> Pack:
    """Give a pack by its name on the shelf, or of a file."""
    shelf = published_packs(_folder())
    raw = shelf.get(name)
    if raw is None and not Path(name).is_file():
        raise StackError(f"没有名为 {name} 的规则包，也没有这个文件；现有：{'、'.join(shelf)}。")
    try:
        return load_pack(raw if raw is not None else _read(Path(name)))
    except PackError as error:
        raise StackError(f"规则包 {name} 不合格式：{error}；可用 yishi rules check 查看全部问题。") from error


def _folder() -> Path | None:
    given = os.environ.get(RULES_DIR)
    return Path(given) if given else None


def _day(text: str) -> date:
    try:
        if len(text) == len("2026-01-01"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise StackError(f"“{text}”不是日期，应写作 YYYY-MM-DD。")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise StackError(f"无法读取 {file}：{error.strerror}。") from error
