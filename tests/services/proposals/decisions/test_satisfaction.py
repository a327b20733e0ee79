"""What the rate of satisfaction counts: as asked, else as the packs say, each for its own cases when they differ."""

import pytest

from rules.pack import Pack, load_new_pack
from rules.shelf import published_packs
from services.proposals.case.standing import worst
from services.proposals.reporting.satisfaction import SILENT, Rule, satisfaction

HEAD = "title: 样例\nkinds: [npc_suggestion]\nsource: 样例\n"
FOUR = "ratings: {words: [很满意, 满意, 一般, 不满意], rehandle_on: [不满意]}\n"


def pack(name: str, more: str = "") -> Pack:
    return load_new_pack(f"name: {name}\n{HEAD}{more}".encode())


SILENT_PACK, FOUR_WORDS = pack("silent"), pack("four", FOUR)
STRICT = pack("strict", FOUR + "rates: {satisfied: [很满意], denominator: rated}\n")


def test_packs_that_are_silent_count_all_but_what_is_handled_again_out_of_all_handed_over() -> None:
    shipped = [load_new_pack(raw) for raw in published_packs().values()]
    for packs in ([], [SILENT_PACK], shipped):
        counted = satisfaction(None, None, packs)
        assert (counted.rule, counted.packs) == (Rule(SILENT, "assigned"), {})
        assert counted.policy == {"denominator": "assigned", "basic_counts": True}
    assert satisfaction(None, None, [FOUR_WORDS]).rule == Rule(("很满意", "满意", "一般"), "assigned")


def test_one_pack_is_followed_and_said() -> None:
    counted = satisfaction(None, None, [STRICT])
    assert counted.rule == Rule(("很满意",), "rated")
    assert counted.told == "全部答复对象末轮测评均为很满意的件数 ÷ 已测评件数（未测评不计）"
    assert counted.policy == {"denominator": "rated", "basic_counts": False}


def test_who_asks_otherwise_is_answered_otherwise() -> None:
    counted = satisfaction("assigned", False, [STRICT, SILENT_PACK])
    assert (counted.rule, counted.packs) == (Rule(("满意",), "assigned"), {})
    half = satisfaction("rated", None, [STRICT, SILENT_PACK])
    assert {rule.denominator for _, rule in half.packs.values()} == {"rated"}


def test_packs_that_differ_each_count_their_own_cases_and_the_answer_says_so() -> None:
    counted = satisfaction(None, None, [STRICT, SILENT_PACK])
    assert counted.rule == Rule(SILENT, "assigned")
    assert counted.policy == {"denominator": None, "basic_counts": None}
    assert counted.told.startswith("按各件所循办理规则：strict：全部答复对象末轮测评均为很满意的件数")
    bound: list[object] = []

    def bind(value: object) -> str:
        bound.append(value)
        return f"${len(bound)}"

    sql = counted.columns(bind)
    assert bound == [
        list(SILENT),
        [STRICT.digest, SILENT_PACK.digest],
        [f"{STRICT.digest} 很满意", f"{SILENT_PACK.digest} 满意", f"{SILENT_PACK.digest} 基本满意"],
        [STRICT.digest],
    ]
    assert sql.endswith("AS countable")


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ([("很满意", 1), ("一般", 3)], "一般"),
        ([("满意", 2), ("未回复", None)], "满意"),
        ([("未回复", None), ("无法测评", None)], "无法测评"),
        ([("满意", None), ("基本满意", None)], "基本满意"),
        ([("不满意", 3), ("基本满意", None)], "不满意"),
    ],
)
def test_the_worst_rating_is_that_of_the_packs_own_order(
    ratings: list[tuple[str, int | None]], expected: str
) -> None:
    assert worst(ratings) == expected
    assert worst(reversed(ratings)) == expected
