"""Reads a YAML list item by item, so that a long file is never held as a whole.

Every scalar stays the text that the file holds: no octal codes, no dates. One document, as `yaml.load` demands.
"""

from collections.abc import Iterator
from typing import IO, Any

import yaml

LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Of the library in C where there is one: a large file is read many times as fast."""


class NoList(Exception):
    """The document is no list."""


def items(stream: IO[str]) -> Iterator[Any]:
    """Give the items of the list that a document is: texts, lists and mappings.

    *Raises* `NoList`; yaml.YAMLError for what is no YAML, or more than one document.
    """
    events = yaml.parse(stream, Loader=LOADER)
    for event in events:
        if isinstance(event, yaml.SequenceStartEvent):
            break
        if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            raise NoList
    known: dict[str, Any] = {}
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        yield _made(event, events, known)
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            raise _wrong(event, "expected a single document")


def _made(event: Any, events: Iterator[Any], known: dict[str, Any]) -> Any:
    """Make what begins with an event; `known` is what bears an anchor."""
    made: Any
    match event:
        case yaml.AliasEvent():
            if event.anchor not in known:
                raise _wrong(event, f"found undefined alias {event.anchor!r}")
            return known[event.anchor]
        case yaml.ScalarEvent():
            made = event.value
        case yaml.SequenceStartEvent():
            made = []
            while not isinstance(inner := next(events), yaml.SequenceEndEvent):
                made.append(_made(inner, events, known))
        case _:
            made = {}
            while not isinstance(inner := next(events), yaml.MappingEndEvent):
                made[_key(inner, events, known)] = _made(next(events), events, known)
    if event.anchor is not None:
        known[event.anchor] = made
    return made


def _key(event: Any, events: Iterator[Any], known: dict[str, Any]) -> str:
    """Make the key of a mapping, which is a text."""
    made = _made(event, events, known)
    if not isinstance(made, str):
        raise _wrong(event, "found unhashable key")
    return made


def _wrong(event: Any, what: str) -> yaml.YAMLError:
    return yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)
