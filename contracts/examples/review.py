"""Examples of the review: a case taken back, one merged, one split and asked item by item; and its units."""

from datetime import date

from contracts.assignment import (
    AdjustmentAsked,
    AdjustmentRefused,
    ExtensionAsked,
    ExtensionExplained,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRelayed,
    UnitRedirected,
    UnitSucceeded,
)
from contracts.clocks import ClockChanges, ClockMoved
from contracts.event import Event
from contracts.examples.story import (
    BODY,
    CO,
    COSIGNER,
    LEAD,
    MEMBER,
    OTHER,
    PACK,
    PACK_DIGEST,
    Story,
    fixed_clock,
    id_of,
    sealed,
)
from contracts.proposals import CosignerConfirmed, ProposalHandedOver, ProposalRegistered, ProposalSubmitted
from contracts.review import (
    Item,
    ItemAnswered,
    ItemsListed,
    MergeUndone,
    OriginalJoined,
    OriginalReleased,
    ProposalMerged,
    ProposalSplit,
    ProposalWithdrawn,
    WithdrawalAgreed,
    WithdrawalAsked,
)

_REPLY = fixed_clock("unit_reply", date(2005, 4, 30))
_PUT_OFF = _REPLY.proof.model_copy(
    update={"fixed_on": date(2005, 5, 20), "extended_from": date(2005, 4, 30), "latest_on": date(2005, 5, 30)}
)
_MAIN, _ORIGINAL = id_of("主件"), id_of("原件")


def _story(id: object, *events: Event) -> Story:
    return Story("proposal", str(id), "person:committee", "committee", events)


def _submitted(title: str, *cosigners: object) -> ProposalSubmitted:
    return ProposalSubmitted.model_validate(
        {
            "kind": "cppcc_proposal",
            "body": BODY,
            "term": 9,
            "session": 3,
            "form": "joint" if cosigners else "single",
            "title": title,
            "text": sealed("proposal.text"),
            "submitter": MEMBER,
            "cosigners": cosigners,
            "submitted_on": date(2005, 1, 19),
        }
    )


STORIES = (
    _story(
        id_of("撤回的提案"),
        _submitted("关于加宽国道的提案", COSIGNER),
        CosignerConfirmed(member=COSIGNER, confirmed_on=date(2005, 1, 20)),
        WithdrawalAsked(reason=sealed("withdrawal.reason"), asked_on=date(2005, 1, 24)),
        WithdrawalAgreed(member=COSIGNER, agreed_on=date(2005, 1, 25)),
        ProposalWithdrawn(
            reason=sealed("withdrawal.reason"),
            written="提案委 2005 年收文第 12 号",
            pack=PACK,
            pack_digest=PACK_DIGEST,
            withdrawn_on=date(2005, 1, 26),
        ),
    ),
    _story(
        _ORIGINAL,
        _submitted("关于农村公路硬化的提案"),
        ProposalMerged(main=_MAIN, reason="与主件内容相同", merged_on=date(2005, 1, 27)),
        MergeUndone(main=_MAIN, reason="涉及另一路段", undone_on=date(2005, 2, 3)),
    ),
    _story(
        _MAIN,
        _submitted("关于硬化通村公路的提案"),
        OriginalJoined(original=_ORIGINAL, signers=(OTHER,), joined_on=date(2005, 1, 27)),
        ProposalSplit(
            sibling=id_of("分出件"), title="关于通村客运的提案", reason="一事一案", split_on=date(2005, 1, 28)
        ),
        ProposalRegistered(number=69, registered_on=date(2005, 1, 31)),
        OriginalReleased(original=_ORIGINAL, reason="涉及另一路段", released_on=date(2005, 2, 3)),
        ItemsListed(
            items=(
                Item(item=1, title="列入今年硬化计划", unit=LEAD),
                Item(item=2, title="明确养护责任", unit=CO),
            ),
            listed_on=date(2005, 2, 25),
        ),
        ProposalHandedOver(
            lead=LEAD,
            co=(CO,),
            pack=PACK,
            pack_digest=PACK_DIGEST,
            answer_to=(MEMBER,),
            handed_over_on=date(2005, 3, 1),
            clocks=ClockChanges(opened=(_REPLY,)),
        ),
        AdjustmentAsked(unit=CO, reason="养护职责已划转", suggested=id_of("养护处"), asked_on=date(2005, 3, 3)),
        AdjustmentRefused(unit=CO, reason="划转自明年起", refused_on=date(2005, 3, 7)),
        UnitRedirected(unit=CO, to=id_of("养护处"), reason="职责调整", redirected_on=date(2005, 3, 15)),
        UnitSucceeded(unit=id_of("养护处"), to=id_of("公路养护中心"), succeeded_on=date(2005, 4, 1)),
        ItemAnswered(
            item=1,
            unit=LEAD,
            category="A",
            scheme="bureau-abc",
            answer=sealed("item.answer"),
            round=1,
            answered_on=date(2005, 4, 11),
        ),
        ExtensionAsked(
            unit=LEAD,
            kind="unit_reply",
            until_on=date(2005, 5, 31),
            reason="须实地核查",
            through_office=True,
            decided_by=("committee",),
            only_for="涉及面广、办理难度大的",
            asked_on=date(2005, 4, 12),
        ),
        ExtensionRelayed(unit=LEAD, kind="unit_reply", relayed_on=date(2005, 4, 13)),
        ExtensionRefused(unit=LEAD, kind="unit_reply", reason="全厅五月底须办结", refused_on=date(2005, 4, 15)),
        ExtensionAsked(
            unit=LEAD,
            kind="unit_reply",
            until_on=date(2005, 5, 20),
            reason="须实地核查",
            asked_on=date(2005, 4, 18),
        ),
        ExtensionGranted(
            unit=LEAD,
            kind="unit_reply",
            until_on=date(2005, 5, 20),
            reason="情况属实",
            ground="涉及五个部门",
            tell=(MEMBER,),
            granted_on=date(2005, 4, 20),
            clocks=ClockChanges(
                moved=(
                    ClockMoved(
                        id=_REPLY.id,
                        due_from=date(2005, 4, 30),
                        due_on=date(2005, 5, 20),
                        reason="准予延期：情况属实",
                        proof=_PUT_OFF,
                    ),
                )
            ),
        ),
        ExtensionExplained(
            unit=LEAD,
            kind="unit_reply",
            until_on=date(2005, 5, 20),
            reason="须实地核查",
            told=(MEMBER,),
            explained_on=date(2005, 4, 21),
        ),
    ),
)
