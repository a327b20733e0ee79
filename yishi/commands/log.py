"""Commands that read the event log 事件日志: as it is, as a case's life, as proof."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from yishi.commands.options import Json, county_code, execute
from yishi.stack_state import default_home
from yishi.target import find_target

app = typer.Typer()


@app.command()
def events(
    county: Annotated[str | None, typer.Option(help="只看这个县。", callback=county_code)] = None,
    case: Annotated[str | None, typer.Option(help="只看这一件（聚合 id）及提到它的事件。")] = None,
    type: Annotated[str | None, typer.Option("--type", help="只看这一类，如 ProposalSubmitted。")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="持续显示新事件。")] = False,
    start: Annotated[int | None, typer.Option("--from", min=1, help="从这个序号开始。")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="最多显示多少个；不给 --from 时为最新 20 个。")] = None,
    as_json: Json = False,
) -> None:
    """查看事件日志。"""
    from yishi.events import Wanted, run

    wanted = Wanted(county, case, type)
    execute(run(find_target(default_home()), wanted, start=start, limit=limit, follow=follow, as_json=as_json))


@app.command()
def history(
    case: Annotated[str, typer.Argument(help="一件：id 或编号（第8号；届-次-号如 10-3-8）。")],
    county: Annotated[str | None, typer.Option(help="在这个县里找。", callback=county_code)] = None,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至这一天的经过与状态。")] = None,
    recorded: Annotated[bool, typer.Option("--recorded", help="按录入时间截至；不加则按办理日期。")] = False,
    file: Annotated[Path | None, typer.Option(help="从导出文件读取，不需要任何服务器；件用 id 指明。")] = None,
    as_json: Json = False,
) -> None:
    """一件的办理经过：谁、依据什么、为谁、何时办理、何时录入，以及每个时限的开始、变更与结束。"""
    from yishi.history.run import AsOf, run, run_file

    if recorded and as_of is None:
        raise typer.BadParameter("--recorded 说明 --as-of 按哪一种日期：请同时给出 --as-of")
    day = AsOf(as_of.date() if as_of else None, recorded)
    if file is not None:
        raise typer.Exit(run_file(file, case, day, as_json=as_json))
    execute(run(find_target(default_home()), case, county, day, as_json=as_json))


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="导出文件（或归档的一日文件）：只核对它，不需要任何服务器。")
    ] = None,
    with_services: Annotated[bool, typer.Option("--with-services", help="同时核对各服务的投影所到之处。")] = False,
    archive: Annotated[Path | None, typer.Option("--archive", metavar="DIR", help="同时与归档逐条比对。")] = None,
    head: Annotated[
        str | None, typer.Option(metavar="序号:散列", help="另处记下的一个事件的序号与散列，用来比对文件。")
    ] = None,
    files: Annotated[Path | None, typer.Option(metavar="DIR", help="密封文件所在目录：逐份核对摘要。")] = None,
    tolerance: Annotated[
        float, typer.Option(min=0, max=1e9, help="文件中的记录时间与服务器时间最多相差多少秒。")
    ] = 300,
    as_json: Json = False,
) -> None:
    """从头核对事件日志或一个导出文件，遇到第一处断裂即以非零退出。"""
    if file is not None:
        from yishi.verify_file import Checks, parse_head
        from yishi.verify_file import run as run_file

        checks = Checks(parse_head(head) if head else None, files, timedelta(seconds=tolerance))
        raise typer.Exit(run_file(file, checks, as_json=as_json))
    if head or files:
        raise typer.BadParameter("--head 与 --files 用于核对导出文件：请给出文件名")
    if archive is not None:
        from yishi.archive.verify import run as compare

        execute(compare(find_target(default_home()), archive, with_services=with_services, as_json=as_json))
    from yishi.verify import run

    execute(run(find_target(default_home()), with_services=with_services, as_json=as_json))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="写入的文件。")],
    case: Annotated[str | None, typer.Option(help="一件：id 或编号（第8号；届-次-号如 10-3-8）。")] = None,
    county: Annotated[str | None, typer.Option(help="这个县的全部事件。", callback=county_code)] = None,
    all: Annotated[bool, typer.Option("--all", help="整个事件日志。")] = False,
    with_files: Annotated[Path | None, typer.Option(metavar="DIR", help="把照片的密文也复制到此目录。")] = None,
    archive: Annotated[
        Path | None, typer.Option(metavar="DIR", help="服务器时间取自归档：恢复过的日志里是恢复时的时间。")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="覆盖已有的文件。")] = False,
    as_json: Json = False,
) -> None:
    """导出一件、一县或全部的原始事件，供在没有服务器的机器上核对。"""
    from yishi.export import Asked, run

    if all == bool(case or county):
        raise typer.BadParameter("请给出 --case、--county、--all 之一")
    asked = Asked(case, county, archive)
    execute(run(find_target(default_home()), asked, file, force=force, with_files=with_files, as_json=as_json))
