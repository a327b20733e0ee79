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


class Ratings(Strict):
    """How the member rates a reply, and which ratings lead to another round."""

    words: tuple[str, ...] = ("满意", "基本满意", "不满意")
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
    after_second_dissatisfaction: Literal["expert_evaluation", "consultation"] | None = None


class Withdrawal(Strict):
    """When a case may be withdrawn 撤回."""

    until: Literal["handed_over", "any_time"] | None = None
    in_writing: bool = False
    all_cosigners_agree: bool = False
    ends_handling: bool = False


class Extension(Strict):
    """Who grants more time 延期, and up to which cap."""

    approved_by: Literal["deputies_office", "handed_over_by", "government_section", "nobody"] | None = None
    asked_of: Literal["unit_office"] | None = Field(default=None, description="Who passes the request on")
    in_advance: bool = False
    explained_to_member: bool = False
    only_for: str | None = Field(default=None, description="Which cases may have it, as the source says")
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


class Recording(Strict):
    """How soon an act must be recorded; later ones need a reason and are counted apart."""

    within_days: MaybeAmount = Field(description="Calendar days after the business date")


class Assumed(Strict):
    """Facts that a demonstration needs and its source does not state."""

    handed_over_on: IsoDate | None = None
