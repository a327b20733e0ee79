"""Refusals: every way in which a request can be told no, each with a stable code and an HTTP status.

A broken rule of the trade is a subclass of `Refusal` beside the rule. Those here belong to no trade.
Source: RFC 9457 (problem details); RFC 9110 for the status codes.
"""

from typing import Any, ClassVar


class Refusal(Exception):
    """A request that is answered no: nothing was changed."""

    code: ClassVar[str]
    status: ClassVar[int] = 409
    title: ClassVar[str]
    retry_after: ClassVar[int | None] = None

    def __init__(self, detail: str = "", **facts: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.facts = facts

    def problem(self) -> dict[str, Any]:
        """Give the RFC 9457 problem document."""
        document: dict[str, Any] = {
            "type": f"urn:yishi:problem:{self.code}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail:
            document["detail"] = self.detail
        return document | self.facts


class MalformedRequest(Refusal):
    """The request cannot be read at all."""

    code, status, title = "malformed-request", 400, "请求无法解析"


class InvalidBody(Refusal):
    """The body was read, and breaks the command's shape."""

    code, status, title = "invalid-body", 422, "请求内容不符合要求"


class BodyTooLarge(Refusal):
    """The body is larger than the limit."""

    code, status, title = "body-too-large", 413, "请求内容过大"


class IdempotencyKeyMissing(Refusal):
    """A command came without an Idempotency-Key."""

    code, status, title = "idempotency-key-missing", 400, "缺少 Idempotency-Key 请求头"


class IdempotencyKeyReused(Refusal):
    """The same key came before with other content."""

    code, status, title = "idempotency-key-reused", 422, "同一 Idempotency-Key 已用于不同内容"


class Unauthenticated(Refusal):
    """No valid token."""

    code, status, title = "unauthenticated", 401, "未通过身份验证"


class Forbidden(Refusal):
    """The role or the relation to the case does not allow the act."""

    code, status, title = "forbidden", 403, "无权进行此操作"


class NotFound(Refusal):
    """There is no such thing in this county."""

    code, status, title = "not-found", 404, "未找到"


class Conflict(Refusal):
    """Others changed the aggregate five times while this command tried."""

    code, status, title = "conflict", 409, "多人同时操作, 请重试"


class CaseErased(Refusal):
    """The key of the case was destroyed by order: nothing of it can be read again, and nothing new sealed."""

    code, status, title = "case.erased", 410, "该件的密封内容已依令销毁"


class PreconditionFailed(Refusal):
    """The aggregate has another version than If-Match names."""

    code, status, title = "precondition-failed", 412, "内容已被他人更新"


class PreconditionRequired(Refusal):
    """What is replaced may have been changed by others: If-Match has to name the version that was seen."""

    code, status, title = "precondition-required", 428, "修改须以 If-Match 注明所依据的版本"


class AggregateParked(Refusal):
    """An event of this aggregate could not be applied; the operator has to look first."""

    code, status, title, retry_after = "aggregate-parked", 503, "该事项的记录暂停处理, 请联系运维", 60


class LogUnavailable(Refusal):
    """The log cannot take the event now; nothing was recorded."""

    code, status, title, retry_after = "log-unavailable", 503, "事件日志暂不可用, 请稍后重试", 1


class OutcomeUnknown(Refusal):
    """No acknowledgement came: repeat with the same Idempotency-Key to learn what happened."""

    code, status, title, retry_after = "outcome-unknown", 503, "结果未知, 请以相同的 Idempotency-Key 重试", 1


class ProjectionStopped(Refusal):
    """The projector found the log damaged and stands still."""

    code, status, title, retry_after = "projection-stopped", 503, "事件日志异常, 服务已停止处理, 请联系运维", 60


class NotYetThere(Refusal):
    """The position that the request names has not been reached in time."""

    code, status, title, retry_after = "not-yet-there", 503, "所需的数据尚未到达, 请稍后重试", 1


class DatabaseUnavailable(Refusal):
    """The projection cannot be read or written now."""

    code, status, title, retry_after = "database-unavailable", 503, "数据库暂不可用, 请稍后重试", 1
