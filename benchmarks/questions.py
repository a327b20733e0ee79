"""How long statistics, board and similar cases take to answer with 100,000 cases, at one client over HTTP.

The questions take turns, so that noise hits all. Each part's slowest 95th percentile is held against what it may
take; the plans of the statements, as the role has them that answers requests, go into a file beside the report.
"""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import httpx2

from benchmarks.bulk import Bulk
from benchmarks.filling import COMMON, RARE, fill
from benchmarks.life import COUNTY, LEAD, LIFE, TEXTS, Case
from benchmarks.moulds import Moulds
from benchmarks.plans import explained
from benchmarks.report import Figure, Ratio
from benchmarks.rounds import percentile
from benchmarks.sizes import Size
from benchmarks.spine import BEFORE, servers, settings_of, write
from runtime import paging, vault
from runtime.settings import utc_now
from services.proposals.main import SERVICE
from yishi.stack import Stack

ROUNDS = 40
ALIKE = 45
"""Real cases, all of one text: more than are compared in full."""
BOUND = 60
"""Seconds."""
PLANS = "questions-plans.txt"

_UNIT = str(UUID(int=(900000007 << 96) + (4 << 76) + (8 << 60)))
_PERSON = str(UUID(int=(800000007 << 96) + (4 << 76) + (8 << 60)))
_TRIVIAL = "编号"
_TEXT = TEXTS["proposal.text"] + "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(600))
"""As long as real texts are; the real cases' texts stand in it."""


class Asked(NamedTuple):
    """One question: what of whom."""

    part: str
    name: str
    path: str
    query: Mapping[str, Any]


def _of(part: str, path: str, questions: Mapping[str, Mapping[str, Any]]) -> list[Asked]:
    return [Asked(part, name, path, query) for name, query in questions.items()]


_BY = {
    "单位": "unit",
    "类别": "kind",
    "性质": "nature",
    "分类": "category",
    "机构": "body",
    "阶段": "stage",
    "测评": "outcome",
    "界别": "sector",
    "届次": "session",
    "月": "month",
    "交办月": "hand_over_month",
}
QUESTIONS = [
    *_of(
        "statistics",
        "/statistics",
        {
            "全部": {},
            **{f"按{name}": {"by": by} for name, by in _BY.items()},
            "按单位，截至去年": {"by": "unit", "as_of": "2025-01-01"},
            "按分类，截至去年": {"by": "category", "as_of": "2025-01-01"},
            "按单位排名": {"by": "unit", "rank_by": "on_time"},
            "按承接单位": {"by": "unit", "successors": "true"},
            "含并案原件": {"originals": "true"},
            "某单位": {"unit": _UNIT},
            "某界别，按月": {"sector": "界别7", "by": "month"},
        },
    ),
    Asked("statistics", "两期对比，按单位", "/statistics/compare", {"by": "unit"}),
    Asked("statistics", "不满意各件", "/statistics/cases", {"figure": "dissatisfied"}),
    *_of(
        "board",
        "/proposals",
        {
            _TRIVIAL: {"q": "321"},
            "第一页": {},
            "末几页": {"after": paging.cursor(("2025-11-20", ""))},
            "逾期": {"overdue": "true"},
            "某阶段（无）": {"stage": "declined"},
            "某单位": {"unit": _UNIT},
            "某委员": {"member": _PERSON},
            "某届次": {"term": 9, "session": 3},
            "人人有的词": {"q": "建议"},
            "常用词": {"q": COMMON},
            "常用词与阶段（无）": {"q": COMMON, "stage": "declined"},
            "常用词与单位": {"q": COMMON, "unit": _UNIT},
            "两词": {"q": f"{COMMON} 建议"},
            "少见词": {"q": RARE},
            "词与单位名": {"q": f"{COMMON} 单位7"},
            "单位名（全部）": {"q": "单位"},
            "委员名": {"q": "委员17"},
            "没有的词": {"q": "不存在的词"},
        },
    ),
    Asked("board", "待办，单位", "/worklist", {}),
    Asked("board", "待办，全部", "/worklist", {"mine": "false"}),
    Asked("similar", "相似件", "/proposals/similar", {"text": _TEXT}),
]
LIMITS = {"statistics": 200.0, "board": 200.0, "similar": 500.0}
"""Milliseconds, of the slowest question's 95th percentile."""


@dataclass(frozen=True)
class Taken:
    """What one question took, in milliseconds."""

    asked: Asked
    times: list[float]
    found: int

    @property
    def p50(self) -> float:
        """Give the median."""
        return percentile(self.times, 0.5)

    @property
    def p95(self) -> float:
        """Give the 95th percentile."""
        return percentile(self.times, 0.95)


async def measure(home: Path, size: Size) -> list[Ratio]:
    """Measure statistics_vs_limit, board_vs_limit and similar_vs_limit."""
    async with servers(home, SERVICE.name) as stack:
        begun = time.monotonic()
        await filled(stack, size.questioned)
        seconds = time.monotonic() - begun
        taken = await ask(stack, min(ROUNDS, size.single))
        plans = home.parent.parent / PLANS
        await asyncio.to_thread(plans.write_text, await explained(settings_of(stack), _UNIT), "utf-8")
    trivial = next(one.p50 for one in taken if one.asked.name == _TRIVIAL)
    return [_ratio(part, size, [one for one in taken if one.asked.part == part], trivial, seconds) for part in LIMITS]


def _ratio(part: str, size: Size, taken: list[Taken], trivial: float, seconds: float) -> Ratio:
    slowest = max(taken, key=lambda one: one.p95)
    limit = LIMITS[part]
    facts = {
        one.asked.name: {
            "p50_ms": round(one.p50, 1),
            "p95_ms": round(one.p95, 1),
            "met": one.p95 <= limit,
            "vs_trivial": round(one.p95 / trivial, 1),
            "rows": one.found,
        }
        for one in taken
    }
    return Ratio(
        f"{part}_vs_limit",
        slowest.p95 / limit,
        (
            Figure(f"{slowest.asked.name}：95 百分位", slowest.p95, "毫秒", tuple(slowest.times)),
            Figure("所许", limit, "毫秒"),
            Figure("最小查询的中位数", trivial, "毫秒"),
        ),
        f"{size.questioned} 件，一个客户端经 HTTP 轮流问 {len(QUESTIONS)} 问，各 {len(slowest.times)} 次；取最慢者",
        {"questions": facts, "filled_in_seconds": round(seconds), "plans": PLANS},
    )


async def filled(stack: Stack, cases: int) -> None:
    """Bring real cases through the log into the projection, then copies of them."""
    settings = settings_of(stack)
    operator = await stack.nats.connect("operator")
    bulk = Bulk(operator, Moulds())
    await bulk.write_directory()
    real = [Case.at(place) for place in range(1, ALIKE + 2)]
    await write(bulk, settings, real[:ALIKE], [act.name for act in LIFE])
    await write(bulk, settings, real[ALIKE:], BEFORE)
    await operator.close()
    db = await asyncpg.connect(
        settings.database_url.get_secret_value(), server_settings={"search_path": SERVICE.schema_name}
    )
    try:
        async with asyncio.timeout(BOUND):
            done = "SELECT count(*) = $1 FROM board WHERE stage = 'closed' OR version = $2"
            while not await db.fetchval(done, len(real), len(BEFORE) - 1):  # noqa: ASYNC110 – another process.
                await asyncio.sleep(0.1)
        await fill(db, cases, await vault.secret_for(db, COUNTY, "search"))
        assert await db.fetchval("SELECT count(*) FROM board") == cases + len(real)
    finally:
        await db.close()


async def ask(stack: Stack, rounds: int) -> list[Taken]:
    """Ask every question so many times, in turns."""
    token = stack.keys.issue_token("person:benchmark", COUNTY, ["committee", "office"], str(LEAD), now=utc_now())
    url, headers = stack.service_url(SERVICE.name), {"authorization": f"Bearer {token}"}
    taken: dict[str, Taken] = {}
    async with httpx2.AsyncClient(base_url=f"{url}/v1", headers=headers, timeout=60, trust_env=False) as client:
        for number in range(rounds + 1):  # The first one warms everything up.
            for asked in QUESTIONS:
                begun = time.perf_counter()
                answer = await _request(client, asked)
                took = (time.perf_counter() - begun) * 1000
                assert answer.status_code == 200, answer.text
                content = answer.json()
                one = taken.setdefault(
                    f"{asked.part} {asked.name}",
                    Taken(asked, [], len(content.get("items", content.get("groups", ())))),
                )
                if number:
                    one.times.append(took)
    return list(taken.values())


def _request(client: httpx2.AsyncClient, asked: Asked) -> Awaitable[httpx2.Response]:
    if asked.part == "similar":
        return client.post(asked.path, json=dict(asked.query))
    return client.get(asked.path, params=dict(asked.query))
