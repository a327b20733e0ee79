"""Commands about rule packs 规则包: check one, compute a due date, argue one."""

from pathlib import Path
from typing import Annotated

import typer

from yishi.commands.options import Json, county_code, execute
from yishi.stack_state import default_home
from yishi.target import find_target

app = typer.Typer()
rules = typer.Typer(help="规则包：检查，计算到期日，或说明一件的时限。", no_args_is_help=True)
app.add_typer(rules, name="rules")


@rules.command("check")
def rules_check(file: Annotated[Path, typer.Argument(help="规则包文件（YAML）。")], as_json: Json = False) -> None:
    """检查一个规则包，逐行说明每一处问题。"""
    from yishi.rulebook import check

    raise typer.Exit(check(file, as_json=as_json))


@rules.command("due")
def rules_due(
    pack: Annotated[str, typer.Argument(help="规则包的名称，或文件。")],
    clock: Annotated[str, typer.Argument(help="时限规则，如 reply。")],
    start: Annotated[str, typer.Argument(help="起算日，YYYY-MM-DD。")],
    as_json: Json = False,
) -> None:
    """按规则包计算某一时限的到期日，并说明理由。"""
    from yishi.rulebook import due

    raise typer.Exit(due(pack, clock, start, as_json=as_json))


@rules.command("explain")
def rules_explain(
    case: Annotated[str, typer.Argument(help="一件：id 或编号（第8号；届-次-号如 10-3-8）。")],
    clock: Annotated[str, typer.Argument(help="时限，如 reply 或 答复；或时限的 id。")],
    county: Annotated[str | None, typer.Option(help="在这个县里找。", callback=county_code)] = None,
    file: Annotated[Path | None, typer.Option(help="从导出文件读取，不需要任何服务器；件用 id 指明。")] = None,
    as_json: Json = False,
) -> None:
    """一件的某一时限为何到那一日：起因、依据、不计入的日子、所用放假安排、每次变更及其原因。"""
    from yishi.explain import run, run_file

    if file is not None:
        raise typer.Exit(run_file(file, case, clock, as_json=as_json))
    execute(run(find_target(default_home()), case, clock, county, as_json=as_json))
