"""A service as its own endpoints show it: alive, ready, and what its metrics say when nobody sees its database."""

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from yishi.doctor.check import Check

SECONDS = 8.0
"""Longer than a service needs to find that a server is away."""
_SAID = {
    "the log is away": ("连不上事件日志", "启动 nats-server；网络是否通。"),
    "the database is away": ("连不上数据库", "启动 PostgreSQL；网络是否通。"),
    "the database has not answered": ("数据库没有应答", "PostgreSQL 是否停住（进程、磁盘、锁）；必要时重启它。"),
    "the projection is catching up": ("投影正在补齐", "等待；看 yishi status 中的序号是否前进。"),
    "the projection has stood still": ("投影停住", "看该服务与其副本的日志中的 projector。"),
    "the projection is": ("投影落后过多", "是否正有批量导入；否则看数据库的负载。"),
    "the projector fails": ("投影者反复出错", "看该服务日志中的 projector.failed。"),
    "the log went back": ("日志丢失了末尾", "不要重启也不要清空；用归档恢复（docs/operations.md）。"),
}


async def check_service(service: str, url: str, *, database_seen: bool) -> list[Check]:
    """Ask a service whether it lives and is ready; its metrics only when nobody looks into its database."""
    async with httpx2.AsyncClient(base_url=url, timeout=SECONDS, trust_env=False) as http:
        try:
            alive = (await http.get("/healthz")).json()
            ready = (await http.get("/readyz")).json()
            text = (await http.get("/metrics")).text
            checks = [_alive(service, alive), _ready(service, ready)]
        except (httpx2.HTTPError, ValueError, KeyError) as error:
            finding = f"{url} 没有应答：{error or type(error).__name__}"
            advice = "看它的退出码与日志；退出码 3 表示它拒绝在不安全的日志或不同的模式上启动。"
            return [Check("service.reachable", "服务", "fail", finding, advice, service)]
    return checks if database_seen else checks + _from_metrics(service, text)


def _alive(service: str, report: dict[str, object]) -> Check:
    problems = report["problems"]
    if not problems:
        return Check("service.alive", "服务存活", "ok", "是", about=service)
    return Check("service.alive", "服务存活", "fail", f"进程内有任务停止：{problems}", "重启这一进程。", service)


def _ready(service: str, report: dict[str, object]) -> Check:
    if report["ready"]:
        finding = f"{report['schema']}，已到 {report['position']}，{report['projector']}"
        return Check("service.ready", "服务就绪", "ok", finding, about=service)
    problems = report["problems"]
    assert isinstance(problems, list)
    said, advice = [], []
    for problem in problems:
        known = next((texts for start, texts in _SAID.items() if str(problem).startswith(start)), None)
        said.append(f"{known[0]}（{problem}）" if known else str(problem))
        advice += [known[1]] if known else []
    return Check(
        "service.ready", "服务就绪", "fail", "；".join(said), " ".join(advice) or "看该服务的日志。", service
    )


def _from_metrics(service: str, text: str) -> list[Check]:
    numbers: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            numbers[sample.name] = numbers.get(sample.name, 0) + sample.value
    parked, lag = numbers.get("yishi_parked_aggregates", 0), numbers.get("yishi_projection_lag_events", 0)
    advice = f"yishi parked list {service} 看原因；修复程序后重试。"
    found = [
        Check("projection.lag", "投影的位置", "ok", f"落后 {lag:.0f} 个事件", about=service),
        Check("projection.parked", "搁置的事项", "fail", f"{parked:.0f} 个", advice, service)
        if parked
        else Check("projection.parked", "搁置的事项", "ok", "没有", about=service),
    ]
    if refused := numbers.get("yishi_reactions_refused", 0):
        advice = "查该服务数据库的 operations.refused_reactions，由人补办。"
        found.append(Check("reactions.refused", "被拒的反应", "warn", f"{refused:.0f} 个", advice, service))
    if provisional := numbers.get("yishi_clocks_provisional", 0):
        advice = "以 YISHI_DATABASE_URL 等设置再运行可知年份；由各县 registrar 发布该年日历。"
        name = "在办时限所需的日历"
        found.append(Check("calendars.missing", name, "warn", f"{provisional:.0f} 件时限待定", advice, service))
    return found
