"""Examples of the meetings service's events."""

from datetime import date

from contracts.envelope import command_id, event_id
from contracts.examples.story import CASE, COUNTY, LEAD, MEETING, MEMBER, PACK_DIGEST, Story, sealed, sealed_file
from contracts.meetings import HandlerMeetingConfirmed, HandlerMeetingDisputed, HandlerMeetingWithdrawn, HandlerMet

_MET = HandlerMet(
    case=CASE,
    unit=LEAD,
    handler="person:wang",
    member=MEMBER,
    stage="before",
    mode="in_person",
    met_on=date(2005, 3, 9),
    place="省政协会议室",
    summary=sealed("meeting.summary"),
    wishes=sealed("meeting.wishes"),
    measures=sealed("meeting.measures"),
    evidence=(sealed_file("见面照片"),),
    pack_digest=PACK_DIGEST,
    late=True,
    late_reason="经办人出差, 返岗后补录",
)

STORIES = (
    Story(
        "meeting",
        str(MEETING),
        "person:wang",
        "handler",
        (
            _MET,
            HandlerMeetingConfirmed(member=MEMBER, confirmed_on=date(2005, 3, 12)),
            HandlerMeetingDisputed(member=MEMBER, disputed_on=date(2005, 3, 20), reason=sealed("meeting.dispute")),
            HandlerMeetingWithdrawn(
                case=CASE,
                corrects=event_id(command_id(COUNTY, "person:wang", f"meeting/{MEETING}/1")),
                reason="照片误传, 另行补录",
                approved_by="厅办公室主任",
                withdrawn_on=date(2005, 3, 21),
            ),
        ),
    ),
)
