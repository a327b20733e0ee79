"""Importing cases with their whole history: checked first, written once, corrected only when confirmed."""

from typing import TYPE_CHECKING, Any

import httpx2

from services.proposals.importing.columns import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.proposals.served.conftest import Town

HISTORY = {
    "件类": "提案",
    "机构": "县政协",
    "届": "第九届",
    "次": 3,
    "编号": "307",
    "案由": "解决农村村级公路建设问题的提案",
    "正文": "村级公路是农村经济的命脉。",
    "提案人": "张明、李华",
    "性质": "项目资金类",
    "分类": "交通",
    "lead unit": "规划办",
    "co units": "公路局；计划处",
    "submitted_on": "2005-01-20",
    "立案日期": "2005年2月1日",
    "交办日期": "2005/3/1",
    "met_before_on": "2005-03-08",
    "met_during_on": "2005-03-20",
    "met_after_on": "2005-04-25",
    "co_opinion_on": {"公路局": "2005-03-15", "计划处": "2005-03-16"},
    "signed_on": "2005-04-05",
    "文号": "湘交提字〔2005〕1号",
    "reply_category": "A",
    "scheme": "bureau-abc",
    "答复正文": "已列入今年计划。",
    "delivered_on": "2005-04-08",
    "rating_result": "满意",
    "rated_on": "2005-04-20",
}
"""A row with a full history, its columns named in either language."""


async def send(town: "Town", *rows: dict[str, Any], **asked: Any) -> httpx2.Response:
    told = [{"row": number, "values": row} for number, row in enumerate(rows, 2)]
    return await town.post(town.committee, "/imports/cases", {"rows": told, **asked})


async def test_a_history_is_checked_written_once_and_corrected_when_confirmed(town: "Town") -> None:
    tried = (await send(town, HISTORY)).json()
    assert (tried["new"], tried["problems"], tried["applied"], tried["events"]) == ([2], [], False, 0)
    assert (await town.get(town.committee, "/proposals")).json()["items"] == []

    applied = (await send(town, HISTORY, apply=True)).json()
    assert (applied["new"], applied["problems"], applied["events"]) == ([2], [], 15)
    id = applied["cases"]["2"]
    case = (await town.get(town.committee, f"/proposals/{id}")).json()
    assert (case["stage"], case["number"], case["version"]) == ("closed", 307, 14)
    assert (case["submitter"], list(case["cosigners"].items())) == (
        town.members["zhang"],
        [(town.members["li"], "confirmed")],
    )
    assert (case["text"], case["replies"][0]["text"]) == ("村级公路是农村经济的命脉。", "已列入今年计划。")
    assert (case["handed_over_on"], case["closed_on"], case["category"]) == ("2005-03-01", "2005-04-20", "交通")
    assert {unit: told["on"] for unit, told in case["opinions"].items()} == {
        town.units["road"]: "2005-03-15",
        town.units["budget"]: "2005-03-16",
    }
    assert {clock["kind"]: clock["met"] for clock in case["stopped"] if clock["kind"] == "unit_reply"} == {
        "unit_reply": True
    }
    assert case["imported"]["provenance"].endswith("#2")

    again = (await send(town, HISTORY, apply=True)).json()
    assert (again["new"], again["unchanged"], again["events"]) == ([], [2], 0)
    rewritten = HISTORY | {"次": "3", "届": 9, "交办日期": "2005-03-01", "提案人": ["张明", town.members["li"]]}
    assert (await send(town, rewritten, apply=True)).json()["unchanged"] == [2]

    differs = HISTORY | {"案由": "解决村级公路问题的提案", "rated_on": "2005-04-21"}
    waits = (await send(town, differs, apply=True)).json()
    assert waits["changed"] == [{"row": 2, "columns": ["title", "rated_on", "closed_on"]}]
    assert (waits["events"], waits["corrected"]) == (0, [])
    corrected = (await send(town, differs, apply=True, confirm_corrections=True)).json()
    assert (corrected["corrected"], corrected["changed"], corrected["events"]) == ([2], [], 1)
    case = (await town.get(town.committee, f"/proposals/{id}")).json()
    assert (case["title"], case["closed_on"], case["version"]) == ("解决村级公路问题的提案", "2005-04-21", 15)
    assert case["text"] == "村级公路是农村经济的命脉。"
    assert (await send(town, differs, apply=True)).json()["unchanged"] == [2]
    assert (await send(town, HISTORY)).json()["changed"][0]["columns"] == ["title", "rated_on", "closed_on"]
    found = (await town.get(town.committee, "/proposals", q="村级公路问题")).json()["items"]
    assert [item["id"] for item in found] == [id]


async def test_every_bad_row_is_told_and_the_good_ones_are_written(town: "Town") -> None:
    bad = HISTORY | {"编号": "308", "签发日期": "2008年9月31日", "signed_on": ""}
    strangers = HISTORY | {"编号": "309", "提案人": "张朋", "lead unit": "规划科"}
    unknown = HISTORY | {"编号": "310", "备份": "x", "rating_result": "很满意"}
    answer = (await send(town, bad, HISTORY, strangers, unknown, HISTORY, apply=True)).json()
    told = {(p["row"], p["column"]): (p["reason"], p["suggestions"]) for p in answer["problems"]}
    assert told[2, "signed_on"][0] == "不存在的日期"
    assert told[4, "submitters"] == ("没有委员或代表“张朋”，是否为：张明", ["张明"])
    assert told[4, "lead_unit"] == ("没有单位“规划科”，是否为：规划办", ["规划办"])
    assert told[5, "备份"][0] == "未知的列"
    assert told[6, ""][0] == "与第 3 行重复"
    assert (answer["new"], answer["bad"]) == ([3], 4)


async def test_who_may_not_import_and_another_county_sees_nothing(
    town: "Town", code: "Callable[[httpx2.Response], str]", towns: "Callable[[str], Town]"
) -> None:
    body = {"rows": [{"row": 2, "values": HISTORY}], "apply": True}
    refused = await town.post(town.office, "/imports/cases", body)
    assert (refused.status_code, code(refused)) == (403, "forbidden")
    await send(town, HISTORY, apply=True)
    other = towns("654321")
    await other.found()
    assert (await send(other, HISTORY, apply=True)).json()["new"] == [2]
    assert len((await other.get(other.committee, "/proposals")).json()["items"]) == 1


async def test_external_ids_are_unique_within_their_system_and_searched(town: "Town") -> None:
    first = HISTORY | {"外部编号": "A-1", "来源系统": "旧提案系统"}
    other = HISTORY | {"外部编号": "A-1", "来源系统": "人大系统", "编号": "311"}
    answer = (await send(town, first, other, apply=True)).json()
    assert answer["new"] == [2, 3]
    found = (await town.get(town.committee, "/proposals", external_id="A-1")).json()["items"]
    assert {item["id"] for item in found} == set(answer["cases"].values())
    one = (await town.get(town.committee, "/proposals", external_id="A-1", system="人大系统")).json()["items"]
    assert [(item["number"], item["imported"]) for item in one] == [(311, True)]
    taken = (await send(town, HISTORY, apply=True)).json()
    assert [(p["column"], p["reason"][:8]) for p in taken["problems"]] == [("number", "该编号已属另一件")]


async def test_a_case_that_was_acted_on_here_since_is_not_corrected(town: "Town") -> None:
    open_ = {name: HISTORY[name] for name in list(HISTORY)[:15]}
    answer = (await send(town, open_, apply=True)).json()
    assert answer["problems"] == []
    id = answer["cases"]["2"]
    lived = await town.post(
        town.of("plan", "office_clerk"), f"/proposals/{id}/sign-for", {"signed_for_on": "2005-03-02"}
    )
    assert lived.status_code == 200, lived.text
    assert (await send(town, open_, apply=True)).json()["unchanged"] == [2]
    answer = (await send(town, open_ | {"性质": "思路类"}, apply=True, confirm_corrections=True)).json()
    assert [p["reason"] for p in answer["problems"]] == ["该件导入后已在本系统中办理，不能再以导入更正"]


async def test_what_else_may_have_become_of_a_case(town: "Town") -> None:
    plain = {name: HISTORY[name] for name in ("件类", "机构", "届", "次", "案由", "提案人", "submitted_on")}
    handed = plain | {"交办日期": "2005-03-01"}
    rows = [
        plain | {"编号": "1", "并入": "307", "并案日期": "2005-02-02"},
        plain | {"declined_on": "2005-02-01", "不予立案理由": "不属本县事权"},
        plain | {"编号": "2", "withdrawn_on": "2005-02-10"},
        handed
        | {"编号": "3", "separate_units": "规划办、公路局", "signed_on": "2005-04-01", "reply_category": "B"}
        | {"scheme": "bureau-abc", "rated_on": "2005-04-10", "rating_result": "基本满意", "提案人": "张明"},
        HISTORY
        | {"编号": "4", "rating_result": "不满意", "再次办理日期": "2005-05-01", "第二轮签发日期": "2005-05-20"}
        | {"reply_category_2": "A", "scheme_2": "bureau-abc", "rated_on_2": "2005-06-01", "rating_result_2": "满意"},
        handed | {"编号": "5", "主办单位": "规划办", "延期至": "2005-05-15"},
        HISTORY,
    ]
    answer = (await send(town, *rows, apply=True)).json()
    assert (answer["problems"], answer["new"]) == ([], [2, 3, 4, 5, 6, 7, 8])
    shown = {row: (await town.get(town.committee, f"/proposals/{id}")).json() for row, id in answer["cases"].items()}
    assert [shown[str(row)]["stage"] for row in range(2, 9)] == [
        *("merged", "declined", "withdrawn", "closed", "closed", "handed_over", "closed")
    ]
    assert shown["2"]["review"]["merged"]["main"] == answer["cases"]["8"]
    assert list(shown["8"]["review"]["originals"]) == [answer["cases"]["2"]]
    assert {reply["unit"] for reply in shown["5"]["replies"]} == {town.units["plan"], town.units["road"]}
    assert [(reply["round"], reply["category"]) for reply in shown["6"]["replies"]] == [(1, "A"), (2, "A")]
    [due] = [clock["due_on"] for clock in shown["7"]["clocks"] if clock["kind"] == "unit_reply"]
    assert due == "2005-05-15"
    assert (await send(town, *rows, apply=True)).json()["unchanged"] == [2, 3, 4, 5, 6, 7, 8]
    title = (await send(town, HISTORY | {"案由": "另一案由"}, apply=True, confirm_corrections=True)).json()
    assert title["corrected"] == [2]
    main = (await town.get(town.committee, f"/proposals/{answer['cases']['8']}")).json()
    assert (main["title"], list(main["review"]["originals"])) == ("另一案由", [answer["cases"]["2"]])


async def test_the_template_offers_every_column_and_the_countys_names(town: "Town") -> None:
    import io

    import openpyxl

    answer = await town.get(town.committee, "/imports/template.xlsx")
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert [cell.value for cell in book["件"][1]] == [column.heading for column in COLUMNS]
    offered = {str(rule.sqref): rule.formula1 for rule in book["件"].data_validations.dataValidation}
    assert len(offered) >= 12
    assert {cell.value for column in book["名录"].columns for cell in column} >= {"县政协", "规划办", "bureau-abc"}


async def test_all_originals_of_a_merged_case_are_taken_up_by_it(town: "Town") -> None:
    """More than are written at a time: none of them may come first before the others."""
    submitted = {
        name: HISTORY[name] for name in ("件类", "机构", "届", "次", "正文", "提案人", "submitted_on", "立案日期")
    }
    numbers = [str(number) for number in range(401, 411)]
    main = submitted | {"编号": "400", "案由": "关于村道的提案"}
    originals = [
        submitted
        | {"编号": number, "案由": f"关于第{number}条村道的提案", "merged_into": "400", "merged_on": "2005-02-20"}
        for number in numbers
    ]
    answer = await send(town, main, *originals, apply=True)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["new"], answer.json()["problems"]) == (list(range(2, 13)), [])
    cases = answer.json()["cases"]
    shown = (await town.get(town.committee, f"/proposals/{cases['2']}")).json()
    assert set(shown["review"]["originals"]) == {cases[str(row)] for row in range(3, 13)}
    assert (await town.get(town.committee, f"/proposals/{cases['3']}")).json()["stage"] == "merged"


async def test_a_number_that_two_rows_claim_goes_to_one_and_holds_up_none_of_the_others(town: "Town") -> None:
    """They would be written in one batch, which the log refuses as a whole."""
    rows = [HISTORY | {"编号": str(number)} for number in range(501, 506)]
    twice = [row | {"外部编号": f"T-{n}", "来源系统": "旧系统", "编号": "601"} for n, row in enumerate(rows[:2])]
    answer = (await send(town, *rows[:2], *twice, *rows[2:], apply=True)).json()
    [problem] = answer["problems"]
    assert (problem["column"], problem["reason"][:8]) == ("number", "该编号已属另一件")
    assert problem["row"] in (4, 5)
    assert answer["new"] == sorted(set(range(2, 9)) - {problem["row"]})
    assert answer["events"] == 6 * 15
    numbers = [item["number"] for item in (await town.get(town.committee, "/proposals")).json()["items"]]
    assert sorted(numbers) == [501, 502, 503, 504, 505, 601]
    again = (await send(town, *rows, apply=True)).json()
    assert (again["unchanged"], again["events"]) == ([2, 3, 4, 5, 6], 0)
