"""Commands that keep and mend what is stored 归档、恢复、重建: archive, vault, projections, parked aggregates."""

from pathlib import Path
from typing import Annotated

import typer

from yishi.commands.options import Json, execute
from yishi.stack_state import default_home
from yishi.target import find_target

app = typer.Typer()
vault = typer.Typer(help="密钥库的备份与恢复。", no_args_is_help=True)
app.add_typer(vault, name="vault")
parked = typer.Typer(help="被搁置的聚合：列出，或在修复后重试。", no_args_is_help=True)
app.add_typer(parked, name="parked")

VaultService = Annotated[str, typer.Argument(metavar="SERVICE", help="服务名，或 all。")]
VaultFolder = Annotated[Path, typer.Argument(metavar="DIR", help="备份目录；与归档分开存放。")]


@app.command()
def archive(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="归档目录；不存在则新建。")],
    once: Annotated[bool, typer.Option("--once", help="归档到日志此刻的末尾即止。")] = False,
    metrics_port: Annotated[int | None, typer.Option(min=1, max=65535, help="在此端口提供 Prometheus 指标。")] = None,
) -> None:
    """跟随事件日志，写成逐日的归档文件（按服务器时间的 UTC 日），连同密封文件。"""
    from yishi.archive.tail import run

    execute(run(find_target(default_home()), folder, once=once, port=metrics_port))


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="归档目录。")],
    dry: Annotated[bool, typer.Option("--dry-run", help="只核对归档是否完好，不连接服务器。")] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="归档中的事件链有断裂时仍照原样恢复。")] = False,
    as_json: Json = False,
) -> None:
    """用归档回灌空的事件日志，序号与内容不变；中断后再次运行即接着进行。"""
    from yishi.restore import run

    execute(run(default_home(), folder, dry=dry, anyway=anyway, as_json=as_json))


@app.command()
def rebuild(
    service: Annotated[str, typer.Argument(help="服务名。")],
    keep_going: Annotated[bool, typer.Option("--keep-going", help="接着上次中断的重建继续。")] = False,
    swap_anyway: Annotated[bool, typer.Option("--swap-anyway", help="即使不一致也替换。")] = False,
    as_json: Json = False,
) -> None:
    """从事件日志重建一个服务的投影，与原有的比对一致后替换。"""
    from yishi.rebuild import run

    execute(
        run(find_target(default_home()), service, keep_going=keep_going, swap_anyway=swap_anyway, as_json=as_json)
    )


@vault.command("backup")
def vault_backup(service: VaultService, folder: VaultFolder) -> None:
    """备份密钥与不能由日志重建的记录；在归档之后进行。"""
    from yishi.vault_backup import run_backup

    execute(run_backup(find_target(default_home()), service, folder))


@vault.command("restore")
def vault_restore(service: VaultService, folder: VaultFolder) -> None:
    """补回缺少的密钥；已销毁的不会复原。在启动服务之前进行。"""
    from yishi.vault_backup import run_restore

    execute(run_restore(find_target(default_home()), service, folder))


@parked.command("list")
def parked_list(
    service: Annotated[str | None, typer.Argument(help="服务名；不给则为全部。")] = None, as_json: Json = False
) -> None:
    """列出被搁置的聚合及原因。"""
    from yishi.parked import show

    execute(show(find_target(default_home()), service, as_json=as_json))


@parked.command("retry")
def parked_retry(
    service: Annotated[str, typer.Argument(help="服务名。")],
    subject: Annotated[str, typer.Argument(help="聚合的主题，如 evt.430000.members.unit.<id>。")],
) -> None:
    """重新处理一个被搁置的聚合。"""
    from yishi.parked import retry

    execute(retry(find_target(default_home()), service, subject))
