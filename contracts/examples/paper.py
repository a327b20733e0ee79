"""Examples of a case that came on paper: entered, sent back by the second person, entered again, confirmed."""

from datetime import date

from contracts.examples.story import BODY, COSIGNER, MEMBER, Story, digest, id_of, sealed
from contracts.paper import PaperOriginal, PaperOriginalChecked
from contracts.proposals import ProposalRevised, ProposalSubmitted

_ORIGINAL = PaperOriginal(
    shelf="2005-提-017",
    digest=digest("提案原件"),
    media_type="application/pdf",
    size=482_113,
    signed_by=(MEMBER, COSIGNER),
    received_on=date(2005, 1, 19),
    clerk="person:luo",
)
STORIES = (
    Story(
        "proposal",
        str(id_of("纸质提案")),
        "person:luo",
        "committee",
        (
            ProposalSubmitted(
                kind="cppcc_proposal",
                body=BODY,
                term=9,
                session=3,
                form="joint",
                title="关于整治乡村道路的提案",
                text=sealed("proposal.text"),
                submitter=MEMBER,
                cosigners=(COSIGNER,),
                submitted_on=date(2005, 1, 18),
                paper=_ORIGINAL,
            ),
            PaperOriginalChecked(
                checker="person:he",
                digest=_ORIGINAL.digest,
                agrees=False,
                reason="第二页第三条漏录",
                checked_on=date(2005, 1, 20),
            ),
            ProposalRevised(
                title="关于整治乡村道路的提案",
                text=sealed("proposal.text"),
                paper=_ORIGINAL,
                revised_on=date(2005, 1, 20),
            ),
            PaperOriginalChecked(
                checker="person:he", digest=_ORIGINAL.digest, agrees=True, checked_on=date(2005, 1, 21)
            ),
        ),
    ),
)
