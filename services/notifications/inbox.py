"""The inbox 收件箱: the reminders and digests of a unit, a member or a body, the newest first.

Headings are composed when they are read, so that they show the present names of units, members and cases.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.copies.names import names_of
from runtime.paging import page, parse_cursor
from runtime.refusals import MalformedRequest
from runtime.tables import Db
from services.notifications.wording import case_in_words, digest_title, reminder_title

_ARMS = (
    "SELECT 'reminder' AS notification, id, whom, sent_at, read_on, read_by, version, clock, clock_kind, subject,"
    " due_on, rule, for_on, provisional, NULL::date AS period_from, NULL::date AS period_until, NULL::int AS open,"
    " NULL::int AS overdue FROM reminders",
    "SELECT 'digest', id, whom, sent_at, read_on, read_by, version, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
    " period_from, period_until, open, overdue FROM digests",
)


async def list_inbox(
    db: Db, *, whom: str | None, unread: bool | None, after: str | None, limit: int
) -> dict[str, Any]:
    """Give a page of what was sent to a party, or to everybody when `whom` is None.

    Raises: MalformedRequest for a cursor that is none.
    """
    conditions, values = ["true"], list[Any]()
    if whom is not None:
        values.append(whom)
        conditions.append(f"whom = ${len(values)}")
    if unread is not None:
        conditions.append("read_on IS NULL" if unread else "read_on IS NOT NULL")
    if after is not None:
        values += _place(after)
        conditions.append(f"(sent_at, id) < (${len(values) - 1}, ${len(values)})")
    bounded = f"WHERE {' AND '.join(conditions)} ORDER BY sent_at DESC, id DESC LIMIT {limit + 1:d}"
    arms = " UNION ALL ".join(f"({arm} {bounded})" for arm in _ARMS)
    rows = await db.fetch(
        f"SELECT i.*, c.title, c.number, c.strength FROM ({arms}) i LEFT JOIN clocks c ON c.clock = i.clock"
        f" ORDER BY i.sent_at DESC, i.id DESC LIMIT {limit + 1:d}",
        *values,
    )
    answer = page([dict(row) | {"sent_at": row["sent_at"].isoformat()} for row in rows], limit, ("sent_at", "id"))
    names = await names_of(db, {item["whom"] for item in answer["items"]})
    answer["items"] = [_headed(item, names) for item in answer["items"]]
    return answer


def _place(after: str) -> tuple[datetime, str]:
    sent_at, id = parse_cursor(after, (str, str))
    try:
        return datetime.fromisoformat(sent_at), id
    except ValueError as error:
        raise MalformedRequest("after 不是有效的翻页标记") from error


def _headed(item: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    whom = names.get(item["whom"], item["whom"])
    heading = reminder_title(item, whom) if item["notification"] == "reminder" else digest_title(item, whom)
    shown = {key: value for key, value in item.items() if value is not None and key not in ("title", "number")}
    return {**shown, "whom_name": names.get(item["whom"]), "title": heading, "read": item["read_on"] is not None}


async def get_digest(db: Db, id: str) -> dict[str, Any] | None:
    """Give one digest with its entries, the most urgent first."""
    row = await db.fetchrow("SELECT * FROM digests WHERE id = $1", id)
    if row is None:
        return None
    names = await names_of(db, [row["whom"]])
    clocks = [UUID(entry["clock"]) for entry in row["entries"]]
    cases = {
        str(clock["clock"]): case_in_words(clock["number"], clock["title"])
        for clock in await db.fetch("SELECT clock, number, title FROM clocks WHERE clock = ANY($1::uuid[])", clocks)
    }
    found = {key: value for key, value in row.items() if key != "county"}
    found["entries"] = [entry | {"case": cases.get(entry["clock"], "")} for entry in row["entries"]]
    return found | {
        "whom_name": names.get(row["whom"]),
        "title": digest_title(dict(row), names.get(row["whom"], row["whom"])),
    }


async def summary(db: Db) -> dict[str, Any]:
    """Count the reminders and digests that were sent, by kind of clock, by rule and by party."""
    rows = await db.fetch(
        "SELECT clock_kind, split_part(rule, ':', 1) AS rule, whom, count(*) AS n FROM reminders GROUP BY 1, 2, 3"
    )
    digests = await db.fetch("SELECT whom, count(*) AS n FROM digests GROUP BY 1")
    names = await names_of(db, {row["whom"] for row in [*rows, *digests]})
    by_kind: dict[str, int] = {}
    by_rule: dict[str, int] = {}
    by_whom: dict[str, dict[str, Any]] = {}

    def party(whom: str) -> dict[str, Any]:
        return by_whom.setdefault(whom, {"name": names.get(whom), "reminders": 0, "digests": 0})

    for row in rows:
        by_kind[row["clock_kind"]] = by_kind.get(row["clock_kind"], 0) + row["n"]
        by_rule[row["rule"]] = by_rule.get(row["rule"], 0) + row["n"]
        party(row["whom"])["reminders"] += row["n"]
    for row in digests:
        party(row["whom"])["digests"] += row["n"]
    return {
        "reminders": sum(by_kind.values()),
        "digests": sum(row["n"] for row in digests),
        "by_kind": dict(sorted(by_kind.items())),
        "by_rule": dict(sorted(by_rule.items())),
        "by_whom": dict(sorted(by_whom.items())),
    }
