"""Letters and sheets over HTTP: from the case's own words, by the county's template, for those who may read them."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
from docx import Document

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Case, Town

Code = Callable[[httpx2.Response], str]


def read(answer: httpx2.Response) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats-officedocument")
    return Document(BytesIO(answer.content))


def lines(document: Any) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs if paragraph.text]


def table(document: Any, n: int) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in document.tables[n].rows]


def path(case: "Case", name: str, **asked: str) -> str:
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    return f"/proposals/{case.id}/{name}.docx" + (f"?{query}" if query else "")


async def test_a_replied_case_gives_its_letter_its_sheet_and_its_receipt(town: "Town") -> None:
    case = await town.case("receive", co=["road"], form="joint", cosigners=[town.members["li"]])
    letter = await town.get(town.office, path(case, "reply-letter"))
    assert "%E7%AD%94%E5%A4%8D%E5%87%BD%20%E7%AC%AC1%E5%8F%B7.docx" in letter.headers["content-disposition"]
    assert lines(read(letter)) == [
        "办理结果：A",
        "湘交提字〔2005〕1号",
        "关于县政协九届三次会议第1号提案的答复",
        "张明委员、李华委员：",
        "您提出的《关于改善县乡公路的提案》收悉。经研究，现答复如下：",
        "已列入今年计划。",
        "感谢您对我们工作的关心与支持。",
        "规划办",
        "2005年4月5日",
        "承办处室：综合科",
        "会办单位：公路局",
    ]
    to_li = await town.get(town.member("li"), path(case, "reply-letter", member=town.members["li"]))
    assert lines(read(to_li))[3] == "李华委员："
    sheet = read(await town.get(town.of("road", "office_clerk"), path(case, "hand-over-sheet")))
    assert lines(sheet)[:2] == ["县政协九届三次会议提案交办单", "规划办、公路局："]
    assert lines(sheet)[-1] == "建议优先修通山区断头路。"
    assert table(sheet, 2)[1:] == [
        ["规划办", "主办", "", "2005年3月2日"],
        ["公路局", "会办", "", "2005年3月2日"],
    ]
    assert ["单位答复", "规划办", "2005年4月30日"] in table(sheet, 1)
    receipt = read(await town.get(town.auditor, path(case, "receipt-sheet")))
    assert table(receipt, 1)[1:] == [
        ["张明", "2005年4月8日", "2005年4月10日", ""],
        ["李华", "2005年4月8日", "2005年4月10日", ""],
    ]


async def test_who_may_not_read_a_cases_text_gets_no_letter_of_it(town: "Town", code: Code) -> None:
    case = await town.case("sign")
    for stranger in (town.member("wang"), town.of("road", "handler"), town.auditor):
        for name in ("reply-letter", "hand-over-sheet"):
            refused = await town.get(stranger, path(case, name))
            assert (refused.status_code, code(refused)) == (403, "forbidden"), (stranger, name)
    other = await town.get(town.office, path(case, "reply-letter"), county="430199")
    assert (other.status_code, code(other)) == (404, "not-found")
    unsigned = await town.case("review", lead="budget")
    early = await town.get(town.of("budget", "handler"), path(unsigned, "reply-letter"))
    assert (early.status_code, code(early)) == (409, "letter.reply_not_signed")
    order = {"reason": "依令", "ordered_by": "县委保密办", "erased_on": "2005-06-01"}
    assert (await town.post(town.committee, f"/proposals/{case.id}/erase", order)).status_code == 200
    for name in ("reply-letter", "hand-over-sheet"):
        erased = await town.get(town.office, path(case, name))
        assert (erased.status_code, code(erased)) == (410, "case.erased")


async def test_the_member_of_a_merged_original_gets_a_letter_about_his_own_case(town: "Town", code: Code) -> None:
    main, original = await town.case("register"), await town.case("register", submitter="li", title="关于修桥的提案")
    merged = {"main": main.id, "reason": "内容相同", "merged_on": "2005-02-15"}
    assert (await town.post(town.committee, f"/proposals/{original.id}/merge", merged)).status_code == 200
    for step in ("hand_over", "sign_for", "contact", "meet_before", "meet_during", "draft", "review", "sign"):
        await town.step(main, step)
    told = lines(read(await town.get(town.member("li"), path(original, "reply-letter"))))
    assert told[2:6] == [
        "关于县政协九届三次会议第2号提案的答复",
        "李华委员：",
        "您提出的《关于修桥的提案》收悉。经研究，现答复如下：",
        "已列入今年计划。",
    ]
    assert lines(read(await town.get(town.office, path(main, "reply-letter"))))[3] == "张明委员："
    stranger = await town.get(town.member("wang"), path(original, "reply-letter"))
    assert (stranger.status_code, code(stranger)) == (403, "forbidden")
    early = await town.get(town.office, path(original, "hand-over-sheet"))
    assert (early.status_code, code(early)) == (409, "proposal.wrong_stage")


async def test_a_countys_own_template_is_used_and_a_broken_one_is_explained(
    town: "Town", templates: Path, code: Code
) -> None:
    case = await town.case("sign")
    own = templates / town.county
    own.mkdir()
    document = Document()
    document.add_paragraph("本县答复：{{文号}}，{{收件人}}。")
    document.save(str(own / "reply-letter.docx"))
    assert lines(read(await town.get(town.office, path(case, "reply-letter")))) == [
        "本县答复：湘交提字〔2005〕1号，张明委员。"
    ]
    document.add_paragraph("{{文浩}}")
    document.save(str(own / "reply-letter.docx"))
    broken = await town.get(town.office, path(case, "reply-letter"))
    assert (broken.status_code, code(broken)) == (409, "letter.template_broken")
    assert broken.json()["title"] == "文书模板有误"
    assert broken.json()["detail"].startswith(f"{town.county}/reply-letter.docx：没有占位符 文浩，可用：机构")
    (own / "hand-over-list.docx").write_bytes(b"not a document")
    listed = await town.get(town.office, "/hand-over-lists?on=2005-03-01")
    assert (listed.status_code, code(listed)) == (409, "letter.template_broken")
    assert (await town.get(town.office, path(case, "receipt-sheet"))).status_code == 200
