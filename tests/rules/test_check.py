"""Checking a pack before anybody adopts it names every mistake, by line."""

import pytest

from rules.pack import PackError, check_pack, load_pack
from rules.shelf import published_packs

PACKS = published_packs()
BAD = """\
name: bad
titel: 错字
title: 样例
kinds: [npc_suggestion]
source: 样例办法
clocks:
  reply: {amount: three, unit: month, from: handed_over, for: lead}
  contact: {amount: 5, unit: workday, from: handed_over, for: lead}
  rating: {by: 9-31, from: reply_received, for: member}
"""


def found(raw: str) -> list[tuple[int | None, str, str]]:
    return [(error.line, error.path, error.code) for error in check_pack(raw.encode())]


def test_every_mistake_is_named_with_its_line_and_not_the_first_alone() -> None:
    assert found(BAD) == [
        (2, "titel", "pack.unknown_field"),
        (7, "clocks.reply.amount", "pack.not_a_value"),
        (8, "clocks.contact.unit", "pack.bad_value"),
        (9, "clocks.rating.by", "pack.impossible_date"),
    ]


def test_loading_the_same_bytes_refuses_with_the_first_of_them() -> None:
    with pytest.raises(PackError) as refused:
        load_pack(BAD.encode())
    assert refused.value.code in {code for _, _, code in found(BAD)}


def test_a_blank_fails_the_check_although_the_pack_can_be_read() -> None:
    blanks = PACKS["city-medical-insurance-bureau"]
    codes = {code for _, _, code in found(blanks.decode())}
    assert codes == {"pack.undefined"}
    assert {path for _, path, _ in found(blanks.decode())} == load_pack(blanks).undefined_paths().keys()


def test_contradictions_between_parts_are_all_named() -> None:
    raw = BAD.replace("titel: 错字\n", "").partition("clocks:")[0]
    raw += "extension: {cap: later}\nratings: {words: [满意], rehandle_on: [不满意]}\nchosen: [clocks.reply.for]\n"
    assert [(path, code) for _, path, code in found(raw)] == [
        ("extension.cap", "pack.unknown_path"),
        ("ratings.rehandle_on", "pack.unknown_path"),
        ("chosen.0", "pack.unknown_path"),
    ]


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"- a\n- b\n", b"a: [", b"a: 1\na: 2\n"])
def test_what_cannot_be_read_at_all_is_one_mistake(raw: bytes) -> None:
    (error,) = check_pack(raw)
    assert error.code in ("pack.unreadable", "pack.repeated_field")


@pytest.mark.parametrize("name", sorted(set(PACKS) - {"city-medical-insurance-bureau"}))
def test_every_other_shipped_pack_passes(name: str) -> None:
    assert found(PACKS[name].decode()) == []
