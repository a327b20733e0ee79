"""Examples of the members service's events."""

from datetime import date

from contracts.envelope import digest_of
from contracts.event import Event
from contracts.examples.story import BODY, DEPARTMENT, LEAD, MEMBER, PACK, Story, id_of
from contracts.members import (
    AppointmentEnded,
    BodyEstablished,
    CalendarPublished,
    MandateGiven,
    MandateRevoked,
    MemberEnrolled,
    MemberSeatEnded,
    PersonAppointed,
    RulePackAdopted,
    UnitAliasAdded,
    UnitClosed,
    UnitEstablished,
    UnitMoved,
    UnitRenamed,
)

_PACK = """\
name: hunan-transport-2005
title: 湖南省交通厅建议提案办理方案（2005）
kinds: [npc_suggestion, cppcc_proposal]
source: 湖南省交通厅 2005 年建议提案办理工作方案
clocks:
  unit_reply: {by: 4-30, from: handed_over, for: lead}
"""
_CALENDAR = """\
year: 2005
source: 国务院办公厅关于2005年部分节假日安排的通知
holidays:
  - {name: 劳动节, from: 2005-05-01, to: 2005-05-07}
workdays: [2005-04-30, 2005-05-08]
"""


def _story(aggregate: str, id: object, *events: Event) -> Story:
    return Story(aggregate, str(id), "person:registrar", "registrar", events)


STORIES = (
    _story("body", BODY, BodyEstablished(name="湖南省政协", kind="cppcc", established_on=date(1955, 2, 1))),
    _story(
        "member",
        MEMBER,
        MemberEnrolled(name="张委员", body=BODY, term=9, sector="经济界", from_on=date(2003, 1, 10)),
        MemberSeatEnded(on=date(2008, 1, 20), reason="届满"),
    ),
    _story(
        "unit",
        LEAD,
        UnitEstablished(name="规划办", parent=DEPARTMENT, from_on=date(2001, 1, 1), code="JT-GH"),
        UnitAliasAdded(alias="厅规划办公室", from_on=date(2001, 1, 1), until_on=date(2009, 12, 31)),
        UnitRenamed(name="综合规划处", from_on=date(2010, 1, 1)),
        UnitMoved(parent=id_of("交通运输厅"), from_on=date(2010, 1, 1)),
        UnitClosed(on=date(2018, 12, 31), successor=id_of("规划统计处")),
    ),
    _story(
        "appointment",
        id_of("王科长任职"),
        PersonAppointed(person="person:wang", name="王科长", unit=LEAD, office="handler", from_on=date(2004, 2, 1)),
        AppointmentEnded(on=date(2006, 6, 30), reason="调任其他处室"),
    ),
    _story(
        "mandate",
        id_of("代录委托"),
        MandateGiven(
            giver=f"member:{MEMBER}",
            holder="person:clerk",
            acts=("proposal.submit", "reply.receive"),
            from_on=date(2005, 1, 10),
            until_on=date(2005, 12, 31),
            reason="委员书面委托机关代为录入",
        ),
        MandateRevoked(on=date(2005, 6, 30), reason="委员自行办理"),
    ),
    _story(
        "pack",
        PACK,
        RulePackAdopted(
            name=PACK,
            digest=digest_of(_PACK.encode()),
            content=_PACK,
            kinds=("npc_suggestion", "cppcc_proposal"),
            from_on=date(2005, 1, 1),
        ),
    ),
    _story("calendar", "2005", CalendarPublished(year=2005, digest=digest_of(_CALENDAR.encode()), content=_CALENDAR)),
)
