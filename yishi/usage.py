"""Wrong use of the command line, told in Chinese: typer itself speaks English and takes no translations.

What is not recognised is told as typer words it, so that a new version of typer hides nothing.
"""

import re

import typer
from typer import rich_utils
from typer.exceptions import TyperException

from yishi.terminal import complain

_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"Missing option '(.+?)'\.?(?:.*)", r"缺少选项 \1。"),
    (r"Missing argument '(.+?)'\. Choose from:\s*(.+)", r"缺少参数 \1；可选：\2。"),
    (r"Missing argument '(.+?)'\.?", r"缺少参数 \1。"),
    (r"Missing command\.?", "缺少命令。"),
    (r"No such command '(.+?)'\.?(?: Did you mean (.+)\?)?", r"没有命令 \1。"),
    (r"No such option: (\S+)(?: .*)?", r"没有选项 \1。"),
    (r"Option '(.+?)' requires an argument\.?", r"选项 \1 之后须写明值。"),
    (r"Option '(.+?)' does not take a value\.?", r"选项 \1 不带值。"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", r"多出的参数：\1。"),
    (r"Invalid value for '(.+?)': (?:Value error, )?'(.+)' is not one of (.+?)\.?", r"\1 不能是 \2；可选：\3。"),
    (r"Invalid value for '(.+?)': Input should be a valid (?:number|integer).*", r"\1 应为数字。"),
    (r"Invalid value for '(.+?)': Input should be (greater|less) than or equal to (.+)", r"\1 超出范围（界限 \3）。"),
    (r"Invalid value for '(.+?)': (?:Value error, )?(.*[\u3400-\u9fff].*)", r"\1 的值不对：\2。"),
    (r"Invalid value for '(.+?)': .+", r"\1 的值无效。"),
    (r"Invalid value: (.+)", r"\1。"),
)


def in_chinese(message: str) -> str:
    """Give what typer says of a wrong command line as a Chinese sentence."""
    flat = " ".join(message.split())
    for pattern, sentence in _SENTENCES:
        if found := re.fullmatch(pattern, flat):
            return found.expand(sentence)
    return message


def run(app: typer.Typer) -> int:
    """Run the command line and give its exit code: 2 when it was used wrongly, 1 when the user declined."""
    rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
    rich_utils.OPTIONS_PANEL_TITLE = "选项"
    rich_utils.COMMANDS_PANEL_TITLE = "命令"
    rich_utils.REQUIRED_LONG_STRING = "[必填]"
    rich_utils.DEFAULT_STRING = "[默认：{}]"
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        complain("已取消。")
        return 1
    except TyperException as wrong:
        if text := wrong.format_message().strip():
            complain(in_chinese(text))
        return 2
    return code if isinstance(code, int) else 0
