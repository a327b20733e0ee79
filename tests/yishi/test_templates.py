"""`yishi templates`: the shipped templates are written out, and edited ones checked, without any system running."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

from docx import Document

from yishi import CHECKOUT

NAMES = {"reply-letter", "hand-over-sheet", "receipt-sheet", "hand-over-list"}


def yishi(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "yishi", "templates", *arguments]
    return subprocess.run(
        command, cwd=CHECKOUT, env=os.environ, capture_output=True, text=True, check=False, timeout=60
    )


def edited(file: Path, text: str) -> None:
    document = Document(io.BytesIO(file.read_bytes()))
    document.add_paragraph(text)
    document.save(str(file))


def test_what_ships_is_written_out_with_the_meaning_of_every_placeholder(tmp_path: Path) -> None:
    folder = tmp_path / "模板"
    assert yishi("write", str(folder)).returncode == 0
    assert {file.stem for file in folder.glob("*.docx")} == NAMES
    told = (folder / "占位符.txt").read_text("utf-8-sig")
    assert "答复函（reply-letter.docx）" in told
    assert "  文号：答复的文号" in told
    assert yishi("check", str(folder)).returncode == 0
    edited(folder / "reply-letter.docx", "电话：")
    mine = (folder / "reply-letter.docx").read_bytes()
    again = yishi("write", str(folder))
    assert (again.returncode, (folder / "reply-letter.docx").read_bytes()) == (1, mine)
    assert "要覆盖请加 --force" in again.stderr


def test_every_mistake_of_a_folder_is_named_with_its_file(tmp_path: Path) -> None:
    assert yishi("write", str(tmp_path)).returncode == 0
    county = tmp_path / "430000"
    county.mkdir()
    for name in ("receipt-sheet.docx", "reply.docx"):
        (county / name).write_bytes((tmp_path / "receipt-sheet.docx").read_bytes())
    edited(county / "receipt-sheet.docx", "{{收件员}} {{文号}}")
    (tmp_path / "hand-over-list.docx").write_bytes(b"x")
    (tmp_path / "~$reply-letter.docx").write_bytes(b"x")
    checked = yishi("check", str(tmp_path), "--json")
    assert checked.returncode == 1
    told = {one["file"]: one["problems"] for one in json.loads(checked.stdout)["files"]}
    assert {file for file, problems in told.items() if not problems} == {
        "hand-over-sheet.docx",
        "receipt-sheet.docx",
        "reply-letter.docx",
    }
    assert told["430000/receipt-sheet.docx"][0].startswith("没有占位符 收件员，可用：机构、")
    assert told["430000/reply.docx"][0].startswith("不会用到；应为 reply-letter.docx（答复函）")
    assert told["hand-over-list.docx"] == ["不是 Word 文档（.docx），或文件已损坏"]
    shown = yishi("check", str(tmp_path))
    assert shown.returncode == 1
    assert "hand-over-sheet.docx：可以使用" in shown.stdout


def test_a_folder_without_templates_is_a_mistake(tmp_path: Path) -> None:
    checked = yishi("check", str(tmp_path))
    assert (checked.returncode, "没有模板" in checked.stderr) == (1, True)
