"""Routes of letters and sheets 文书: the reply letter, the hand-over sheet and the receipt sheet of a case as .docx.

They carry what the case's page shows to the same caller: without the right to its text there is no letter.
"""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from contracts.copies.names import names_of
from contracts.sealed import Sealed
from runtime import vault
from runtime.http import Caller, Calling
from runtime.openapi import refuses
from runtime.policy import permitting_role
from runtime.refusals import CaseErased, NotFound
from runtime.sealing import unseal
from services.proposals.case.proposal import Proposal
from services.proposals.folds import PROPOSAL
from services.proposals.letters import letters
from services.proposals.letters.letter_placeholders import DOCUMENTS, Values
from services.proposals.letters.letter_templates import MEDIA_TYPE, filled, template_of
from services.proposals.policy import POLICY, relations

router = APIRouter(prefix="/v1/proposals", tags=["answers"])

_FILE = {"type": "string", "format": "binary"}
GIVES: dict[str, Any] = {
    "responses": {
        200: {"description": "文件", "content": {MEDIA_TYPE: {"schema": _FILE}}},
        **refuses(409, 410),
    },
    "response_class": Response,
}
"""What a route's decorator says when it gives a document."""
Round = Annotated[int | None, Query(ge=1, le=99)]


@router.get("/{id}/reply-letter.docx", **GIVES)
async def print_reply_letter(
    id: UUID, who: Calling, unit: UUID | None = None, round: Round = None, member: UUID | None = None
) -> Response:
    """Give the signed reply as a letter 答复函: to all who must be answered, or to `member` alone."""
    handled = await _handled(who, id, "proposal.read_text")
    reply = letters.signed_reply(handled, unit, round)
    names, text = await _names(who, handled), await _opened(who, handled.main, reply.text)
    values = letters.reply_letter(handled, reply, text, names, member=member, today=who.today)
    return await document(who, "reply-letter", values, f"第{handled.case.number or id}号")


@router.get("/{id}/hand-over-sheet.docx", **GIVES)
async def print_hand_over_sheet(id: UUID, who: Calling, unit: UUID | None = None) -> Response:
    """Give the sheet with which the case goes to its units 交办单, or to `unit` alone, with text and last days."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    case = await _shown(who, id)
    permitting_role(POLICY, "proposal.read_text", who.principal.roles, relations(case, who))
    names, text = await _names(who, letters.Handled(case, case)), await _opened(who, case, case.text)
    values = letters.hand_over_sheet(case, text, names, unit=unit, today=who.today)
    return await document(who, "hand-over-sheet", values, f"第{case.number or id}号")


@router.get("/{id}/receipt-sheet.docx", **GIVES)
async def print_receipt_sheet(
    id: UUID, who: Calling, unit: UUID | None = None, round: Round = None, member: UUID | None = None
) -> Response:
    """Give the sheet on which the members confirm by signature that they have the reply 送达回执; it has no text."""
    handled = await _handled(who, id, "proposal.read")
    reply = letters.signed_reply(handled, unit, round)
    values = letters.receipt_sheet(handled, reply, await _names(who, handled), member=member, today=who.today)
    return await document(who, "receipt-sheet", values, f"第{handled.case.number or id}号")


async def document(who: Caller, name: str, values: Values, about: str) -> Response:
    """Give a document from the county's template; it is made beside the event loop, which goes on answering others.

    Raises: TemplateBroken.
    """

    def make() -> bytes:
        return filled(template_of(name, who.county, who.process.settings.templates_dir), values)

    content = await asyncio.to_thread(make)
    file = quote(f"{DOCUMENTS[name].title} {about}.docx")
    return Response(
        content, media_type=MEDIA_TYPE, headers={"content-disposition": f"attachment; filename*=UTF-8''{file}"}
    )


async def _handled(who: Caller, id: UUID, action: str) -> letters.Handled:
    """Give the case to who may do this where it is handled: in a merged one's main case, whose reply answers it.

    Raises: Forbidden, NotFound.
    """
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    case = main = await _shown(who, id)
    if case.review.merged is not None:
        main = await _shown(who, case.review.merged.main)
    permitting_role(POLICY, action, who.principal.roles, relations(main, who))
    return letters.Handled(case, main)


async def _shown(who: Caller, id: UUID) -> Proposal:
    held, _ = await who.process.states.show(PROPOSAL, who.county, str(id))
    if held.version == 0:
        raise NotFound
    case: Proposal = held.state
    return case


async def _names(who: Caller, handled: letters.Handled) -> dict[str, str]:
    async with who.process.database.county(who.county) as db:
        return await names_of(db, letters.parties(handled))


async def _opened(who: Caller, case: Proposal, text: Sealed | None) -> str:
    """Give a text of the case in clear.

    Raises: CaseErased.
    """
    if text is None:
        return ""
    wanted = (who.county, text.case)
    async with who.process.database.owner() as db:
        key = None if case.erased else (await vault.keys_of(db, [wanted])).get(wanted)
    if key is None:
        raise CaseErased
    return unseal(key, who.county, text)
