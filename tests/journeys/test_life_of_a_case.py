"""One case's whole life over all four services, with a run for every day: who is reminded when, counted by hand.

Handed over on Tuesday, 1 March 2005, answered after the last day, closed after the last day. In 2005 the working days
around Labour Day are Saturday 30 April and Sunday 8 May; 1 to 7 May are off.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from yishi.demo.office import AUDITOR, COMMITTEE, RequestFailed

if TYPE_CHECKING:
    from tests.journeys.conftest import Handling, History, Town

FIRST, LAST = date(2005, 3, 1), date(2005, 6, 1)

LEAD = [
    ("return", "working_days_before:3", "2005-03-03", "2005-03-08"),
    ("unit_reply", "working_days_before:7", "2005-04-21", "2005-04-30"),
    ("unit_reply", "working_days_before:3", "2005-04-27", "2005-04-30"),
    ("unit_reply", "working_days_before:1", "2005-04-29", "2005-04-30"),
    ("unit_reply", "due_today", "2005-04-30", "2005-04-30"),
    ("unit_reply", "overdue:1", "2005-05-08", "2005-04-30"),
    ("unit_reply", "overdue:2", "2005-05-09", "2005-04-30"),
]
"""Clock, rule, day, last day. The first contact on 4 March ends the return, and comes before any reminder of it."""
SUPERVISOR = [
    ("closing", "working_days_before:7", "2005-05-19", "2005-05-30"),
    ("closing", "working_days_before:3", "2005-05-25", "2005-05-30"),
    ("closing", "working_days_before:1", "2005-05-27", "2005-05-30"),
    ("closing", "due_today", "2005-05-30", "2005-05-30"),
    ("closing", "overdue:1", "2005-05-31", "2005-05-30"),
]
MEMBER = [("rating", "working_days_before:7", "2005-05-24", "2005-06-02")]
"""Fifteen working days after the receipt on 12 May; rated on the 25th."""

LEAD_DIGESTS = [
    ("2005-03-01", "2005-03-15", 1, 0),
    ("2005-03-16", "2005-03-31", 1, 0),
    ("2005-04-01", "2005-04-15", 1, 0),
    ("2005-04-16", "2005-04-30", 1, 0),
]
"""From, until, open, overdue."""
SUPERVISOR_DIGESTS = [*LEAD_DIGESTS, ("2005-05-01", "2005-05-15", 1, 0), ("2005-05-16", "2005-05-31", 1, 1)]


async def live(case: "Handling", town: "Town") -> None:
    """Take every act on its day, and have each day's reminders sent in the evening."""
    lead, member = town.lead, town.member
    acts: dict[str, Callable[[], Any]] = {
        "2005-03-02": lambda: case.act(town.worker("office_clerk", lead), "sign-for", signed_for_on="2005-03-02"),
        "2005-03-04": lambda: case.act(
            town.worker("handler", lead), "contact", section="综合股", contacted_on="2005-03-04"
        ),
        "2005-03-07": lambda: case.meet("before", "2005-03-07", mode="in_person"),
        "2005-04-01": lambda: case.meet("during", "2005-04-01", mode="on_site"),
        "2005-05-09": lambda: case.draft("2005-05-09", "2005-05-09"),
        "2005-05-10": lambda: case.sign("2005-05-10"),
        "2005-05-12": lambda: case.answer([member], "2005-05-11", "2005-05-12"),
        "2005-05-20": lambda: case.meet("after", "2005-05-20"),
        "2005-05-25": lambda: case.rate(member, "2005-05-25"),
        "2005-06-01": lambda: case.act(COMMITTEE, "close", closed_on="2005-06-01"),
    }
    await case.submit("2005-02-16")
    await case.hand_over("2005-02-22", "2005-03-01")
    day = FIRST
    while day <= LAST:
        if act := acts.pop(str(day), None):
            await act()
        await case.run(str(day))
        day += timedelta(days=1)
    assert not acts


async def test_everybody_is_reminded_on_the_days_that_the_rules_give_and_on_no_other(
    town: "Town", handle: "type[Handling]", history: "History"
) -> None:
    case = handle(town)
    await live(case, town)
    again = await case.run(str(LAST))
    assert (again["reminders"], again["digests"]) == (0, 0)

    async def inbox(party: str, who: Any, **query: Any) -> list[dict[str, Any]]:
        answer = await town.office.ask("notifications", "/v1/inbox", who, LAST, whom=party, limit=500, **query)
        assert "next" not in answer
        items: list[dict[str, Any]] = answer["items"]
        return items[::-1]

    parties = {
        f"unit:{town.lead}": (LEAD, LEAD_DIGESTS, town.worker("handler", town.lead)),
        f"unit:{town.supervisor}": (SUPERVISOR, SUPERVISOR_DIGESTS, town.supervising),
        f"member:{town.member}": (MEMBER, [], town.seat(town.member)),
    }
    for party, (reminders, digests, own) in parties.items():
        items = await inbox(party, own)
        assert [
            (item["clock_kind"], item["rule"], item["for_on"], item["due_on"])
            for item in items
            if item["notification"] == "reminder"
        ] == reminders
        assert [
            (item["period_from"], item["period_until"], item["open"], item["overdue"])
            for item in items
            if item["notification"] == "digest"
        ] == digests
        assert await inbox(party, AUDITOR) == items
    titles = [item["title"] for item in await inbox(f"unit:{town.lead}", AUDITOR)]
    assert "规划股：第1号《关于修缮村道的提案》单位答复，最迟2005年4月30日（逾期第2个工作日催办）" in titles
    with pytest.raises(RequestFailed, match="403"):
        await inbox(f"unit:{town.supervisor}", town.worker("handler", town.lead))

    events = (await history(town.code)).values()
    sent = [event.data for event in events if event.type == "yishi.notifications.ReminderSent.v1"]
    assert len(sent) == len({(data.clock, data.rule, data.due_on) for data in sent}) == 13
    summary = await town.office.ask("notifications", "/v1/summary", AUDITOR, LAST)
    assert (summary["reminders"], summary["digests"]) == (13, 10)
    open_clocks = await town.office.ask("notifications", "/v1/clocks", AUDITOR, LAST)
    assert open_clocks["items"] == []


async def test_the_auditor_sees_the_facts_and_the_figures_and_neither_texts_nor_a_way_to_change_anything(
    town: "Town", handle: "type[Handling]", history: "History"
) -> None:
    case = handle(town)
    await live(case, town)
    shown = await case.show(AUDITOR)
    assert (shown["stage"], shown["closed_on"], shown["texts"], shown["text"]) == (
        *("closed", "2005-06-01", "withheld", None),
    )
    assert [(reply["category"], reply["text"]) for reply in shown["replies"]] == [("B", None)]
    meetings = (await town.office.ask("meetings", "/v1/handler-meetings", AUDITOR, LAST, case=case.id))["items"]
    assert [(m["stage"], m["mode"], m["met_on"], m["photos"]) for m in meetings] == [
        ("after", "telephone", "2005-05-20", 0),
        ("during", "on_site", "2005-04-01", 1),
        ("before", "in_person", "2005-03-07", 1),
    ]
    one = await town.office.ask("meetings", f"/v1/handler-meetings/{meetings[0]['id']}", AUDITOR, LAST)
    assert "summary" not in one
    total = (await town.office.ask("proposals", "/v1/statistics", AUDITOR, LAST))["total"]
    figures = ("cases", "assigned", "met", "replied", "on_time", "satisfied", "closed")
    assert [total[figure] for figure in figures] == [1, 1, 1, 1, 0, 1, 1]

    before = await history(town.code)
    with pytest.raises(RequestFailed, match="403"):
        await case.act(AUDITOR, "rehandle", ordered_on=str(LAST))
    path = f"/v1/handler-meetings/{case.meetings['before']}/photos/{case.photos['before']}"
    with pytest.raises(RequestFailed, match="403"):
        await town.office.ask("meetings", path, AUDITOR, LAST)
    assert await history(town.code) == before
    mine = [event.type.split(".")[2] for event in before.values() if event.address.id == case.id]
    assert mine == [
        *("ProposalSubmitted", "ProposalRegistered", "ProposalHandedOver", "ProposalSignedFor", "MemberContacted"),
        *("MeetingNoted", "MeetingNoted", "ReplyDrafted", "ReplyReviewed", "ReplySigned"),
        *("ReplyStamped", "ReplyDelivered"),
        *("ReplyReceived", "MeetingNoted", "ReplyRated", "ProposalClosed"),
    ]
