"""The commands export with a system, and verify what they wrote without one."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.yishi.cli.conftest import Establish, Yishi


async def test_an_export_is_written_once_and_verified_where_nothing_runs(
    yishi: "Yishi", establish: "Establish", county: str, tmp_path: Path
) -> None:
    await establish("规划办", later="规划处")
    file, nowhere = tmp_path / "county.jsonl", tmp_path / "nowhere"
    made = await yishi("export", "--county", county, str(file), "--json")
    assert made.code == 0
    assert (made.document["asked"], made.document["events"]) == ({"county": county}, 2)
    again = await yishi("export", "--county", county, str(file))
    assert (again.code, again.err) == (1, f"{file} 已经存在：请换一个文件名，或用 --force 覆盖。\n")
    forced = await yishi("export", "--county", county, str(file), "--force")
    assert forced.code == 0
    assert "已导出 2 个事件、1 个聚合" in forced.out

    verified = await yishi("verify", str(file), "--json", home=nowhere)
    assert verified.code == 0
    report = verified.document
    assert (report["verified"], report["events"], report["simulated"]) == (True, 2, 0)
    assert len(report["not_proven"]) == 6
    told = await yishi("verify", str(file), home=nowhere)
    assert told.code == 0
    assert "单凭这一文件不能证明" in told.out
    noted = f"{report['head']['sequence']}:{report['head']['hash']}"
    assert (await yishi("verify", str(file), "--head", noted, home=nowhere)).code == 0
    other = await yishi("verify", str(file), "--head", f"{report['last']}:sha256:00", "--json", home=nowhere)
    assert (other.code, other.document["break"]["code"]) == (1, "noted_head_differs")
    assert not nowhere.exists()

    file.write_bytes(file.read_bytes().replace(b"UnitRenamed", b"UnitPainted"))
    broken = await yishi("verify", str(file), home=nowhere)
    assert broken.code == 1
    assert "文件第 3 行在此处断裂：序号 " in broken.out
    assert "类型 yishi.members.UnitRenamed.v1" in broken.out
    assert "（file_chain_broken）" in broken.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "some.jsonl"),
        ("export", "--all", "--county", "430000", "some.jsonl"),
        ("verify", "--head", "1:sha256:00"),
        ("history", "x", "--recorded"),
    ],
    ids=" ".join,
)
async def test_a_command_that_makes_no_sense_is_refused(yishi: "Yishi", arguments: tuple[str, ...]) -> None:
    assert (await yishi(*arguments)).code == 2


async def test_a_case_that_does_not_exist_and_a_file_that_cannot_be_read_are_said_in_one_sentence(
    yishi: "Yishi", tmp_path: Path
) -> None:
    for arguments in (("history", "第7号"), ("export", "--case", "第7号", str(tmp_path / "x.jsonl"))):
        finished = await yishi(*arguments)
        assert (finished.code, finished.err) == (1, "事件日志中没有编号为 第7号 的件。\n")
    missing = await yishi("verify", str(tmp_path / "x.jsonl"))
    assert missing.code == 1
    assert missing.err.startswith("无法读取 ")
    assert missing.err.count("\n") == 1
