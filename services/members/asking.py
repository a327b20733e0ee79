"""What requests about the members service's data have in common: pages, the day asked about, ETag of one thing."""

from typing import Annotated, Any

from fastapi import Query, Response

from runtime.http import BusinessDate
from runtime.paging import LIMIT, LIMIT_MAX
from runtime.refusals import NotFound

After = Annotated[str | None, Query(description="The `next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description=f"Rows of a page, {LIMIT} unless told")]
AsOf = Annotated[BusinessDate | None, Query(description="As of this business date (Asia/Shanghai)")]
Word = Annotated[str | None, Query(min_length=1, max_length=100, description="A part of a name")]


def shown(found: dict[str, Any] | None, response: Response) -> dict[str, Any]:
    """Give one thing as the answer, its version as the ETag that If-Match takes.

    Raises: NotFound.
    """
    if found is None:
        raise NotFound
    response.headers["ETag"] = f'"{found["version"]}"'
    return found
