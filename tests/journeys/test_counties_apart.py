"""A token of one county reads nothing and writes nothing of another: every route of every service is tried."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from contracts.envelope import Envelope
from rules.shelf import published_calendars, published_packs
from runtime.settings import utc_now
from yishi import SERVICES
from yishi.demo.office import COMMITTEE, REGISTRAR
from yishi.demo.photo import photo
from yishi.rebuild import load_service
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.journeys.conftest import Handling, History, Settle, Town

ROLES = (
    *("registrar", "committee", "office", "office_clerk", "handler", "reviewer", "signer"),
    *("member", "auditor", "operator", "integrator"),
)
OF_THE_WHOLE_SYSTEM = {"/v1/parked", "/v1/parked/{subject}/retry", "/v1/photos/sweep", "/healthz", "/readyz"}
"""What operators look after across counties; no event and no text is shown there."""
NAMELESS = (
    *("proposals/export.xlsx", "statistics/export.xlsx", "statistics/export.csv", "imports/template.xlsx"),
    *("hand-over-lists", "proposals/{id}/similar", "proposals/{id}/reply/similar", "proposals/{id}/disclosed"),
    *(f"proposals/{{id}}/{name}.docx" for name in ("reply-letter", "hand-over-sheet", "receipt-sheet")),
    *("proposals/{id}/notes", "proposals/{id}/reply/drafts", "commitments", "overlays"),
)
"""What tells of cases without their ids, in a packed file, or nothing of the only case there is; and what the county
has none of. A stranger gets nothing from them either; their tables are among those that
`test_a_query_that_forgets_the_county_sees_no_other_one` asks."""
NAMES = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|sha256:[0-9a-f]{64}")
ROW_BY_ROW = ("/v1/hand-over-meetings", "/v1/reorganisations")
"""These answer what became of each row."""

LATER = date(2005, 5, 8)
SHELVES = {
    "/v1/packs": next(iter(published_packs().values())).decode(),
    "/v1/calendars": next(iter(published_calendars().values())).decode(),
}
"""What can be adopted and published."""


@pytest.fixture
async def victim(settle: "Settle", handle: Callable[..., "Handling"], county: str) -> "Town":
    """A county with a case that was closed, an appointment, a mandate, reminders, digests, one of all the rest."""
    town = await settle(county)
    case = handle(town)
    await case.submit("2005-02-16", joint=True)
    await case.hand_over("2005-02-22", "2005-03-01")
    await case.act(town.worker("office_clerk", town.lead), "sign-for", signed_for_on="2005-03-02")
    await case.meet("before", "2005-03-07", mode="in_person")
    await case.meet("during", "2005-04-01")
    await case.run("2005-04-21")
    await case.draft("2005-04-22", "2005-04-22")
    await case.sign("2005-04-25")
    await case.answer((town.member, town.cosigner), "2005-04-26", "2005-04-27")
    send, office = town.office.command, {"person": "person:wang", "name": "王科员", "office": "handler"}
    appointed = office | {"unit": town.lead, "from_on": "2005-01-01"}
    mandate = {
        "giver": f"member:{town.member}",
        "holder": "person:clerk",
        "acts": ["proposal.submit"],
        "from_on": "2005-01-01",
        "until_on": "2005-12-31",
        "reason": "出差",
    }
    for path, body in (("appointments", appointed), ("mandates", mandate)):
        await send("members", f"/v1/{path}", REGISTRAR, LATER, path, body)
    for path, body in beside_the_case(town).items():
        who = town.seat(town.member) if path == "opinions" else COMMITTEE
        await send("proposals", f"/v1/{path}", who, LATER, path, body)
    return town


def beside_the_case(town: "Town") -> dict[str, dict[str, Any]]:
    """Give a report of public opinion, a call, a summary and a unit's commendation, as they are sent."""
    return {
        "opinions": {
            "body": town.body,
            "title": "村民盼修路",
            "text": "村道雨天难行。",
            "submitter": town.member,
            "submitted_on": "2005-05-08",
        },
        "calls": {
            "body": town.body,
            "term": 10,
            "session": 4,
            "title": "征集提案",
            "topics": ["村道"],
            "until_on": "2005-12-31",
            "opened_on": "2005-05-08",
        },
        "summaries": {
            "unit": town.lead,
            "year": 2005,
            "asked_by": "县政协提案委",
            "due_on": "2005-12-20",
            "asked_on": "2005-05-08",
        },
        "commendations": {
            "unit": town.lead,
            "year": 2005,
            "award": "承办先进单位",
            "awarded_by": "县政协",
            "awarded_on": "2005-05-08",
        },
    }


@pytest.fixture
async def stranger(victim: "Town", settle: "Settle") -> "Town":
    """Another county, settled the same way."""
    return await settle(f"9{victim.code[1:]}")


class Tried:
    """The routes of the four services, called with one token, filled with what the other county's log names."""

    def __init__(self, stack: Stack, doors: dict[str, httpx2.AsyncClient], town: "Town") -> None:
        self._stack, self._doors, self._town = stack, doors, town
        self.events: dict[int, Envelope[Any]] = {}
        self.names: set[str] = set()
        self.ids: dict[tuple[str, str], str] = {}
        """An id of each kind of aggregate."""

    async def know(self, history: "History") -> None:
        """Read everything that the county's log names."""
        self.events = await history(self._town.code)
        for event in self.events.values():
            self.names |= set(NAMES.findall(event.model_dump_json()))
            self.ids.setdefault((event.address.service, event.address.aggregate), event.address.id)
            if event.data.clocks and event.data.clocks.opened:
                self.ids["notifications", "clock"] = str(event.data.clocks.opened[0].id)
        (self.digest,) = {
            photo.digest
            for event in self.events.values()
            if event.type == "yishi.meetings.HandlerMet.v1"
            for photo in event.data.evidence
        }

    def paths(self, service: str, path: str) -> Iterator[str]:
        """Fill a path with each id of the service that the county has."""
        ids = [id for (owner, _), id in self.ids.items() if owner == service and NAMES.fullmatch(id)]
        names = re.findall(r"{(\w+)}", path)
        other = {"digest": [self.digest], "year": ["2005"], "name": ["hunan-transport-2005"]}
        values = [other.get(name, ids) for name in names]
        for chosen in product(*values):
            yield path.format(**dict(zip(names, chosen, strict=True)))

    def queries(self, parameters: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
        """Ask without conditions, then with each condition by which the county could be found."""
        required = {p["name"]: self.value(p["name"]) for p in parameters if p["in"] == "query" and p.get("required")}
        yield required
        for parameter in parameters:
            if parameter["in"] == "query" and (value := self.value(parameter["name"])):
                yield required | {parameter["name"]: value}

    def value(self, name: str) -> str:
        """Give the county's own value for a field."""
        town, ids = self._town, self.ids
        match name:
            case "whom":
                return f"unit:{town.lead}"
            case "giver":
                return f"member:{town.member}"
            case "unit" | "lead" | "parent" | "successor":
                return town.lead
            case "member" | "submitter":
                return town.member
            case "body":
                return town.body
            case "case":
                return ids["proposals", "proposal"]
            case "q":
                return "村道"
            case "mark":
                return "undecided"
            case "on":
                return "2005-03-01"
            case "figure" | "by":
                return {"figure": "assigned", "by": "unit"}[name]
            case _:
                return ""

    def body(self, schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> Any:
        """Make a body that is right in shape and names the county's things wherever it can."""
        if "$ref" in schema:
            return self.body(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
        if options := schema.get("anyOf"):
            return self.body(next(option for option in options if option.get("type") != "null"), schemas, name)
        match schema.get("type"):
            case "object":
                fields = schema.get("properties", {}).items()
                return {
                    field: self.body(what, schemas, field)
                    for field, what in fields
                    if field in schema.get("required", ()) or (self.value(field) and field != "successor")
                }
            case "array":
                return [self.body(schema["items"], schemas, name)] if schema.get("minItems") else []
            case "integer":
                return 2005 if name == "year" else 1
            case "boolean":
                return True
        return self._text(schema, name)

    def _text(self, schema: dict[str, Any], name: str) -> str:
        if "enum" in schema:
            return str(schema["enum"][0])
        if schema.get("format") == "date":
            return "2005-05-08"
        if schema.get("format") == "uuid":
            return self.value(name) or self._town.lead
        for start, value in (("^person:", "person:wang"), ("^sha256:", self.digest)):
            if str(schema.get("pattern", "")).startswith(start):
                return value
        given = {
            "kind": "cppcc_proposal",
            "person": "person:wang",
            "holder": "person:wang",
            "giver": self.value("giver"),
            "acts": "proposal.submit",
            "name": "hunan-transport-2005",
            "scheme": "bureau-abc",
            "category": "B",
            "result": "满意",
        }
        return given.get(name, "甲")


@asynccontextmanager
async def http_role(stack: Stack, service: str) -> AsyncIterator[asyncpg.Connection]:
    db = await asyncpg.connect(stack.postgres.url(service, "http"), ssl=False)
    yield db
    await db.close()


def headers(stack: Stack, county: str, victim: "Town") -> dict[str, str]:
    """Give the headers of somebody in one county who claims to be everybody and sit in the victim's unit."""
    subject = f"member:{victim.member}"
    token = stack.keys.issue_token(subject, county, ROLES, victim.lead, now=utc_now())
    return {
        "authorization": f"Bearer {token}",
        "simulated-now": "2005-05-08T10:00:00+08:00",
        "at-least": f"EVENTS:{victim.office.head}",
    }


async def test_a_token_reads_nothing_of_another_county_by_any_route(
    stack: Stack, victim: "Town", stranger: "Town", doors: dict[str, httpx2.AsyncClient], history: "History"
) -> None:
    tried = Tried(stack, doors, victim)
    await tried.know(history)
    assert len(tried.ids) >= 12
    assert len(tried.names) > 50
    own, others = (headers(stack, code, victim) for code in (victim.code, stranger.code))
    seen: dict[str, int] = {}
    for service in SERVICES:
        document = (await doors[service].get("/openapi.json")).json()
        for path, operations in document["paths"].items():
            if "get" not in operations or path in OF_THE_WHOLE_SYSTEM:
                continue
            parameters = [p for p in operations["get"].get("parameters", []) if "$ref" not in p]  # Those are headers.
            for filled, query in product(tried.paths(service, path), tried.queries(parameters)):
                mine = await doors[service].get(filled, params=query, headers=own)
                seen[f"{service} {path}"] = seen.get(f"{service} {path}", 0) + bool(
                    mine.status_code == 200 and (mine.content.startswith(b"\x89PNG") or _names(tried, mine))
                )
                answer = await doors[service].get(filled, params=query, headers=others)
                assert answer.status_code in (200, 403, 404), (filled, query, answer.text)
                assert not _names(tried, answer), (filled, query, answer.text)
                assert "村道" not in answer.text
    counted = await doors["proposals"].get("/v1/statistics", headers=others)
    assert counted.json()["total"]["cases"] == 0
    # The same questions do find something for somebody of the county: the test asks what there is to be asked.
    blind = {path for path, found in seen.items() if not found}
    silent = {f"proposals /v1/{path}" for path in NAMELESS}
    assert blind == silent | {
        f"members /v1/{path}" for path in ("packs", "packs/{name}", "calendars", "calendars/{year}")
    }
    assert len(seen) > 20


def _names(tried: Tried, answer: httpx2.Response) -> set[str]:
    """Give what an answer names of the county, beyond what every county shares: packs and calendars."""
    shared = {
        event.data.digest
        for event in tried.events.values()
        if "members" in event.type and hasattr(event.data, "digest")
    }
    return {name for name in NAMES.findall(answer.text) if name in tried.names} - shared


async def test_a_token_writes_nothing_of_another_county_by_any_route(
    stack: Stack, victim: "Town", stranger: "Town", doors: dict[str, httpx2.AsyncClient], history: "History"
) -> None:
    tried = Tried(stack, doors, victim)
    await tried.know(history)
    others = headers(stack, stranger.code, victim)
    answered: dict[str, set[int]] = {}
    for service in SERVICES:
        document = (await doors[service].get("/openapi.json")).json()
        schemas = document.get("components", {}).get("schemas", {})
        for path, operations in document["paths"].items():
            if "post" not in operations or path in OF_THE_WHOLE_SYSTEM:
                continue
            content = operations["post"].get("requestBody", {}).get("content", {})
            for filled in tried.paths(service, path):
                sent = others | {"idempotency-key": str(uuid4())}
                if "image/png" in content:
                    body, query = None, {"case": tried.value("case")}
                    sent["content-type"] = "image/png"
                    answer = await doors[service].post(filled, params=query, content=photo(1), headers=sent)
                else:
                    body = tried.body(content["application/json"]["schema"], schemas)
                    if path in SHELVES:
                        body["content"] = SHELVES[path]
                    answer = await doors[service].post(filled, json=body, headers=sent)
                assert "invalid-body" not in answer.text, (filled, body, answer.text)
                if path in ROW_BY_ROW and answer.status_code == 200:
                    assert answer.json()["done"] == 0, (body, answer.text)
                    continue
                names_victim = bool(set(NAMES.findall(f"{filled} {body}")) & tried.names) or "image/png" in content
                answered.setdefault(f"{service} {path}", set()).add(answer.status_code)
                if names_victim and path != "/v1/mandates":
                    assert answer.status_code in (403, 404, 409), (filled, body, answer.status_code, answer.text)
    # What a county may do for itself it may do, all the same; everything else was refused.
    done = {path for path, codes in answered.items() if codes & {200, 201, 202}}
    assert done <= {
        *(f"members /v1/{path}" for path in ("bodies", "units", "packs", "calendars", "mandates")),
        "notifications /v1/runs",
        "proposals /v1/imports/cases",  # Tells what is wrong with each row.
        "proposals /v1/proposals/similar",  # A question.
    }
    assert len(answered) > 40
    assert await history(victim.code) == tried.events
    assert all(event.county == stranger.code for event in (await history(stranger.code)).values())


async def test_a_query_that_forgets_the_county_sees_no_other_one(
    stack: Stack, victim: "Town", stranger: "Town"
) -> None:
    rows = {}
    for service in SERVICES:
        schema = load_service(service).schema_name
        async with http_role(stack, service) as db:
            tables = await db.fetch(
                "SELECT table_name FROM information_schema.columns WHERE table_schema = $1 AND column_name = 'county'"
                " AND has_table_privilege(format('%I.%I', table_schema, table_name), 'SELECT')",
                schema,
            )
            for table, code in product([row[0] for row in tables], (victim.code, stranger.code)):
                async with db.transaction():
                    await db.execute("SELECT set_config('app.county', $1, true)", code)
                    found = await db.fetch(f"SELECT DISTINCT county FROM {schema}.{table}")
                    assert {row[0] for row in found} <= {code}, (service, table)
                    rows[service, table, code] = len(found)
            for table in [row[0] for row in tables]:
                assert await db.fetch(f"SELECT * FROM {schema}.{table}") == []
    assert sum(rows.values()) > 20
