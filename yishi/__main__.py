"""The command line `yishi`: wiring only, each command is a module of its own."""

import os
import sys
from collections.abc import Coroutine
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop

from runtime.logs import configure_logs
from runtime.refusals import LogUnavailable
from runtime.settings import utc_now
from yishi import usage
from yishi.child import StackError
from yishi.stack_state import default_home
from yishi.target import NoStack, find_target
from yishi.terminal import complain

app = typer.Typer(
    name="yishi",
    help="议事：政协提案与人大代表建议办理的记录系统。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
parked_app = typer.Typer(help="被搁置的聚合：列出，或在修复后重试。", no_args_is_help=True)
app.add_typer(parked_app, name="parked")
vault_app = typer.Typer(help="密钥库的备份与恢复。", no_args_is_help=True)
app.add_typer(vault_app, name="vault")
rules_app = typer.Typer(help="规则包：检查，计算到期日，或说明一件的时限。", no_args_is_help=True)
app.add_typer(rules_app, name="rules")


class ImportKind(StrEnum):
    """What can be imported."""

    bodies = "bodies"
    units = "units"
    members = "members"
    cases = "cases"
    template = "template"


Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出。")]
County = Annotated[
    str, typer.Option("--county", help="六位县级行政区划代码（GB/T 2260）。", callback=lambda v: _county(v))
]


def _county(value: str | None) -> str | None:
    if value is not None and not (len(value) == 6 and value.isascii() and value.isdecimal()):
        raise typer.BadParameter("县级代码应为六位数字")
    return value


def _run(work: Coroutine[Any, Any, int]) -> None:
    configure_logs("yishi", "error")
    raise typer.Exit(uvloop.run(work))


@app.command()
def up() -> None:
    """启动全部服务并保持运行，Ctrl-C 停止。"""
    from yishi.up import up as run_up

    raise typer.Exit(run_up(default_home()))


@app.command()
def wipe(yes: Annotated[bool, typer.Option("--yes", help="不再询问。")] = False) -> None:
    """删除本目录各套本机系统的全部数据，包括事件日志。"""
    from yishi.wipe import described, state_folders
    from yishi.wipe import wipe as run_wipe

    homes = state_folders(Path.cwd())
    if not homes:
        raise NoStack("没有可删除的数据。")
    if not yes:
        typer.confirm("\n".join(["将删除：", *map(described, homes), "确定吗？"]), abort=True)
    run_wipe(homes)


@app.command()
def demo() -> None:
    """在单独的一套系统上演示一个部门一年的办理工作。"""
    from yishi.demo.run import main as run_demo

    raise typer.Exit(run_demo(Path.cwd() / ".yishi"))


@app.command()
def token(
    subject: Annotated[str, typer.Option(help="令牌的主体，如 person:zhang 或 member:<id>。")],
    county: County,
    role: Annotated[list[str], typer.Option(help="角色，可重复。")],
    unit: Annotated[str, typer.Option(help="所在单位的 id。")] = "",
    hours: Annotated[float, typer.Option(min=0.01, help="有效小时数。")] = 8,
    header: Annotated[bool, typer.Option("--header", help="输出整个 Authorization 头。")] = False,
) -> None:
    """签发访问令牌，只用本机开发密钥。"""
    from yishi.development_keys import PRIVATE_FILE, DevelopmentKeys

    home = default_home()
    if not (home / PRIVATE_FILE).exists():
        raise NoStack(f"{home} 中没有开发密钥：请先运行 yishi up。")
    keys = DevelopmentKeys.load(home)
    made = keys.issue_token(subject, county, role, unit, now=utc_now(), lifetime=timedelta(hours=hours))
    sys.stdout.write(f"Authorization: Bearer {made}\n" if header else f"{made}\n")


@app.command()
def events(
    county: Annotated[str | None, typer.Option(help="只看这个县。", callback=_county)] = None,
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
    _run(run(find_target(default_home()), wanted, start=start, limit=limit, follow=follow, as_json=as_json))


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

        _run(compare(find_target(default_home()), archive, with_services=with_services, as_json=as_json))
    from yishi.verify import run

    _run(run(find_target(default_home()), with_services=with_services, as_json=as_json))


@app.command()
def archive(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="归档目录；不存在则新建。")],
    once: Annotated[bool, typer.Option("--once", help="归档到日志此刻的末尾即止。")] = False,
    metrics_port: Annotated[int | None, typer.Option(min=1, max=65535, help="在此端口提供 Prometheus 指标。")] = None,
) -> None:
    """跟随事件日志，写成逐日的归档文件（按服务器时间的 UTC 日），连同密封文件。"""
    from yishi.archive.tail import run

    _run(run(find_target(default_home()), folder, once=once, port=metrics_port))


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="归档目录。")],
    dry: Annotated[bool, typer.Option("--dry-run", help="只核对归档是否完好，不连接服务器。")] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="归档中的事件链有断裂时仍照原样恢复。")] = False,
    as_json: Json = False,
) -> None:
    """用归档回灌空的事件日志，序号与内容不变；中断后再次运行即接着进行。"""
    from yishi.restore import run

    _run(run(default_home(), folder, dry=dry, anyway=anyway, as_json=as_json))


VaultService = Annotated[str, typer.Argument(metavar="SERVICE", help="服务名，或 all。")]
VaultFolder = Annotated[Path, typer.Argument(metavar="DIR", help="备份目录；与归档分开存放。")]


@vault_app.command("backup")
def vault_backup(service: VaultService, folder: VaultFolder) -> None:
    """备份密钥与不能由日志重建的记录；在归档之后进行。"""
    from yishi.vault_backup import run_backup

    _run(run_backup(find_target(default_home()), service, folder))


@vault_app.command("restore")
def vault_restore(service: VaultService, folder: VaultFolder) -> None:
    """补回缺少的密钥；已销毁的不会复原。在启动服务之前进行。"""
    from yishi.vault_backup import run_restore

    _run(run_restore(find_target(default_home()), service, folder))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="写入的文件。")],
    case: Annotated[str | None, typer.Option(help="一件：id 或编号（第8号；届-次-号如 10-3-8）。")] = None,
    county: Annotated[str | None, typer.Option(help="这个县的全部事件。", callback=_county)] = None,
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
    _run(run(find_target(default_home()), asked, file, force=force, with_files=with_files, as_json=as_json))


@app.command()
def history(
    case: Annotated[str, typer.Argument(help="一件：id 或编号（第8号；届-次-号如 10-3-8）。")],
    county: Annotated[str | None, typer.Option(help="在这个县里找。", callback=_county)] = None,
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
    _run(run(find_target(default_home()), case, county, day, as_json=as_json))


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
    as_json: Json = False,
) -> None:
    """办理统计，附每个数字的定义与分母。"""
    from yishi.stats import Asked, run

    day = as_of.date() if as_of else None
    asked = Asked(by, day, rated_only, not strict, rank_by)
    _run(run(find_target(default_home()), county, asked, as_json=as_json))


@app.command()
def similar(
    what: Annotated[str, typer.Argument(metavar="FILE_OR_CASE", help="文本文件（UTF-8），或一件的 id 或编号。")],
    county: County,
    as_json: Json = False,
) -> None:
    """与一段文字或一件相似的件：被包含的程度、相似度与答复分类。"""
    from yishi.similar import run

    _run(run(find_target(default_home()), county, what, as_json=as_json))


@parked_app.command("list")
def parked_list(
    service: Annotated[str | None, typer.Argument(help="服务名；不给则为全部。")] = None, as_json: Json = False
) -> None:
    """列出被搁置的聚合及原因。"""
    from yishi.parked import show

    _run(show(find_target(default_home()), service, as_json=as_json))


@parked_app.command("retry")
def parked_retry(
    service: Annotated[str, typer.Argument(help="服务名。")],
    subject: Annotated[str, typer.Argument(help="聚合的主题，如 evt.430000.members.unit.<id>。")],
) -> None:
    """重新处理一个被搁置的聚合。"""
    from yishi.parked import retry

    _run(retry(find_target(default_home()), service, subject))


@rules_app.command("check")
def rules_check(file: Annotated[Path, typer.Argument(help="规则包文件（YAML）。")], as_json: Json = False) -> None:
    """检查一个规则包，逐行说明每一处问题。"""
    from yishi.rulebook import check

    raise typer.Exit(check(file, as_json=as_json))


@rules_app.command("due")
def rules_due(
    pack: Annotated[str, typer.Argument(help="规则包的名称，或文件。")],
    clock: Annotated[str, typer.Argument(help="时限规则，如 reply。")],
    start: Annotated[str, typer.Argument(help="起算日，YYYY-MM-DD。")],
    as_json: Json = False,
) -> None:
    """按规则包计算某一时限的到期日，并说明理由。"""
    from yishi.rulebook import due

    raise typer.Exit(due(pack, clock, start, as_json=as_json))


@rules_app.command("explain")
def rules_explain(
    case: Annotated[str, typer.Argument(help="一件：id 或编号（第8号；届-次-号如 10-3-8）。")],
    clock: Annotated[str, typer.Argument(help="时限，如 reply 或 答复；或时限的 id。")],
    county: Annotated[str | None, typer.Option(help="在这个县里找。", callback=_county)] = None,
    file: Annotated[Path | None, typer.Option(help="从导出文件读取，不需要任何服务器；件用 id 指明。")] = None,
    as_json: Json = False,
) -> None:
    """一件的某一时限为何到那一日：起因、依据、不计入的日子、所用放假安排、每次变更及其原因。"""
    from yishi.explain import run, run_file

    if file is not None:
        raise typer.Exit(run_file(file, case, clock, as_json=as_json))
    _run(run(find_target(default_home()), case, clock, county, as_json=as_json))


@app.command()
def rebuild(
    service: Annotated[str, typer.Argument(help="服务名。")],
    keep_going: Annotated[bool, typer.Option("--keep-going", help="接着上次中断的重建继续。")] = False,
    swap_anyway: Annotated[bool, typer.Option("--swap-anyway", help="即使不一致也替换。")] = False,
    as_json: Json = False,
) -> None:
    """从事件日志重建一个服务的投影，与原有的比对一致后替换。"""
    from yishi.rebuild import run

    _run(run(find_target(default_home()), service, keep_going=keep_going, swap_anyway=swap_anyway, as_json=as_json))


@app.command("import")
def import_(
    kind: Annotated[ImportKind, typer.Argument(help="导入什么；template 为写出件的导入模板。")],
    file: Annotated[Path, typer.Argument(help="Excel（.xlsx）、CSV（首行为列名）或 YAML（列表）文件。")],
    county: Annotated[str | None, typer.Option("--county", help="六位县级行政区划代码。", callback=_county)] = None,
    apply: Annotated[bool, typer.Option("--apply", help="写入没有问题的行；不加则为试运行。")] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm-corrections", help="与先前导入不同的行记为更正；不加则只列出。")
    ] = False,
    as_json: Json = False,
) -> None:
    """导入机构、单位、委员代表，或件连同全部办理经过；默认试运行，逐行指出问题。"""
    if kind is ImportKind.template:
        from yishi.importing.template import run as write_template

        _run(write_template(find_target(default_home()) if county else None, file, county))
    if county is None:
        raise typer.BadParameter("请用 --county 指明县级代码")
    if kind is ImportKind.cases:
        from yishi.importing.cases import Wanted
        from yishi.importing.cases import run as import_cases

        wanted = Wanted(county, apply=apply, confirm=confirm)
        _run(import_cases(find_target(default_home()), file, wanted, as_json=as_json))
    from yishi.importing.run import run

    _run(run(find_target(default_home()), kind.value, file, county, apply=apply, as_json=as_json))


@app.command(hidden=True)
def streams(
    replicas: Annotated[int, typer.Option(min=1, max=5, help="副本数，等于 NATS 集群的节点数。")] = 1,
) -> None:
    """建立事件日志所需的流（部署时一次；用 operator 的设置）。"""
    from yishi.prepare import run

    _run(run(replicas))


@app.command()
def doctor(
    archive: Annotated[Path | None, typer.Option("--archive", metavar="DIR", help="同时查看这里的归档。")] = None,
    as_json: Json = False,
) -> None:
    """检查一处部署：哪里不对，该怎么办；有误则以 1 退出。"""
    from yishi.doctor.run import run

    _run(run(find_target(default_home()), archive=archive, as_json=as_json))


@app.command()
def status(as_json: Json = False) -> None:
    """各服务是否就绪，投影到了哪里。"""
    from yishi.status import run

    _run(run(find_target(default_home()), as_json=as_json))


def main() -> None:
    """Run one command; 2 stands for "nothing to ask", 1 for anything else that did not succeed."""
    try:
        sys.exit(usage.run(app))
    except BrokenPipeError:
        # Whoever read us has seen enough, as `| head` does; the interpreter must not complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except NoStack as error:
        complain(str(error))
        sys.exit(2)
    except StackError as error:
        complain(str(error))
        sys.exit(1)
    except LogUnavailable as error:
        complain(f"事件日志暂时不可用：{error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
