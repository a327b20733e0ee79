"""Commands that offices script with 导入与统计: imports, figures, similar cases."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from yishi.commands.options import County, Json, county_code, execute
from yishi.stack_state import default_home
from yishi.target import find_target

app = typer.Typer()


class ImportKind(StrEnum):
    """What can be imported."""

    bodies = "bodies"
    units = "units"
    members = "members"
    cases = "cases"
    template = "template"


@app.command("import")
def import_(
    kind: Annotated[ImportKind, typer.Argument(help="导入什么；template 为写出件的导入模板。")],
    file: Annotated[Path, typer.Argument(help="Excel（.xlsx）、CSV（首行为列名）或 YAML（列表）文件。")],
    county: Annotated[
        str | None, typer.Option("--county", help="六位县级行政区划代码。", callback=county_code)
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="写入没有问题的行；不加则为试运行。")] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm-corrections", help="与先前导入不同的行记为更正；不加则只列出。")
    ] = False,
    as_json: Json = False,
) -> None:
    """导入机构、单位、委员代表，或件连同全部办理经过；默认试运行，逐行指出问题。"""
    if kind is ImportKind.template:
        from yishi.importing.template import run as write_template

        execute(write_template(find_target(default_home()) if county else None, file, county))
    if county is None:
        raise typer.BadParameter("请用 --county 指明县级代码")
    if kind is ImportKind.cases:
        from yishi.importing.cases import Wanted
        from yishi.importing.cases import run as import_cases

        wanted = Wanted(county, apply=apply, confirm=confirm)
        execute(import_cases(find_target(default_home()), file, wanted, as_json=as_json))
    from yishi.importing.run import run

    execute(run(find_target(default_home()), kind.value, file, county, apply=apply, as_json=as_json))


@app.command()
def stats(
    county: County,
    by: Annotated[
        str | None,
        typer.Option(help="分组：unit、kind、nature、category、body、stage、sector、session、month 等。"),
    ] = None,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至这一天（业务日期）。")] = None,
    rated_only: Annotated[bool, typer.Option("--rated-only", help="满意率只以已测评的件为分母。")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="基本满意不计为满意。")] = False,
    rank_by: Annotated[str | None, typer.Option(help="各组按此比率排名，如 on_time、satisfied。")] = None,
    period: Annotated[
        str | None,
        typer.Option(
            metavar="时期", help="只计这一时期的件：届-次（10-3），或提交起止日（2005-01-01..2005-06-30）。"
        ),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(metavar="时期", help="与此对比：last-year（去年同日）、截至日期，或同 --period 的写法。"),
    ] = None,
    as_json: Json = False,
) -> None:
    """办理统计，附每个数字的定义与分母；或两个时期的对比。"""
    from yishi import compared
    from yishi.stats import Asked, run

    if compare and rank_by:
        raise typer.BadParameter("--rank-by 只用于一个时期的统计，不与 --compare 同用")
    now = compared.period(period)
    versus = compared.against(compare, now) if compare else None
    day = as_of.date() if as_of else None
    asked = Asked(by, day, rated_only, not strict, rank_by, now, versus)
    execute(run(find_target(default_home()), county, asked, as_json=as_json))


@app.command()
def similar(
    what: Annotated[str, typer.Argument(metavar="FILE_OR_CASE", help="文本文件（UTF-8），或一件的 id 或编号。")],
    county: County,
    as_json: Json = False,
) -> None:
    """与一段文字或一件相似的件：被包含的程度、相似度与答复分类。"""
    from yishi.similar import run

    execute(run(find_target(default_home()), county, what, as_json=as_json))
