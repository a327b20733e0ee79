"""Wrong command lines are told in Chinese, with the exit code that stands for wrong use."""

import subprocess
import sys

import pytest
from typer.exceptions import TyperException

from yishi import CHECKOUT
from yishi.__main__ import app
from yishi.usage import in_chinese

WRONG = {
    "stats": "缺少选项 --county。",
    "nonsense": "没有命令 nonsense。",
    "stats --county 12": "--county 的值不对：县级代码应为六位数字。",
    "stats --county": "选项 --county 之后须写明值。",
    "stats --countyx 1": "没有选项 --countyx。",
    "token --hours x --subject a --county 430000 --role x": "--hours 应为数字。",
    "token --hours 0 --subject a --county 430000 --role x": "--hours 超出范围（界限 0.01）。",
    "import bodiez x --county 430000": (
        "kind 不能是 bodiez；可选：'bodies', 'units', 'members', 'cases', 'template'。"
    ),
    "import": "缺少参数 kind；可选：bodies, units, members, cases, template。",
    "rebuild a b": "多出的参数：b。",
    "rebuild": "缺少参数 service。",
    "export x": "请给出 --case、--county、--all 之一。",
    "history x --as-of 2005-99-99": "--as-of 的值无效。",
}


@pytest.mark.parametrize(("line", "sentence"), WRONG.items(), ids=WRONG)
def test_a_wrong_command_line_is_told_in_chinese(line: str, sentence: str) -> None:
    with pytest.raises(TyperException) as wrong:
        app(line.split(), standalone_mode=False)
    assert in_chinese(wrong.value.format_message()) == sentence
    assert wrong.value.exit_code == 2


def test_what_typer_never_said_before_is_told_as_it_is() -> None:
    assert in_chinese("Something new.") == "Something new."


def test_the_program_says_so_on_standard_error_and_exits_2() -> None:
    command = [sys.executable, "-m", "yishi", "stats"]
    ran = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "缺少选项 --county。\n"
