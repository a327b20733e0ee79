"""Check an export of Yishi without Yishi: Python 3.11 and its standard library. README.md explains every line."""

import base64
import hashlib
import json
import re
import sys
import uuid
from datetime import datetime
from pathlib import Path

SUBJECT = re.compile(r"evt\.([0-9]{6})\.([a-z]+)\.([a-z]+)\.([0-9A-Za-z_-]{1,128})")
EXPECTED = "Nats-Expected-Last-Subject-Sequence"
EVENTS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:yishi:event")
TOLERANCE = 300
NOWHERE = {"sequence": None, "event": None, "type": None}
BEGINNING = ({"events": 0, "version": 0, "sequence": 0, "hash": None}, {"simulated": False, "commands": set()})
AT = {"line": 0, **NOWHERE, "simulated": 0}


def require(holds, code, reason):
    """Stop with a code and a reason unless something holds."""
    if not holds:
        print("BROKEN", code, *(f"{name}={ascii(str(AT[name]))[1:-1]}" for name in ("line", *NOWHERE)), reason)
        sys.exit(1)


def parse(raw):
    """Give a JSON object, or an empty one for anything else."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_lines(file):
    """Give each line's content and the chain up to it."""
    chain = ""
    for number, line in enumerate(file, 1):
        AT.update(line=number, **NOWHERE)
        text, _, rest = line.rpartition(b',"chain":"')
        content = parse(text + b"}")
        require(rest.endswith(b'"}\n') and content, "line_broken" if number > 1 else "not_an_export", "这一行不完整")
        if number > 1 and not line.startswith(b'{"manifest":'):
            try:
                raw = content["raw"] = base64.b64decode(content["body"], validate=True)
                content["stored"] = datetime.fromisoformat(content["time"])
                _ = range(content["sequence"]), "".join((content["subject"], *content["headers"].values()))
                claims = {"type": content["headers"].get("Yishi-Type"), **parse(raw)}
                AT.update(sequence=content["sequence"], event=claims.get("id"), type=claims["type"])
            except (ValueError, KeyError, TypeError, AttributeError):
                require(False, "line_broken", "这一行不是事件")
        chain = "sha256:" + hashlib.sha256(chain.encode() + text).hexdigest()
        require(rest[:-3] == chain.encode(), "file_chain_broken", "与前一行不相接：被改动、缺行或换了次序")
        yield content, chain


def check_event(message, last, kept):
    """Check one message against the last one of its aggregate; give what the next one will be checked against."""
    headers, stored, body = message["headers"], message["stored"], parse(message["raw"])
    require(not {"Nats-Stream", "Nats-Subject"} & headers.keys(), "foreign_header", "不是由追加写入的")
    batch = headers.get("Nats-Batch-Id", message["sequence"])
    expected = headers.get(EXPECTED, str(message["sequence"] - 1) if batch == kept.get("batch") else None)
    require(expected, "expected_sequence_missing", "不是由追加写入的")
    require(expected == str(last["sequence"]), "expected_sequence_wrong", "追加时所见的上一序号不符")
    require(path := SUBJECT.fullmatch(message["subject"]), "subject_invalid", "主题不是事件主题")
    try:
        place, kind, facts = (body["county"], body["source"], body["subject"]), body["type"], body["data"].values()
        time, version, command = datetime.fromisoformat(body["time"]), body["version"], uuid.UUID(body["commandid"])
    except (ValueError, KeyError, TypeError, AttributeError):
        require(False, "not_an_event", "内容不是有效的事件")
    exact = (time.isoformat(), int) == (body["time"].replace("Z", "+00:00"), type(version)) and version > 0
    require(exact and type(body.get("simulated")) in (bool, type(None)), "not_an_event", "内容不是有效的事件")
    require(kind == headers.get("Yishi-Type"), "type_differs", "类型头与内容不符")
    require(place == (path[1], f"urn:yishi:{path[2]}", f"{path[3]}/{path[4]}"), "subject_differs", "内容与主题不符")
    require(version == last["version"] + 1, "version_wrong", f"版本应为 {last['version'] + 1}")
    require(body.get("prevhash") == last["hash"], "chain_broken", f"上一事件的散列应为 {last['hash']}")
    require(not time.tzinfo or time >= kept.get("time", time), "time_went_back", "记录时间早于上一事件")
    require(command not in kept["commands"], "command_repeated", "命令已在本聚合中办理过一次")
    require(time.tzinfo, "time_without_zone", "记录时间没有时区")
    require(body.get("id") == str(uuid.uuid5(EVENTS, str(command))), "event_id_wrong", "事件标识不是由命令得出的")
    AT["simulated"] += (simulated := body.get("simulated") is True or (kept["simulated"] and time == kept["time"]))
    near = simulated or (stored.tzinfo and abs((stored - time).total_seconds()) <= TOLERANCE)
    require(near, "time_differs", f"记录时间与服务器时间 {stored} 不符")
    require(all(str(body.get(by) or "").strip() for by in ("actor", "actorrole")), "actor_missing", "没有写明何人")
    require(body.get("onbehalfof") is None or str(body.get("authority") or "").strip(), "authority_missing", "无委托")
    end = {"events": last["events"] + 1, "version": version, "sequence": message["sequence"], "event": body["id"]}
    kept = {"time": time, "simulated": simulated, "commands": kept["commands"] | {command}, "batch": batch}
    return {**end, "type": kind, "hash": "sha256:" + hashlib.sha256(message["raw"]).hexdigest()}, kept, facts


def check_file(lines):
    """Check every line; give the header, the manifest, the same counted anew, and the chain of the whole."""
    manifest, ends, kept, files, first, last = None, {}, {}, {}, None, None
    header, chain = next(lines, ({}, ""))
    asked, head = header.get("asked"), header.get("head")
    known = header.get("format") == "yishi-export/1" and type(head["sequence"] + 0) is int
    known &= asked == {"all": True} or asked.keys() in ({"county"}, {"case", "county"})
    require(known and isinstance(head["hash"], str | None), "not_an_export", "首行不是导出文件的文件头")
    for content, chain in lines:  # noqa: B007
        require(manifest is None, "lines_after_manifest", "清单之后还有内容")
        if "raw" not in content:
            manifest = content["manifest"]
            continue
        before, last, subject = last or 0, content["sequence"], content["subject"]
        require("all" not in asked or last == before + 1, "sequence_gap", f"序号应为 {before + 1}")
        require(last > before, "sequence_not_rising", f"序号不在 {before} 之后")
        known = (ends[subject], kept[subject]) if subject in ends else BEGINNING
        ends[subject], kept[subject], facts = check_event(content, *known)
        first, (_, county, service, *_) = first or last, subject.split(".")
        require(asked.get("county", county) == county, "not_asked_for", "属于别的县")
        for found in [part for fact in facts for part in (fact if isinstance(fact, list) else [fact])]:
            if isinstance(found, dict) and {"alg", "digest", "size"} <= found.keys():
                about = {"source": f"urn:yishi:{service}", "size": found["size"], "sequence": last}
                files.setdefault(str(found["digest"]), {**about, "media_type": found.get("media_type")})
    require(manifest is not None, "manifest_missing", "没有清单：末尾被截去")
    counted = {"events": sum(end["events"] for end in ends.values()), "first": first, "last": last}
    return header, manifest, {**counted, "aggregates": ends, "files": files}, chain


def main(path, folder=None):
    """Check the file, compare manifest and header with what it holds, and the sealed files in a folder."""
    with Path(path).open("rb") as file:
        header, manifest, counted, chain = check_file(read_lines(file))
    asked, head, held, last = header["asked"], header["head"], counted["aggregates"], counted["last"] or 0
    for subject, stated in {**dict.fromkeys(held), **manifest.get("aggregates", {})}.items():
        AT.update(held.get(subject) or stated)
        require(stated == held.get(subject), "manifest_differs", f"清单与内容不符：{subject!a}")
    AT.update(NOWHERE, sequence=last)
    require(manifest == counted, "manifest_differs", "清单的件数、首末序号或密封文件与内容不符")
    at_end = {end["sequence"]: end["hash"] for end in held.values()}.get(head["sequence"], head["hash"])
    ends = last == head["sequence"] if "all" in asked else last <= head["sequence"]
    require(ends and at_end == head["hash"], "head_differs", "文件的末尾与文件头所记的不符")
    case = f"proposals.proposal.{asked.get('case')}"
    require("case" not in asked or f"evt.{asked['county']}.{case}" in held, "case_missing", "没有所要的这一件")
    for digest, about in counted["files"].items() if folder else ():
        AT.update(NOWHERE, sequence=about["sequence"])
        sealed = Path(folder, digest.removeprefix("sha256:"))
        require(sealed.is_file(), "file_missing", f"缺少密封文件 {digest!a}")
        require(hashlib.sha256(sealed.read_bytes()).hexdigest() == sealed.name, "file_differs", f"已改变：{digest!a}")
    print(f"OK {counted['events']} events, {AT['simulated']} simulated, asked {asked}, head {head}, chain {chain}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:3])
    except Exception as error:
        require(False, "not_an_export", f"读不了，或不合格式：{error!a}")
