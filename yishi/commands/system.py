"""Commands about a running system 本机系统与部署: start, demonstrate, look whether all is well."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from runtime.settings import utc_now
from yishi.commands.options import County, Json, execute
from yishi.stack_state import default_home
from yishi.target import NoStack, find_target

app = typer.Typer()


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
def doctor(
    archive: Annotated[Path | None, typer.Option("--archive", metavar="DIR", help="同时查看这里的归档。")] = None,
    as_json: Json = False,
) -> None:
    """检查一处部署：哪里不对，该怎么办；有误则以 1 退出。"""
    from yishi.doctor.run import run

    execute(run(find_target(default_home()), archive=archive, as_json=as_json))


@app.command()
def status(as_json: Json = False) -> None:
    """各服务是否就绪，投影到了哪里。"""
    from yishi.status import run

    execute(run(find_target(default_home()), as_json=as_json))


@app.command(hidden=True)
def streams(
    replicas: Annotated[int, typer.Option(min=1, max=5, help="副本数，等于 NATS 集群的节点数。")] = 1,
) -> None:
    """建立事件日志所需的流（部署时一次；用 operator 的设置）。"""
    from yishi.prepare import run

    execute(run(replicas))
