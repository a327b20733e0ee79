"""Routes of the import: rows of cases with their history, and the template of a file."""

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from contracts.copies import adopted
from contracts.envelope import digest_of
from runtime.execute import Act
from runtime.http import Caller, Calling, Command
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.positions import token
from runtime.refusals import Forbidden
from runtime.shapes import listed, mapped, shape
from services.proposals.importing.job import Job
from services.proposals.importing.outcome import Asked, Done
from services.proposals.importing.template import MEDIA_TYPE, template
from services.proposals.policy import POLICY

router = APIRouter(prefix="/v1/imports", tags=["imports"])

ROWS_MAX = 500
"""Rows of one request."""


class ImportRow(Command):
    """A row: where it stands in the file, as people count, and its cells by heading; empty cells may be left out."""

    row: int = Field(ge=1, le=10_000_000)
    values: dict[str, Any] = Field(max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _without_control_characters(cls, body: object) -> object:
        return body  # A cell that holds one is a problem of its row.


class ImportCases(Command):
    """Import cases with their whole history; without `apply` nothing is written."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "rows": [
                    {
                        "row": 2,
                        "values": {
                            "件类": "提案",
                            "机构": "县政协",
                            "届": "9",
                            "次": "3",
                            "编号": "307",
                            "案由": "解决农村村级公路建设问题的提案",
                            "提案人": "张明",
                            "主办单位": "规划办",
                            "交办日期": "2005-03-01",
                        },
                    }
                ],
                "apply": False,
            }
        }
    )

    rows: tuple[ImportRow, ...] = Field(min_length=1, max_length=ROWS_MAX)
    file: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    apply: bool = False
    confirm_corrections: bool = False

    @model_validator(mode="before")
    @classmethod
    def _without_control_characters(cls, body: object) -> object:
        return body


_PROBLEM = shape(
    row="int NOT NULL",
    column="text NOT NULL",
    heading="text NOT NULL",
    reason="text NOT NULL",
    value="text NOT NULL",
    suggestions="text[] NOT NULL",
)
_NUMBERS = listed({"type": "integer"})
IMPORTED = shape(
    rows="int NOT NULL",
    applied="boolean NOT NULL",
    bad="int NOT NULL",
    new=_NUMBERS,
    unchanged=_NUMBERS,
    corrected=_NUMBERS,
    changed=listed(shape(row="int NOT NULL", columns="text[] NOT NULL")),
    problems=listed(_PROBLEM),
    cases=mapped("uuid NOT NULL"),
    events="int NOT NULL",
    position="text",
)


@router.post("/cases", responses=shows(IMPORTED) | shows(IMPORTED, status=202))
async def import_cases(command: ImportCases, who: Calling) -> JSONResponse:
    """Import cases with their history 导入历史件: by row what was done, or what is wrong; harmless to repeat."""
    role = permitting_role(POLICY, "proposal.import", who.principal.roles, ())
    if who.on_behalf_of or who.authority:
        raise Forbidden("导入不能代为办理")
    rows = [(row.row, row.values) for row in command.rows]
    file = command.file or digest_of(json.dumps(rows, sort_keys=True).encode())
    asked = Asked(rows, file, apply=command.apply, confirm=command.confirm_corrections)
    done = await Job(who.process, _acting(who, role), asked, who.today).run()
    seen = not done.sequence or await who.process.positions.wait(
        done.sequence, who.process.settings.own_projection_wait
    )
    headers = {"Event-Position": token(done.sequence)} if done.sequence else {}
    return JSONResponse(_report(command, done), 200 if seen else 202, headers=headers)


def _acting(who: Caller, role: str) -> Act:
    """Give who imports; command and digest are each act's own."""
    return Act(
        county=who.county,
        actor=who.principal.subject,
        actorrole=role,
        actorunit=who.principal.unit,
        tokenid=who.principal.token_id,
        commandid=UUID(int=0),
        commanddigest="",
        correlationid=who.correlation,
        now=who.now,
        simulated=who.simulated,
        action="proposal.import",
    )


def _report(command: ImportCases, done: Done) -> dict[str, Any]:
    return {
        "rows": len(command.rows),
        "applied": command.apply,
        "bad": len({problem.row for problem in done.problems}),
        "new": sorted(done.new),
        "unchanged": sorted(done.unchanged),
        "corrected": sorted(done.corrected),
        "changed": [{"row": row, "columns": columns} for row, columns in sorted(done.changed.items())],
        "problems": [problem.told() for problem in done.problems],
        "cases": {str(row): str(case) for row, case in sorted(done.cases.items())},
        "events": done.events,
        "position": token(done.sequence) if done.sequence else None,
    }


_WORKBOOK = {"description": "结果", "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}


@router.get("/template.xlsx", response_class=Response, responses={200: _WORKBOOK})
async def import_template(who: Calling) -> Response:
    """Give the template of an import file 导入模板, with the county's bodies, units and schemes to choose from."""
    permitting_role(POLICY, "proposal.import", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        bodies = [row["name"] for row in await db.fetch("SELECT name FROM body_names ORDER BY name")]
        units = [
            row["name"] for row in await db.fetch("SELECT name FROM unit_names WHERE closed_on IS NULL ORDER BY name")
        ]
        schemes = await adopted.schemes_of(db)
    words = {"body": bodies, "scheme": schemes} | dict.fromkeys(("lead_unit", "office", "co_units"), units)
    name = {"content-disposition": 'attachment; filename="import-template.xlsx"'}
    return Response(template(words), media_type=MEDIA_TYPE, headers=name)
