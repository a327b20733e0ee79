"""Checking rows against the county 核对: what each says, whom it names, which rules its case follows.

A row that is good may be written; of any other every wrong cell is told. Nothing is written here.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from contracts.copies import adopted
from rules.calendar import Calendars
from rules.pack import Pack
from runtime.process import Process
from runtime.tables import Db
from services.proposals.deadlines import Rules
from services.proposals.importing.directory import read_directory
from services.proposals.importing.known import Known, Mains, bearers, resolve
from services.proposals.importing.rows import CaseRow, Problem, parse


@dataclass(frozen=True)
class Good:
    """A row whose names are found, with the rules that its case follows."""

    row: CaseRow
    known: Known
    digest: str
    """Keyed digest of what the row says: however it is written, the same."""
    rules: Rules | None
    """None before hand-over, and where the county had adopted no pack for the kind on that day."""


async def check(
    process: Process, county: str, rows: Sequence[tuple[int, Mapping[str, Any]]], today: date
) -> tuple[list[Good], list[Problem]]:
    """Give the good rows, those that others are merged into first, and what is wrong with the others."""
    parsed = [(row, *parse(row, told, today)) for row, told in rows]
    problems = [problem for _, _, wrong in parsed for problem in wrong]
    right = [row for _, row, wrong in parsed if not wrong]
    right.sort(key=lambda row: row.get("merged_into") is not None)
    secret = await process.secret(county, "command-digest")
    good: list[Good] = []
    seen: dict[UUID, int] = {}
    async with process.database.county(county) as db:
        directory, packs = await read_directory(db), _Packs(db)
        mains = Mains(await bearers(db) if any(row.get("merged_into") for row in right) else {})
        for row in right:
            known, wrong = resolve(county, row, directory, mains, today)
            problems += wrong
            if known is None:
                continue
            if known.case in seen:
                problems.append(Problem(row.row, "", f"与第 {seen[known.case]} 行重复"))
                continue
            seen[known.case] = row.row
            mains.note(row, known)
            rules = await packs.rules(row, known.case)
            if unknown := list(_unknown_words(row, rules)):
                problems += unknown
                continue
            good.append(Good(row, known, _digest(secret, row, known), rules))
    return good, problems


class _Packs:
    """The packs that the county had adopted, by kind and day."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._known: dict[tuple[str, date], Pack | None] = {}
        self._calendars: Calendars | None = None

    async def rules(self, row: CaseRow, case: UUID) -> Rules | None:
        """Give the rules for the row's kind on the day of hand-over."""
        on = row.day("handed_over_on")
        if on is None:
            return None
        key = (row.get("kind"), on)
        if key not in self._known:
            self._known[key] = await adopted.pack_for(self._db, *key)
        if (pack := self._known[key]) is None:
            return None
        if self._calendars is None:
            self._calendars = await adopted.calendars_of(self._db)
        return Rules(case, pack, self._calendars)


def _digest(secret: bytes, row: CaseRow, known: Known) -> str:
    """Give the keyed digest of a row's content, names as what they stand for."""
    content: dict[str, Any] = row.canonical() | {
        "body": str(known.body),
        "submitters": [str(id) for id in known.signers],
        "lead_unit": str(known.lead),
        "co_units": [str(id) for id in known.co],
        "separate_units": [str(id) for id in known.separate],
        "office": str(known.office),
        "co_opinion_on": [f"{unit}={on}" for unit, on in known.opinions],
    }
    if known.main is not None:
        content["merged_into"] = str(known.main)
    content.pop("cosigners", None)
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return "hmac-sha256:" + hmac.new(secret, b"import/" + canonical, hashlib.sha256).hexdigest()


def _unknown_words(row: CaseRow, rules: Rules | None) -> Iterator[Problem]:
    """Tell of ratings and categories that the pack does not have."""
    if rules is None:
        return
    words = (*rules.pack.ratings.words, *rules.pack.ratings.words_elsewhere)
    for suffix in ("", "_2"):
        for column in (f"rating_result{suffix}", f"rating_attitude{suffix}"):
            word = row.get(column)
            if word is not None and word not in words:
                yield Problem(row.row, column, f"测评用语应为{'、'.join(words)}之一", word, words)
        category = row.get(f"reply_category{suffix}")
        known = tuple(rules.pack.schemes.get(row.get(f"scheme{suffix}") or "", ()))
        if known and category not in known:
            yield Problem(row.row, f"reply_category{suffix}", f"应为{'、'.join(known)}之一", category or "", known)
