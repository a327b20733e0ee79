"""Examples of what lies over a case: a key case, urged, commended, made public and archived; and a commended unit."""

from datetime import date

from contracts.clocks import ClockChanges, ClockClosed
from contracts.event import Event
from contracts.examples.story import (
    BODY,
    CO,
    DEPARTMENT,
    LEAD,
    MEMBER,
    PACK,
    PACK_DIGEST,
    Story,
    fixed_clock,
    id_of,
    sealed,
)
from contracts.overlays import (
    ArchiveGap,
    DisclosureDecided,
    KeyCaseDesignated,
    KeyCaseEnded,
    ProposalArchived,
    ProposalCommendationRevoked,
    ProposalCommended,
    ProposalUrged,
    UnitCommendationRevoked,
    UnitCommended,
    UrgingAnswered,
)
from contracts.proposals import ProposalClosed, ProposalHandedOver, ProposalRegistered, ProposalSubmitted

_ANSWER = fixed_clock("urging", date(2005, 4, 8))


def _story(aggregate: str, id: str, *events: Event) -> Story:
    return Story(aggregate, str(id_of(id)), "person:committee", "committee", events)


STORIES = (
    _story(
        "proposal",
        "重点提案",
        ProposalSubmitted(
            kind="cppcc_proposal",
            body=BODY,
            term=9,
            session=3,
            form="single",
            title="关于根治山区公路塌方的提案",
            text=sealed("proposal.text"),
            submitter=MEMBER,
            submitted_on=date(2005, 1, 18),
        ),
        ProposalRegistered(number=68, registered_on=date(2005, 1, 25)),
        KeyCaseDesignated(
            leader="省政协分管副主席",
            unit=DEPARTMENT,
            reason="涉及山区群众出行安全",
            designated_by="省政协主席会议",
            designated_on=date(2005, 2, 20),
        ),
        ProposalHandedOver(
            lead=LEAD,
            co=(CO,),
            pack=PACK,
            pack_digest=PACK_DIGEST,
            answer_to=(MEMBER,),
            handed_over_on=date(2005, 3, 1),
        ),
        ProposalUrged(
            number=1,
            unit=LEAD,
            pressing="urging",
            level="厅级",
            urged_by="厅办公室",
            demand="请书面说明治理方案的进展",
            urged_on=date(2005, 4, 1),
            clocks=ClockChanges(opened=(_ANSWER,)),
        ),
        UrgingAnswered(
            number=1,
            unit=LEAD,
            answer=sealed("urging.answer"),
            answered_on=date(2005, 4, 6),
            clocks=ClockChanges(closed=(ClockClosed(id=_ANSWER.id, on=date(2005, 4, 6)),)),
        ),
        KeyCaseEnded(reason="治理工程已经完工", ended_on=date(2005, 5, 28)),
        ProposalClosed(closed_on=date(2005, 5, 30)),
        ProposalCommended(award="优秀提案", awarded_by="省政协常委会", awarded_on=date(2005, 12, 20)),
        ProposalCommended(award="优秀建议", awarded_by="省政协常委会", awarded_on=date(2005, 12, 20)),
        ProposalCommendationRevoked(award="优秀建议", reason="称号误录", revoked_on=date(2005, 12, 21)),
        DisclosureDecided(
            disclosure="redacted",
            text=sealed("disclosure.text"),
            reason="隐去涉及的企业名称",
            decided_by="省政协提案委",
            decided_on=date(2005, 12, 22),
        ),
        ProposalArchived(
            shelf="2005-提案-68",
            holds=("text", "registration", "hand_over", f"co_opinion:{CO}", "closing"),
            gaps=(ArchiveGap(item=f"signed_for:{LEAD}", reason="签收单遗失，电话核实"),),
            archived_on=date(2005, 12, 28),
        ),
    ),
    _story(
        "commendation",
        "先进承办单位",
        UnitCommended(
            unit=LEAD, year=2005, award="先进承办单位", awarded_by="省政府办公厅", awarded_on=date(2005, 12, 30)
        ),
        UnitCommendationRevoked(reason="表彰名单更正", revoked_on=date(2006, 1, 10)),
    ),
)
