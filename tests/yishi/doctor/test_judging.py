"""How the doctor judges what he has found: versions, clocks, archives, packages, disks."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from yishi.doctor.check import check_skew, check_version, release
from yishi.doctor.machine import check_archive, judge_disk, unmet


def test_an_archive_is_judged_by_what_it_says_of_itself(tmp_path: Path) -> None:
    def judged(head: int | None = 100, **said: Any) -> tuple[str, str]:
        now = datetime.now(UTC)
        status = {
            "sequence": 100,
            "lag": 0,
            "problem": None,
            "files_missing": 0,
            "written_at": now.isoformat(),
        } | said
        (tmp_path / "status.json").write_text(json.dumps(status), "utf-8")
        check = check_archive(tmp_path, head)
        return check.code, check.status

    assert (check_archive(tmp_path, 1).code, check_archive(tmp_path, 1).status) == ("archive.lag", "fail")
    assert judged() == ("archive.lag", "ok")
    assert judged(head=99) == ("archive.ahead", "fail")
    assert judged(head=20_000) == ("archive.lag", "warn")
    assert judged(head=None, lag=20_000) == ("archive.lag", "warn")
    assert judged(files_missing=1) == ("archive.lag", "warn")
    assert judged(problem="磁盘已满") == ("archive.lag", "fail")
    hours_ago = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    assert judged(head=101, written_at=hours_ago) == ("archive.lag", "fail")
    assert judged(written_at=hours_ago) == ("archive.lag", "ok"), "an idle log needs no word"
    (tmp_path / "status.json").write_text("{", "utf-8")
    assert check_archive(tmp_path, 1).status == "fail"


@pytest.mark.parametrize(
    ("found", "status"),
    [("2.11.9", "fail"), ("2.12.0", "warn"), ("2.15.0-RC.1", "warn"), ("2.15.1", "ok"), ("v2.16", "ok")],
)
def test_versions_are_compared_by_their_numbers(found: str, status: str) -> None:
    assert check_version("log.version", "", found, "2.12.0", "2.15.1").status == status
    assert release("18.6 (Debian 18.6-1.pgdg12+1)") == (18, 6)


@pytest.mark.parametrize(
    ("seconds", "status", "said"),
    [(0.01, "ok", "相差 0.0 秒"), (-3, "warn", "相差 3.0 秒（落后）"), (61, "fail", "相差 61.0 秒（超前）")],
)
def test_clocks_that_differ_are_found(seconds: float, status: str, said: str) -> None:
    check = check_skew("log.clock", "", seconds)
    assert (check.status, check.finding) == (status, said)


def test_packages_and_disks_are_judged_by_their_bounds(tmp_path: Path) -> None:
    assert unmet("pytest>=8.4") is None
    assert unmet("faststream[nats,otel]>=0.7.8,<0.8") is None
    assert unmet("pytest<8") is not None
    assert unmet("no-such-package>=1") == "没有安装 no-such-package>=1"
    assert [judge_disk(tmp_path, free << 30).status for free in (0, 2, 9)] == ["fail", "warn", "ok"]
