"""`yishi similar`: cases whose texts are like a file's or another case's, most alike first."""

from pathlib import Path
from typing import Any
from uuid import UUID

from yishi.calls import Client
from yishi.child import StackError
from yishi.target import Target
from yishi.terminal import output, print_json, table

LONGEST = 100_000
"""Characters that the service compares."""
EXPLAINED = "被包含：较短文本的四字片段有多少在另一文本中；相似度：Jaccard 系数。"


async def run(target: Target, county: str, what: str, *, as_json: bool) -> int:
    """Ask the proposals service about a text file, or a case by its id or number, and print what it answers.

    *Raises* `StackError` when it is neither.
    """
    text = _text(Path(what))
    async with Client(target, "proposals", "person:yishi-similar", county, "committee") as client:
        if text is not None:
            answer = await client.post("/v1/proposals/similar", {"text": text}, "yishi-similar")
        else:
            answer = await client.get(f"/v1/proposals/{await _case(client, what)}/similar")
    if as_json:
        print_json(answer)
        return 0
    if not answer["items"]:
        output.print("没有相似的件。")
        return 0
    shown = table(f"{county} 相似件", ">编号", "案由", ">被包含", ">相似度", "答复分类", "件标识")
    for item in answer["items"]:
        shown.add_row(*_cells(item))
    output.print(shown)
    output.print(EXPLAINED, highlight=False, soft_wrap=True)
    return 0


def _text(file: Path) -> str | None:
    """Give what a file holds, None when there is no such file."""
    if not file.is_file():
        return None
    try:
        text = file.read_text("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"{file} 不是可以读取的 UTF-8 文本文件。") from error
    if not text:
        raise StackError(f"{file} 是空的。")
    return text[:LONGEST]


async def _case(client: Client, what: str) -> str:
    """Give the id of the case that is meant: an id, or a number that one case of the county has."""
    try:
        return str(UUID(what))
    except ValueError:
        pass
    number = what.strip().removeprefix("第").removesuffix("号")
    if not number.isascii() or not number.isdecimal():
        raise StackError(f"“{what}”既不是文件，也不是件的 id 或编号。")
    found = await client.all("/v1/proposals", number=int(number))
    if len(found) != 1:
        several = "，".join(f"{item['id']}（第{item['term']}届第{item['session']}次）" for item in found)
        raise StackError(f"第{number}号有多件，请用 id：{several}。" if found else f"没有第{number}号件。")
    return str(found[0]["id"])


def _cells(item: dict[str, Any]) -> list[str]:
    category = f"{item['category']}（{item['scheme']}）" if item["category"] else ""
    shares = (f"{100 * item[name]:.2f} %" for name in ("containment", "jaccard"))
    return [str(item["number"] or ""), item["title"], *shares, category, item["id"]]
