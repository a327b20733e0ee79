"""The streams are made once and never changed."""

import json

import pytest

from yishi.stack import Stack
from yishi.streams import StreamDiffers, ensure_streams


async def test_streams_that_are_as_they_must_be_stay_untouched(servers: Stack) -> None:
    client = await servers.nats.connect("operator")
    before = (await client.jetstream().stream_info("EVENTS")).as_dict()
    await ensure_streams(client)
    assert (await client.jetstream().stream_info("EVENTS")).as_dict()["config"] == before["config"]
    streams = {info.config.name for info in await client.jetstream().streams_info()}
    assert streams == {"EVENTS", "OBJ_sealed-meetings"}
    await client.close()


async def test_a_stream_with_other_settings_is_reported_and_left_alone(stack: Stack) -> None:
    await stack.start()
    client = await stack.nats.connect("operator")
    await client.jetstream().delete_stream("OBJ_sealed-meetings")
    weaker = {"name": "OBJ_sealed-meetings", "subjects": ["$O.sealed-meetings.>"], "max_msgs": 5}
    await client.request("$JS.API.STREAM.CREATE.OBJ_sealed-meetings", json.dumps(weaker).encode(), timeout=5)
    with pytest.raises(StreamDiffers) as refusal:
        await ensure_streams(client)
    assert all(word in str(refusal.value) for word in ("OBJ_sealed-meetings", "max_msgs", "subjects"))
    assert (await client.jetstream().stream_info("OBJ_sealed-meetings")).config.max_msgs == 5
    await client.close()


async def test_a_log_that_was_weakened_stops_the_start(stack: Stack) -> None:
    await stack.start()
    client = await stack.nats.connect("operator")
    config = json.loads((await client.request("$JS.API.STREAM.INFO.EVENTS", timeout=5)).data)["config"]
    weaker = {**config, "max_age": 3_600_000_000_000}
    answer = await client.request("$JS.API.STREAM.UPDATE.EVENTS", json.dumps(weaker).encode(), timeout=5)
    assert "error" not in json.loads(answer.data)
    await client.close()
    await stack.stop()
    with pytest.raises(StreamDiffers, match="max_age"):
        await stack.start()
    assert not stack.nats.process.running
