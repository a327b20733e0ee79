"""The review of a case as a query shows it, with its texts for those who may read them."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from contracts.sealed import Sealed
from runtime.shapes import Schema, model
from services.proposals.case.review_state import Review

Opened = Callable[[Sealed | None], str | None]


def shown(part: Any, opened: Opened) -> Any:
    """Give a part of the state as JSON, each sealed text as whoever asks may read it."""
    match part:
        case Sealed():
            return opened(part)
        case BaseModel():
            return {name: shown(getattr(part, name), opened) for name in type(part).model_fields}
        case dict():
            return {str(key): shown(value, opened) for key, value in part.items()}
        case tuple() | list():
            return [shown(value, opened) for value in part]
        case _:
            return to_jsonable_python(part)


def _with_texts(schema: Any) -> Any:
    match schema:
        case {"title": "Sealed"}:
            return {"type": ["string", "null"]}
        case dict():
            return {key: _with_texts(value) for key, value in schema.items()}
        case list():
            return [_with_texts(value) for value in schema]
        case _:
            return schema


REVIEW_SHOWN: Schema = _with_texts(model(Review))
