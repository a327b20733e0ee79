"""What the examples share: who they are about, and how a made-up sealed text or clock looks."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts.clocks import CalendarUse, Clock, Proof, clock_id
from contracts.event import Event
from contracts.sealed import Sealed, SealedFile

COUNTY = "430000"
PACK = "hunan-transport-2005"


class Story(NamedTuple):
    """The life of one aggregate: its events in order. The actor and role are those of its envelopes."""

    aggregate: str
    id: str
    actor: str
    role: str
    events: Sequence[Event]


def id_of(what: str) -> UUID:
    """Give the id of somebody or something in the examples: the same name, the same id."""
    return uuid5(NAMESPACE_URL, f"urn:yishi:example:{what}")


def digest(what: str) -> str:
    """Give a made-up digest."""
    return "sha256:" + hashlib.sha256(what.encode()).hexdigest()


BODY, CASE, MEETING = id_of("省政协"), id_of("提案67"), id_of("办前见面")
LEAD, CO, DEPARTMENT = id_of("规划办"), id_of("公路局"), id_of("交通厅")
MEMBER, COSIGNER, OTHER = id_of("张委员"), id_of("李委员"), id_of("王委员")
PACK_DIGEST = digest(PACK)
LEAD_PARTY = f"unit:{LEAD}"


def sealed(label: str) -> Sealed:
    """Give a text as the log keeps it; nobody has the key of this one."""
    raw = hashlib.sha512(label.encode()).digest()
    return Sealed(case=CASE, label=label, nonce=_base64(raw[:12]), text=_base64(raw[12:60]))


def sealed_file(name: str) -> SealedFile:
    """Give a photo as the log names it."""
    return SealedFile(case=CASE, digest=digest(name), media_type="image/jpeg", size=183_240)


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def fixed_clock(kind: str, due_on: date) -> Clock:
    """Give a clock with a fixed last day."""
    proof = Proof(
        pack=PACK,
        pack_digest=PACK_DIGEST,
        rule=kind,
        source="湖南省交通厅 2005 年建议提案办理工作方案",
        started_by="handed_over",
        started_on=date(2005, 3, 1),
        fixed_on=due_on,
    )
    return Clock(id=clock_id(CASE, kind, LEAD_PARTY), kind=kind, whom=LEAD_PARTY, due_on=due_on, proof=proof)


def working_day_clock(kind: str, amount: int, due_on: date, excluded: tuple[date, ...]) -> Clock:
    """Give a clock of so many working days."""
    proof = Proof(
        pack=PACK,
        pack_digest=PACK_DIGEST,
        rule=kind,
        source="湖南省交通厅 2005 年建议提案办理工作方案",
        chosen=True,
        started_by="handed_over",
        started_on=date(2005, 3, 1),
        amount=amount,
        unit="working_day",
        excluded=excluded,
        calendars=(CalendarUse(year=2005, digest=digest("2005")),),
    )
    return Clock(id=clock_id(CASE, kind, LEAD_PARTY), kind=kind, whom=LEAD_PARTY, due_on=due_on, proof=proof)


def undefined_clock(kind: str) -> Clock:
    """Give a clock whose rule has a blank where the value should stand."""
    proof = Proof(
        pack=PACK,
        pack_digest=PACK_DIGEST,
        rule=kind,
        started_by="handed_over",
        started_on=date(2005, 3, 1),
        undefined="x个工作日",
    )
    return Clock(id=clock_id(CASE, kind, LEAD_PARTY), kind=kind, whom=LEAD_PARTY, strength="soft", proof=proof)
