"""`yishi verify FILE`: an export checked on a machine without any server, up to the first break.

Three things must agree: each line follows the one before it, each message follows from those before it in its
aggregate, and the manifest says what the file holds. What a file alone can never prove is said with the result.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from contracts.envelope import digest_of
from runtime.messages import Recorded
from yishi.child import StackError
from yishi.exported import Contents, Reading
from yishi.terminal import output, print_json, table, visible
from yishi.verification import Break, Walk
from yishi.verify import print_break

TOLERANCE = timedelta(seconds=300)
"""How far the recorded time may be from the server's: the clocks of two machines, and a request that waited."""

NOT_PROVEN = (
    "文件之后的事件：截去末尾、并相应改写清单与文件头的人，在文件里留不下痕迹；各聚合的最后一个事件同样只由清单担保。",
    "没有导出的件：一件从未导出、或整件略去，文件里看不出来。",
    "密封文字与照片的含义：只证明密文未变，不证明其中写了什么。",
    "记录人没有重写全部：能写事件日志的人可以从头另造一条完整的链。",
    "事件之外的内容：服务器时间与其余消息头只由各行的链覆盖，重写整个文件的人改得了。",
    "请与另处保存的值比对：归档（yishi verify --archive）、当时记下的末尾散列（--head 序号:散列）或本文件链值。",
)
"""What a file alone does not prove."""


@dataclass(frozen=True)
class Checks:
    """What to compare a file with, besides itself."""

    head: tuple[int, str] | None = None
    """Sequence and hash of an event, noted elsewhere."""
    files: Path | None = None
    """The folder of the sealed files."""
    tolerance: timedelta = TOLERANCE


@dataclass
class Verified:
    """What was found in a file that is right."""

    file: str
    format: str
    asked: dict[str, Any]
    events: int
    aggregates: int
    first: int | None
    last: int | None
    head: dict[str, Any]
    """The log's newest event when the file was made: sequence and hash."""
    chain: str
    by_type: dict[str, int]
    simulated: int
    unknown: dict[str, int]
    files: int | None = None
    """Sealed files found right, None when they were not looked at."""


def verify_file(path: Path, checks: Checks) -> Verified:
    """Check an export, or one day's file of an archive. *Raises* `Break`; `OSError`."""
    reading, contents, noted = Reading(path), Contents(), _Noted(checks.head)
    walk = Walk(tolerance=checks.tolerance)
    for message in reading.messages():
        if contents.count == 0:
            _begin(walk, reading)
        try:
            walk.step(message)
            _check_asked(message, reading)
            noted.compare(message)
        except Break as broken:
            broken.line = reading.line
            raise
        contents.take(message)
    if not reading.is_archive:
        _check_manifest(reading, contents)
        _check_head(reading, walk)
        noted.compare_head(reading)
    noted.require()
    found = _found(reading, walk, contents)
    if checks.files is not None:
        found.files = _check_files(checks.files, contents)
    return found


def _begin(walk: Walk, reading: Reading) -> None:
    """Set a walk to what the header says that the file holds."""
    walk.contiguous = reading.is_archive or reading.asked.get("all") is True
    if reading.is_archive:
        # What was in the files before this one is not known, only where they ended.
        walk.sequence, walk.midway = reading.header["after"], reading.header["after"] > 0


def _found(reading: Reading, walk: Walk, contents: Contents) -> Verified:
    return Verified(
        file=str(reading.path),
        format=reading.header["format"],
        asked=reading.asked,
        events=contents.count,
        aggregates=len(contents.aggregates),
        first=contents.first,
        last=contents.last,
        head=reading.header.get("head") or {"sequence": walk.sequence, "hash": walk.hash},
        chain=reading.chain,
        by_type=dict(walk.by_type.most_common()),
        simulated=walk.simulated,
        unknown=dict(walk.unknown),
    )


def _check_asked(message: Recorded, reading: Reading) -> None:
    county = reading.asked.get("county")
    if county is not None and message.subject.split(".")[1] != county:
        raise Break(message, "not_asked_for", f"导出的是 {county}，这一事件属于别的县")


def _check_manifest(reading: Reading, contents: Contents) -> None:
    """Compare the manifest with what the file holds, and name the first aggregate that differs."""
    stated, counted = reading.manifest, contents.manifest()["manifest"]
    assert stated is not None
    if stated == counted:
        return
    found = stated.get("aggregates") if isinstance(stated, dict) else None
    stated_aggregates = found if isinstance(found, dict) else {}
    for subject in {**contents.aggregates, **stated_aggregates}:
        says, holds = stated_aggregates.get(subject), contents.aggregates.get(subject)
        if says != holds:
            reason = f"清单与内容不符：清单记为 {says}，文件里是 {holds}"
            broken = reading.broken(Recorded(0, subject, b""), "manifest_differs", reason)
            match holds or says:
                case {"sequence": int() as sequence, "event": str() | None as event, "type": str() | None as kind}:
                    broken.sequence, broken.event, broken.type = sequence, event, kind
            raise broken
    raise reading.broken(None, "manifest_differs", "清单的件数、首末序号或密封文件与内容不符")


def _check_head(reading: Reading, walk: Walk) -> None:
    """Compare the log's head, as the header states it, with the events; and that the case asked for is here."""
    head, asked = reading.header["head"], reading.asked
    last = Recorded(walk.sequence, "", b"")
    if walk.sequence > int(head["sequence"]) or (asked.get("all") and walk.sequence != head["sequence"]):
        raise reading.broken(
            last, "head_differs", f"文件头记事件日志末尾为 {head['sequence']}，文件止于 {walk.sequence}"
        )
    if walk.sequence == head["sequence"] and walk.hash != head["hash"]:
        raise reading.broken(last, "head_differs", "文件头所记末尾事件的散列与文件中的事件不符")
    subject = f"evt.{asked.get('county')}.proposals.proposal.{asked.get('case')}"
    if "case" in asked and subject not in reading.manifest["aggregates"]:  # type: ignore[index]
        raise reading.broken(None, "case_missing", f"文件中没有所要的这一件 {asked['case']}")


class _Noted:
    """A sequence and hash that somebody noted elsewhere, to be found in the file."""

    def __init__(self, noted: tuple[int, str] | None) -> None:
        self._noted = noted
        self._met = noted is None

    def compare(self, message: Recorded) -> None:
        """Compare a message with what was noted of it. *Raises* `Break`."""
        if self._noted and message.sequence == self._noted[0]:
            if message.hash != self._noted[1]:
                reason = f"与另处记下的不符：记下的散列为 {self._noted[1]}，文件中为 {message.hash}"
                raise Break(message, "noted_head_differs", reason)
            self._met = True

    def compare_head(self, reading: Reading) -> None:
        """Compare the header's head. *Raises* `Break`."""
        head = reading.header["head"]
        if self._noted and not self._met and head["sequence"] == self._noted[0]:
            if head["hash"] != self._noted[1]:
                reason = f"文件头所记末尾散列 {head['hash']} 与另处记下的 {self._noted[1]} 不符"
                raise Break(Recorded(self._noted[0], "", b""), "noted_head_differs", reason)
            self._met = True

    def require(self) -> None:
        """Require that what was noted has been met. *Raises* `Break`."""
        if self._noted and not self._met:
            reason = f"文件中没有序号 {self._noted[0]}，无法与另处记下的散列比对：末尾被截去，或文件不含这一事件"
            raise Break(Recorded(self._noted[0], "", b""), "noted_head_not_found", reason)


def _check_files(folder: Path, contents: Contents) -> int:
    """Compare the sealed files in a folder with their digests, and give their number."""
    for digest, about in contents.files.items():
        where = Recorded(int(about["sequence"]), "", b"")
        path = folder / digest.removeprefix("sha256:")
        if not path.is_file():
            raise Break(where, "file_missing", f"缺少密封文件 {digest}")
        if digest_of(path.read_bytes()) != digest:
            raise Break(where, "file_differs", f"密封文件 {digest} 的内容已改变")
    return len(contents.files)


def parse_head(text: str) -> tuple[int, str]:
    """Read `SEQ:HASH`. *Raises* `StackError`."""
    sequence, _, digest = text.partition(":")
    if not sequence.isdecimal() or not digest.startswith("sha256:"):
        raise StackError("--head 应写作 序号:sha256:…，如 yishi verify 所示。")
    return int(sequence), digest


def run(path: Path, checks: Checks, *, as_json: bool) -> int:
    """Check and print; the exit code is 1 on the first break. *Raises* `StackError` when the file cannot be read."""
    try:
        found = verify_file(path, checks)
    except Break as broken:
        print_break(broken, as_json=as_json)
        return 1
    except OSError as error:
        raise StackError(f"无法读取 {path}：{error.strerror}。") from error
    except MemoryError as error:
        raise StackError(f"无法读取 {path}：其中有一行大到内存放不下，不是导出文件。") from error
    if as_json:
        print_json({"verified": True, **vars(found), "not_proven": NOT_PROVEN})
        return 0
    _print(found)
    return 0


def _print(found: Verified) -> None:
    counts = table("文件中的事件", "事件类型", ">件数")
    for name, count in found.by_type.items():
        counts.add_row(name, str(count))
    output.print(counts)
    lines = [f"所要：{_asked(found.asked)}；序号 {found.first} 至 {found.last}"]
    lines.append(f"导出时事件日志末尾：序号 {found.head['sequence']}，散列 {found.head['hash']}")
    if found.files is not None:
        lines.append(f"密封文件 {found.files} 份与摘要相符")
    for line in lines:
        output.print(visible(line), highlight=False, markup=False, soft_wrap=True)
    if found.simulated:
        note = (
            f"注意：{found.simulated} 个事件自述其记录时间出自模拟时钟（只有开发与演示环境才有），不能作为时间的证据"
        )
        output.print(note, style="yellow", markup=False, soft_wrap=True)
    if found.unknown:
        unknown = "、".join(f"{name} {count} 件" for name, count in found.unknown.items())
        told = visible(f"注意：本程序不认识的事件类型：{unknown}")
        output.print(told, style="yellow", markup=False, soft_wrap=True)
    summary = f"核对通过：{found.events} 个事件，{found.aggregates} 个聚合；文件链值 {found.chain}"
    output.print(summary, style="bold green", highlight=False, markup=False, soft_wrap=True)
    output.print("单凭这一文件不能证明：", highlight=False)
    for point in NOT_PROVEN:
        output.print(f"  · {point}", highlight=False, markup=False, soft_wrap=True)


def _asked(asked: dict[str, Any]) -> str:
    match asked:
        case {"case": id, "county": county}:
            return f"{county} 的一件 {id}"
        case {"county": county}:
            return f"{county} 全县"
        case {"archive": day}:
            return f"{day} 的归档文件"
        case _:
            return "全部"
