"""The meetings service's routes."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from contracts.copies.adopted import pack_by_digest
from contracts.envelope import command_id
from contracts.meetings import Stage
from contracts.sealed import Sealed
from runtime import vault
from runtime.folds import Fold, Held
from runtime.http import Caller, Calling, carry_out
from runtime.openapi import keyed, refuses, shows
from runtime.paging import LIMIT, LIMIT_MAX
from runtime.policy import permitting_role
from runtime.refusals import CaseErased, Forbidden, NotFound
from runtime.sealing import seal, unseal
from runtime.shapes import page_of
from services.meetings import meeting, photos, uploads
from services.meetings.cases import CASE, CaseFacts
from services.meetings.commands import ConfirmMeeting, DisputeMeeting, RecordMeeting, WithdrawMeeting
from services.meetings.diary import MEETINGS, PHOTOS, Search, get_meeting, get_photo, list_meetings
from services.meetings.policy import POLICY, member_of, relations, sees_everything
from services.meetings.refusals import CaseUnknown
from services.meetings.shapes import MEETING_ROW, MEETING_SHOWN, PHOTO, SWEPT

router = APIRouter(prefix="/v1", tags=["meetings"])

MEETING: Fold[meeting.Meeting] = Fold(
    "meetings", "meeting", meeting.Meeting, meeting.evolve, (MEETINGS, PHOTOS), own=True
)


_IMAGE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {kind: {} for kind in photos.IMAGE_TYPES}},
    **keyed(),
}
_PHOTO_SHOWN: dict[int | str, dict[str, Any]] = {
    200: {"description": "照片", "content": {kind: {} for kind in photos.IMAGE_TYPES}}
}


@router.post(
    "/photos",
    status_code=201,
    openapi_extra=_IMAGE,
    responses=shows(PHOTO, status=201) | refuses(404, 409, 410, 413, 415, 422),
)
async def upload_photo(case: UUID, request: Request, who: Calling) -> JSONResponse:
    """Upload a photo for a case 上传照片: the body is the image, the answer names it for a meeting's evidence."""
    command = command_id(who.county, who.principal.subject, who.idempotency_key())
    facts = await _case(who, case)
    if not facts.known:
        raise CaseUnknown
    permitting_role(POLICY, "photo.upload", who.principal.roles, relations(who, case=facts))
    content = await request.body()
    media_type = photos.image_type(request.headers.get("content-type", ""), content)
    photo = await photos.keep(who.process, who.county, command, case, media_type, content)
    return JSONResponse({"digest": photo.digest, "size": photo.size, "media_type": photo.media_type}, 201)


@router.post("/photos/sweep", responses=shows(SWEPT))
async def sweep_photos(who: Calling) -> dict[str, Any]:
    """Remove the photos that no meeting has named 清理照片, in the operator's county."""
    permitting_role(POLICY, "photo.sweep", who.principal.roles, ())
    removed = await uploads.sweep(who.process, who.now, who.county)
    return {"removed": [orphan._asdict() for orphan in removed]}


@router.post("/handler-meetings", status_code=201)
async def record_meeting(command: RecordMeeting, who: Calling) -> JSONResponse:
    """Record that the caller met the member 见面."""
    id, facts = who.new_id(), await _case(who, command.case)
    pack, texts = None, None
    if facts.pack_digest is not None:
        async with who.process.database.county(who.county) as db:
            pack = await pack_by_digest(db, facts.pack_digest)
    async with who.process.database.owner() as db:
        uploaded = await uploads.uploaded(db, who.county, command.case, command.evidence)
    if facts.known and (key := await _key(who, command.case)):
        parts = {label: getattr(command, label) for label in meeting.Texts._fields}
        texts = meeting.Texts(
            **{
                label: seal(key, who.county, command.case, f"meeting.{label}", text)
                for label, text in parts.items()
                if text is not None
            }
        )
    return await carry_out(
        who,
        MEETING,
        id,
        "meeting.record",
        command,
        lambda _: meeting.record(
            command, handler=who.party, case=facts, pack=pack, uploaded=uploaded, texts=texts, today=who.today
        ),
        policy=POLICY,
        relations=lambda _: relations(who, unit=command.unit),
        new=True,
    )


@router.post("/handler-meetings/{id}/confirm")
async def confirm_meeting(id: str, command: ConfirmMeeting, who: Calling) -> JSONResponse:
    """Confirm, as the member who was met 确认见面."""
    return await carry_out(
        who,
        MEETING,
        id,
        "meeting.confirm",
        command,
        lambda state: meeting.confirm(state, member=who.party, on=command.confirmed_on, today=who.today),
        policy=POLICY,
        relations=lambda _: relations(who),
    )


@router.post("/handler-meetings/{id}/dispute")
async def dispute_meeting(id: str, command: DisputeMeeting, who: Calling) -> JSONResponse:
    """Dispute, as the member who was met 见面异议."""
    recorded = (await who.load(MEETING, id)).state
    reason: Sealed | None = None
    if recorded.case is not None and (key := await _key(who, recorded.case)):
        reason = seal(key, who.county, recorded.case, "meeting.dispute", command.reason)
    return await carry_out(
        who,
        MEETING,
        id,
        "meeting.dispute",
        command,
        lambda state: meeting.dispute(
            state, member=who.party, reason=reason, on=command.disputed_on, today=who.today
        ),
        policy=POLICY,
        relations=lambda _: relations(who),
    )


@router.post("/handler-meetings/{id}/withdraw")
async def withdraw_meeting(id: str, command: WithdrawMeeting, who: Calling) -> JSONResponse:
    """Withdraw a record made in error 撤回见面."""
    return await carry_out(
        who,
        MEETING,
        id,
        "meeting.withdraw",
        command,
        lambda state: meeting.withdraw(
            state,
            reason=command.reason,
            approved_by=command.approved_by,
            on=command.withdrawn_on,
            today=who.today,
        ),
        policy=POLICY,
        relations=lambda state: relations(who, unit=state.unit),
    )


@router.get("/handler-meetings", responses=shows(page_of(MEETING_ROW)))
async def list_handler_meetings(
    who: Calling,
    case: UUID | None = None,
    unit: UUID | None = None,
    member: UUID | None = None,
    stage: Stage | None = None,
    standing: Literal["recorded", "confirmed", "disputed", "withdrawn"] | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> dict[str, Any]:
    """List meetings 见面记录, the latest first: all for committee, office, operator and auditor, else own cases."""
    possible = {may.role for may in POLICY["meeting.read"]} & who.principal.roles
    if not possible:
        raise Forbidden(action="meeting.read")
    search = Search(
        case=case,
        unit=unit,
        member=member,
        stage=stage,
        standing=standing,
        from_on=from_on,
        until_on=until_on,
        everything=sees_everything(who),
        of_unit=who.principal.unit if possible - {"member"} else None,
        of_member=member_of(who) if "member" in possible else None,
    )
    async with who.process.database.county(who.county) as db:
        return await list_meetings(db, search, after=after, limit=limit)


@router.get("/handler-meetings/{id}", responses=shows(MEETING_SHOWN))
async def get_handler_meeting(id: str, who: Calling) -> dict[str, Any]:
    """Show one meeting 见面详情; its texts only to those who may read them, and to nobody once the case is erased."""
    item, sealed, facts = await _found(who, id)
    permitting_role(POLICY, "meeting.read", who.principal.roles, relations(who, case=facts))
    try:
        permitting_role(POLICY, "meeting.read_texts", who.principal.roles, relations(who, case=facts))
    except Forbidden:
        return item
    texts = {name: Sealed.model_validate(text) for name, text in sealed.items() if text}
    async with who.process.database.owner() as db:
        key = (await vault.keys_of(db, [(who.county, UUID(item["case"]))])).get((who.county, UUID(item["case"])))
    opened = {name: unseal(key, who.county, text) if key else None for name, text in texts.items()}
    return item | dict.fromkeys(sealed) | opened | {"erased": key is None}


@router.get("/handler-meetings/{id}/photos/{digest}", responses=_PHOTO_SHOWN | refuses(410))
async def get_handler_meeting_photo(id: str, digest: str, who: Calling) -> Response:
    """Show a photo 查看照片 to the parties of the case, the committee and the office."""
    _, _, facts = await _found(who, id)
    permitting_role(POLICY, "photo.see", who.principal.roles, relations(who, case=facts))
    async with who.process.database.county(who.county) as db:
        photo = await get_photo(db, id, digest)
    if photo is None:
        raise NotFound
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    content = await photos.open_photo(who.process, who.county, photo)
    return Response(content, media_type=photo.media_type, headers=headers)


async def _case(who: Caller, case: UUID) -> CaseFacts:
    held: Held[CaseFacts] = await who.load(CASE, str(case))
    return held.state


async def _key(who: Caller, case: UUID) -> bytes | None:
    """Give the key of a case, or None once it is destroyed: the refusal is the decision's to make."""
    async with who.process.database.owner() as db:
        try:
            return await vault.key_for(db, who.county, case)
        except CaseErased:
            return None


async def _found(who: Caller, id: str) -> tuple[dict[str, Any], dict[str, Any], CaseFacts]:
    async with who.process.database.county(who.county) as db:
        found = await get_meeting(db, id)
    if found is None:
        raise NotFound
    item, sealed = found
    return item, sealed, await _case(who, UUID(item["case"]))
