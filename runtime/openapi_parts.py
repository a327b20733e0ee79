"""The parts that every service's OpenAPI document shares: headers, the problem document, the answer to a command.

Source: RFC 9457 (problem details); draft-ietf-httpapi-idempotency-key-header; runtime/http.py, which reads them.
"""

from collections.abc import Mapping

from runtime.shapes import Schema, listed, shape

PROBLEM = "application/problem+json"
_VISIBLE = "^[!-~]{1,128}$"
_TOKEN = {"type": "string", "pattern": "^EVENTS:[0-9]{1,18}$"}


def _header(name: str, description: str, schema: Schema, example: str, *, required: bool = False) -> Schema:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", **schema},
        "example": example,
    }


_PARAMETERS: Mapping[str, Schema] = {
    "Idempotency-Key": _header(
        "Idempotency-Key",
        "同一人对同一事项的同一请求用同一个键；重发得到首次的结果，永久有效",
        {"pattern": _VISIBLE},
        "2b1f6a5e-submit",
        required=True,
    ),
    "If-Match": _header(
        "If-Match", "所见版本 (ETag)；已被他人更新时 412", {"pattern": r'^(\*|"[0-9]{1,9}")$'}, '"3"'
    ),
    "On-Behalf-Of": _header(
        "On-Behalf-Of",
        "代谁办理：委托人，须同时写明 Authority",
        {"pattern": _VISIBLE},
        "member:7d9f1c0e-0b7c-5f57-9a53-6f5c9f2f8f10",
    ),
    "Authority": _header(
        "Authority", "依据哪一份委托办理：其编号", {"pattern": _VISIBLE}, "5c1a4a9e-6c0c-5d3e-8d0b-3b9d2f7f6a21"
    ),
    "at-least": _header(
        "at-least", "先等本服务处理到此位置 (某次回答的 Event-Position)，等不到则 503", dict(_TOKEN), "EVENTS:123"
    ),
    "Correlation-Id": _header(
        "Correlation-Id", "串起一连串请求与事件；永久留存，不得含个人号码", {"pattern": _VISIBLE}, "trace-0001"
    ),
}

_HEADERS: Mapping[str, Schema] = {
    "ETag": {"description": "事项的版本", "schema": {"type": "string", "pattern": '^"[0-9]+"$'}},
    "Event-Position": {"description": "事件在日志中的位置，可用作 at-least", "schema": _TOKEN},
    "Retry-After": {"description": "秒", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "固定为 Bearer", "schema": {"type": "string"}},
}

_PROBLEM = shape(
    ("detail", "errors"),
    type={"type": "string", "pattern": "^urn:yishi:problem:[a-z0-9._-]+$", "description": "稳定的类型，可据以编程"},
    title={"type": "string", "description": "中文说明，固定"},
    status={"type": "integer", "minimum": 400, "maximum": 599},
    detail={"type": "string", "description": "本次的具体原因"},
    errors=listed(shape(field="text NOT NULL", code="text NOT NULL", message="text NOT NULL")),
)
_RECORDED = shape(
    id={"type": "string", "description": "事项的编号"},
    type={"type": "string", "pattern": r"^yishi\.[a-z]+\.[A-Za-z]+\.v[0-9]+$", "description": "所记事件的类型"},
    version={"type": "integer", "minimum": 1, "description": "事项的版本"},
    position={**_TOKEN, "description": "事件在日志中的位置"},
)
READINESS = shape(
    service="text NOT NULL",
    ready="boolean NOT NULL",
    problems="text[] NOT NULL",
    schema="text NOT NULL",
    position="bigint NOT NULL",
    log="bigint NOT NULL",
    lag="bigint NOT NULL",
    projector="text NOT NULL",
)
LIVENESS = shape(status={"enum": ["alive", "dead"]}, problems="text[] NOT NULL")
PARKED = shape(
    items=listed(
        shape(
            subject="text NOT NULL",
            sequence="bigint NOT NULL",
            error="text NOT NULL",
            tries="int NOT NULL",
            waiting="bigint NOT NULL",
            parked_at="timestamptz NOT NULL",
        )
    )
)

COMPONENTS: Mapping[str, Mapping[str, Schema]] = {
    "parameters": _PARAMETERS,
    "headers": _HEADERS,
    "schemas": {"Problem": _PROBLEM, "Recorded": _RECORDED},
    "securitySchemes": {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "本县签发者以 Ed25519 签名的令牌，含 sub、county、roles、unit、exp",
        }
    },
}
