"""All events that concern one case: its own, and whole aggregates of others that name it.

A meeting and a claimed number name the case in `data.case`, a reminder names the case's subject in `data.subject`.
"""

import re
from dataclasses import dataclass

from contracts.envelope import Address
from runtime.log import EventLog
from runtime.messages import Recorded
from yishi.child import StackError
from yishi.events import Wanted, read_events
from yishi.exported import body_of

_NUMBER = re.compile(r"(?:(\d{1,4})-(\d{1,4})-)?第?(\d{1,9})号?")


@dataclass(frozen=True)
class Case:
    """One case, by its county and id."""

    county: str
    id: str

    @property
    def subject(self) -> str:
        """Give its subject in the log."""
        return Address(self.county, "proposals", "proposal", self.id).subject

    def concerns(self, message: Recorded) -> bool:
        """Say whether a message is the case's own or names it."""
        if message.subject == self.subject:
            return True
        # Most messages do not name the case anywhere, and finding that out is cheaper than reading them.
        if self.id.encode() not in message.raw:
            return False
        data = body_of(message).get("data")
        return isinstance(data, dict) and (data.get("case") == self.id or data.get("subject") == self.subject)


async def find_case(log: EventLog, wanted: str, county: str | None = None) -> Case:
    """Find a case by its id or its number (8, 第8号, or 10-3-8 for 届-次-号).

    *Raises* `StackError` when there is none, or more than one with the number.
    """
    if found := _NUMBER.fullmatch(wanted):
        return await _by_number(log, found, county)
    try:
        address = Address.parse(f"evt.{county or '000000'}.proposals.proposal.{wanted}")
    except ValueError as error:
        raise StackError(f"{wanted} 不是案件的 id，也不是编号。") from error
    tail = await log.tail(f"evt.{county or '*'}.proposals.proposal.{address.id}")
    if tail is None:
        raise StackError(f"事件日志中没有这一件：{wanted}。")
    return Case(Address.parse(tail.subject).county, address.id)


async def _by_number(log: EventLog, wanted: re.Match[str], county: str | None) -> Case:
    term, session, number = (int(part) if part else None for part in wanted.groups())
    found: dict[Case, str] = {}
    claims = Wanted(county=county, type="NumberClaimed", within="proposals.number")
    async for message in read_events(log, claims, start=1):
        data = body_of(message)["data"]
        if data["number"] == number and term in (None, data["term"]) and session in (None, data["session"]):
            case = Case(Address.parse(message.subject).county, data["case"])
            found[case] = f"{case.county} 第{data['term']}届第{data['session']}次，机构 {data['body']}：{case.id}"
    if not found:
        raise StackError(f"事件日志中没有编号为 {wanted[0]} 的件。")
    if len(found) > 1:
        raise StackError("有几件都是这个编号，请用 id 指明：\n" + "\n".join(found.values()))
    return next(iter(found))


async def case_messages(log: EventLog, case: Case, head: int) -> list[Recorded]:
    """Give every event, up to a stream sequence, of every aggregate that concerns a case, in the log's order."""
    subjects = {case.subject}
    async for message in read_events(log, Wanted(county=case.county), start=1):
        if case.concerns(message):
            subjects.add(message.subject)
    found = [message for subject in sorted(subjects) for message in await log.after(subject, 0)]
    return sorted((m for m in found if m.sequence <= head), key=lambda message: message.sequence)
