"""The list of a hand-over meeting 交办清单: every case handed over on a day, with room for a signature."""

from collections.abc import Sequence
from datetime import date

from contracts.copies.names import names_of
from runtime.tables import Db
from services.proposals.letters.letter_placeholders import Row, Values
from services.proposals.letters.letters import chinese_date

_HANDED_OVER = """
SELECT b.id, b.number, b.title, b.submitters, b.lead, b.separate, b.co, b.next_due FROM board b
JOIN statistics s ON s.county = b.county AND s.id = b.id WHERE s.handed_over_on = $1 ORDER BY b.number, b.id"""


async def handed_over_on(db: Db, day: date) -> list[Row]:
    """Give the lines of the list: every case of the transaction's county handed over on a business date."""
    rows = [dict(row) for row in await db.fetch(_HANDED_OVER, day)]
    parts = ("submitters", "separate", "co")
    named = {id for row in rows for id in (row["lead"], *(id for part in parts for id in row[part])) if id}
    names = await names_of(db, named)

    def told(ids: Sequence[str]) -> str:
        return "、".join(names.get(id, id) for id in ids)

    return [
        {
            "编号": str(row["number"] or ""),
            "案由": row["title"],
            "提案人": told(row["submitters"]),
            "主办单位": told([row["lead"]] if row["lead"] else row["separate"]),
            "会办单位": told(row["co"]),
            "到期日": chinese_date(row["next_due"]),
        }
        for row in rows
    ]


def values(day: date, rows: Sequence[Row], today: date) -> Values:
    """Give what the list says."""
    return {
        "交办日期": chinese_date(day),
        "件数": str(len(rows)),
        "打印日期": chinese_date(today),
        "各件": rows,
    }
