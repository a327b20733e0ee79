"""Templates of letters and lists: what ships is whole, a county's own takes its place, a broken one is explained."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.shared import Mm

from services.proposals.letters.letter_placeholders import DOCUMENTS
from services.proposals.letters.letter_templates import (
    Template,
    TemplateBroken,
    filled,
    problems,
    shipped,
    template_of,
)

COUNTY = "430000"


def opened(content: bytes) -> Any:
    return Document(io.BytesIO(content))


def texts(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in opened(content).paragraphs if paragraph.text]


def template(*paragraphs: str, name: str = "reply-letter") -> Template:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    return made(document, name)


def made(document: Any, name: str = "reply-letter") -> Template:
    raw = io.BytesIO()
    document.save(raw)
    return Template(name, f"{name}.docx", raw.getvalue())


def refusal(told: Template) -> str:
    with pytest.raises(TemplateBroken) as broken:
        filled(told, DOCUMENTS[told.document].examples)
    problem = broken.value.problem()
    assert (problem["title"], problem["status"], problem["template"]) == ("文书模板有误", 409, told.file)
    return str(problem["detail"]).removeprefix(f"{told.file}：")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_shipped_template_is_a4_and_names_only_what_the_service_fills_in(name: str) -> None:
    told = template_of(name, COUNTY, None)
    section = opened(told.content).sections[0]
    size = [round(side.mm) for side in (section.page_width, section.page_height)]
    assert size == ([297, 210] if name == "hand-over-list" else [210, 297])
    assert (
        opened(told.content)
        .styles["Normal"]
        .element.rPr.rFonts.get("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia")
        == "仿宋"
    )
    assert problems(told) == []
    filled_in = opened(filled(told, DOCUMENTS[name].examples))
    assert round(filled_in.sections[0].page_width.mm) == size[0]
    assert not any("{" in text for text in texts(filled(told, DOCUMENTS[name].examples)))
    assert filled_in.core_properties.title == DOCUMENTS[name].title


def test_the_reply_letter_is_set_as_official_letters_are() -> None:
    values = DOCUMENTS["reply-letter"].examples | {
        "会办单位": "",
        "正文": "一、已列入。\n\n　　二、<尽快>开工 & 完工。",
    }
    told = texts(filled(template_of("reply-letter", COUNTY, None), values))
    assert told == [
        "办理结果：A",
        "湘交提字〔2005〕1号",
        "关于县政协九届三次会议第67号提案的答复",
        "张明委员、李华委员：",
        "您提出的《关于改善县乡公路的提案》收悉。经研究，现答复如下：",
        "一、已列入。",
        "二、<尽快>开工 & 完工。",
        "感谢您对我们工作的关心与支持。",
        "规划办",
        "2005年4月5日",
        "承办处室：综合科",
    ]


def test_each_line_of_a_list_becomes_a_row() -> None:
    examples = DOCUMENTS["hand-over-list"].examples
    row = examples["各件"][0]
    assert not isinstance(row, str)
    values = examples | {"各件": [row, {**row, "编号": "68", "案由": "关于修桥的提案"}]}
    content = filled(template_of("hand-over-list", COUNTY, None), values)
    (table,) = opened(content).tables
    lines = [[cell.text for cell in line.cells] for line in table.rows]
    assert lines[0] == ["编号", "案由", "提案人", "主办（分办）单位", "会办单位", "最近到期日", "签收人、日期"]
    assert [line[:2] for line in lines[1:]] == [["67", "关于改善县乡公路的提案"], ["68", "关于修桥的提案"]]
    assert "<w:tblHeader/>" in table.rows[0]._tr.xml


def test_a_countys_own_template_comes_before_the_folders_and_that_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / COUNTY).mkdir()
    (tmp_path / COUNTY / "reply-letter.docx").write_bytes(template("本县：{{文号}}").content)
    (tmp_path / "reply-letter.docx").write_bytes(template("各县：{{文号}}").content)

    def first(county: str, folder: Path | None) -> str:
        return texts(filled(template_of("reply-letter", county, folder), DOCUMENTS["reply-letter"].examples))[0]

    assert first(COUNTY, tmp_path) == "本县：湘交提字〔2005〕1号"
    assert first("430001", tmp_path) == "各县：湘交提字〔2005〕1号"
    assert first(COUNTY, None) == first(COUNTY, tmp_path / "empty") == "办理结果：A"


def test_a_placeholder_that_word_has_cut_into_pieces_is_still_one() -> None:
    document = Document()
    paragraph = document.add_paragraph()
    for piece in ("{", "{文", "号}", "}"):
        paragraph.add_run(piece).bold = piece == "号}"
    assert texts(filled(made(document), DOCUMENTS["reply-letter"].examples)) == ["湘交提字〔2005〕1号"]


def _not_a_zip() -> Template:
    return Template("reply-letter", "reply-letter.docx", b"%PDF-1.7 not a document")


def _another_zip() -> Template:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("hello.txt", "hello")
    return Template("reply-letter", "reply-letter.docx", raw.getvalue())


def _cut_short() -> Template:
    return Template("reply-letter", "reply-letter.docx", shipped()["reply-letter"][:20_000])


def _damaged() -> Template:
    raw = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(shipped()["reply-letter"])) as old, zipfile.ZipFile(raw, "w") as new:
        for item in old.infolist():
            new.writestr(item, old.read(item)[:-10] if item.filename == "word/document.xml" else old.read(item))
    return Template("reply-letter", "reply-letter.docx", raw.getvalue())


@pytest.mark.parametrize("file", [_not_a_zip, _another_zip, _cut_short, _damaged])
def test_a_file_that_is_no_word_document_is_refused(file: Callable[[], Template]) -> None:
    assert refusal(file()) == "不是 Word 文档（.docx），或文件已损坏"


@pytest.mark.parametrize(
    ("paragraphs", "said"),
    [
        (["{{文浩}}"], "没有占位符 文浩，可用：机构、类别"),
        (["{{文号}} {{a}} {{b}}"], "没有占位符 a，"),
        (["{%p if 文浩 %}", "甲", "{%p endif %}"], "没有占位符 文浩，"),
        (["{{文号.长度}}"], "没有占位符 文号.长度"),
        (["{{文 号}}"], "语法有误："),
        (["{%p if 会办单位 %}", "{{会办单位}}"], "语法有误："),
        (["{{文号|upper}}"], "只可使用占位符、for 与 if，不可使用 Filter"),
        (["{{ ''.__class__.__mro__ }}"], "没有占位符 .__mro__"),
        (["{{ 文号.__class__.__init__.__globals__ }}"], "没有占位符"),
        (["{{ cycler.__init__.__globals__.os.popen('id').read() }}"], "只可使用占位符、for 与 if，不可使用 Call"),
        (["{{ 'x' * 99999999 }}"], "只可使用占位符、for 与 if，不可使用 Mul"),
        (["{% include '/etc/passwd' %}"], "只可使用占位符、for 与 if，不可使用 Include"),
        (["{%p for 字 in 文号 %}", "{{字}}", "{%p endfor %}"], "for 只可逐行取列表"),
    ],
)
def test_a_template_with_a_mistake_is_refused_and_the_mistake_is_named(paragraphs: list[str], said: str) -> None:
    assert said in refusal(template(*paragraphs))


def test_a_tag_that_reaches_into_a_table_is_refused_where_it_breaks_the_page() -> None:
    document = Document()
    document.add_paragraph("甲{% if 会办单位 %}乙")
    document.add_table(rows=1, cols=1).rows[0].cells[0].text = "丙{% endif %}"
    with pytest.raises(TemplateBroken) as broken:
        filled(made(document), DOCUMENTS["reply-letter"].examples | {"会办单位": ""})
    assert "标签跨越了段落或单元格" in broken.value.detail


def test_an_unknown_column_of_a_list_is_named_and_what_stands_in_a_header() -> None:
    document = Document()
    table = document.add_table(rows=3, cols=1)
    for row, text in zip(table.rows, ("{%tr for 行 in 各件 %}", "{{行.编好}}", "{%tr endfor %}"), strict=True):
        row.cells[0].text = text
    document.sections[0].header.paragraphs[0].text = "{{县名}}"
    said = refusal(made(document, "hand-over-list"))
    assert "没有占位符 行.编好，可用：" in said
    assert "没有占位符 县名，可用：交办日期、件数、打印日期、各件" in said


def test_a_file_that_unpacks_to_too_much_is_refused() -> None:
    raw = io.BytesIO()
    raw.write(shipped()["reply-letter"])
    with zipfile.ZipFile(raw, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/blank.bmp", b" " * (33 * 1024 * 1024))
    assert len(raw.getvalue()) < 100_000
    assert "不是 Word 文档" in refusal(Template("reply-letter", "reply-letter.docx", raw.getvalue()))


def test_what_a_member_wrote_is_never_read_as_a_template() -> None:
    values = DOCUMENTS["reply-letter"].examples | {"正文": "{{文号}}{% for %}\x0b\ufffe</w:t>", "案由": "{{ 7*7 }}"}
    told = texts(filled(template("{{正文}}", "{{案由}}"), values))
    assert told == ["{{文号}}{% for %}</w:t>", "{{ 7*7 }}"]


def test_margins_leave_room_to_bind() -> None:
    section = opened(shipped()["reply-letter"]).sections[0]
    assert [round(side / Mm(1)) for side in (section.top_margin, section.left_margin)] == [37, 28]
