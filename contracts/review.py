"""Events of the review of cases 审查: revision, withdrawal 撤回, merging 并案, splitting 分案, items 诉求."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import ClearText, Event
from contracts.sealed import Sealed

Diversion = Literal["opinion"]
"""不予立案后的去向: 社情民意."""


class _Review(Event):
    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "proposal"


class Item(BaseModel):
    """One of the questions that a case puts 诉求."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    item: int = Field(ge=1, description="Number of the item within the case, 1 = first")
    title: ClearText = Field(description="What is asked for, in clear")
    unit: UUID | None = Field(default=None, description="Id of the unit that answers it; absent = not given out yet")


class WithdrawalAsked(_Review):
    """The submitter asks the co-signers to agree to the withdrawal 提议撤回."""

    reason: Sealed = Field(description="撤回理由: sealed")
    asked_on: date = Field(description="提议日期: business date, Asia/Shanghai")


class WithdrawalAgreed(_Review):
    """A co-signer agrees that the case be withdrawn 同意撤回."""

    member: UUID = Field(description="联名人: id of the member who agrees")
    agreed_on: date = Field(description="同意日期: business date, Asia/Shanghai")


class ProposalWithdrawn(_Review):
    """The submitter takes the case back 撤回; handling ends, and what ran falls away."""

    reason: Sealed = Field(description="撤回理由: sealed")
    written: ClearText | None = Field(
        default=None, description="书面材料: where the written request is kept, when somebody else enters it"
    )
    pack: str | None = Field(default=None, description="办理规则: name of the rule pack that was asked")
    pack_digest: str | None = Field(default=None, description="规则摘要: sha256:… of that pack's exact bytes")
    withdrawn_on: date = Field(description="撤回日期: business date, Asia/Shanghai")


class OriginalJoined(_Review):
    """The main case takes up another one 并入原件: whoever signed that one is answered too."""

    original: UUID = Field(description="原件: id of the case that is handled together with this one")
    number: int | None = Field(default=None, description="原件编号: of the original, when it was registered before")
    signers: tuple[UUID, ...] = Field(description="原件提出人: ids of its submitter and confirmed co-signers")
    joined_on: date = Field(description="并入日期: business date, Asia/Shanghai")


class OriginalReleased(_Review):
    """The main case gives an original back 移出原件, which goes its own way again."""

    original: UUID = Field(description="原件: id of the case that is handled on its own again")
    reason: ClearText = Field(description="理由: in clear")
    released_on: date = Field(description="移出日期: business date, Asia/Shanghai")


class ProposalMerged(_Review):
    """The case is handled together with a main case 并案; it lives on and is answered on its own."""

    main: UUID = Field(description="主件: id of the case that it is handled with")
    reason: ClearText | None = Field(default=None, description="理由: in clear")
    merged_on: date = Field(description="并案日期: business date, Asia/Shanghai")


class MergeUndone(_Review):
    """The merge is undone 撤销并案; the case stands where it stood before."""

    main: UUID = Field(description="原主件: id of the case that it was handled with")
    reason: ClearText = Field(description="理由: in clear")
    undone_on: date = Field(description="撤销日期: business date, Asia/Shanghai")


class ProposalSplit(_Review):
    """A part of the case becomes a case of its own 分案, its sibling."""

    sibling: UUID = Field(description="分出件: id of the case that is split off")
    title: ClearText = Field(description="分出案由: title of the sibling, in clear")
    reason: ClearText | None = Field(default=None, description="理由: in clear")
    split_on: date = Field(description="分案日期: business date, Asia/Shanghai")


class ItemsListed(_Review):
    """What the case asks for, question by question 列明诉求, each with its unit; a new list replaces the last."""

    items: tuple[Item, ...] = Field(description="诉求: in order, numbered from 1")
    listed_on: date = Field(description="列明日期: business date, Asia/Shanghai")


class ItemAnswered(_Review):
    """A unit answers one item 答复诉求, with a category of its own."""

    item: int = Field(ge=1, description="诉求序号: number of the item within the case")
    unit: UUID = Field(description="单位: id of the unit that answers it")
    category: str = Field(max_length=8, description="办理结果类别: A, B, C … under `scheme`")
    scheme: str = Field(max_length=64, description="分类办法: which scheme the category belongs to")
    answer: Sealed = Field(description="答复内容: sealed")
    round: int | None = Field(
        default=None, ge=1, description="第几次办理: of the reply that the answer belongs to; absent = the first"
    )
    answered_on: date = Field(description="答复日期: business date, Asia/Shanghai")


EVENTS: tuple[type[Event], ...] = (
    WithdrawalAsked,
    WithdrawalAgreed,
    ProposalWithdrawn,
    OriginalJoined,
    OriginalReleased,
    ProposalMerged,
    MergeUndone,
    ProposalSplit,
    ItemsListed,
    ItemAnswered,
)
