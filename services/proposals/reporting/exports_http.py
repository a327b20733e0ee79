"""Routes that give the board and the statistics as files 导出, with the filters of what is shown."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import Response

from runtime import paging
from runtime.http import Caller, Calling
from runtime.policy import permitting_role
from runtime.sheets import MEDIA, Cell, write
from services.proposals.policy import POLICY
from services.proposals.reporting import board, statistics
from services.proposals.reporting.exports import (
    BOARD_HEADINGS,
    BOARD_TITLE,
    STATISTICS_TITLE,
    board_line,
    statistics_headings,
    statistics_lines,
)
from services.proposals.reporting.questions import BoardView, Counts

router = APIRouter(prefix="/v1", tags=["proposals"])


def _gives(kind: str) -> dict[str, Any]:
    """Give what a route's decorator says of a file that it answers with."""
    schema = {"type": "string", "format": "binary"}
    told = {200: {"description": "文件", "content": {MEDIA[kind]: {"schema": schema}}}}
    return {"responses": told, "response_class": Response}


@router.get("/proposals/export.xlsx", **_gives("xlsx"))
async def export_board(who: Calling, asked: Annotated[BoardView, Query()]) -> Response:
    """Give every case of a view of the board as a sheet 导出办理总表, in the board's order."""
    return await _board(who, "xlsx", asked)


@router.get("/proposals/export.csv", **_gives("csv"))
async def export_board_as_text(who: Calling, asked: Annotated[BoardView, Query()]) -> Response:
    """Give every case of a view of the board as a text 导出办理总表, in the board's order."""
    return await _board(who, "csv", asked)


@router.get("/statistics/export.xlsx", **_gives("xlsx"))
async def export_statistics(who: Calling, asked: Annotated[Counts, Query()]) -> Response:
    """Give the statistics as a sheet 导出统计, with their definitions below."""
    return await _statistics(who, "xlsx", asked)


@router.get("/statistics/export.csv", **_gives("csv"))
async def export_statistics_as_text(who: Calling, asked: Annotated[Counts, Query()]) -> Response:
    """Give the statistics as a text 导出统计, with their definitions below."""
    return await _statistics(who, "csv", asked)


async def _board(who: Caller, kind: str, asked: BoardView) -> Response:
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    secret = await who.process.secret(who.county, "search") if asked.q else b""
    lines: list[Sequence[Cell]] = []
    after: str | None = None
    async with who.process.database.county(who.county) as db:
        while True:
            found = await board.page(db, secret, asked.view(who.today), after=after, limit=paging.LIMIT_MAX)
            lines += map(board_line, found["items"])
            after = found.get("next")
            if after is None:
                break
    return await _file(who, kind, BOARD_TITLE, BOARD_HEADINGS, lines)


async def _statistics(who: Caller, kind: str, asked: Counts) -> Response:
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        answer = await statistics.count(
            db, asked.question(who.today), by=asked.by, rank_by=asked.rank_by, least=asked.least
        )
    return await _file(who, kind, STATISTICS_TITLE, statistics_headings(asked.by), statistics_lines(answer))


async def _file(
    who: Caller, kind: str, title: str, headings: Sequence[str], lines: Iterable[Sequence[Cell]]
) -> Response:
    """Give a file; it is written beside the event loop, which goes on answering others."""
    content = await asyncio.to_thread(write, kind, title, headings, list(lines))
    name = quote(f"{title}-{who.county}-{who.today}.{kind}")
    return Response(
        content, media_type=MEDIA[kind], headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    )
