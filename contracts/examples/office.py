"""Examples beside the cases: a report of public opinion, a call for proposals, and a unit's yearly summary."""

from datetime import date

from contracts.calls import CallClosed, CallOpened, TopicAdded
from contracts.clocks import Clock, ClockChanges, ClockClosed, Proof, clock_id
from contracts.event import Event
from contracts.examples.story import BODY, COUNTY, LEAD, LEAD_PARTY, MEMBER, Story, id_of, sealed
from contracts.opinions import (
    OpinionAdopted,
    OpinionEdited,
    OpinionErased,
    OpinionFedBack,
    OpinionForwarded,
    OpinionScored,
    OpinionSubmitted,
)
from contracts.summaries import SummaryAsked, SummaryErased, SummaryReceived, SummarySubmitted, Tally, summary_of

_SUMMARY = summary_of(COUNTY, LEAD, "unit", 2005)
_DUE = Clock(
    id=clock_id(_SUMMARY, "summary", LEAD_PARTY),
    kind="summary",
    whom=LEAD_PARTY,
    due_on=date(2005, 12, 20),
    proof=Proof(
        pack="",
        pack_digest="",
        rule="summary",
        source="厅办公室关于报送年度总结的通知",
        chosen=True,
        started_by="summary_asked",
        started_on=date(2005, 11, 25),
        nominal_on=date(2005, 12, 20),
        fixed_on=date(2005, 12, 20),
    ),
)


def _story(aggregate: str, id: object, *events: Event) -> Story:
    return Story(aggregate, str(id), "person:committee", "committee", events)


STORIES = (
    _story(
        "opinion",
        id_of("社情民意1"),
        OpinionSubmitted(
            body=BODY,
            title="关于农村客运班线停运的反映",
            text=sealed("opinion.text"),
            submitter=MEMBER,
            submitted_on=date(2005, 3, 2),
        ),
        OpinionEdited(
            title="部分农村客运班线停运影响群众出行", text=sealed("opinion.text"), edited_on=date(2005, 3, 4)
        ),
        OpinionAdopted(level="省级", adopted_by="省政协办公厅", issue="2005年第7期", adopted_on=date(2005, 3, 10)),
        OpinionForwarded(number=1, to="省交通厅", unit=LEAD, forwarded_on=date(2005, 3, 11)),
        OpinionFedBack(number=1, feedback=sealed("opinion.feedback"), fed_back_on=date(2005, 4, 1)),
        OpinionScored(level="省级", points=10, basis="社情民意信息计分办法", scored_on=date(2005, 4, 5)),
        OpinionErased(reason="本人依法申请删除", ordered_by="省政协办公厅通知", erased_on=date(2015, 6, 1)),
    ),
    _story(
        "call",
        id_of("九届四次会议提案征集"),
        CallOpened(
            body=BODY,
            term=9,
            session=4,
            title="关于征集九届四次会议提案的通知",
            topics=("县乡公路建设", "农村客运"),
            until_on=date(2005, 12, 31),
            opened_on=date(2005, 11, 1),
        ),
        TopicAdded(number=3, topic="公路养护体制", added_on=date(2005, 11, 10)),
        CallClosed(reason="选题已经充分", closed_on=date(2005, 12, 25)),
    ),
    _story(
        "summary",
        _SUMMARY,
        SummaryAsked(
            unit=LEAD,
            scope="unit",
            year=2005,
            asked_by="厅办公室",
            asked_on=date(2005, 11, 25),
            clocks=ClockChanges(opened=(_DUE,)),
        ),
        SummarySubmitted(
            text=sealed("summary.text"),
            lead=Tally(
                assigned=12,
                answered=12,
                on_time=11,
                met=12,
                closed=12,
                categories={"bureau-abc/A": 7, "bureau-abc/B": 5},
                ratings={"满意": 10, "基本满意": 2},
            ),
            co=Tally(assigned=5, answered=5, on_time=5, met=0, closed=5),
            submitted_on=date(2005, 12, 15),
            clocks=ClockChanges(closed=(ClockClosed(id=_DUE.id, on=date(2005, 12, 15)),)),
        ),
        SummaryReceived(receiver="consultative", received_by="省政协提案委", received_on=date(2005, 12, 19)),
        SummaryErased(reason="文稿误附个人信息", ordered_by="厅办公室通知", erased_on=date(2006, 3, 1)),
    ),
)
