"""The questions at many cases: each is asked, finds something, and its plan is written down. Never how fast."""

from pathlib import Path

from benchmarks.questions import LIMITS, PLANS, QUESTIONS
from tests.benchmarks.test_report import TINY, run

_SILENT = {"全部", "含并案原件", "某单位", "某阶段（无）", "某委员", "常用词与阶段（无）", "没有的词"}
"""Questions that answer with a total alone, or find nothing."""


async def test_every_question_is_asked_of_a_filled_county_and_its_plan_is_shown(tmp_path: Path) -> None:
    found = await run(tmp_path, "questions")
    for part, limit in LIMITS.items():
        line = found[f"{part}_vs_limit"]
        slowest, allowed, _ = line["figures"]
        assert (allowed["value"], len(slowest["rounds"])) == (limit, TINY.single)
        assert line["met"] is (slowest["value"] <= limit)
        asked = {one.name for one in QUESTIONS if one.part == part}
        assert set(line["facts"]["questions"]) == asked
        rows = {name: told["rows"] for name, told in line["facts"]["questions"].items()}
        silent = {name for name, count in rows.items() if count == 0}
        assert silent <= _SILENT, part
    board = found["board_vs_limit"]["facts"]["questions"]
    assert [board[name]["rows"] for name in ("编号", "第一页", "常用词", "待办，全部")] == [1, 50, 50, 50]
    assert found["similar_vs_limit"]["facts"]["questions"]["相似件"]["rows"] == 10
    plans = (tmp_path / PLANS).read_text("utf-8")
    for words in ("Scan on unit_statistics", "Bitmap Index Scan on search_terms", "Execution Time"):
        assert words in plans
