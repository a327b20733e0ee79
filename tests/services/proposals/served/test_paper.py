"""A case from its paper original over HTTP: who enters, who compares, what the case and its history say of it."""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx2

from yishi import CHECKOUT

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town, Who

Code = Callable[[httpx2.Response], str]
SCAN = "sha256:" + "5a" * 32


def paper(town: "Town", **changes: Any) -> dict[str, Any]:
    return {
        "shelf": "2005-提-017",
        "digest": SCAN,
        "media_type": "application/pdf",
        "size": 482_113,
        "signed_by": [town.members["zhang"]],
        "received_on": "2005-01-22",
    } | changes


async def entered(town: "Town", clerk: "Who") -> str:
    body = town.proposal(paper=paper(town))
    answer = await town.post(clerk, "/proposals/from-paper", body, on="2005-01-23")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def history(town: "Town", case: str) -> list[str]:
    """Give what `yishi history` prints of a case."""
    command = [sys.executable, "-m", "yishi", "history", case, "--county", town.county]
    environment = os.environ | {"YISHI_HOME": str(town.stack.home)}
    run = await asyncio.create_subprocess_exec(
        *command, cwd=CHECKOUT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(run.communicate(), 60)
    assert run.returncode == 0, err.decode()
    return out.decode().splitlines()


async def test_a_second_person_confirms_what_a_clerk_entered_from_paper_before_it_is_registered(
    town: "Town", code: Code
) -> None:
    case = await entered(town, town.committee)
    check = {"digest": SCAN, "agrees": True, "checked_on": "2005-01-24"}
    early = await town.post(town.committee, f"/proposals/{case}/register", {"registered_on": "2005-02-01"})
    assert (early.status_code, code(early)) == (409, "paper.not_compared")
    own = await town.post(town.committee, f"/proposals/{case}/paper/check", check)
    assert (own.status_code, code(own)) == (409, "paper.own_entry")
    other = await town.post(town.office, f"/proposals/{case}/paper/check", check | {"digest": "sha256:" + "0" * 64})
    assert (other.status_code, code(other)) == (409, "paper.scan_differs")
    assert (await town.post(town.office, f"/proposals/{case}/paper/check", check)).status_code == 200
    registered = await town.post(town.committee, f"/proposals/{case}/register", {"registered_on": "2005-02-01"})
    assert registered.status_code == 200
    shown = (await town.get(town.committee, f"/proposals/{case}")).json()
    assert (shown["submitter"], shown["submitted_on"]) == (town.members["zhang"], "2005-01-20")
    told = shown["paper"]
    assert (told["agrees"], told["checker"], told["checked_on"]) == (True, town.office.subject, "2005-01-24")
    assert (told["original"]["clerk"], told["original"]["shelf"]) == (town.committee.subject, "2005-提-017")
    assert told["original"]["received_on"] == "2005-01-22"
    lived = "\n".join(await history(town, case))
    assert f"纸质原件：档案号 2005-提-017，2005-01-22 收件，1 人签名，扫描件 {SCAN}" in lived
    assert "2005-01-20  提交  " in lived
    assert "2005-01-24  核对原件  " in lived
    assert "与原件一致：是" in lived


async def test_an_entry_that_was_sent_back_is_entered_and_found_by_its_new_words(town: "Town", code: Code) -> None:
    case = await entered(town, town.office)
    back = {"digest": SCAN, "agrees": False, "reason": "第三条漏录", "checked_on": "2005-01-24"}
    assert (await town.post(town.committee, f"/proposals/{case}/paper/check", back)).status_code == 200
    owed = (await town.get(town.committee, "/worklist")).json()["items"]
    assert [(row["act"], row["act_name"]) for row in owed if row["id"] == case] == [("reenter_paper", "重新录入")]
    again = {"title": "关于修通断头路的提案", "text": "建议修桥。", "paper": paper(town), "revised_on": "2005-01-25"}
    assert (await town.post(town.office, f"/proposals/{case}/paper/reenter", again)).status_code == 200
    found = (await town.get(town.committee, "/proposals", q="修桥")).json()["items"]
    assert [(row["id"], row["title"]) for row in found] == [(case, "关于修通断头路的提案")]
    owed = (await town.get(town.committee, "/worklist")).json()["items"]
    assert [row["act"] for row in owed if row["id"] == case] == ["check_paper"]


async def test_an_external_id_names_one_case_however_it_came(town: "Town", code: Code) -> None:
    body = town.proposal(paper=paper(town), external={"system": "省提案系统", "id": "T-17"})
    first = await town.post(town.committee, "/proposals/from-paper", body)
    assert first.status_code == 201, first.text
    taken = await town.post(town.office, "/proposals/from-paper", body)
    assert (taken.status_code, code(taken)) == (409, "proposal.external_id_taken")
    assert taken.json()["case"] == first.json()["id"]


async def test_only_committee_and_office_enter_from_paper_and_the_digest_is_one(town: "Town", code: Code) -> None:
    for who in (town.member("zhang"), town.of("plan", "office_clerk"), town.auditor):
        refused = await town.post(who, "/proposals/from-paper", town.proposal(paper=paper(town)))
        assert (refused.status_code, code(refused)) == (403, "forbidden"), who
    body = town.proposal(paper=paper(town, digest="sha256:5A"))
    wrong = await town.post(town.committee, "/proposals/from-paper", body)
    assert (wrong.status_code, code(wrong)) == (422, "invalid-body")
