"""A service's database: reachable, new enough, the right tables, the right roles, and how far the projection is."""

import importlib
import time
from dataclasses import dataclass
from typing import Any

import asyncpg

from runtime.process import Service
from runtime.schema import Schema
from runtime.settings import Settings
from yishi.doctor.check import Check, check_skew, check_version

LEAST_SERVER = "14"
"""The first with idle_session_timeout, by which a frozen projector is replaced."""
TRIED_SERVER = "18"
MANY = 1000
"""Events of lag that are worth a word."""
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


@dataclass(frozen=True)
class Projection:
    """Where a projection was when it was first looked at."""

    service: str
    schema: str
    position: int
    settings: Settings


def schema_of(service: str) -> Schema:
    """Give the schema that this program's code of a service wants."""
    found: Service = importlib.import_module(f"services.{service}.main").SERVICE
    return Schema(found.name, found.schema_version, found.folds)


async def check_database(service: str, settings: Settings) -> tuple[list[Check], Projection | None]:
    """Look into a service's database; the projection is None where there is none."""
    schema = schema_of(service)
    try:
        before = time.time()
        db = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=5, command_timeout=10)
    except _AWAY as error:
        advice = "启动 PostgreSQL，或改正 YISHI_DATABASE_URL；该服务此时答 503。"
        finding = f"无法连接：{error or type(error).__name__}"
        return [Check("database.reachable", "数据库", "fail", finding, advice, service)], None
    try:
        before = time.time()
        now = await db.fetchval("SELECT clock_timestamp()")
        ahead = now.timestamp() - (before + time.time()) / 2
        version = await db.fetchval("SHOW server_version")
        checks = [
            check_version("database.version", "PostgreSQL 版本", version, LEAST_SERVER, TRIED_SERVER, service),
            check_skew("database.clock", "数据库的时钟", ahead, service),
        ]
        if not await db.fetchval("SELECT to_regclass($1)", f"{schema.name}.meta"):
            advice = "启动该服务：它会自行建立并从日志补齐。"
            finding = f"没有 {schema.name}：这一版本还没有运行过"
            return [*checks, Check("database.schema", "投影的模式", "warn", finding, advice, service)], None
        checks.append(await _schema(db, service, schema))
        checks.append(await _parked(db, service, schema.name))
        checks += await _reactions(db, service)
        if service == "notifications":
            checks.append(await _calendars(db, schema.name))
        position = await db.fetchval(f"SELECT sequence FROM {schema.name}.position")
    except _AWAY as error:
        finding = f"查询失败：{error or type(error).__name__}"
        return [Check("database.reachable", "数据库", "fail", finding, "看 PostgreSQL 的日志。", service)], None
    finally:
        db.terminate()
    checks.append(await _http_role(service, settings, schema))
    return checks, Projection(service, schema.name, position, settings)


async def _schema(db: asyncpg.Connection, service: str, schema: Schema) -> Check:
    if await db.fetchval(f"SELECT ddl_digest FROM {schema.name}.meta") == schema.digest:
        return Check("database.schema", "投影的模式", "ok", schema.name, about=service)
    finding = f"{schema.name} 由另一版程序建立，与本程序的表不同"
    advice = f"提高 {service} 的 schema_version 再部署（旧模式继续服务），或部署与之相符的程序版本。"
    return Check("database.schema", "投影的模式", "fail", finding, advice, service)


async def _parked(db: asyncpg.Connection, service: str, schema: str) -> Check:
    rows = await db.fetch(f"SELECT aggregate, id, error FROM {schema}.parked ORDER BY sequence LIMIT 4")
    if not rows:
        return Check("projection.parked", "搁置的事项", "ok", "没有", about=service)
    number = await db.fetchval(f"SELECT count(*) FROM {schema}.parked")
    named = "；".join(f"{row['aggregate']}/{row['id']}：{row['error'][:120]}" for row in rows[:3])
    advice = f"yishi parked list {service} 看原因；修复程序后 yishi parked retry {service} <主题>。"
    return Check("projection.parked", "搁置的事项", "fail", f"{number} 个：{named}", advice, service)


async def _reactions(db: asyncpg.Connection, service: str) -> list[Check]:
    if not await db.fetchval("SELECT to_regclass('operations.refused_reactions')"):
        return []
    deferred = await db.fetchval("SELECT count(*) FROM operations.deferred_reactions")
    refused = await db.fetch(
        "SELECT reaction, code, count(*) AS n FROM operations.refused_reactions GROUP BY 1, 2 ORDER BY 3 DESC"
    )
    found = []
    if deferred:
        advice = "先处理搁置的事项；推迟的反应随后自行完成。"
        found.append(Check("reactions.deferred", "推迟的反应", "warn", f"{deferred} 个事件在等", advice, service))
    if refused:
        named = "；".join(f"{row['reaction']} 因 {row['code']} {row['n']} 次" for row in refused[:5])
        advice = "查 operations.refused_reactions 中的事件与原因，由人补办；补办后删去该行。"
        found.append(Check("reactions.refused", "被拒的反应", "warn", named, advice, service))
    return found


async def _calendars(db: asyncpg.Connection, schema: str) -> Check:
    rows = await db.fetch(
        "SELECT coalesce((used ->> 'year')::int, extract(year FROM due_on)::int) AS year, count(*) AS n,"
        " count(DISTINCT county) AS counties, min(county) AS county"
        f" FROM {schema}.clocks LEFT JOIN LATERAL jsonb_array_elements(proof -> 'calendars') used"
        "   ON used ->> 'digest' IS NULL"
        " WHERE closed_on IS NULL AND provisional GROUP BY 1 ORDER BY 1"
    )
    name = "在办时限所需的日历"
    if not rows:
        return Check("calendars.missing", name, "ok", "齐全", about="notifications")
    said = "；".join(
        f"{row['year']} 年：{row['n']} 件时限待定（{row['county']}{'' if row['counties'] == 1 else ' 等'}"
        f" {row['counties']} 个县）"
        for row in rows
    )
    advice = "国务院公布该年放假安排后，由各县 registrar 发布日历（POST /v1/calendars）；时限随之改定。"
    return Check("calendars.missing", name, "warn", said, advice, "notifications")


async def _http_role(service: str, settings: Settings, schema: Schema) -> Check:
    name, advice = "查询角色的权限", "按 deploy/postgres/service.sql 改正角色。"
    try:
        db = await asyncpg.connect(settings.database_http_url.get_secret_value(), timeout=5, command_timeout=10)
    except _AWAY as error:
        finding = f"无法以查询角色登录：{error or type(error).__name__}"
        return Check("database.rights", name, "fail", finding, "改正 YISHI_DATABASE_HTTP_URL。", service)
    try:
        row: Any = await db.fetchrow(
            "SELECT rolsuper OR rolbypassrls AS unbound,"
            " has_table_privilege(current_user, $1, 'SELECT') AS reads,"
            " has_table_privilege(current_user, $1, 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes"
            " FROM pg_roles WHERE rolname = current_user",
            f"{schema.name}.states",
        )
    except asyncpg.PostgresError as error:
        return Check("database.rights", name, "fail", f"查询角色读不到投影：{error}", advice, service)
    finally:
        db.terminate()
    wrong = ["不受行级安全约束"] * row["unbound"] + ["能写投影"] * row["writes"] + ["读不到投影"] * (not row["reads"])
    if wrong:
        return Check("database.rights", name, "fail", "查询角色" + "、".join(wrong), advice, service)
    return Check("database.rights", name, "ok", "只读，受行级安全约束", about=service)


async def check_lag(before: Projection, head_before: int, head: int) -> Check:
    """Judge how far behind the log (stream sequences) a projection is, and whether it has moved since `before`."""
    name, about = "投影的位置", before.service
    try:
        db = await asyncpg.connect(before.settings.database_url.get_secret_value(), timeout=5, command_timeout=10)
        try:
            position = await db.fetchval(f"SELECT sequence FROM {before.schema}.position")
        finally:
            db.terminate()
    except _AWAY as error:
        return Check("projection.lag", name, "fail", f"查询失败：{error}", "看 PostgreSQL 的日志。", about)
    lag, most = head - position, before.settings.ready_lag
    said = f"已到 {position}，日志末尾 {head}，落后 {max(lag, 0)} 个事件"
    if lag < 0:
        advice = "日志丢失了末尾：不要启动任何服务，用归档恢复（docs/operations.md）。"
        return Check("projection.lag", name, "fail", f"投影已到 {position}，日志却只到 {head}", advice, about)
    if position == before.position and head_before > position:
        advice = f"投影停住：服务 {about} 是否在运行；看它的 /readyz 与日志中的 projector。"
        return Check("projection.lag", name, "fail", said + "，没有前进", advice, about)
    if lag > most:
        advice = "是否正有批量导入；否则看数据库的负载。"
        return Check("projection.lag", name, "fail", f"{said}，多于 {most}", advice, about)
    return Check("projection.lag", name, "warn" if lag > MANY else "ok", said, about=about)
