"""Checking a pack before anybody adopts it names every mistake, by line."""

import pytest

from rules.pack import PackError, check_pack, load_new_pack, load_pack
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


NEVER = """\
name: never
title: 样例
kinds: [npc_suggestion]
source: 样例办法
effective_from: 2026-01-01
effective_until: 2025-12-31
clocks:
  reply: {amount: 3, unit: month, from: handover, for: lead}
ratings: {words: [满意, 满意, 不满意]}
rates: {satisfied: [很满意]}
draft_consultation: {formal_reply_after: [同意]}
"""


def test_what_could_be_read_and_would_wait_for_ever_is_named() -> None:
    assert found(NEVER) == [
        (6, "effective_until", "pack.span_disordered"),
        (8, "clocks.reply.from", "pack.unknown_start"),
        (9, "ratings.words", "pack.repeated_word"),
        (10, "rates.satisfied", "pack.unknown_path"),
        (11, "draft_consultation.formal_reply_after", "pack.unknown_path"),
    ]
    (start,) = [error for error in check_pack(NEVER.encode()) if error.code == "pack.unknown_start"]
    assert start.reason.startswith("没有事件“handover”；起算事件只有：handed_over（交办）、received（收到）")


def test_a_pack_that_was_adopted_before_is_read_although_no_new_one_like_it_is_taken() -> None:
    raw = NEVER.replace("rates: {satisfied: [很满意]}\n", "").encode()
    assert load_pack(raw).clocks["reply"].from_ == "handover"
    with pytest.raises(PackError) as refused:
        load_new_pack(raw)
    assert refused.value.code == "pack.unknown_start"


def test_silence_stands_for_a_word_that_the_pack_has() -> None:
    raw = NEVER.partition("effective_from")[0] + "ratings: {words: [满意, 不满意], silence: {counts_as: 弃权}}\n"
    assert found(raw) == [(5, "ratings.silence.counts_as", "pack.unknown_path")]
    own_words = NEVER.partition("effective_from")[0] + "ratings: {words_elsewhere: [弃权]}\n"
    assert found(own_words) == []


def test_what_counts_as_satisfied_is_what_does_not_lead_to_another_round_unless_the_pack_says() -> None:
    head = NEVER.partition("effective_from")[0]
    four = head + "ratings: {words: [很满意, 满意, 一般, 不满意], rehandle_on: [一般, 不满意]}\n"
    assert load_pack(four.encode()).satisfied == ("很满意", "满意")
    assert load_pack((four + "rates: {satisfied: [很满意]}\n").encode()).satisfied == ("很满意",)
    assert [load_pack(four.encode()).place_of(word) for word in ("很满意", "不满意", "未表态")] == [1, 4, None]
