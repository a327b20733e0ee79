"""Examples of an imported history: a case of years ago, told again when its row was corrected."""

from datetime import date

from contracts.event import Event
from contracts.examples.story import BODY, MEMBER, Story, id_of, sealed
from contracts.proposals import HistoryCorrected, ProposalRegistered, ProposalSubmitted
from contracts.retelling import told


def _submitted(title: str) -> ProposalSubmitted:
    return ProposalSubmitted(
        kind="cppcc_proposal",
        body=BODY,
        term=9,
        session=3,
        form="single",
        title=title,
        text=sealed("proposal.text"),
        submitter=MEMBER,
        category="交通",
        external_id="2005-0307",
        system="旧提案系统",
        submitted_on=date(2005, 1, 18),
    )


_TOLD: tuple[Event, ...] = (
    _submitted("关于村级公路的提案"),
    ProposalRegistered(number=307, registered_on=date(2005, 1, 25)),
)
_AGAIN = (_submitted("解决农村村级公路建设问题的提案"), _TOLD[1])

STORIES = (
    Story(
        "proposal",
        str(id_of("提案307")),
        "person:registrar",
        "registrar",
        (*_TOLD, HistoryCorrected(acts=tuple(map(told, _AGAIN)), corrected_on=date(2005, 6, 1))),
    ),
)
