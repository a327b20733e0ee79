"""Sealed texts and files: what was altered or moved elsewhere is not opened, and a destroyed key opens nothing."""

import base64
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from contracts.sealed import Sealed
from runtime import vault
from runtime.refusals import CaseErased
from runtime.sealing import SealBroken, seal, seal_file, unseal, unseal_file

if TYPE_CHECKING:
    from tests.conftest import Running

KEY, CASE, COUNTY = b"k" * 32, uuid4(), "430000"
TEXT = "建议修建村道, 联系人面谈。"


def test_a_sealed_text_opens_to_what_was_written_and_looks_different_each_time() -> None:
    one, two = (seal(KEY, COUNTY, CASE, "body", TEXT) for _ in range(2))
    assert (unseal(KEY, COUNTY, one), unseal(KEY, COUNTY, two)) == (TEXT, TEXT)
    assert one.text != two.text
    assert TEXT not in one.model_dump_json()


def _flipped(text: str) -> str:
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[len(raw) // 2] ^= 1
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda sealed: {"text": _flipped(sealed.text)},
        lambda sealed: {"nonce": _flipped(sealed.nonce)},
        lambda sealed: {"label": "reply"},
        lambda sealed: {"case": uuid4()},
        lambda sealed: {"text": ""},
        lambda sealed: {"text": "长"},
        lambda sealed: {"nonce": "A"},
    ],
    ids=["a byte of the text", "a byte of the nonce", "the place", "the case", "no text", "no base64", "no nonce"],
)
def test_a_text_that_was_altered_or_put_elsewhere_stays_closed(change: object) -> None:
    assert callable(change)
    sealed = seal(KEY, COUNTY, CASE, "body", TEXT)
    altered = Sealed.model_construct(**(sealed.model_dump() | change(sealed)))
    with pytest.raises(SealBroken):
        unseal(KEY, COUNTY, altered)


def test_a_text_does_not_open_with_another_key_or_in_another_county() -> None:
    sealed = seal(KEY, COUNTY, CASE, "body", TEXT)
    for key, county in ((b"x" * 32, COUNTY), (KEY, "430001")):
        with pytest.raises(SealBroken):
            unseal(key, county, sealed)


def test_a_file_that_was_altered_is_not_the_one_that_the_event_names() -> None:
    about, stored = seal_file(KEY, COUNTY, CASE, "image/png", b"picture")
    assert unseal_file(KEY, COUNTY, about, stored) == b"picture"
    with pytest.raises(SealBroken):
        unseal_file(KEY, COUNTY, about, stored[:-1] + bytes([stored[-1] ^ 1]))
    with pytest.raises(SealBroken):
        unseal_file(KEY, COUNTY, about.model_copy(update={"case": uuid4()}), stored)


async def test_the_vault_keeps_one_key_a_case_and_never_makes_another_after_it_was_destroyed(
    members: "Running",
) -> None:
    case, other = uuid4(), uuid4()
    async with members.process.database.owner() as db:
        key = await vault.key_for(db, members.county, case)
        assert await vault.key_for(db, members.county, case) == key
        assert await vault.key_for(db, "999999", case) != key
        pair = (members.county, case)
        assert await vault.keys_of(db, [pair, (members.county, other)]) == {pair: key}
        await vault.destroy(db, [pair, (members.county, other)])
        assert await vault.keys_of(db, [pair]) == {}
        for gone in (case, other):
            with pytest.raises(CaseErased):
                await vault.key_for(db, members.county, gone)
