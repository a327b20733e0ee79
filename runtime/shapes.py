"""Shapes: JSON Schemas of what requests are answered, taken from the columns of the read models that answer them.

A column that is added to a read model is documented by that alone. Shapes describe, they check nothing: an answer
costs no second validation; tests hold answers and shapes against each other.
"""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import TypeAdapter

from runtime.paging import LIMIT_MAX
from runtime.tables import Table

Schema = dict[str, Any]

_TYPES: Mapping[str, Schema] = {
    "text": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
    "date": {"type": "string", "format": "date"},
    "timestamptz": {"type": "string", "format": "date-time"},
    "int": {"type": "integer"},
    "bigint": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "jsonb": {},
    "text[]": {"type": "array", "items": {"type": "string"}},
}


def column(kind: str) -> Schema:
    """Give the schema of a column, e.g. `text NOT NULL`.

    Raises: KeyError for a type that no column has had yet.
    """
    name, _, rest = kind.partition(" ")
    schema = _TYPES[name]
    if "NOT NULL" in rest or not schema:
        return schema
    return {**schema, "type": [schema["type"], "null"]}


def shape(optional: Collection[str] = (), /, **fields: str | Schema) -> Schema:
    """Give an object with these fields, each a column's type or a schema; those not `optional` are always there."""
    properties = {name: column(told) if isinstance(told, str) else told for name, told in fields.items()}
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def row(table: Table[Any], *without: str, optional: Collection[str] = (), **more: str | Schema) -> Schema:
    """Give a row of a read model as it is shown: its id and columns but for some, and what is joined to it."""
    columns = {name: kind for name, kind in table.columns.items() if name not in without}
    return shape(optional, id="text NOT NULL", **{**columns, **more})


def listed(item: Schema) -> Schema:
    """Give an array of these."""
    return {"type": "array", "items": item}


def mapped(value: Schema | str) -> Schema:
    """Give an object whose keys are data."""
    return {"type": "object", "additionalProperties": column(value) if isinstance(value, str) else value}


def page_of(item: Schema) -> Schema:
    """Give a keyset page of these; `next` is there when more follow (runtime/paging.py)."""
    following = {"type": "string", "description": "下一页的 after"}
    return shape(("next",), items={**listed(item), "maxItems": LIMIT_MAX}, next=following)


def model(described: Any) -> Schema:
    """Give the schema of a pydantic model or any other type as it is written to JSON, without references."""
    schema = TypeAdapter(described).json_schema(mode="serialization")
    definitions = schema.pop("$defs", {})

    def inlined(part: Any) -> Any:
        match part:
            case {"$ref": str(ref), **rest}:
                return {**inlined(definitions[ref.rpartition("/")[2]]), **rest}
            case dict():
                return {key: inlined(value) for key, value in part.items()}
            case list():
                return [inlined(value) for value in part]
            case _:
                return part

    return dict(inlined(schema))
