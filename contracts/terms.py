"""The Chinese term of the trade for every event and its fields, read from the one place where it is written down.

An event's term is the first run of Chinese characters in its docstring; a field's stands before the colon that opens
its description (`届: term of the body`). Whatever shows an event to people, and docs/glossary.md, takes it from here.
"""

import inspect
import re

from pydantic import BaseModel

from contracts.event import Event

_TERM = re.compile(r"[\u3400-\u9fff]+")
_FIELD = re.compile(r"([\u3400-\u9fff]+): (?=\S)")


def term_of(event_class: type[Event]) -> str:
    """Give the Chinese term of an event, e.g. 立案 for ProposalRegistered.

    Raises: ValueError when its docstring names none.
    """
    found = term_in(meaning_of(event_class))
    if not found:
        raise ValueError(f"the docstring of {event_class.__name__} names no Chinese term")
    return found


def term_in(text: str) -> str:
    """Give the first run of Chinese characters in a text, empty when there is none."""
    found = _TERM.search(text)
    return found.group() if found else ""


def meaning_of(described: type) -> str:
    """Give the first paragraph of a class's own docstring, on one line."""
    return " ".join(inspect.cleandoc(described.__doc__ or "").split("\n\n")[0].split())


def field_term(model: type[BaseModel], name: str) -> str:
    """Give the Chinese term of a field, e.g. 届 for `term`; empty when its description begins with none."""
    found = _FIELD.match(model.model_fields[name].description or "")
    return found.group(1) if found else ""


def field_meaning(model: type[BaseModel], name: str) -> str:
    """Give what a field means, with its unit, without the Chinese term."""
    return _FIELD.sub("", model.model_fields[name].description or "", count=1)


def value_term(event: type[Event], name: str, value: str) -> str:
    """Give a value's Chinese term as the field's description tells it (`single 个人`), else the value itself."""
    description = event.model_fields[name].description or ""
    found = re.search(rf"(?<![\w-]){re.escape(value)} ([\u3400-\u9fff]+)", description)
    return found[1] if found else value
