"""Examples of commands for the OpenAPI documents, made of what the contracts' example events say.

A command's fields mostly bear the names of its event's, so the event that shares the most fields gives the values; a
text that the event keeps sealed gets a sentence.
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from contracts.examples import STORIES
from runtime.http import Command

_SENTENCE = "此处为正文。"
_WORDS: tuple[Any, ...] = (_SENTENCE, "A", "2005-03-01", 1, True)
"""Tried in this order where no event has such a field."""


def example_of(command: type[Command], service: str) -> dict[str, Any]:
    """Give a valid body of a command with the fields that it must have.

    Raises: LookupError when no example event and no plain word fits a field.
    """
    if (stated := _stated(command)) is not None:
        return stated
    told = list(_candidates(command, service))
    found = {
        name: next(_fitting(name, field, told)) for name, field in command.model_fields.items() if field.is_required()
    }
    command.model_validate_json(json.dumps(found))
    return found


def _stated(command: type[Command]) -> dict[str, Any] | None:
    """Give the example that a command's own schema states, None when it states none."""
    extra = command.model_config.get("json_schema_extra")
    stated: dict[str, Any] | None = extra.get("example") if isinstance(extra, dict) else None  # type: ignore[assignment]
    if stated is not None:
        command.model_validate_json(json.dumps(stated))
    return stated


def _candidates(command: type[Command], service: str) -> Iterator[dict[str, Any]]:
    """Give the example events of the service as plain values, those first that share most fields with the command."""
    events = [event for story in STORIES for event in story.events if event.service == service]
    events.sort(key=lambda event: -len(type(event).model_fields.keys() & command.model_fields.keys()))
    for event in events:
        yield to_jsonable_python(event)


def _fitting(name: str, field: FieldInfo, events: list[dict[str, Any]]) -> Iterator[Any]:
    alone = create_model("Alone", **{name: (field.annotation, field)})  # type: ignore[call-overload]
    for value in (*(event[name] for event in events if name in event), *_WORDS):
        try:
            alone.model_validate_json(json.dumps({name: value}))
        except ValidationError:
            continue
        yield value
    raise LookupError(f"no example for {name}")
