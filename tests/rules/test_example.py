"""The example pack shows every value that a pack can have, and may be copied as it is."""

import types
import typing
from collections.abc import Iterator, Mapping

import yaml
from pydantic import BaseModel

from rules.clock_rule import STARTS
from rules.pack import Pack, check_pack, load_new_pack
from rules.shelf import example_pack, published_packs

RAW = example_pack()
WRITTEN = yaml.safe_load(RAW)


def test_it_passes_the_check_and_is_on_no_shelf() -> None:
    assert check_pack(RAW) == []
    assert load_new_pack(RAW).name == "example-county"
    assert "example-county" not in published_packs()


def test_no_value_that_a_pack_can_have_is_left_out() -> None:
    assert sorted(set(_missing(Pack, WRITTEN, "")) - {"digest"}) == []
    starts = {rule["from"] for rule in WRITTEN["clocks"].values()}
    assert set(STARTS) - starts == {"dissatisfied"}, "a case that `decided` starts anew has no clock from there"


def _missing(model: type[BaseModel], written: Mapping[str, object], path: str) -> Iterator[str]:
    """Give the dotted paths of the fields that the file does not write."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key not in written:
            yield f"{path}{key}"
        for part in _models(field.annotation):
            inner = written.get(key)
            if isinstance(inner, Mapping):
                yield from _missing(part, inner, f"{path}{key}.")


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        for part in typing.get_args(annotation):
            yield from _models(part)
