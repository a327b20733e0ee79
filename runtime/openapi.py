"""The OpenAPI document of a service: what FastAPI knows of its routes, and what holds for all of them alike.

Which statuses, headers and credentials belong to an operation follows from the route itself: whether it depends on
the caller, has a command as its body, names a thing in its path. What only the route knows it says in its decorator,
with `shows` and `refuses`. A summary is the Chinese term in the route's docstring.
Source: OpenAPI 3.1; RFC 9457 (problem details); RFC 9110 (ETag, If-Match, Retry-After).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from contracts.terms import term_in
from contracts.vocabulary import TAGS
from runtime.erasing import Eraser
from runtime.examples import example_of
from runtime.http import Command, caller
from runtime.openapi_parts import COMPONENTS, PROBLEM
from runtime.process import Service
from runtime.refusals import Refusal
from runtime.shapes import Schema

JSON = "application/json"
_QUERY_HEADERS = ("at-least", "Correlation-Id")
_COMMAND_HEADERS = ("Idempotency-Key", "If-Match", "On-Behalf-Of", "Authority")
_ANSWER_HEADERS = ("ETag", "Event-Position")
_RECORDED = {"$ref": "#/components/schemas/Recorded"}


def shows(schema: Schema, *headers: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Give what a route's decorator says of its answer: the schema, and which headers it carries."""
    told = {"headers": {name: _ref("headers", name) for name in headers}} if headers else {}
    return {status: {"description": "结果", "content": {JSON: {"schema": schema}}, **told}}


def records(**more: Schema) -> dict[int | str, dict[str, Any]]:
    """Give what a command's decorator says when its answer has more than every command's."""
    told = {"type": "object", "properties": more, "required": list(more)}
    return {200: {"description": "已记录", "content": {JSON: {"schema": {"allOf": [_RECORDED, told]}}}}}


def refuses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Give what a route's decorator says of refusals that do not follow from the route itself."""
    return {status: {"description": ""} for status in statuses}


def keyed() -> dict[str, Any]:
    """Give what a route's decorator says when it takes an Idempotency-Key without being a command on an aggregate."""
    return {"parameters": [_ref("parameters", "Idempotency-Key")]}


def describe(app: FastAPI, service: Service, routers: Sequence[APIRouter]) -> None:
    """Have the application give this document at its `openapi_url`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, service, routers)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI, service: Service, routers: Sequence[APIRouter]) -> dict[str, Any]:
    used = {str(tag) for router in routers for tag in router.tags}
    document = get_openapi(
        title=service.title,
        version=app.version,
        description="所有拒绝均为 application/problem+json；命令须带 Idempotency-Key，可安全重发。",
        routes=app.routes,
        tags=[{"name": name, "description": word.term} for name, word in TAGS.items() if name in used],
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for kind, told in COMPONENTS.items():
        document["components"].setdefault(kind, {}).update(told)
    document["components"]["responses"] = {}
    erases = any(isinstance(model, Eraser) for fold in service.folds for model in fold.read_models)
    codes = _codes(service.name)
    for route in _routes(routers):
        for method in sorted(route.methods or ()):
            operation = document["paths"][route.path_format][method.lower()]
            statuses = _statuses(route, erases) | set(_declared_refusals(route))
            _complete(operation, route, service.name)
            _add_refusals(operation, statuses, codes, document["components"]["responses"])
    return document


def _routes(routers: Iterable[APIRouter]) -> Iterator[APIRoute]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                yield route


def _calls(dependant: Dependant) -> bool:
    return any(inner.call is caller or _calls(inner) for inner in dependant.dependencies)


def _command(route: APIRoute) -> type[Command] | None:
    """Give the model of the command that a route carries out on an aggregate."""
    for parameter in route.dependant.body_params:
        annotation = parameter.field_info.annotation
        for model in (annotation, *getattr(annotation, "__args__", ())):
            if isinstance(model, type) and issubclass(model, Command):
                return model
    return None


def _carries_out(route: APIRoute) -> bool:
    """Say whether the route answers as `carry_out` does: a command whose answer is described as nothing else."""
    return _command(route) is not None and all(
        _RECORDED in _schema(response).get("allOf", ())
        for status, response in route.responses.items()
        if int(status) < 400
    )


def _schema(response: Mapping[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = response.get("content", {}).get(JSON, {}).get("schema", {})
    return schema


def _statuses(route: APIRoute, erases: bool) -> set[int]:
    """Give every status of 400 and above that follows from what the route is."""
    found = set[int]()
    dependant = route.dependant
    if _calls(dependant):
        found |= {400, 401, 403, 503}
    if dependant.path_params:
        found.add(404)
    if dependant.path_params or dependant.query_params or dependant.body_params:
        found.add(422)
    if dependant.body_params:
        found.add(413)
    if _command(route) is not None and _carries_out(route):
        found |= {404, 409, 412, 422, *((410,) if erases else ())}
    return found


def _declared_refusals(route: APIRoute) -> Iterator[int]:
    """Give the statuses that `refuses` named; one with content of its own is no problem document."""
    for status, response in route.responses.items():
        if int(status) >= 400 and "content" not in response:
            yield int(status)


def _complete(operation: dict[str, Any], route: APIRoute, service: str) -> None:
    """Say who may ask, with which headers, and what a command is answered."""
    operation["summary"] = term_in(operation.get("description", "")) or operation["summary"]
    operation["operationId"] = route.name
    headers: tuple[str, ...] = ()
    if _calls(route.dependant):
        operation["security"] = [{"bearer": []}]
        headers = _QUERY_HEADERS
    model = _command(route)
    if model is not None:
        body = operation["requestBody"]["content"][JSON]
        body["example"] = example_of(model, service)
    if _carries_out(route):
        headers = (*_COMMAND_HEADERS, *_QUERY_HEADERS)
        _answer_command(operation, route)
    if headers:
        named = [_ref("parameters", name) for name in headers]
        operation["parameters"] = [*operation.get("parameters", ()), *named]
    for response in operation["responses"].values():
        _tidy(_schema(response))


def _answer_command(operation: dict[str, Any], route: APIRoute) -> None:
    schema = _schema(route.responses.get(200, {})) or _RECORDED
    for status, text in ((route.status_code or 200, "已记录"), (202, "已记录, 但本服务的视图尚未更新")):
        operation["responses"][str(status)] = {
            "description": text,
            "headers": {name: _ref("headers", name) for name in _ANSWER_HEADERS},
            "content": {JSON: {"schema": schema}},
        }


def _tidy(schema: dict[str, Any]) -> None:
    """Take out what FastAPI says of a bare `dict[str, Any]` where the route has said more."""
    if str(schema.get("title", "")).startswith("Response "):
        del schema["title"]
    if "properties" in schema or "$ref" in schema:
        schema.pop("additionalProperties", None)


def _add_refusals(
    operation: dict[str, Any], statuses: set[int], codes: Mapping[int, Sequence[str]], components: dict[str, Any]
) -> None:
    responses = operation["responses"]
    responses.pop("422", None)  # FastAPI's own has another shape than ours.
    for status in sorted(statuses):
        name = f"Problem{status}"
        components.setdefault(name, _problem(status, codes.get(status, ())))
        responses[str(status)] = _ref("responses", name)
    operation["responses"] = dict(sorted(responses.items()))


def _problem(status: int, codes: Sequence[str]) -> dict[str, Any]:
    header = {401: "WWW-Authenticate", 503: "Retry-After"}.get(status)
    types = "、".join(f"`urn:yishi:problem:{code}`" for code in codes)
    return {
        "description": f"{HTTPStatus(status).phrase}：{types}",
        **({"headers": {header: _ref("headers", header)}} if header else {}),
        "content": {PROBLEM: {"schema": _ref("schemas", "Problem")}},
    }


def _codes(service: str) -> dict[int, list[str]]:
    """Give the codes of all refusals that a service can make, by status."""
    found: dict[int, set[str]] = {}
    for refusal in _subclasses(Refusal):
        if refusal.__module__.startswith(("runtime.", f"services.{service}.")):
            found.setdefault(refusal.status, set()).add(refusal.code)
    return {status: sorted(codes) for status, codes in found.items()}


def _subclasses(of: type[Refusal]) -> Iterator[type[Refusal]]:
    for refusal in of.__subclasses__():
        yield refusal
        yield from _subclasses(refusal)


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}
