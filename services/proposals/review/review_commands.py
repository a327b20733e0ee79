"""What people may ask while a case is reviewed: withdrawal, merging, splitting, items; each model is an HTTP body."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from contracts.event import ClearText
from runtime.http import BusinessDate, Command
from services.proposals.commands import FreeText, Word


class AskWithdrawal(Command):
    """Ask the co-signers to agree that the case be withdrawn."""

    reason: FreeText
    asked_on: BusinessDate


class AgreeToWithdrawal(Command):
    """Agree, as a co-signer, that the case be withdrawn."""

    agreed_on: BusinessDate


class WithdrawProposal(Command):
    """Withdraw the case 撤回; `written` says where a written request is kept that somebody else enters."""

    reason: FreeText
    written: ClearText | None = None
    withdrawn_on: BusinessDate


class MergeProposal(Command):
    """Handle the case together with a main case 并案."""

    main: UUID
    reason: ClearText | None = None
    merged_on: BusinessDate


class UndoMerge(Command):
    """Undo the merge."""

    reason: ClearText
    undone_on: BusinessDate


class SplitProposal(Command):
    """Split a part of the case off as a case of its own 分案."""

    title: ClearText
    text: FreeText
    nature: ClearText | None = None
    reason: ClearText | None = None
    split_on: BusinessDate


class AskedItem(Command):
    """One item of a list."""

    title: ClearText
    unit: UUID | None = None


class ListItems(Command):
    """List what the case asks for, each with the unit that answers it 列明诉求."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"items": [{"title": "列入今年硬化计划"}], "listed_on": "2005-02-25"}}
    )

    items: tuple[AskedItem, ...] = Field(min_length=1, max_length=50)
    listed_on: BusinessDate


class AnswerItem(Command):
    """Answer one item, for the caller's unit."""

    item: int = Field(ge=1, le=50)
    category: Word
    scheme: Annotated[str, StringConstraints(max_length=64)]
    answer: FreeText
    answered_on: BusinessDate
