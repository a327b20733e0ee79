"""What a pack says besides deadlines: meetings 见面, answers 答复, ratings 测评, withdrawal 撤回.

Absent means that the source is silent. A default stands only where the trade has one everywhere, and says so.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rules.values import IsoDate, MaybeAmount

MeetingMode = Literal["in_person", "on_site", "symposium", "telephone", "local_office"]
"""当面、现场、座谈、电话、委托当地机构."""


class Strict(BaseModel):
    """A part of a pack: frozen, and a field that the format does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Meetings(Strict):
    """How many meetings with the member a case needs, and what proves one."""

    before: int = Field(default=0, ge=0, description="Before the reply is drafted 办前")
    during: int = Field(default=0, ge=0, description="While the case is handled 办中")
    after: int = Field(default=0, ge=0, description="After the reply was delivered 办后")
    evidence: dict[MeetingMode, Literal["photo", "none"]] = Field(
        default_factory=dict,
        description="What proves a meeting of this mode; a mode not listed needs nothing",
    )

    def evidence_for(self, mode: MeetingMode) -> Literal["photo", "none"]:
        """Say what proves a meeting of `mode`: "none" when the pack is silent."""
        return self.evidence.get(mode, "none")


class Answer(Strict):
    """Who must be answered 答复对象; absent = silent."""

    cosigners: Literal["each", "lead_relays", "each_or_lead_relays", "lead_relays_or_cosigners_invited"] | None = None
    relay_needs_consent: bool = Field(default=False, description="The lead relays only when the co-signers consent")
    merged: Literal["each_original"] | None = Field(default=None, description="并案: each original is answered")
    co: Literal["lead_states_opinions"] | None = Field(
        default=None, description="会办: the lead answers and states the co units' opinions"
    )
    separate: Literal["each_unit"] | None = Field(default=None, description="分办: each unit answers for itself")
    group: Literal["named_contact"] | None = Field(
        default=None, description="集体提案: the named contact is answered, who relays"
    )


class Silence(Strict):
    """What the silence of a member stands for once he was reminded to rate 逾期未评."""

    counts_as: str = Field(default="未表态", description="A rating, or a class that nobody rated")
    reminders: int = Field(default=1, ge=0, description="How often the member is reminded before")


class Ratings(Strict):
    """How the member rates a reply, and which ratings lead to another round."""

    words: tuple[str, ...] = Field(default=("满意", "基本满意", "不满意"), description="测评用语, the best first")
    words_elsewhere: tuple[str, ...] = Field(default=("未表态", "无法测评"), description="Classes that nobody rated")
    rehandle_on: tuple[str, ...] = Field(default=("不满意",), description="Ratings that lead to 再次办理")
    rehandle_on_remarks: bool = Field(default=False, description="Any rating with remarks leads to 再次办理")
    axes: tuple[Literal["attitude", "result"], ...] = Field(
        default=(), description="态度, 结果 rated apart; empty = one rating for both"
    )
    by: Literal["each", "lead_after_asking_cosigners"] | None = None
    seat_ended: Literal["cannot_rate", "next_cosigner"] = Field(
        default="cannot_rate",
        description="Who rates once the member's seat has ended; cannot_rate = 无法测评",
    )
    silence: Silence = Silence()
    after_second_dissatisfaction: Literal["expert_evaluation", "consultation"] | None = None


Waiver = Literal["committee", "office"]
"""The committee or the deputies' office, or the government's office."""


class Waivers(Strict):
    """Who may dispense with a step, for a reason; where the source is silent whoever registers or hands over."""

    meeting: tuple[Waiver, ...] = Field(default=("committee", "office"), description="A meeting with the member")
    opinion: tuple[Waiver, ...] = Field(default=("committee", "office"), description="A co unit's opinion")
    consultation: tuple[Waiver, ...] = Field(default=("committee", "office"), description="The opinion on the draft")


class Withdrawal(Strict):
    """When a case may be withdrawn 撤回; where a pack has none of this, the source is silent: until hand-over."""

    until: Literal["handed_over", "any_time"] | None = Field(
        default=None, description="Last moment; absent = the source names none, so there is none"
    )
    in_writing: bool = Field(default=False, description="Who enters it for another names the written request")
    all_cosigners_agree: bool = Field(default=False, description="Every co-signer gives his consent first")
    ends_handling: bool = Field(
        default=False, description="The source says that handling ends, which it does in any case"
    )


class Extension(Strict):
    """Who grants more time 延期, and up to which cap; where a pack has none of this nobody does."""

    approved_by: Literal["deputies_office", "handed_over_by", "government_section", "nobody"] | None = Field(
        default=None, description="Absent = the source is silent: whoever handed the case over"
    )
    asked_of: Literal["unit_office"] | None = Field(default=None, description="Who passes the request on")
    in_advance: bool = Field(default=False, description="Asked before the last day, as it always is")
    explained_to_member: bool = Field(default=False, description="The source has the member told, as he always is")
    only_for: str | None = Field(
        default=None,
        description="Which cases may have it, in the source's words, which no machine decides: whoever grants more"
        " time states why the case is one of them",
    )
    only_for_natures: tuple[str, ...] = Field(
        default=(), description="Natures 性质 of the cases that may have it; empty = all"
    )
    cap: str | None = Field(default=None, description="Key of the cap among the pack's clocks")


class DraftConsultation(Strict):
    """The member is asked about the draft 征求意见; this is no rating."""

    formal_reply_after: tuple[str, ...] = Field(description="The member's words after which the reply goes out")


class PaperCopy(Strict):
    """The reply on paper."""

    copies: int = Field(ge=0)
    then: Literal["remind_to_rate_online"] | None = None


class Supervision(Strict):
    """The regular digest of what is not yet done 督办通报."""

    every: Literal["half_month", "month"]
    from_: str = Field(alias="from")
    until: Literal["done"] = "done"


class Rates(Strict):
    """What the rate of satisfaction 满意率 counts, where an office does not ask for another policy."""

    satisfied: tuple[str, ...] | None = Field(
        default=None, description="计为满意的用语; absent = every rating that does not lead to 再次办理"
    )
    denominator: Literal["assigned", "rated"] = Field(
        default="assigned",
        description="分母: all cases that were handed over 已交办, or only those that were rated 已测评",
    )


class Recording(Strict):
    """How soon an act must be recorded; later ones need a reason and are counted apart."""

    within_days: MaybeAmount = Field(description="Calendar days after the business date")


class Assumed(Strict):
    """Facts that a demonstration needs and its source does not state."""

    handed_over_on: IsoDate | None = None
