"""The glossary 词汇表: English identifier, Chinese term, meaning, for every word that the system uses.

Events and their fields speak for themselves (contracts/terms.py), the other words have their tables
(contracts/vocabulary.py). Names and texts of rule packs are data and come in as an argument.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel

from contracts import vocabulary
from contracts.event import Event
from contracts.notifications import DigestEntry
from contracts.registry import ALL
from contracts.terms import field_meaning, field_term, meaning_of, term_of
from contracts.vocabulary import Word

_TABLES: Mapping[str, Mapping[str, Word]] = {
    "Roles 角色": vocabulary.ROLES,
    "Stages of a case 件的阶段": vocabulary.CASE_STAGES,
    "Stages of meetings 见面阶段": vocabulary.MEETING_STAGES,
    "Ways to meet 见面方式": vocabulary.MEETING_MODES,
    "Forms of submission 提出方式": vocabulary.FORMS,
    "Ways of delivery 送达方式": vocabulary.DELIVERIES,
    "Clocks 时限": vocabulary.CLOCKS,
    "Units of periods 期限单位": vocabulary.CLOCK_UNITS,
    "Strength of clocks 时限强度": vocabulary.CLOCK_STRENGTHS,
    "Read models 视图": vocabulary.READ_MODELS,
}

_INTRODUCTION = """# Glossary 词汇表

Generated from the contracts by `make docs`; do not edit. A word that is not here names no type. Days are business
dates in Asia/Shanghai, moments are UTC. Texts that are *sealed* can be read only with the key of their case.
"""


class PackWords(NamedTuple):
    """What a rule pack is called, and the answer categories of its schemes."""

    name: str
    title: str
    source: str
    kinds: Sequence[str]
    schemes: Mapping[str, Mapping[str, str]]


def document(packs: Iterable[PackWords]) -> str:
    """Give the glossary as Markdown."""
    parts = [_INTRODUCTION, *_services()]
    for heading, words in _TABLES.items():
        parts.append(f"## {heading}\n" + _table(words))
    listed = list(packs)
    parts.append(_packs(listed))
    parts.append(_categories(listed))
    return "\n".join(parts)


def _services() -> Iterator[str]:
    for service, word in vocabulary.SERVICES.items():
        aggregates = {name: told for (of, name), told in vocabulary.AGGREGATES.items() if of == service}
        yield f"## {service} {word.term}\n{word.meaning}\n\n### Aggregates of {service}\n{_table(aggregates)}"
        events = [event for event in ALL if event.service == service]
        yield f"### Events of {service}\n" + _rows(
            ("Event", "Term", "Meaning", "Aggregate"),
            ((f"`{event.__name__}`", term_of(event), meaning_of(event), event.aggregate) for event in events),
        )
        models: list[type[BaseModel]] = [*events, *([DigestEntry] if service == "notifications" else [])]
        yield f"### Fields of {service}\n" + _rows(("Field", "Term", "Meaning", "Of"), _fields(models))


def _fields(models: Iterable[type[BaseModel]]) -> list[tuple[str, ...]]:
    """Give one row for each meaning of a field, with all that have it; `clocks` is every event's and told once."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for model in models:
        for name in model.model_fields:
            if name not in Event.model_fields:
                told = (f"`{name}`", field_term(model, name), field_meaning(model, name))
                rows.setdefault(told, []).append(model.__name__)
    return [(*told, ", ".join(of)) for told, of in sorted(rows.items())]


def _table(words: Mapping[str, Word]) -> str:
    return _rows(
        ("Identifier", "Term", "Meaning"), ((f"`{name}`", word.term, word.meaning) for name, word in words.items())
    )


def _packs(packs: Iterable[PackWords]) -> str:
    rows = ((f"`{pack.name}`", pack.title, pack.source, ", ".join(pack.kinds)) for pack in packs)
    return "## Rule packs that ship 随附的办理规则\n" + _rows(("Name", "Title", "Source", "Kinds of case"), rows)


def _categories(packs: Iterable[PackWords]) -> str:
    schemes: dict[tuple[str, str, str], list[str]] = {}
    for pack in packs:
        for scheme, letters in pack.schemes.items():
            for letter, meaning in letters.items():
                schemes.setdefault((scheme, letter, meaning), []).append(pack.name)
    rows = (
        (f"`{scheme}`", letter, meaning, ", ".join(of)) for (scheme, letter, meaning), of in sorted(schemes.items())
    )
    return "## Answer categories 办理结果类别\n" + _rows(("Scheme", "Category", "Meaning", "Packs"), rows)


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
