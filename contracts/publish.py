"""Publish the shared language: JSON Schemas of every event, and a golden sample of each that has none yet.

`python -m contracts.publish` rewrites `schemas/` from the code and adds missing files to `samples/`. A sample, once
there, is never rewritten: it stands for events that lie in somebody's log. Whoever changes an event so that its
sample no longer holds gives it a new version and an upcast instead. Schemas of past versions stay.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts.envelope import Envelope, command_id, digest_of, event_id
from contracts.event import Event
from contracts.examples import STORIES
from contracts.examples.story import COUNTY, Story
from contracts.registry import EVENTS

FOLDER = Path(__file__).parent
SCHEMAS = FOLDER / "schemas"
SAMPLES = FOLDER / "samples"
ENVELOPE = "envelope"

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FIRST = datetime(2005, 1, 4, 1, 30, tzinfo=UTC)
_AHEAD = ("until_on", "due_on")
"""Dates of an event that lie ahead of it."""


def schemas() -> dict[str, str]:
    """Give every JSON Schema by name: one for the envelope, one for the data of each event type."""
    written = {ENVELOPE: _schema(ENVELOPE, Envelope[Any].model_json_schema() | {"title": "Envelope"})}
    return written | {name: _schema(name, event.model_json_schema()) for name, event in EVENTS.items()}


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    document = {"$schema": _DIALECT, "$id": f"urn:yishi:schema:{name}", **schema}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def samples() -> dict[str, bytes]:
    """Give an example of every event as the log would store it, by type: the first that the stories tell."""
    found: dict[str, bytes] = {}
    for story in STORIES:
        for envelope in chained(story):
            found.setdefault(envelope.type, envelope.encode())
    return found


def chained(story: Story) -> Iterator[Envelope[Any]]:
    """Give the story's events in their envelopes, each with the hash of the one before."""
    previous: str | None = None
    recorded = _FIRST
    for version, event in enumerate(story.events, 1):
        command = command_id(COUNTY, story.actor, f"{story.aggregate}/{story.id}/{version}")
        recorded = max(recorded + timedelta(minutes=1), _recorded(event))
        envelope = Envelope[Any](
            id=event_id(command),
            source=f"urn:yishi:{event.service}",
            type=event.type_name(),
            subject=f"{story.aggregate}/{story.id}",
            time=recorded,
            county=COUNTY,
            actor=story.actor,
            actorrole=story.role,
            tokenid=str(event_id(event_id(command))),
            commandid=command,
            commanddigest="hmac-" + digest_of(f"{story.id}/{version}".encode()),
            correlationid=f"example-{story.aggregate}-{version}",
            version=version,
            prevhash=previous,
            data=event,
        )
        previous = digest_of(envelope.encode())
        yield envelope


def _recorded(event: Event) -> datetime:
    """Give the morning, in Changsha, of the latest business date that an event speaks of as past or present."""
    days = [value for name, value in event if isinstance(value, date) and name not in _AHEAD]
    return max([_FIRST, *(datetime(day.year, day.month, day.day, 1, 30, tzinfo=UTC) for day in days)])


def publish(schema_folder: Path = SCHEMAS, sample_folder: Path = SAMPLES) -> list[Path]:
    """Write all schemas and the missing samples; give the files that changed."""
    schema_folder.mkdir(exist_ok=True)
    sample_folder.mkdir(exist_ok=True)
    changed = []
    for name, text in schemas().items():
        path = schema_folder / f"{name}.json"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(path)
    for name, raw in samples().items():
        path = sample_folder / f"{name}.json"
        if not path.exists():
            path.write_bytes(raw)
            changed.append(path)
    return changed


if __name__ == "__main__":
    for path in publish():
        print(path.relative_to(FOLDER.parent))
