"""Rule files are read exactly (逐字): the digest is of the bytes, and nothing in them is guessed.

YAML likes to guess: 010 becomes 8, 1:30 becomes 90, an unquoted 2005-09-31 raises from deep inside. Here a
plain whole number is a number, true and false are truth values, null is absence, and everything else stays
the text that a person wrote. Repeated keys, aliases and tags are refused.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}
_UNTAGGED = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
_REASONS = {
    "extra_forbidden": ("unknown_field", "没有这个字段"),
    "missing": ("missing_field", "缺少必填字段"),
    "literal_error": ("bad_value", "取值只能是 {expected}，现为“{value}”"),
}

M = TypeVar("M", bound=BaseModel)


class PackError(Exception):
    """A rule file says what cannot be: where (`path`, `line`) and why (`reason`, Chinese; stable `code`)."""

    status = 422

    def __init__(self, path: str, reason: str, *, code: str, line: int | None = None) -> None:
        place = f"第{line}行 {path}" if line is not None else path
        super().__init__(f"{place}：{reason}")
        self.path, self.reason, self.code, self.line = path, reason, code, line


@dataclass(frozen=True, slots=True)
class Exact:
    """What a rule file says, word for word, and on which line (from 1) it says it."""

    prefix: str
    digest: str
    data: Mapping[str, object]
    lines: Mapping[str, int]

    def refusal(self, path: str, reason: str, code: str) -> PackError:
        """Give the error for `path`, with the line of its nearest ancestor that the file has."""
        known = path
        while known and known not in self.lines:
            known = known.rpartition(".")[0]
        return PackError(path, reason, code=f"{self.prefix}.{code}", line=self.lines.get(known))

    def as_model(self, model: type[M], **computed: object) -> M:
        """Build `model` from the file and from what is computed of it.

        Raises: PackError for the first thing that is not as the format wants it.
        """
        if found := self.problems(model, **computed):
            raise found[0]
        return model.model_validate({**self.data, **computed})

    def problems(self, model: type[BaseModel], **computed: object) -> list[PackError]:
        """Give everything that keeps the file from being a `model`, in the order of the format's fields."""
        reason = "这个字段由系统计算，不能写在文件里"
        found = [self.refusal(name, reason, "unknown_field") for name in computed if name in self.data]
        try:
            model.model_validate({**self.data, **computed})
        except ValidationError as error:
            found += [self._explained(wrong) for wrong in error.errors(include_url=False)]
        return found

    def _explained(self, wrong: ErrorDetails) -> PackError:
        path = ".".join(str(step) for step in wrong["loc"] if step != "[key]")
        context: dict[str, Any] = {"value": str(wrong["input"])[:80], **wrong.get("ctx", {})}
        if wrong["type"].startswith("rule."):
            return self.refusal(path, wrong["msg"], wrong["type"].removeprefix("rule."))
        code, reason = _REASONS.get(wrong["type"], ("bad_value", "取值不合格式：“{value}”"))
        return self.refusal(path, reason.format(**context), code)


def digest_of(raw: bytes) -> str:
    """Give the digest under which exact bytes are pinned, as "sha256:<hex>"."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def read_exact(raw: bytes, prefix: str) -> Exact:
    """Read YAML bytes word for word; errors carry codes under `prefix` (pack or calendar).

    Raises: PackError `<prefix>.unreadable` or `<prefix>.repeated_field`.
    """
    try:
        node = yaml.compose(raw.decode("utf-8"), Loader=yaml.BaseLoader)
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        raise PackError("", "不是可读的 UTF-8 YAML", code=f"{prefix}.unreadable", line=line) from error
    if not isinstance(node, MappingNode):
        raise PackError("", "应为“字段: 值”的列表", code=f"{prefix}.unreadable")
    lines: dict[str, int] = {}
    data = _Reader(prefix, lines).mapping(node, "")
    return Exact(prefix, digest_of(raw), data, lines)


class _Reader:
    """Turns YAML nodes into plain values and remembers their lines."""

    def __init__(self, prefix: str, lines: dict[str, int]) -> None:
        self._prefix, self._lines, self._seen = prefix, lines, set[int]()

    def value(self, node: Node, path: str) -> object:
        line = self._lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._seen or node.tag not in _UNTAGGED:
            raise PackError(path, "不允许使用别名或标签", code=f"{self._prefix}.unreadable", line=line)
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            return tuple(self.value(item, f"{path}.{index}") for index, item in enumerate(node.value))
        assert isinstance(node, ScalarNode)
        return _word(node)

    def mapping(self, node: MappingNode, path: str) -> dict[str, object]:
        read: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            below = f"{path}.{key}" if path else key
            self._lines[below] = line = key_node.start_mark.line + 1
            if key in read:
                raise PackError(below, "字段重复", code=f"{self._prefix}.repeated_field", line=line)
            read[key] = self.value(value_node, below)
        return read


def _word(node: ScalarNode) -> object:
    text = str(node.value)
    if node.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
