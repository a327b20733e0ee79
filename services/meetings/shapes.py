"""What the meetings service's queries answer: rows of its diary, and what is joined to them."""

from runtime.shapes import Schema, column, listed, row, shape
from services.meetings.diary import MEETINGS, TEXTS

_JOINED: dict[str, str | Schema] = {
    "case": "uuid NOT NULL",
    "title": "text",
    "number": "int",
    "erased": "boolean NOT NULL",
    "parked": "boolean NOT NULL",
    "unit_name": "text",
    "member_name": "text",
}
PHOTO = shape(digest="text NOT NULL", size="int NOT NULL", media_type="text NOT NULL")
MEETING_ROW = row(MEETINGS, "case_id", *TEXTS, **_JOINED)
MEETING_SHOWN = row(
    MEETINGS,
    "case_id",
    *TEXTS,
    optional=TEXTS,
    **_JOINED,
    evidence=listed(PHOTO),
    **{name: {**column("text"), "description": "明文, 只给有权阅读的人"} for name in TEXTS},
)
SWEPT = shape(removed=listed(shape(county="text NOT NULL", digest="text NOT NULL")))
