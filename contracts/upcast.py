"""Old events, read as if they had been written today: a chain of pure steps from version to version.

A step takes the `data` of one stored version and gives the `data` of the next. Steps are chained until the
newest version is reached, so each is written once and never changed again.
"""

from collections.abc import Callable, Mapping
from typing import Any

Step = Callable[[dict[str, Any]], dict[str, Any]]


def upcast(type_name: str, data: dict[str, Any], chain: Mapping[str, tuple[str, Step]]) -> tuple[str, dict[str, Any]]:
    """Give the newest type and data that an old type and data stand for.

    Raises: ValueError when the chain turns in a circle.
    """
    seen = {type_name}
    while type_name in chain:
        type_name, step = chain[type_name]
        if type_name in seen:
            raise ValueError(f"the upcast chain comes back to {type_name}")
        seen.add(type_name)
        data = step(dict(data))
    return type_name, data
