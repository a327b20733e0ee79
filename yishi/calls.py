"""Calls of the services' HTTP API by the command line, with a token of its own for each command."""

import asyncio
from types import TracebackType
from typing import Any, Self

import httpx2

from yishi.child import StackError
from yishi.target import Target

SECONDS = 30.0
TRIES = 5
"""Times that a request is sent while the answer is 503."""
AGAIN = 0.5
PAGE = 500


class Refused(StackError):
    """A service refused a request; the problem document says why."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.problem = problem
        super().__init__(reason_of(problem) or f"服务以状态码 {status} 拒绝了请求。")


def reason_of(problem: dict[str, Any]) -> str:
    """Give a problem document as one sentence: title, detail, the fields that are wrong, and the stable type."""
    parts = [str(problem.get("title", "")), str(problem.get("detail") or "")]
    parts += [f"{error.get('field')}：{error.get('message')}" for error in problem.get("errors", [])]
    told = "；".join(dict.fromkeys(part for part in parts if part))
    return f"{told}（{problem.get('type', '').removeprefix('urn:yishi:problem:')}）" if told else ""


class Client:
    """One service, called by one actor in one county."""

    def __init__(self, target: Target, service: str, subject: str, county: str, *roles: str, unit: str = "") -> None:
        self._service = service
        token = target.token(subject, county, *roles, unit=unit)
        self._http = httpx2.AsyncClient(
            base_url=target.service_url(service),
            headers={"authorization": f"Bearer {token}"},
            timeout=SECONDS,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str, *, at_least: str | None = None, **query: Any) -> Any:
        """Ask. *Raises* `Refused`; `StackError` when the service does not answer."""
        headers = {"at-least": at_least} if at_least else {}
        given = {name: value for name, value in query.items() if value is not None}
        return await self._send("GET", path, headers, params=given)

    async def content(self, path: str) -> bytes:
        """Give what a path answers, as it is. *Raises* `Refused`; `StackError` when the service does not answer."""
        try:
            answer = await self._http.get(path)
        except httpx2.HTTPError as error:
            raise StackError(f"服务 {self._service} 没有应答：{error or type(error).__name__}。") from error
        if answer.status_code >= 400:
            raise Refused(answer.status_code, answer.json())
        return bytes(answer.content)

    async def post(self, path: str, body: object, key: str, *, at_least: str | None = None) -> Any:
        """Command, under an Idempotency-Key. *Raises* `Refused`; `StackError` when the service does not answer."""
        headers = {"idempotency-key": key} | ({"at-least": at_least} if at_least else {})
        return await self._send("POST", path, headers, json=body)

    async def all(self, path: str, *, at_least: str | None = None, **query: Any) -> list[dict[str, Any]]:
        """Give the items of every page of a list. *Raises* as `get`."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            page = await self.get(path, at_least=at_least, limit=PAGE, after=after, **query)
            found += page["items"]
            after = page.get("next")
            if after is None:
                return found

    async def _send(self, method: str, path: str, headers: dict[str, str], **content: Any) -> Any:
        """Send, and send again what was not possible just now: with its key a command is carried out once."""
        for tries_left in reversed(range(TRIES)):
            try:
                answer = await self._http.request(method, path, headers=headers, **content)
            except httpx2.HTTPError as error:
                raise StackError(f"服务 {self._service} 没有应答：{error or type(error).__name__}。") from error
            if answer.status_code != 503 or not tries_left:
                break
            await asyncio.sleep(AGAIN)
        try:
            document = answer.json()
        except ValueError:
            document = {}
        if answer.status_code >= 400:
            raise Refused(answer.status_code, document)
        return document
