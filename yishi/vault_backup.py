"""`yishi vault backup` and `yishi vault restore`: what a service's database holds that no log rebuilds.

The keys of the cases and the county's secrets, and what operators must not lose: refused and waiting reactions, and
how far the reactions had come. One file for each service, mode 600: who has it and the archive reads everything, so
the two are kept apart. A restore never overwrites: a key that was destroyed here stays destroyed.
Source: ADR 0002, ADR 0007.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from runtime import operations, vault
from runtime.settings import Settings
from yishi.child import StackError
from yishi.passwords import write_private
from yishi.target import NoStack, Target, open_log
from yishi.terminal import output

FORMAT = "yishi-vault/1"
TABLES = (
    "vault.keys",
    "vault.secrets",
    "operations.refused_reactions",
    "operations.deferred_reactions",
    "operations.reacted",
)


@dataclass(frozen=True)
class Backup:
    """The backup of one service."""

    service: str
    log_sequence: int
    """Every event up to here has its key in the backup."""
    taken_at: str
    rows: dict[str, list[dict[str, Any]]]

    @property
    def count(self) -> int:
        """Give the number of rows."""
        return sum(map(len, self.rows.values()))


def file_of(folder: Path, service: str) -> Path:
    """Give where the backup of a service lies."""
    return folder / f"vault-{service}.json"


def chosen(target: Target, service: str) -> dict[str, Settings]:
    """Give the settings of one service, or of `all` whose database is known. *Raises* `NoStack`."""
    found = dict(target.settings) if service == "all" else {}
    if service in target.settings:
        found = {service: target.settings[service]}
    if not found:
        raise NoStack(f"不知道服务 {service} 的数据库在哪里：请用该服务自己的设置（YISHI_DATABASE_URL 等）。")
    return found


async def backup(target: Target, service: str, folder: Path) -> list[Backup]:
    """Back up services into a folder; a file is replaced only by a whole new one.

    The log's end is read first: a key is stored before the event that needs it.

    *Raises* `StackError`, `NoStack`.
    """
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise StackError(f"无法建立目录 {folder}：{error.strerror}。") from error
    made = []
    async with open_log(target) as (log, _):
        for name, settings in chosen(target, service).items():
            last = await log.last_sequence()
            taken_at = datetime.now(UTC).isoformat(timespec="seconds")
            made.append(Backup(name, last, taken_at, await _read(settings)))
    for one in made:
        content = {"format": FORMAT, **vars(one)}
        text = json.dumps(content, ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        try:
            write_private(file_of(folder, one.service), f"{text}\n{digest}\n")
        except OSError as error:
            raise StackError(f"无法写入 {file_of(folder, one.service)}：{error.strerror}。") from error
    return made


async def _read(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    db = await _connect(settings)
    try:
        async with db.transaction(isolation="repeatable_read", readonly=True):
            return {
                table: [
                    json.loads(row["row"])
                    for row in await db.fetch(f"SELECT row_to_json(t)::text AS row FROM {table} t")
                ]
                for table in TABLES
            }
    except asyncpg.UndefinedTableError as error:
        raise StackError(f"服务 {settings.nats_user} 还没有运行过，没有可备份的。") from error
    finally:
        await db.close()


def load(folder: Path, service: str) -> Backup:
    """Read a backup. *Raises* `StackError` when it is missing or not whole."""
    path = file_of(folder, service)
    try:
        text, digest, _ = path.read_text("utf-8").split("\n")
        content = json.loads(text)
        if hashlib.sha256(text.encode()).hexdigest() != digest or content.pop("format") != FORMAT:
            raise ValueError
        if content["service"] != service:
            raise StackError(f"{path} 不是服务 {service} 的密钥备份，而是 {content['service']} 的。")
        return Backup(**content)
    except OSError as error:
        raise StackError(f"读不到备份 {path}：{error.strerror}。") from error
    except (ValueError, TypeError, KeyError) as error:
        raise StackError(f"{path} 不是完整的密钥备份。") from error


async def restore(target: Target, service: str, folder: Path) -> list[tuple[Backup, int]]:
    """Put back what is missing, and give the backups with the rows that were; the services must not run.

    *Raises* `StackError`, also when the database has another key or secret than the backup.
    """
    wanted = chosen(target, service)
    backups = {name: load(folder, name) for name in wanted}
    return [(backups[name], await _put(settings, backups[name])) for name, settings in wanted.items()]


async def _put(settings: Settings, content: Backup) -> int:
    db = await _connect(settings)
    try:
        await vault.ensure_vault(db)
        await operations.ensure_operations(db)
        added = 0
        async with db.transaction():
            for table in TABLES:
                rows = json.dumps(content.rows[table])
                status = await db.execute(
                    f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, $1::json)"
                    " ON CONFLICT DO NOTHING",
                    rows,
                )
                added += int(status.split()[-1])
                if check := _OTHER.get(table):
                    await _require_none(db, check, table, rows, settings.nats_user)
        return added
    finally:
        await db.close()


_OTHER = {
    "vault.keys": "SELECT count(*) FROM json_populate_recordset(NULL::vault.keys, $1::json) b"
    " JOIN vault.keys k USING (county, case_id) WHERE k.key <> b.key",
    "vault.secrets": "SELECT count(*) FROM json_populate_recordset(NULL::vault.secrets, $1::json) b"
    " JOIN vault.secrets s USING (county, purpose) WHERE s.secret <> b.secret",
}
"""Counts the rows that say something else in the database; a destroyed key is none and stays as it is."""


async def _require_none(db: asyncpg.Connection, check: str, table: str, rows: str, service: str) -> None:
    if other := await db.fetchval(check, rows):
        raise StackError(
            f"服务 {service} 的 {table} 中有 {other} 行与备份不同：恢复前该服务已经运行过并另立了密钥，未作恢复。"
        )


async def _connect(settings: Settings) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(settings.database_url.get_secret_value(), timeout=5)
    except (OSError, asyncpg.PostgresError) as error:
        raise StackError(f"无法连接服务 {settings.nats_user} 的数据库：{error or type(error).__name__}。") from error


async def run_backup(target: Target, service: str, folder: Path) -> int:
    """Back up and say what was done."""
    for made in await backup(target, service, folder):
        told = f"{made.service}：{made.count} 行，含序号 {made.log_sequence} 及以前所有事件的密钥。"
        output.print(told, highlight=False, markup=False, soft_wrap=True)
    output.print("备份含全部密钥：请与归档分开存放，并限制可读者。", style="yellow")
    return 0


async def run_restore(target: Target, service: str, folder: Path) -> int:
    """Restore and say what was done."""
    for content, added in await restore(target, service, folder):
        about = f"备份于 {content.taken_at}，含序号 {content.log_sequence} 及以前的密钥"
        told = f"{content.service}：补回 {added} 行（{about}）。"
        output.print(told, highlight=False, markup=False, soft_wrap=True)
    return 0
