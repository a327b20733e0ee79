"""Two places' rules in one county: each case is counted as satisfied, and counted at all, by its own pack."""

from typing import TYPE_CHECKING, Any

from tests.services.proposals.served.conftest import REGISTRAR

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town

PLAIN = """\
name: plain-2005
title: 样例办法
kinds: [cppcc_proposal]
source: 样例办法
schemes: {bureau-abc: {A: 已经解决}}
ratings: {words: [很满意, 满意, 一般, 不满意]}
rates: {satisfied: [很满意, 满意, 一般], denominator: rated}
"""


async def satisfied(town: "Town", **asked: Any) -> dict[str, Any]:
    answer = await town.get(town.auditor, "/statistics", **asked)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    return {
        "policy": shown["policy"],
        "told": shown["definitions"]["satisfied"],
        "rate": {
            name: shown["total"]["rates"]["satisfied"][name] for name in ("numerator", "denominator", "percent")
        },
    }


async def test_each_case_is_counted_by_its_own_pack_unless_the_office_asks_otherwise(town: "Town") -> None:
    npc: dict[str, Any] = {"kind": "npc_suggestion", "body": town.bodies["npc"]}
    await town.case("deliver", **npc)
    alone = await satisfied(town)
    assert alone["rate"] == {"numerator": 0, "denominator": 1, "percent": "0.00"}
    assert alone["policy"] == {"denominator": "assigned", "basic_counts": True, "originals": False}

    adopted = {"content": PLAIN, "from_on": "2005-01-01"}
    answer = await town.post(REGISTRAR, "/packs", adopted, service="members")
    assert answer.status_code == 201, answer.text
    rated = await town.case("receive", without=("stamp",))
    await town.step(rated, "rate", result="一般", attitude=None)
    await town.case("deliver", without=("stamp",))

    both = await satisfied(town)
    assert both["rate"] == {"numerator": 1, "denominator": 2, "percent": "50.00"}
    assert both["policy"] == {"denominator": None, "basic_counts": None, "originals": False}
    assert "plain-2005：全部答复对象末轮测评均为很满意或满意或一般的件数 ÷ 已测评件数" in both["told"]
    assert "hunan-transport-2005：全部答复对象末轮测评均为满意或基本满意的件数 ÷ 已交办件数" in both["told"]
    opened = (await town.get(town.auditor, "/statistics/cases", figure="satisfied")).json()["items"]
    assert opened == [rated.id]
    by_outcome = (await town.get(town.auditor, "/statistics", by="outcome")).json()["groups"]
    assert {group["key"]: group["satisfied"] for group in by_outcome} == {"一般": 1, None: 0}

    asked = await satisfied(town, denominator="assigned", basic="true")
    assert asked["rate"] == {"numerator": 0, "denominator": 3, "percent": "0.00"}
    assert asked["policy"] == {"denominator": "assigned", "basic_counts": True, "originals": False}
