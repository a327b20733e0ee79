"""`yishi templates …`: writes the shipped templates of letters and lists out, and checks those that a county edited.

Both work on files alone; no system has to run.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from services.proposals.letters.letter_placeholders import DOCUMENTS
from services.proposals.letters.letter_templates import Template, TemplateBroken, filled, shipped
from yishi.child import StackError
from yishi.terminal import output, print_json

EXPLANATION = "占位符.txt"


def write(folder: Path, *, force: bool) -> int:
    """Write every shipped template, and what their placeholders mean, into a folder.

    *Raises* `StackError` when a file is there already or cannot be written.
    """
    files = {f"{name}.docx": content for name, content in shipped().items()}
    files[EXPLANATION] = _explanation().encode("utf-8-sig")  # With its mark, so that Windows reads it as UTF-8.
    there = [name for name in files if (folder / name).exists()]
    if there and not force:
        raise StackError(f"{folder} 中已有 {'、'.join(there)}；要覆盖请加 --force。")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise StackError(f"无法写入 {folder}：{error.strerror}。") from error
    for name in files:
        output.print(str(folder / name), markup=False, highlight=False, soft_wrap=True)
    return 0


def check(folder: Path, *, as_json: bool) -> int:
    """Print what is wrong with each template of a folder; 1 when anything is.

    *Raises* `StackError` when there is none.
    """
    files = [path for path in sorted(folder.rglob("*.docx")) if not path.name.startswith("~$")]  # Word's own locks.
    found = {str(path.relative_to(folder)): list(_problems(folder, path)) for path in files}
    if not found:
        raise StackError(f"{folder} 中没有模板（.docx）。")
    if as_json:
        print_json({"files": [{"file": file, "problems": told} for file, told in found.items()]})
    for file, told in {} if as_json else found.items():
        style = "red" if told else "green"
        for line in told or ["可以使用"]:
            output.print(f"{file}：{line}", style=style, markup=False, highlight=False, soft_wrap=True)
    return 1 if any(found.values()) else 0


def _problems(folder: Path, path: Path) -> Iterator[str]:
    file = path.relative_to(folder)
    if path.stem not in DOCUMENTS or (file.parts[:-1] and not re.fullmatch(r"\d{6}/[^/]+", file.as_posix())):
        known = "、".join(f"{name}.docx（{told.title}）" for name, told in DOCUMENTS.items())
        yield f"不会用到；应为 {known}，或在以六位县级代码命名的子目录中"
        return
    try:
        filled(Template(path.stem, str(file), path.read_bytes()), DOCUMENTS[path.stem].examples)
    except TemplateBroken as broken:
        yield broken.detail.removeprefix(f"{file}：")
    except OSError as error:
        yield f"无法读取：{error.strerror}"


def _explanation() -> str:
    lines = ["模板中可用的占位符。文字写作 {{文号}}；列表逐行重复，写作：", "{%tr for 行 in 各件 %}", "{{行.编号}}"]
    lines += ["{%tr endfor %}", "有则写、无则略的段落，写作 {%p if 会办单位 %} … {%p endif %}，各占一段。"]
    for name, told in DOCUMENTS.items():
        lines += ["", f"{told.title}（{name}.docx）"]
        lines += [f"  {one}：{placeholder.meaning}" for one, placeholder in told.placeholders.items()]
    return "\n".join(lines) + "\n"
