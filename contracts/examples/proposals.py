"""Examples of the proposals service's events: one case twice handled, and its siblings that went other ways."""

from datetime import date

from contracts.clocks import ClockChanges, ClockClosed, ClockMoved
from contracts.envelope import command_id, event_id
from contracts.event import Event
from contracts.examples.story import (
    BODY,
    CASE,
    CO,
    COSIGNER,
    COUNTY,
    LEAD,
    MEETING,
    MEMBER,
    OTHER,
    PACK,
    PACK_DIGEST,
    Story,
    fixed_clock,
    id_of,
    sealed,
    undefined_clock,
    working_day_clock,
)
from contracts.proposals import (
    ClocksMoved,
    CoOpinionGiven,
    CoOpinionWaived,
    CosignerConfirmed,
    CosignerDeclined,
    MeetingNoted,
    MeetingStruck,
    MemberContacted,
    NumberClaimed,
    ProposalClosed,
    ProposalDeclined,
    ProposalErased,
    ProposalHandedOver,
    ProposalRegistered,
    ProposalReturned,
    ProposalRevised,
    ProposalSignedFor,
    ProposalSubmitted,
    RehandlingOrdered,
    ReplyCorrected,
    ReplyDelivered,
    ReplyDrafted,
    ReplyRated,
    ReplyReceived,
    ReplyReviewed,
    ReplySigned,
)

_TITLE = "关于改善县乡公路的提案"
_UNIT_REPLY = fixed_clock("unit_reply", date(2005, 4, 30))
_RETURN = working_day_clock("return", 5, date(2005, 3, 8), (date(2005, 3, 5), date(2005, 3, 6)))
_BLANK = undefined_clock("contact")
_SIGNED = event_id(command_id(COUNTY, "person:committee", f"proposal/{CASE}/16"))


def _story(aggregate: str, id: object, *events: Event) -> Story:
    return Story(aggregate, str(id), "person:committee", "committee", events)


_CASE_STORY = _story(
    "proposal",
    CASE,
    ProposalSubmitted(
        kind="cppcc_proposal",
        body=BODY,
        term=9,
        session=3,
        form="joint",
        title="关于县乡公路的提案",
        text=sealed("proposal.text"),
        submitter=MEMBER,
        cosigners=(COSIGNER, OTHER),
        nature="项目资金类",
        submitted_on=date(2005, 1, 20),
    ),
    CosignerConfirmed(member=COSIGNER, confirmed_on=date(2005, 1, 21)),
    CosignerDeclined(member=OTHER, declined_on=date(2005, 1, 21)),
    ProposalReturned(reason=sealed("proposal.return"), returned_on=date(2005, 1, 22)),
    ProposalRevised(title=_TITLE, text=sealed("proposal.text"), revised_on=date(2005, 1, 23)),
    ProposalRegistered(number=67, nature="项目资金类", registered_on=date(2005, 1, 25)),
    ProposalHandedOver(
        lead=LEAD,
        co=(CO, id_of("财务处")),
        office=id_of("厅办公室"),
        leader="分管副厅长",
        pack=PACK,
        pack_digest=PACK_DIGEST,
        answer_to=(MEMBER, COSIGNER),
        handed_over_on=date(2005, 3, 1),
        clocks=ClockChanges(opened=(_UNIT_REPLY, _RETURN, _BLANK)),
    ),
    ProposalSignedFor(
        unit=LEAD,
        signed_for_on=date(2005, 3, 3),
        clocks=ClockChanges(closed=(ClockClosed(id=_RETURN.id, on=date(2005, 3, 3)),)),
    ),
    MemberContacted(unit=LEAD, section="规划科", handler="person:wang", contacted_on=date(2005, 3, 4)),
    MeetingNoted(meeting=MEETING, unit=LEAD, stage="before", round=1, met_on=date(2005, 3, 9)),
    MeetingStruck(meeting=MEETING, struck_on=date(2005, 3, 21)),
    CoOpinionGiven(unit=CO, opinion=sealed("proposal.co_opinion"), given_on=date(2005, 3, 25)),
    CoOpinionWaived(unit=id_of("财务处"), reason="不涉及资金安排", waived_on=date(2005, 3, 28)),
    ReplyDrafted(
        unit=LEAD,
        round=1,
        drafter="person:wang",
        category="B",
        scheme="bureau-abc",
        text=sealed("reply.text"),
        drafted_on=date(2005, 4, 10),
    ),
    ReplyReviewed(
        unit=LEAD,
        round=1,
        reviewer="person:chen",
        passed=True,
        remark=sealed("reply.review"),
        reviewed_on=date(2005, 4, 12),
    ),
    ReplySigned(
        unit=LEAD,
        round=1,
        signer="person:zhou",
        document="湘交规函〔2005〕67号",
        category="B",
        scheme="bureau-abc",
        signed_on=date(2005, 4, 15),
        clocks=ClockChanges(closed=(ClockClosed(id=_UNIT_REPLY.id, on=date(2005, 4, 15)),)),
    ),
    ReplyCorrected(
        round=1,
        corrects=_SIGNED,
        text=sealed("reply.text"),
        category="B",
        scheme="bureau-abc",
        reason="附表里程有误",
        approved_by="厅办公室主任",
        corrected_on=date(2005, 4, 18),
    ),
    ReplyDelivered(member=MEMBER, round=1, mode="paper", delivered_on=date(2005, 4, 20)),
    ReplyReceived(member=MEMBER, round=1, received_on=date(2005, 4, 21)),
    ReplyRated(
        member=MEMBER,
        round=1,
        result="不满意",
        attitude="基本满意",
        remark=sealed("reply.rating"),
        rehandle=True,
        rated_on=date(2005, 4, 22),
    ),
    RehandlingOrdered(
        round=2,
        ordered_on=date(2005, 4, 25),
        clocks=ClockChanges(
            moved=(
                ClockMoved(
                    id=_BLANK.id,
                    due_on=date(2005, 5, 20),
                    reason="规则补充了时限",
                    provisional=True,
                    proof=_BLANK.proof.model_copy(update={"undefined": None, "amount": 15, "unit": "working_day"}),
                ),
            )
        ),
    ),
    ClocksMoved(
        years=(2005,),
        moved_on=date(2005, 4, 28),
        clocks=ClockChanges(
            moved=(
                ClockMoved(
                    id=_BLANK.id,
                    due_from=date(2005, 5, 20),
                    due_on=date(2005, 5, 20),
                    reason="2005年放假安排公布，到期日不变，不再是暂定",
                    proof=_BLANK.proof.model_copy(update={"undefined": None, "amount": 15, "unit": "working_day"}),
                ),
            )
        ),
    ),
    ProposalClosed(
        closed_on=date(2005, 5, 30),
        clocks=ClockChanges(closed=(ClockClosed(id=_BLANK.id, on=date(2005, 5, 30), outcome="void"),)),
    ),
    ProposalErased(reason="本人依法申请删除", ordered_by="省政协办公厅通知", erased_on=date(2015, 6, 1)),
)

STORIES = (
    _CASE_STORY,
    _story(
        "proposal",
        id_of("不立案的提案"),
        ProposalSubmitted(
            kind="cppcc_proposal",
            body=BODY,
            term=9,
            session=3,
            form="group",
            title="关于路灯的提案",
            text=sealed("proposal.text"),
            submitter=OTHER,
            group="经济界别小组",
            submitted_on=date(2005, 1, 21),
        ),
        ProposalDeclined(reason=sealed("proposal.decline"), declined_on=date(2005, 1, 26)),
    ),
    _story(
        "number",
        f"{BODY}-9-3-67",
        NumberClaimed(body=BODY, term=9, session=3, number=67, case=CASE),
    ),
)
