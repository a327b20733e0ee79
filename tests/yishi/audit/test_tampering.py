"""One event altered, dropped or reordered in an export is found and named, the same by both verifiers.

The forger knows the format: he computes every chain of the file anew, so that only the events can betray him.
"""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contracts.envelope import digest_of
from yishi.verification import Break
from yishi.verify_file import Checks, run, verify_file

if TYPE_CHECKING:
    from tests.yishi.audit.conftest import Lines, Verify, World

Editor = Callable[[str], "Lines"]
_BROKEN = re.compile(r"BROKEN (\w+) line=(\S+) sequence=(\S+) event=(\S+) type=(\S+) ")


async def broken(path: Path, independent: "Verify") -> Break:
    """Give the break that both verifiers name."""
    with pytest.raises(Break) as found:
        verify_file(path, Checks())
    ours = found.value
    code, out = await independent(path)
    assert code == 1
    match = _BROKEN.match(out)
    assert match, out
    assert (match[1], match[2]) == (ours.code, str(ours.line))
    if ours.event is not None:
        assert match.groups()[2:] == (str(ours.sequence), ours.event, ours.type)
    return ours


def own(lines: "Lines", name: str) -> int:
    """Give the line of the case's first event of a kind."""
    return lines.line_of(lambda content: f".{name}.v" in content["headers"]["Yishi-Type"])


def headed(lines: "Lines", line: int, **headers: str | None) -> None:
    changed = lines.contents[line - 1]["headers"] | {name.replace("_", "-"): v for name, v in headers.items()}
    lines.contents[line - 1]["headers"] = {name: value for name, value in changed.items() if value is not None}


def cut_body(lines: "Lines", line: int) -> None:
    raw = base64.b64decode(lines.contents[line - 1]["body"])[:-10]
    lines.contents[line - 1]["body"] = base64.b64encode(raw).decode()


FIRST: dict[str, Callable[["Lines", int], object]] = {
    "foreign_header": lambda lines, n: headed(lines, n, Nats_Stream="EVENTS"),
    "expected_sequence_missing": lambda lines, n: headed(lines, n, Nats_Expected_Last_Subject_Sequence=None),
    "expected_sequence_wrong": lambda lines, n: headed(lines, n, Nats_Expected_Last_Subject_Sequence="1"),
    "subject_invalid": lambda lines, n: lines.contents[n - 1].update(subject="evt.elsewhere"),
    "subject_differs": lambda lines, n: lines.edit(n, subject="proposal/another"),
    "type_differs": lambda lines, n: headed(lines, n, Yishi_Type="yishi.proposals.ProposalClosed.v1"),
    "not_an_event": cut_body,
    "version_wrong": lambda lines, n: lines.edit(n, version=2),
    "chain_broken": lambda lines, n: lines.edit(n, prevhash="sha256:" + "0" * 64),
    "time_without_zone": lambda lines, n: lines.edit(n, time="2005-02-16T01:30:00"),
    "time_differs": lambda lines, n: lines.edit(n, simulated=None),
    "event_id_wrong": lambda lines, n: lines.edit(n, id="0f911531-7e78-5f5c-bde9-91b3c85daaba"),
    "actor_missing": lambda lines, n: lines.edit(n, actor=" "),
    "authority_missing": lambda lines, n: lines.edit(n, onbehalfof="member:somebody"),
}
"""What may be wrong with the case's first event alone."""


@pytest.mark.parametrize("code", FIRST)
async def test_an_event_that_no_honest_append_wrote_is_named_with_what_is_wrong(
    lines: Editor, independent: "Verify", tmp_path: Path, code: str
) -> None:
    forged = lines("case")
    line = own(forged, "ProposalSubmitted")
    FIRST[code](forged, line)
    found = await broken(forged.write(tmp_path / "forged.jsonl"), independent)
    assert (found.code, found.line) == (code, line)


OF_ANOTHER_KIND: tuple[dict[str, Any], ...] = (
    {"time": 1_108_517_400},
    {"time": 1_108_517_400.5},
    {"time": "1108517400"},
    {"time": "2005-02-16"},
    {"time": "2005-02-16 01:30:00+00:00"},
    {"time": "20050216T013000Z"},
    {"time": True},
    {"simulated": 1},
    {"simulated": 0},
    {"simulated": "true"},
    {"version": "1"},
    {"version": 1.0},
    {"version": True},
    {"version": 0},
)


@pytest.mark.parametrize("changes", OF_ANOTHER_KIND, ids=str)
async def test_an_attribute_of_another_kind_makes_no_event_for_either_verifier(
    lines: Editor, independent: "Verify", tmp_path: Path, changes: dict[str, Any]
) -> None:
    forged = lines("case")
    line = own(forged, "ProposalSubmitted")
    forged.edit(line, **changes)
    found = await broken(forged.write(tmp_path / "forged.jsonl"), independent)
    assert (found.code, found.line) == ("not_an_event", line)


async def test_an_altered_event_breaks_the_chain_at_the_next_event_of_its_aggregate(
    lines: Editor, independent: "Verify", tmp_path: Path
) -> None:
    forged = lines("case")
    line = own(forged, "ReplySigned")
    data = forged.body(line)["data"]
    forged.edit(line, data={**data, "signed_on": "2005-04-29"})
    found = await broken(forged.write(tmp_path / "forged.jsonl"), independent)
    assert (found.code, found.line) == ("chain_broken", own(forged, "ReplyStamped"))


async def test_an_altered_last_event_of_an_aggregate_is_betrayed_by_the_manifest(
    lines: Editor, independent: "Verify", tmp_path: Path
) -> None:
    forged = lines("case")
    line = own(forged, "HandlerMet")
    forged.edit(line, data={**forged.body(line)["data"], "met_on": "2005-03-01"})
    found = await broken(forged.write(tmp_path / "forged.jsonl"), independent)
    assert (found.code, found.line, found.event) == (
        "manifest_differs",
        len(forged.contents),
        forged.body(line)["id"],
    )
    assert found.sequence == forged.contents[line - 1]["sequence"]


@pytest.mark.parametrize(("export", "code"), [("case", "expected_sequence_wrong"), ("all", "sequence_gap")])
async def test_a_dropped_event_is_missed_where_it_was(
    lines: Editor, independent: "Verify", tmp_path: Path, export: str, code: str
) -> None:
    forged = lines(export)
    line = own(forged, "ReplyReviewed")
    del forged.contents[line - 1]
    found = await broken(forged.write(tmp_path / "forged.jsonl"), independent)
    assert (found.code, found.line) == (code, line)


async def test_a_whole_aggregate_that_was_dropped_is_missed_by_the_manifest(
    lines: Editor, independent: "Verify", tmp_path: Path
) -> None:
    forged = lines("case")
    line = own(forged, "ReminderSent")
    reminder = forged.body(line)["id"]
    del forged.contents[line - 1]
    found = await broken(forged.write(tmp_path / "forged.jsonl"), independent)
    assert (found.code, found.event) == ("manifest_differs", reminder)


@pytest.mark.parametrize("export", ["case", "all"])
async def test_events_in_another_order_are_noticed(
    lines: Editor, independent: "Verify", tmp_path: Path, export: str
) -> None:
    forged = lines(export)
    first, second = own(forged, "ReplyDrafted"), own(forged, "ReplyReviewed")
    contents = forged.contents
    contents[first - 1], contents[second - 1] = contents[second - 1], contents[first - 1]
    found = await broken(forged.write(tmp_path / "forged.jsonl"), independent)
    wanted = {"case": "expected_sequence_wrong", "all": "sequence_gap"}[export]
    assert (found.code, found.line) == (wanted, first)
    for place in (first, second):
        contents[place - 1]["sequence"] = forged.contents[first - 2]["sequence"] + place - first + 1
    found = await broken(forged.write(tmp_path / "forged.jsonl"), independent)
    assert (found.code, found.line) == ("expected_sequence_wrong", first)


async def test_a_doubled_event_and_a_repeated_command_are_noticed(
    lines: Editor, independent: "Verify", tmp_path: Path
) -> None:
    forged = lines("case")
    line = own(forged, "ReplyReviewed")
    forged.contents.insert(line, dict(forged.contents[line - 1]))
    found = await broken(forged.write(tmp_path / "forged.jsonl"), independent)
    assert (found.code, found.line) == ("sequence_not_rising", line + 1)
    forged = lines("case")
    before = forged.body(own(forged, "ReplyDrafted"))
    forged.edit(line, commandid=before["commandid"], id=before["id"])
    found = await broken(forged.write(tmp_path / "forged.jsonl"), independent)
    assert (found.code, found.line) == ("command_repeated", line)
    forged = lines("case")
    forged.edit(line, time="2005-01-01T00:00:00Z")
    assert (await broken(forged.write(tmp_path / "forged.jsonl"), independent)).code == "time_went_back"


def no_manifest(lines: "Lines") -> None:
    lines.contents.pop()


def after_manifest(lines: "Lines") -> None:
    lines.contents.append(dict(lines.contents[1]))


WHOLE: dict[str, tuple[str, Callable[["Lines"], Any]]] = {
    "not_an_export": ("case", lambda lines: lines.contents[0].update(format="yishi-export/0")),
    "manifest_missing": ("case", no_manifest),
    "lines_after_manifest": ("case", after_manifest),
    "manifest_differs": ("all", lambda lines: lines.manifest.update(events=7)),
    "case_missing": ("case", lambda lines: lines.contents[0]["asked"].update(case="another")),
    "not_asked_for": ("county", lambda lines: lines.contents[0]["asked"].update(county="430001")),
    "head_differs": ("all", lambda lines: lines.contents[0]["head"].update(hash="sha256:" + "0" * 64)),
}


@pytest.mark.parametrize("code", WHOLE)
async def test_a_header_or_manifest_that_does_not_fit_the_events_is_noticed(
    lines: Editor, independent: "Verify", tmp_path: Path, code: str
) -> None:
    export, alter = WHOLE[code]
    forged = lines(export)
    alter(forged)
    assert (await broken(forged.write(tmp_path / "forged.jsonl"), independent)).code == code


async def test_the_head_of_an_export_of_everything_is_its_last_event(
    lines: Editor, independent: "Verify", tmp_path: Path
) -> None:
    forged = lines("all")
    forged.contents[0]["head"]["sequence"] += 1
    assert (await broken(forged.write(tmp_path / "forged.jsonl"), independent)).code == "head_differs"


async def test_without_new_chains_any_change_is_found_in_its_own_line(
    world: "World", independent: "Verify", tmp_path: Path
) -> None:
    written = world.files["case"].read_bytes().splitlines(keepends=True)
    file = tmp_path / "changed.jsonl"
    for number in (3, len(written)):
        content = bytearray(written[number - 1])
        content[len(content) // 2] ^= 1
        file.write_bytes(b"".join([*written[: number - 1], bytes(content), *written[number:]]))
        found = await broken(file, independent)
        assert found.line == number
        assert found.code in ("file_chain_broken", "line_broken")
    for kept, code, line in (
        ([0, 1, 3], "file_chain_broken", 3),
        ([0, 2, 1], "file_chain_broken", 2),
        ([0, 1, 2], "manifest_missing", 3),
    ):
        file.write_bytes(b"".join(written[number] for number in kept))
        found = await broken(file, independent)
        assert (found.code, found.line) == (code, line)


def adapt(lines: "Lines", line: int) -> None:
    """Adapt the manifest to an event that was changed and is its aggregate's last."""
    content = lines.contents[line - 1]
    entry = lines.manifest["aggregates"][content["subject"]]
    entry["hash"] = digest_of(base64.b64decode(content["body"]))


async def test_what_a_file_alone_cannot_prove_is_found_by_a_hash_that_was_noted_elsewhere(
    lines: Editor, world: "World", independent: "Verify", tmp_path: Path
) -> None:
    """The last event altered, or cut off, and manifest and header adapted: nothing in the file betrays it."""
    head = world.exports["all"].head
    noted = Checks(head=(head["sequence"], head["hash"]))
    assert verify_file(world.files["all"], noted).events == head["sequence"]
    assert verify_file(world.files["case"], noted).head == head

    altered = lines("all")
    last = len(altered.contents) - 1
    altered.edit(last, correlationid="another")
    adapt(altered, last)
    altered.contents[0]["head"]["hash"] = digest_of(base64.b64decode(altered.contents[last - 1]["body"]))
    file = altered.write(tmp_path / "altered.jsonl")
    verify_file(file, Checks())
    assert (await independent(file))[0] == 0
    with pytest.raises(Break) as found:
        verify_file(file, noted)
    assert (found.value.code, found.value.sequence) == ("noted_head_differs", head["sequence"])

    cut = lines("all")
    gone = cut.contents.pop(last - 1)
    del cut.manifest["aggregates"][gone["subject"]]
    cut.manifest.update(events=last - 2, last=last - 2)
    end = cut.contents[last - 2]
    cut.contents[0]["head"] = {"sequence": last - 2, "hash": digest_of(base64.b64decode(end["body"]))}
    file = cut.write(tmp_path / "cut.jsonl")
    verify_file(file, Checks())
    assert (await independent(file))[0] == 0
    with pytest.raises(Break) as found:
        verify_file(file, noted)
    assert found.value.code == "noted_head_not_found"
    assert json.loads(base64.b64decode(gone["body"]))["version"] == 1


DISGUISED: dict[str, Callable[["Lines"], Any]] = {
    "asked for nothing": lambda lines: lines.contents[0].update(asked={}),
    "asked for no county": lambda lines: lines.contents[0].update(asked={"county": None}),
    "not quite everything": lambda lines: lines.contents[0].update(asked={"all": False}),
    "no head": lambda lines: lines.contents[0].pop("head"),
    "half a head": lambda lines: lines.contents[0].update(head={"sequence": "1", "hash": None}),
    "a manifest of another kind": lambda lines: lines.contents[-1].update(manifest=["x"]),
    "aggregates of another kind": lambda lines: lines.manifest.update(aggregates=["x"]),
    "an aggregate of another kind": lambda lines: lines.manifest["aggregates"].update(x=5),
    "half a sequence": lambda lines: lines.contents[1].update(sequence=1.5),
    "endless sequence": lambda lines: lines.contents[1].update(sequence=float("inf")),
    "no sequence": lambda lines: lines.contents[1].pop("sequence"),
    "a subject that is none": lambda lines: lines.contents[1].update(subject=["evt"]),
    "a header that is none": lambda lines: headed(lines, 2, Content_Type=5),  # type: ignore[arg-type]
    "a body without bottom": lambda lines: lines.contents[1].update(body=base64.b64encode(b"[" * 200_000).decode()),
    "half a sign": lambda lines: lines.edit(2, subject="\ud800"),
    "what hides the verdict": lambda lines: lines.edit(2, id="\x1b[2J\nOK"),
}
"""What is no export, or not one of anything, however right its chains are."""


@pytest.mark.parametrize("disguise", DISGUISED)
async def test_what_only_looks_like_an_export_is_refused_by_both_in_one_plain_sentence(
    lines: Editor, independent: "Verify", tmp_path: Path, disguise: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = lines("all")
    DISGUISED[disguise](forged)
    file = forged.write(tmp_path / "forged.jsonl")
    assert run(file, Checks(), as_json=False) == 1
    ours = capsys.readouterr().out
    code, theirs = await independent(file)
    assert code == 1
    assert _BROKEN.match(theirs)
    assert theirs.count("\n") == 1
    assert ours.count("\n") == 2
    assert "\x1b" not in ours + theirs


async def test_what_cannot_be_read_is_refused_by_the_independent_program_without_a_traceback(
    independent: "Verify", tmp_path: Path
) -> None:
    for file in (tmp_path, tmp_path / "none.jsonl"):
        code, out = await independent(file)
        assert code == 1
        assert re.fullmatch(r"BROKEN not_an_export line=0 .*\n", out)
