"""`yishi rules`: a pack is checked, and a due date computed, without any system running."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from yishi import CHECKOUT

PACKS = CHECKOUT / "rules/packs"


def yishi(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({"YISHI_RULES_DIR": str(folder)} if folder else {})
    command = [sys.executable, "-m", "yishi", "rules", *arguments]
    return subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_days_of_a_clock_and_their_proof_are_given_for_programs() -> None:
    answer = json.loads(yishi("due", "henan-2017", "return", "2026-09-28", "--json").stdout)
    assert (answer["due_on"], answer["provisional"], answer["strength"]) == ("2026-10-16", False, "hard")
    assert answer["proof"]["excluded"][0] == "2026-10-01"
    assert answer["argument"][-1] == "到期：最迟 2026-10-16（周五），含当日"


def test_the_example_pack_can_be_adopted_as_it_is() -> None:
    checked = yishi("check", str(CHECKOUT / "rules/examples/example-county.yaml"))
    assert checked.returncode == 0
    assert "可以采用。示例县建议提案办理办法（虚构），14 条时限规则" in checked.stdout


def test_a_cap_gives_the_last_day_of_an_extension() -> None:
    answer = json.loads(yishi("due", "henan-2017", "reply_cap", "2026-01-30", "--json").stdout)
    assert (answer["cap_of"], answer["due_on"]) == ("reply", "2026-07-30")


def test_a_countys_own_folder_adds_packs_and_stands_for_shipped_ones(tmp_path: Path) -> None:
    own = (PACKS / "henan-2017.yaml").read_text("utf-8").replace("amount: 10", "amount: 3")
    (tmp_path / "henan-2017.yaml").write_text(own, "utf-8")
    (tmp_path / "our-county.yaml").write_text(own.replace("henan-2017", "our-county"), "utf-8")
    for name in ("henan-2017", "our-county"):
        shown = yishi("due", name, "return", "2026-09-28", "--json", folder=tmp_path)
        assert json.loads(shown.stdout)["due_on"] == "2026-10-08"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("due", "henan-2018", "return", "2026-09-28"), "没有名为 henan-2018 的规则包"),
        (("due", "henan-2017", "answer", "2026-09-28"), "没有时限 answer，只有：return、"),
        (("due", "henan-2017", "return", "2026-09-31"), "“2026-09-31”不是日期"),
        (("check", "nowhere.yaml"), "无法读取 nowhere.yaml"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_in_a_sentence(arguments: tuple[str, ...], told: str) -> None:
    finished = yishi(*arguments)
    assert finished.returncode == 1
    assert told in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_bad_pack_fails_the_check_with_the_line_of_every_mistake(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    text = (PACKS / "henan-2017.yaml").read_text("utf-8")
    file.write_text(
        text.replace("amount: 3,", "amount: 三,").replace("self_transfer: forbidden", "self: no"), "utf-8"
    )
    shown = yishi("check", str(file), "--json")
    assert shown.returncode == 1
    assert [(error["line"], error["code"]) for error in json.loads(shown.stdout)["errors"]] == [
        (12, "pack.not_a_value"),
        (18, "pack.unknown_field"),
    ]
    assert yishi("check", str(PACKS / "henan-2017.yaml")).returncode == 0
