"""The list of a hand-over meeting 交办清单: every case handed over on a day, with room for a signature."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm

from contracts.copies.names import names_of
from runtime.tables import Db

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_HEADINGS = ("编号", "案由", "提案人", "主办（分办）单位", "会办单位", "最近到期日", "签收人、日期")
_WIDTHS = (14, 78, 34, 44, 38, 26, 34)
"""Millimetres; together the width of A4 across, less the margins."""
_MARGIN = Mm(14)
_HANDED_OVER = """
SELECT b.id, b.number, b.title, b.submitters, b.lead, b.separate, b.co, b.next_due FROM board b
JOIN statistics s ON s.county = b.county AND s.id = b.id WHERE s.handed_over_on = $1 ORDER BY b.number, b.id"""


async def handed_over_on(db: Db, day: date) -> list[tuple[str, ...]]:
    """Give the lines of the list: every case of the transaction's county handed over on a business date."""
    rows = [dict(row) for row in await db.fetch(_HANDED_OVER, day)]
    parts = ("submitters", "separate", "co")
    named = {id for row in rows for id in (row["lead"], *(id for part in parts for id in row[part])) if id}
    names = await names_of(db, named)

    def told(ids: Sequence[str]) -> str:
        return "、".join(names.get(id, id) for id in ids)

    return [
        (
            str(row["number"] or ""),
            row["title"],
            told(row["submitters"]),
            told([row["lead"]] if row["lead"] else row["separate"]),
            told(row["co"]),
            str(row["next_due"] or ""),
            "",
        )
        for row in rows
    ]


def printed(title: str, lines: Sequence[Sequence[str]]) -> bytes:
    """Give the list as a document of A4 pages across, its headings repeated on each."""
    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = _MARGIN
    heading = document.add_paragraph()
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    heading.add_run(title).bold = True
    document.add_paragraph(f"共 {len(lines)} 件")
    _fill(document.add_table(rows=1, cols=len(_HEADINGS), style="Table Grid"), lines)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _fill(table: Any, lines: Sequence[Sequence[str]]) -> None:
    for _ in lines:
        table.add_row()
    header = table.rows[0]._tr.get_or_add_trPr()
    header.append(header.makeelement(f"{{{header.nsmap['w']}}}tblHeader"))
    cells = table._cells
    width = len(_HEADINGS)
    for n, text in enumerate(text for line in (_HEADINGS, *lines) for text in line):
        cells[n].text = text
        cells[n].width = Mm(_WIDTHS[n % width])
