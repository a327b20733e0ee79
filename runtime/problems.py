"""Problem documents: every error of the HTTP edge as RFC 9457 JSON with a stable type, in Chinese."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.refusals import BodyTooLarge, InvalidBody, MalformedRequest, Refusal

logger = structlog.get_logger()

_MESSAGES = {
    "missing": "缺少必填字段",
    "extra_forbidden": "未知字段",
    "string_too_long": "文字过长, 最多 {max_length} 字",
    "string_too_short": "文字不能为空",
    "string_type": "应为文字",
    "string_pattern_mismatch": "写法不符合要求: {pattern}",
    "string_unicode": "文字不是有效的 Unicode",
    "int_parsing": "应为整数",
    "int_parsing_size": "整数过大",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "greater_than_equal": "不得小于 {ge}",
    "less_than_equal": "不得大于 {le}",
    "uuid_parsing": "应为 UUID",
    "uuid_type": "应为 UUID",
    "literal_error": "不在可选值之内",
    "enum": "不在可选值之内",
    "date_from_datetime_parsing": "不是有效日期",
    "date_from_datetime_inexact": "不是有效日期",
    "date_parsing": "不是有效日期",
    "date_type": "不是有效日期",
    "json_invalid": "不是有效的 JSON",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "too_short": "项数过少, 至少 {min_length} 项",
    "too_long": "项数过多, 最多 {max_length} 项",
    "model_attributes_type": "应为 JSON 对象",
    "model_type": "应为 JSON 对象",
    "dict_type": "应为 JSON 对象",
}
"""Chinese for what pydantic says of a field, by its error type; our own validators speak Chinese themselves."""


def field_message(error: Mapping[str, Any]) -> str:
    """Give in Chinese what pydantic found wrong with one field."""
    known = _MESSAGES.get(error["type"])
    return str(error["msg"]).removeprefix("Value error, ") if known is None else known.format(**error.get("ctx", {}))


def problem_response(refusal: Refusal, request: Request | None = None) -> JSONResponse:
    """Give the HTTP answer for a refusal."""
    headers = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _document(refusal.problem(), refusal.status, headers)


def _document(problem: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        dict(problem), status, headers=dict(headers or {}), media_type="application/problem+json; charset=utf-8"
    )


def install_problems(app: FastAPI) -> None:
    """Answer every error of the application as a problem document."""

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refusal)
        logger.info("request.refused", code=error.code, path=request.url.path, detail=error.detail)
        return problem_response(error, request)

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        details = error.errors()
        if any(detail["type"] == "json_invalid" for detail in details):
            return problem_response(MalformedRequest("请求内容不是有效的 JSON"), request)
        fields = [
            {
                "field": ".".join(str(part) for part in detail["loc"]),
                "code": detail["type"],
                "message": field_message(detail),
            }
            for detail in details
        ]
        return problem_response(InvalidBody(errors=fields), request)

    async def http_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if error.status_code == 400:
            return problem_response(MalformedRequest("请求内容无法解析, 应为 UTF-8 编码的 JSON"), request)
        titles = {404: ("not-found", "未找到"), 405: ("method-not-allowed", "不支持此请求方法")}
        code, title = titles.get(error.status_code, (f"http-{error.status_code}", "请求失败"))
        return _document(
            {"type": f"urn:yishi:problem:{code}", "title": title, "status": error.status_code},
            error.status_code,
            error.headers,
        )

    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        logger.error("request.failed", path=request.url.path, exc_info=error)
        problem = {"type": "urn:yishi:problem:internal-error", "title": "服务内部错误", "status": 500}
        return _document(problem, 500)

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, unexpected)


class BodyLimit:
    """ASGI middleware: a body over the limit is refused before it is read into memory."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = BodyTooLarge(f"上限为 {self._limit} 字节", limit=self._limit)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._limit:
            await problem_response(refusal)(scope, receive, send)
            return
        seen, begun = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise refusal
            return message

        async def unless_too_large(message: Message) -> None:
            nonlocal begun
            if begun or seen <= self._limit:  # Else the application answers that it could not read the body.
                begun = True
                await send(message)

        await self._app(scope, counted, unless_too_large)
        if seen > self._limit and not begun:
            await problem_response(refusal)(scope, receive, send)
