"""The independent verifier is small, stands alone, and is quoted whole by the pages that explain it."""

import ast
import re
import sys
from pathlib import Path

import pytest

from yishi import CHECKOUT
from yishi.verify_file import TOLERANCE

FOLDER = CHECKOUT / "docs" / "audit"
PROGRAM = (FOLDER / "verify_export.py").read_text("utf-8")
CODES = re.compile(r'"([a-z]+(?:_[a-z]+)+)", (?:f?"[^"]*[\u3400-\u9fff]|reason)')


def test_it_has_less_than_150_lines_and_needs_only_the_standard_library() -> None:
    assert len(PROGRAM.splitlines()) < 150
    assert max(map(len, PROGRAM.splitlines())) <= 118
    imported = set()
    for node in ast.walk(ast.parse(PROGRAM)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).partition(".")[0])
    assert imported
    assert imported <= sys.stdlib_module_names
    assert f"TOLERANCE = {TOLERANCE.seconds}\n" in PROGRAM


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_page_quotes_and_explains_every_line(page: str) -> None:
    text = (FOLDER / page).read_text("utf-8")
    quoted = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert "".join(quoted) == PROGRAM
    explained: set[int] = set()
    for line in text.splitlines():
        if line.startswith("- "):
            for first, last in re.findall(r"(?:^- |[。.] )(\d+)(?:–(\d+))?[:：]", line.replace("。", "。 ")):
                explained |= set(range(int(first), int(last or first) + 1))
    said = {
        number
        for number, line in enumerate(PROGRAM.splitlines(), 1)
        if line.strip() and not line.startswith(("def ", "if __name__", "    main(")) and '"""' not in line
    }
    assert said - explained <= {100}, "100 only names what starts empty"


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_page_explains_every_code_that_a_verifier_may_name(page: str) -> None:
    text = (FOLDER / page).read_text("utf-8")
    sources = [PROGRAM]
    ours = ("exported.py", "verify_file.py", "verification.py")
    sources += [Path(CHECKOUT, "yishi", name).read_text("utf-8") for name in ours]
    codes = {code for source in sources for code in CODES.findall(source)}
    assert len(codes) > 20
    assert {code for code in codes if f"`{code}`" not in text} == set()
