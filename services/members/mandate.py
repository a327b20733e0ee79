"""A mandate 委托: somebody may act for somebody else, in named acts, from a day to a day (leave, deputy, a clerk).

What a mandate is after its events is the same here and in every service that heeds it: contracts/copies/mandates.py.
"""

from contracts.copies.mandates import Mandate
from contracts.members import MandateGiven, MandateRevoked
from runtime.refusals import Refusal
from services.members.commands import GiveMandate, RevokeMandate


class GivenToOneself(Refusal):
    """Nobody needs a mandate to act for himself."""

    code, status, title = "mandate.given_to_oneself", 409, "委托人与受托人不能为同一人"


class PartyUnknown(Refusal):
    """The member who gives or holds the mandate is not on the county's roster."""

    code, status, title = "mandate.party_unknown", 404, "没有这位委员或代表"


class MandateIsOver(Refusal):
    """The mandate is revoked already, or ends by itself no later than on that day."""

    code, status, title = "mandate.is_over", 409, "委托已经终止或届时已经到期"


def give(command: GiveMandate, *, unknown_parties: tuple[str, ...]) -> MandateGiven:
    """Decide on a mandate; `unknown_parties` are those of its members whom the roster does not know.

    Raises: GivenToOneself, PartyUnknown.
    """
    if command.giver == command.holder:
        raise GivenToOneself
    if unknown_parties:
        raise PartyUnknown(parties=list(unknown_parties))
    return MandateGiven(
        giver=command.giver,
        holder=command.holder,
        acts=tuple(dict.fromkeys(command.acts)),
        from_on=command.from_on,
        until_on=command.until_on,
        reason=command.reason,
    )


def revoke(mandate: Mandate, command: RevokeMandate) -> MandateRevoked:
    """Decide to end a mandate before its time.

    Raises: MandateIsOver.
    """
    assert mandate.until_on is not None
    if mandate.revoked_on is not None or command.on >= mandate.until_on:
        raise MandateIsOver(until_on=min(mandate.until_on, mandate.revoked_on or mandate.until_on).isoformat())
    return MandateRevoked(on=command.on, reason=command.reason)
