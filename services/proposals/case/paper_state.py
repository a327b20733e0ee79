"""The paper original of a case 纸质原件: what it is, who entered it, and what the second person found.

A part of the case's state; which acts are allowed is decided in paper.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

from contracts.paper import PaperOriginal, PaperOriginalChecked
from contracts.proposals import ProposalRevised, ProposalSubmitted
from services.proposals.case.reply import Part

if TYPE_CHECKING:
    from services.proposals.case.proposal import Proposal


class Paper(Part):
    """The paper from which the case was entered last."""

    original: PaperOriginal
    agrees: bool | None = None
    """What the second person found; None before."""
    checker: str | None = None
    reason: str | None = None
    """Why it went back to the clerk."""
    checked_on: date | None = None


def entered(case: "Proposal", event: ProposalSubmitted | ProposalRevised) -> dict[str, Any]:
    """Give what it changes in a case that its text was entered from paper; whoever signed that has consented."""
    if event.paper is None:
        return {}
    signed = {m: "confirmed" for m, said in case.cosigners.items() if said == "asked" and m in event.paper.signed_by}
    return {"paper": Paper(original=event.paper), "cosigners": {**case.cosigners, **signed}}


def checked(case: "Proposal", event: PaperOriginalChecked) -> dict[str, Any]:
    """Give what the second person's finding changes."""
    assert case.paper is not None
    found = event.model_dump(include={"agrees", "checker", "reason", "checked_on"})
    return {"paper": case.paper.model_copy(update=found)}
