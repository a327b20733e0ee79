"""The template of an import file 导入模板: a sheet with every column, drop-downs, and a sheet that explains them."""

import io
from collections.abc import Mapping, Sequence

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from services.proposals.importing.columns import COLUMNS, REQUIRED, choices

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS = 5000
"""Rows that have the drop-downs."""
_TOLD = {
    "names": "多个名称用顿号或分号隔开",
    "date": "写作 2005-03-01；没有发生的留空",
    "dates": "写作 2005-03-01；多次用分号隔开",
    "number": "整数",
}
_SHEET, _LISTS, _NOTES = "件", "名录", "说明"


def template(words: Mapping[str, Sequence[str]]) -> bytes:
    """Give the workbook; `words` are the county's own choices by column: bodies, units, schemes."""
    book = Workbook()
    sheet = book.create_sheet(_SHEET)
    del book["Sheet"]
    lists, notes = book.create_sheet(_LISTS), book.create_sheet(_NOTES)
    notes.append(["列", "名称", "必填", "填法"])
    listed = 0
    for place, column in enumerate(COLUMNS, 1):
        head = sheet.cell(1, place, column.heading)
        head.font = Font(bold=True)
        head.alignment = Alignment(vertical="top")
        if column.name in REQUIRED:
            head.fill = PatternFill("solid", fgColor="FFF2CC")
        told = "；".join(part for part in (column.note, _TOLD.get(column.kind, "")) if part)
        head.comment = Comment(f"{column.name}\n{told}", "议事")
        notes.append([column.heading, column.name, "是" if column.name in REQUIRED else "", told])
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = 40 if column.kind == "text" else 16
        if column.kind in ("date", "dates", "word", "names", "text"):
            sheet.column_dimensions[letter].number_format = "@"
        offered = choices(column.name, words.get(column.name.removesuffix("_2"), ()))
        if offered:
            listed += 1
            _offer(sheet, lists, letter, get_column_letter(listed), offered, strict=column.kind != "names")
    notes.append([])
    notes.append(["一行一件。空格即没有发生。识别一件：外部编号与来源系统，否则件类、机构、届、次、编号。"])
    notes.append(["末轮测评未要求再次办理的，以测评日期为办结日期；另有办结日期的以其为准。"])
    sheet.freeze_panes = "A2"
    lists.sheet_state = "hidden"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _offer(
    sheet: Worksheet, lists: Worksheet, letter: str, home: str, offered: Sequence[str], *, strict: bool
) -> None:
    """Give a column a drop-down; its words stand on the hidden sheet, as text."""
    for row, word in enumerate(offered, 1):
        cell = lists[f"{home}{row}"]
        cell.value, cell.data_type = word, "s"
    rule = DataValidation(
        type="list", formula1=f"{_LISTS}!${home}$1:${home}${len(offered)}", allow_blank=True, showErrorMessage=strict
    )
    sheet.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{ROWS}")
