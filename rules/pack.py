"""The rule pack (规则包): one place's handling rules as data, pinned by the digest of its exact bytes.

A case pins its pack when its first clock starts. What the source states carries its article; what it does
not state and was chosen is listed under `chosen`, so that it can be printed as chosen; what is neither
opens no clock.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from rules.clock_rule import STARTS, ClockRule, Owes
from rules.exact import Exact, PackError, read_exact
from rules.handling import (
    Answer,
    Assumed,
    DraftConsultation,
    Extension,
    Meetings,
    PaperCopy,
    Rates,
    Ratings,
    Recording,
    Strict,
    Supervision,
    Waivers,
    Withdrawal,
)
from rules.values import MaybeIsoDate, Percent, Undefined

__all__ = ["ClockRule", "Owes", "Pack", "PackError", "check_pack", "load_new_pack", "load_pack"]


class Pack(Strict):
    """One place's handling rules."""

    digest: str = Field(description="sha256:… of the exact bytes; computed, never written in the file")
    name: str = Field(min_length=1)
    version: str | None = None
    title: str = Field(description="Chinese")
    kinds: tuple[str, ...] = Field(min_length=1, description="npc_suggestion 建议, cppcc_proposal 提案 …")
    source: str
    effective_from: MaybeIsoDate = None
    effective_until: MaybeIsoDate = Field(default=None, description="Inclusive")
    clocks: dict[str, ClockRule] = Field(default_factory=dict)
    meetings: Meetings = Meetings()
    answer: Answer = Answer()
    schemes: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Reply categories 答复类别: scheme, letter, meaning"
    )
    ratings: Ratings = Ratings()
    rates: Rates = Rates()
    drafter_may_sign: bool = Field(default=False, description="Drafter and signer differ unless the pack allows it")
    withdraw: Withdrawal | None = None
    extension: Extension | None = None
    first_contact_tells: tuple[Literal["section", "handler", "telephone"], ...] = ()
    draft_consultation: DraftConsultation | None = None
    paper_copy: PaperCopy | None = None
    seal: Literal["required"] | None = None
    office_check: Literal["required"] | None = Field(
        default=None, description="The unit's office checks the signed reply before it goes out 核查"
    )
    waivers: Waivers = Waivers()
    self_transfer: Literal["forbidden"] | None = Field(default=None, description="A unit passing a case on itself")
    levels: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="Who does what inside a unit")
    targets_percent: dict[str, Percent] = Field(default_factory=dict, description="met, replied, satisfied")
    supervision: Supervision | None = None
    recording: Recording | None = None
    assumed: Assumed | None = None
    notes: dict[str, str] = Field(default_factory=dict)
    chosen: tuple[str, ...] = Field(default=(), description="Dotted paths of rules that no source states")

    def kind_of(self, rule_key: str) -> str:
        """Give the kind of clock that a rule opens or limits."""
        return self.clocks[rule_key].clock or rule_key

    def cap_of(self, kind: str) -> ClockRule | None:
        """Give the rule that limits an extension of `kind`, if the pack has one."""
        return next((rule for rule in self.clocks.values() if rule.cap and rule.clock == kind), None)

    def place_of(self, word: str) -> int | None:
        """Give the place of a rating among the pack's words, 1 = the best; None for a word that rates nothing."""
        return self.ratings.words.index(word) + 1 if word in self.ratings.words else None

    @property
    def satisfied(self) -> tuple[str, ...]:
        """Give the ratings that the rate of satisfaction counts, the best first."""
        if self.rates.satisfied is not None:
            return self.rates.satisfied
        return tuple(word for word in self.ratings.words if word not in self.ratings.rehandle_on)

    def is_chosen(self, path: str) -> bool:
        """Say whether the rule at `path`, or a part of the pack that holds it, was chosen by no source."""
        return any(path == chosen or path.startswith(f"{chosen}.") for chosen in self.chosen)

    def chose_day_of(self, rule_key: str) -> bool:
        """Say whether any value that decides the day of a clock was chosen by no source."""
        deciding = ("by",) if self.clocks[rule_key].by is not None else ("amount", "unit", "from")
        return any(self.is_chosen(f"clocks.{rule_key}.{part}") for part in deciding)

    def in_force(self, on: date) -> bool:
        """Say whether the pack is in force on a business date, both ends included."""
        return (self.effective_from or on) <= on <= (self.effective_until or on)

    def undefined_paths(self) -> dict[str, str]:
        """Give every placeholder left in the pack, by dotted path: none of them may ever become a number."""
        blanks = {
            f"clocks.{key}.{'by' if rule.by is not None else 'amount'}": rule.undefined
            for key, rule in self.clocks.items()
        }
        blanks |= {
            f"targets_percent.{key}": target.text
            for key, target in self.targets_percent.items()
            if isinstance(target, Undefined)
        }
        if self.recording is not None and isinstance(self.recording.within_days, Undefined):
            blanks["recording.within_days"] = self.recording.within_days.text
        return {path: text for path, text in blanks.items() if text is not None}


def load_pack(raw: bytes) -> Pack:
    """Read a pack from its exact bytes.

    Raises: PackError with the dotted path, the reason, the line and a code (pack.unreadable,
    pack.unknown_field, pack.not_a_value, pack.impossible_date, pack.incomplete_clock, pack.ambiguous_clock,
    pack.unknown_path …).
    """
    file = read_exact(raw, "pack")
    pack = file.as_model(Pack, digest=file.digest)
    for wrong in _contradictions(pack, file):
        raise wrong
    return pack


def load_new_pack(raw: bytes) -> Pack:
    """Read a pack that is about to be adopted: what can never work is refused, which an adopted one may still hold.

    Raises: PackError as `load_pack`, and pack.unknown_start, pack.span_disordered, pack.repeated_word.
    """
    file = read_exact(raw, "pack")
    pack = load_pack(raw)
    for wrong in _never_works(pack, file):
        raise wrong
    return pack


def check_pack(raw: bytes) -> list[PackError]:
    """Give everything that is wrong with a pack's exact bytes, by line; an empty list when it can be adopted whole.

    A blank (“x个工作日”) is wrong here (pack.undefined), although `load_pack` takes it: whoever wrote the pack has
    still to fill it in.
    """
    try:
        file = read_exact(raw, "pack")
    except PackError as unreadable:
        return [unreadable]
    found = file.problems(Pack, digest=file.digest)
    if not found:
        pack = file.as_model(Pack, digest=file.digest)
        found = [*_contradictions(pack, file), *_never_works(pack, file)]
        for path, text in pack.undefined_paths().items():
            found.append(file.refusal(path, f"“{text}”是留空，不是数值", "undefined"))
    return sorted(found, key=lambda wrong: wrong.line or 0)


def _contradictions(pack: Pack, file: Exact) -> Iterator[PackError]:
    """Give what the format allows and the rest of the pack does not."""
    yield from _ambiguous_clocks(pack, file)
    yield from _unknown_names(pack, file)


def _ambiguous_clocks(pack: Pack, file: Exact) -> Iterator[PackError]:
    opened = Counter(
        (pack.kind_of(key), rule.from_, owes)
        for key, rule in pack.clocks.items()
        if not rule.cap
        for owes in rule.owed_by
    )
    for (kind, _, owes), count in opened.items():
        if count > 1:
            yield file.refusal(f"clocks.{kind}", f"同一事件对 {owes} 开启两个同名时限", "ambiguous_clock")


def _unknown_names(pack: Pack, file: Exact) -> Iterator[PackError]:
    kinds = {pack.kind_of(key) for key, rule in pack.clocks.items() if not rule.cap}
    for key, rule in pack.clocks.items():
        if rule.cap and rule.clock not in kinds:
            yield file.refusal(f"clocks.{key}.clock", f"规则包里没有时限“{rule.clock}”", "unknown_path")
    cap = pack.extension.cap if pack.extension else None
    if cap is not None and not (cap in pack.clocks and pack.clocks[cap].cap):
        yield file.refusal("extension.cap", f"“{cap}”不是本规则包的上限", "unknown_path")
    for word in pack.ratings.rehandle_on:
        if word not in pack.ratings.words:
            yield file.refusal("ratings.rehandle_on", f"“{word}”不在测评用语之中", "unknown_path")
    word = pack.ratings.silence.counts_as
    if _has(file.data, "ratings.silence") and word not in (*pack.ratings.words, *pack.ratings.words_elsewhere):
        yield file.refusal("ratings.silence.counts_as", f"“{word}”不在测评用语之中", "unknown_path")
    for word in pack.rates.satisfied or ():
        if word not in (*pack.ratings.words, *pack.ratings.words_elsewhere):
            yield file.refusal("rates.satisfied", f"“{word}”不在测评用语之中", "unknown_path")
    for index, path in enumerate(pack.chosen):
        if not _has(file.data, path):
            yield file.refusal(f"chosen.{index}", f"规则包里没有“{path}”", "unknown_path")


def _never_works(pack: Pack, file: Exact) -> Iterator[PackError]:
    """Give what can be read and would wait for ever: a clock that nothing starts, a word that nobody can say."""
    for key, rule in pack.clocks.items():
        if rule.from_ not in STARTS:
            reason = f"没有事件“{rule.from_}”；起算事件只有：{'、'.join(f'{k}（{w}）' for k, w in STARTS.items())}"
            yield file.refusal(f"clocks.{key}.from", reason, "unknown_start")
    if pack.effective_from and pack.effective_until and pack.effective_until < pack.effective_from:
        yield file.refusal("effective_until", "止日早于起日", "span_disordered")
    said = Counter((*pack.ratings.words, *pack.ratings.words_elsewhere))
    if not pack.ratings.words or max(said.values()) > 1:
        yield file.refusal("ratings.words", "测评用语为空，或有重复", "repeated_word")
    for word in pack.draft_consultation.formal_reply_after if pack.draft_consultation else ():
        if word not in pack.ratings.words:
            reason = f"“{word}”不在测评用语之中"
            yield file.refusal("draft_consultation.formal_reply_after", reason, "unknown_path")


def _has(data: Mapping[str, object], path: str) -> bool:
    """Say whether the written file has `path`; a default that nobody wrote was not chosen by anybody."""
    found: object = data
    for step in path.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return False
        found = found[step]
    return True
