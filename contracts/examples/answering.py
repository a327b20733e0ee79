"""Examples of a reply's way from draft to rating where nothing goes straight: recalled, relayed, unrated."""

from datetime import date

from contracts.answering import (
    CommitmentAnswered,
    CommitmentKept,
    CommitmentMade,
    CommitmentRestated,
    CommitmentSlipped,
    DissatisfactionAssessed,
    DraftCommented,
    DraftShown,
    Elsewhere,
    HandlerChanged,
    NoteAdded,
    PaperForm,
    RatingImpossible,
    RatingLapsed,
    RatingReminded,
    RelayConsented,
    ReplyChecked,
    ReplyRecalled,
    ReplyRelayed,
    ReplyStamped,
    StepWaived,
)
from contracts.envelope import command_id, event_id
from contracts.event import Event
from contracts.examples.story import (
    BODY,
    COSIGNER,
    COUNTY,
    LEAD,
    MEMBER,
    OTHER,
    PACK,
    PACK_DIGEST,
    Story,
    digest,
    id_of,
    sealed,
)
from contracts.proposals import (
    CosignerConfirmed,
    MemberContacted,
    ProposalHandedOver,
    ProposalRegistered,
    ProposalSignedFor,
    ProposalSubmitted,
    RehandlingOrdered,
    ReplyDelivered,
    ReplyDrafted,
    ReplyRated,
    ReplyReceived,
    ReplyReviewed,
    ReplySigned,
)

_CASE = id_of("修桥的提案")
_FIRST, _SECOND = "湘交规函〔2005〕70号", "湘交规函〔2005〕70号之二"
_ELSEWHERE = Elsewhere(
    system="省政府公文系统", document_id="2005-0070", digest=digest("签发件"), signed_by="分管副厅长"
)


def _signed_at(version: int) -> object:
    return event_id(command_id(COUNTY, "person:committee", f"proposal/{_CASE}/{version}"))


def _drafted(round: int, on: date) -> tuple[Event, Event]:
    return (
        ReplyDrafted(
            unit=LEAD,
            round=round,
            drafter="person:wang",
            category="B",
            scheme="bureau-abc",
            text=sealed("reply.text"),
            drafted_on=on,
        ),
        ReplyReviewed(unit=LEAD, round=round, reviewer="person:chen", passed=True, reviewed_on=on),
    )


def _signed(round: int, document: str, on: date, **more: object) -> ReplySigned:
    fields = {"unit": LEAD, "round": round, "signer": "person:zhou", "document": document, "signed_on": on}
    return ReplySigned.model_validate({**fields, "category": "B", "scheme": "bureau-abc", **more})


def _had(round: int, on: date) -> tuple[Event, Event]:
    return (
        ReplyDelivered(member=MEMBER, unit=LEAD, round=round, mode="electronic", delivered_on=on),
        ReplyReceived(member=MEMBER, unit=LEAD, round=round, received_on=on),
    )


_INTAKE: tuple[Event, ...] = (
    ProposalSubmitted(
        kind="cppcc_proposal",
        body=BODY,
        term=9,
        session=3,
        form="joint",
        title="关于修复危桥的提案",
        text=sealed("proposal.text"),
        submitter=MEMBER,
        cosigners=(COSIGNER, OTHER),
        submitted_on=date(2005, 1, 20),
    ),
    CosignerConfirmed(member=COSIGNER, confirmed_on=date(2005, 1, 21)),
    CosignerConfirmed(member=OTHER, confirmed_on=date(2005, 1, 21)),
    ProposalRegistered(number=70, registered_on=date(2005, 1, 25)),
    ProposalHandedOver(
        lead=LEAD,
        pack=PACK,
        pack_digest=PACK_DIGEST,
        answer_to=(MEMBER, COSIGNER, OTHER),
        handed_over_on=date(2005, 3, 1),
    ),
    ProposalSignedFor(unit=LEAD, signed_for_on=date(2005, 3, 2)),
    MemberContacted(unit=LEAD, section="规划科", handler="person:li", contacted_on=date(2005, 3, 3)),
    HandlerChanged(
        unit=LEAD, handler="person:wang", section="规划科", reason="原经办人轮岗", changed_on=date(2005, 3, 7)
    ),
    RelayConsented(member=COSIGNER, consented_on=date(2005, 3, 8)),
    NoteAdded(unit=LEAD, round=1, author="person:wang", note=sealed("note"), noted_on=date(2005, 3, 9)),
    StepWaived(unit=LEAD, step="meeting_during", reason="委员在外地, 已电话沟通", waived_on=date(2005, 3, 30)),
)

_ROUNDS: tuple[Event, ...] = (
    *_drafted(1, date(2005, 4, 1)),
    DraftShown(unit=LEAD, round=1, members=(MEMBER, OTHER), draft=1, shown_on=date(2005, 4, 2)),
    DraftCommented(
        unit=LEAD,
        round=1,
        member=MEMBER,
        draft=1,
        word="基本满意",
        remark=sealed("comment.remark"),
        commented_on=date(2005, 4, 4),
    ),
    _signed(1, _FIRST, date(2005, 4, 5), elsewhere=_ELSEWHERE),
    ReplyStamped(unit=LEAD, round=1, stamp="湖南省交通厅印章", stamped_on=date(2005, 4, 5)),
    ReplyChecked(unit=LEAD, round=1, checker="person:liu", passed=True, checked_on=date(2005, 4, 6)),
    *_had(1, date(2005, 4, 7)),
    ReplyRecalled(
        unit=LEAD,
        round=1,
        recalls=_signed_at(len(_INTAKE) + 5),
        document=_FIRST,
        reason="附表里程有误",
        approved_by="厅办公室主任",
        recalled_on=date(2005, 4, 8),
    ),
    *_drafted(1, date(2005, 4, 9)),
    _signed(1, _SECOND, date(2005, 4, 10), reissues=_signed_at(len(_INTAKE) + 5)),
    *_had(1, date(2005, 4, 11)),
    ReplyRelayed(unit=LEAD, round=1, by=MEMBER, member=COSIGNER, relayed_on=date(2005, 4, 12)),
    ReplyRated(
        member=MEMBER,
        unit=LEAD,
        round=1,
        result="不满意",
        attitude="满意",
        paper=PaperForm(witness="person:he", digest=digest("测评表")),
        rehandle=True,
        rated_on=date(2005, 4, 20),
    ),
    RatingReminded(unit=LEAD, round=1, member=OTHER, reminded_on=date(2005, 4, 25)),
    RatingLapsed(unit=LEAD, round=1, member=OTHER, word="未表态", counts=False, lapsed_on=date(2005, 5, 10)),
    RehandlingOrdered(unit=LEAD, round=2, ordered_on=date(2005, 5, 11)),
    *_drafted(2, date(2005, 5, 15)),
    _signed(2, _SECOND, date(2005, 5, 16)),
    *_had(2, date(2005, 5, 17)),
    ReplyRated(
        member=MEMBER, unit=LEAD, round=2, result="不满意", attitude="满意", rehandle=True, rated_on=date(2005, 5, 20)
    ),
    RatingImpossible(unit=LEAD, round=2, member=OTHER, found_on=date(2005, 5, 25), seat_ended_on=date(2005, 5, 21)),
    DissatisfactionAssessed(
        unit=LEAD,
        round=2,
        form="expert_evaluation",
        result=sealed("assessment.result"),
        handle_again=False,
        assessed_on=date(2005, 5, 30),
    ),
)

_PROMISES: tuple[Event, ...] = (
    CommitmentMade(
        unit=LEAD,
        number=1,
        round=2,
        what="年内完成三座危桥加固",
        made_on=date(2005, 6, 1),
        due_on=date(2005, 12, 31),
    ),
    CommitmentRestated(
        unit=LEAD, number=1, what="完成三座危桥加固和引道", reason="补写引道", restated_on=date(2005, 7, 1)
    ),
    CommitmentSlipped(
        unit=LEAD, number=1, reason="汛期停工", slipped_on=date(2005, 12, 20), due_on=date(2006, 6, 30)
    ),
    CommitmentKept(unit=LEAD, number=1, how="三座危桥均已通车", kept_on=date(2006, 5, 20)),
    CommitmentAnswered(
        unit=LEAD,
        number=1,
        document="湘交规函〔2006〕12号",
        text=sealed("commitment.answer"),
        answered_on=date(2006, 5, 25),
    ),
)

STORIES = (Story("proposal", str(_CASE), "person:committee", "committee", (*_INTAKE, *_ROUNDS, *_PROMISES)),)
