"""Keyset pages: a page goes on after the last row's sort key, so rows that move do not shift the next page."""

import base64
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from runtime.refusals import MalformedRequest

LIMIT = 50
LIMIT_MAX = 500


def cursor(key: Sequence[Any]) -> str:
    """Give the opaque cursor for a sort key."""
    return base64.urlsafe_b64encode(json.dumps(list(key), ensure_ascii=False).encode()).rstrip(b"=").decode()


def parse_cursor(text: str, kinds: Sequence[type]) -> list[Any]:
    """Read a cursor whose parts have these types.

    Raises: MalformedRequest.
    """
    try:
        key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("after 不是有效的翻页标记") from error
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
        raise MalformedRequest("after 不是有效的翻页标记")
    return key


def parse_date(text: str) -> date:
    """Read a date within a cursor.

    Raises: MalformedRequest.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedRequest("after 不是有效的翻页标记") from error


def page(rows: Sequence[dict[str, Any]], limit: int, key: Sequence[str]) -> dict[str, Any]:
    """Give a page from up to `limit` + 1 rows; `next` is there when more follow."""
    items = list(rows[:limit])
    answer: dict[str, Any] = {"items": items}
    if len(rows) > limit:
        answer["next"] = cursor([_plain(items[-1][name]) for name in key])
    return answer


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
