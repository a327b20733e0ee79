"""A message of the log as one line of text, for archives and exports: everything the log says of it, in exact bytes.

A line is a JSON object with the message's `sequence`, the server's `time`, `subject`, `headers`, its `body` in base64
and, last, `chain`: the SHA-256 of the previous line's chain followed by this line up to the comma before `"chain"`.
Whoever alters, drops, adds or moves a line of a file breaks the chain there, whatever the line holds.
Source: JSON Lines; RFC 8259; RFC 3339 (UTC, microseconds); RFC 4648, section 4 (base64).
"""

import base64
import binascii
import hashlib
import json
from datetime import UTC, datetime

from runtime.messages import Recorded

START = ""
"""What the first line's chain follows."""
_MARK = b',"chain":"'


class LineBroken(ValueError):
    """A line that is not one of ours, or that does not follow the line before it."""


def write_line(message: Recorded, previous: str) -> tuple[bytes, str]:
    """Give a message's line, with its line feed, and the chain up to it; `previous` is the chain before it."""
    assert message.stored_at is not None, "only the log says when it stored a message"
    content = {
        "sequence": message.sequence,
        "time": message.stored_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "subject": message.subject,
        "headers": dict(message.headers),
        "body": base64.b64encode(message.raw).decode(),
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()[:-1]
    chain = chain_of(previous, text)
    return text + _MARK + chain.encode() + b'"}\n', chain


def read_line(line: bytes, previous: str) -> tuple[Recorded, str]:
    """Give the message of a line and the chain up to it, having checked that the line follows `previous`.

    Raises: LineBroken.
    """
    message, chain, text = parse_line(line)
    if chain != chain_of(previous, text):
        raise LineBroken(f"序号 {message.sequence} 所在行与前一行不相接：内容被改动、缺行或换了次序")
    return message, chain


def parse_line(line: bytes) -> tuple[Recorded, str, bytes]:
    """Give the message of a line, the chain it states and the bytes that the chain covers; nothing is compared.

    Raises: LineBroken.
    """
    text, mark, rest = line.rpartition(_MARK)
    if not mark or not rest.endswith(b'"}\n'):
        raise LineBroken("这一行不完整，或不是事件")
    try:
        content = json.loads(text + b"}")
        stored = datetime.fromisoformat(content["time"])
        raw = base64.b64decode(content["body"], validate=True)
        sequence, subject, headers = (content[name] for name in ("sequence", "subject", "headers"))
        words = [subject, *headers.values()]
        if type(sequence) is not int or not all(isinstance(word, str) for word in words):
            raise TypeError
        return Recorded(sequence, subject, raw, headers, stored), rest[:-3].decode("ascii"), text
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
        raise LineBroken("这一行不是事件") from error


def chain_of(previous: str, text: bytes) -> str:
    """Give the chain up to a line: `sha256:…` of the chain before it and the line's own text."""
    return "sha256:" + hashlib.sha256(previous.encode() + text).hexdigest()
