"""The names of a county's units, members, bodies and people, as they were on a day, from the log."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from contracts.members import BodyEstablished, MemberEnrolled, PersonAppointed, UnitEstablished, UnitRenamed
from runtime.log import EventLog
from runtime.messages import MessageRejected, Recorded, read
from yishi.events import Wanted, read_events

ROLES = {
    "registrar": "登记员",
    "committee": "提案委（代表联络机构）",
    "office": "督办机构",
    "handler": "经办人",
    "reviewer": "审核人",
    "signer": "签发人",
    "leader": "分管领导",
    "office_clerk": "单位文书",
    "member": "委员代表本人",
    "auditor": "审计",
    "operator": "运维",
    "integrator": "对接系统",
    "service": "系统",
}
"""What a role is called; one without a name is shown as it is."""


@dataclass
class Names:
    """Names by id, and of people by the subject of their tokens."""

    units: dict[str, list[tuple[date, str]]] = field(default_factory=dict)
    """Each unit's names with the first day of each, in the log's order."""
    others: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def load(cls, log: EventLog, county: str) -> "Names":
        """Read the names of a county."""
        names = cls()
        async for message in read_events(log, Wanted(county=county, within="members"), start=1):
            names.take(message)
        return names

    def take(self, message: Recorded) -> None:
        """Take the name that a message gives, if any."""
        with suppress(MessageRejected):  # `yishi verify` names it; here it only has no name to give.
            self._learn(read(message, strict=False).data, message.subject.rpartition(".")[2])

    def _learn(self, event: Any, id: str) -> None:
        match event:
            case UnitEstablished() | UnitRenamed():
                self.units.setdefault(id, []).append((event.from_on, event.name))
            case MemberEnrolled() | BodyEstablished():
                self.others[id] = event.name
            case PersonAppointed():
                self.others[event.person] = event.name
            case _:
                pass

    def of(self, id: UUID | str, on: date) -> str:
        """Give the name on a day; an id that has none is shown by its beginning."""
        text = str(id)
        if held := self.units.get(text):
            past = [name for day, name in held if day <= on]
            return past[-1] if past else held[0][1]
        return self.others.get(text, f"{text[:8]}…")

    def party(self, party: str, on: date) -> str:
        """Give who a token's subject or a clock's party is, with the name when it is known."""
        kind, _, id = party.partition(":")
        match kind:
            case "unit" | "member" | "body":
                return self.of(id, on)
            case "service":
                return f"系统自动办理（{id}）"
            case _:
                return f"{self.others[party]}（{party}）" if party in self.others else party
