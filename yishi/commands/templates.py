"""Commands about the templates of letters and lists 文书模板: write them out to be edited, check edited ones."""

from pathlib import Path
from typing import Annotated

import typer

from yishi.commands.options import Json

app = typer.Typer()
templates = typer.Typer(help="文书模板：写出自带的模板供修改，检查改好的模板。", no_args_is_help=True)
app.add_typer(templates, name="templates")


@templates.command("write")
def templates_write(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="写入的目录；不存在则新建。")],
    force: Annotated[bool, typer.Option("--force", help="覆盖已有的文件。")] = False,
) -> None:
    """把自带的模板与占位符说明写入一个目录，用 Word 修改。"""
    from yishi.templates import write

    raise typer.Exit(write(folder, force=force))


@templates.command("check")
def templates_check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="模板目录，可含以县级代码命名的子目录。")],
    as_json: Json = False,
) -> None:
    """检查一个目录中的模板：能否打开，语法，每个不认识的占位符。"""
    from yishi.templates import check

    raise typer.Exit(check(folder, as_json=as_json))
