"""What an import is asked to do with rows 导入, and what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.proposals.importing.rows import Problem


@dataclass(frozen=True)
class Asked:
    """What is to be done with the rows."""

    rows: Sequence[tuple[int, Mapping[str, Any]]]
    file: str
    """sha256:… of the file that they come from."""
    apply: bool
    confirm: bool
    """Rows that differ from what was imported become corrections."""


@dataclass
class Done:
    """What became of the rows, each by its number in the file."""

    new: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    corrected: list[int] = field(default_factory=list)
    changed: dict[int, list[str]] = field(default_factory=dict)
    """Rows that differ and wait for confirmation: in which columns."""
    problems: list[Problem] = field(default_factory=list)
    cases: dict[int, UUID] = field(default_factory=dict)
    events: int = 0
    sequence: int = 0
