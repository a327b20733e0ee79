"""Photos: sealed before they are stored, stored once, checked for what they are, swept when nobody names them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from nats.js.object_store import ObjectStore

from contracts.envelope import digest_of
from runtime.refusals import Refusal
from services.meetings.photos import PHOTO_LIMIT, image_type
from yishi.stack import Stack


def code(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("urn:yishi:problem:")


async def stored(stack: Stack) -> dict[str, bytes]:
    """Give what the object store holds, by digest."""
    connection = await stack.nats.connect("operator")
    try:
        store: ObjectStore = await connection.jetstream().object_store("sealed-meetings")
        files = {}
        for entry in await store.list(ignore_deletes=True):
            result = await store.get(str(entry.name))
            files[f"sha256:{entry.name}"] = result.data or b""
        return files
    finally:
        await connection.close()


async def test_a_photo_is_stored_sealed_under_the_digest_of_its_ciphertext(
    desk: Any, photo: bytes, stack: Stack
) -> None:
    answer = await desk.upload(photo)
    assert (answer.status_code, answer.json()["size"], answer.json()["media_type"]) == (201, len(photo), "image/png")
    sealed = (await stored(stack))[answer.json()["digest"]]
    assert digest_of(sealed) == answer.json()["digest"]
    assert photo[:8] not in sealed
    assert photo[40:60] not in sealed


async def test_the_same_upload_twice_is_stored_once_and_another_one_apart(
    desk: Any, photo: bytes, stack: Stack
) -> None:
    key = str(uuid4())
    before = set(await stored(stack))
    first, again = [await desk.upload(photo, key=key) for _ in range(2)]
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert set(await stored(stack)) - before == {first.json()["digest"]}
    other = await desk.upload(photo)
    assert other.json()["digest"] != first.json()["digest"]
    reused = await desk.upload(photo + b"\x00", key=key)
    assert (reused.status_code, code(reused)) == (422, "idempotency-key-reused")
    assert set(await stored(stack)) - before == {first.json()["digest"], other.json()["digest"]}


async def test_a_photo_as_a_telephone_takes_it_is_stored_and_shown_again(desk: Any, photo: bytes) -> None:
    large = photo + bytes(range(256)) * 16_000
    uploaded = (await desk.upload(large)).json()
    assert uploaded["size"] == len(large) > 4_000_000
    met = (await desk.record(evidence=[uploaded["digest"]])).json()
    shown = await desk.get(desk.handler, f"/handler-meetings/{met['id']}/photos/{uploaded['digest']}")
    assert shown.content == large


async def test_what_is_no_photo_is_refused_and_not_stored(desk: Any, photo: bytes, stack: Stack) -> None:
    before = await stored(stack)
    answers = [
        await desk.upload(photo, media_type="application/pdf"),
        await desk.upload(photo, media_type="image/jpeg"),
        await desk.upload(b""),
        await desk.upload(photo + bytes(PHOTO_LIMIT)),
        await desk.upload(photo, who=desk.other_handler),
        await desk.upload(photo, who=desk.member),
        await desk.upload(photo, key="a b"),
    ]
    assert [(answer.status_code, code(answer)) for answer in answers] == [
        (415, "photo.type_unsupported"),
        (422, "photo.content_differs"),
        (422, "photo.content_differs"),
        (413, "body-too-large"),
        (403, "forbidden"),
        (403, "forbidden"),
        (400, "malformed-request"),
    ]
    assert await stored(stack) == before


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n..."),
        ("image/jpeg; q=1", b"\xff\xd8\xff\xe0..."),
        ("IMAGE/WEBP", b"RIFF\x00\x00\x00\x00WEBPVP8 "),
    ],
)
def test_a_photo_is_what_its_first_bytes_say(declared: str, content: bytes) -> None:
    assert image_type(declared, content) == declared.partition(";")[0].lower()
    with pytest.raises(Refusal) as refusal:
        image_type(declared, b"GIF89a" + content)
    assert refusal.value.code == "photo.content_differs"


async def test_a_photo_of_one_case_proves_nothing_in_another(desk: Any, photo: bytes, hand_over: Any) -> None:
    digest = (await desk.upload(photo)).json()["digest"]
    other = await hand_over(desk.case.county)
    said = {"case": str(other.id), "unit": str(other.lead), "member": str(other.member), "mode": "in_person"}
    handler = desk.person("person:qian", "handler", unit=str(other.lead))
    answer = await desk.record(who=handler, evidence=[digest], headers={"at-least": other.position}, **said)
    assert (answer.status_code, code(answer)) == (409, "meeting.evidence_unknown")


async def test_orphans_are_removed_a_day_later_and_named_photos_never(desk: Any, photo: bytes, stack: Stack) -> None:
    named = (await desk.upload(photo)).json()["digest"]
    meeting = (await desk.record(mode="in_person", evidence=[named])).json()["id"]
    orphan, young = [(await desk.upload(photo)).json()["digest"] for _ in range(2)]
    now = datetime.now(UTC)

    async def sweep(after: timedelta) -> set[str]:
        answer = await desk.post(desk.operator, "/photos/sweep", now=(now + after).isoformat())
        assert answer.status_code == 200
        return {item["digest"] for item in answer.json()["removed"]}

    assert await sweep(timedelta(hours=23)) == set()
    assert (await desk.record(mode="in_person", evidence=[young])).status_code == 201
    assert await sweep(timedelta(hours=25)) == set()
    late = await desk.record(mode="in_person", evidence=[orphan])
    assert code(late) == "meeting.evidence_unknown"
    removed = await sweep(timedelta(hours=26))
    assert orphan in removed
    assert not {named, young} & removed
    files = await stored(stack)
    assert orphan not in files
    assert {named, young} <= files.keys()
    seen = await desk.get(desk.member, f"/handler-meetings/{meeting}/photos/{named}")
    assert seen.content == photo
    assert (await desk.post(desk.committee, "/photos/sweep")).status_code == 403
