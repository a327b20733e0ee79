"""The command line `yishi`: wiring only, each command is a module of its own."""

import os
import sys
from collections.abc import Coroutine
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop

from runtime.logs import configure_logs
from runtime.refusals import LogUnavailable
from runtime.settings import utc_now
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
rules_app = typer.Typer(help="规则包：检查，或计算到期日。", no_args_is_help=True)
app.add_typer(rules_app, name="rules")


class ImportKind(StrEnum):
    """What can be imported."""

    bodies = "bodies"
    units = "units"
    members = "members"
    cases = "cases"


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
    with_services: Annotated[bool, typer.Option("--with-services", help="同时核对各服务的投影所到之处。")] = False,
    as_json: Json = False,
) -> None:
    """从头核对事件日志，遇到第一处断裂即以非零退出。"""
    from yishi.verify import run

    _run(run(find_target(default_home()), with_services=with_services, as_json=as_json))


@app.command()
def stats(
    county: County,
    by: Annotated[str | None, typer.Option(help="分组：unit、kind、nature、category、body 或 stage。")] = None,
    as_json: Json = False,
) -> None:
    """办理统计，附每个数字的定义。"""
    from yishi.stats import run

    _run(run(find_target(default_home()), county, by=by, as_json=as_json))


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
    kind: Annotated[ImportKind, typer.Argument(help="导入什么。")],
    file: Annotated[Path, typer.Argument(help="YAML（列表）或 CSV（首行为字段名）文件。")],
    county: County,
    apply: Annotated[bool, typer.Option("--apply", help="发送没有问题的行；不加则为试运行。")] = False,
    as_json: Json = False,
) -> None:
    """导入机构、单位、委员代表或案件；默认试运行，逐行指出问题。"""
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
def status(as_json: Json = False) -> None:
    """各服务是否就绪，投影到了哪里。"""
    from yishi.status import run

    _run(run(find_target(default_home()), as_json=as_json))


def main() -> None:
    """Run one command; 2 stands for "nothing to ask", 1 for anything else that did not succeed."""
    try:
        app()
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
