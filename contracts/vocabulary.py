"""The words of the trade that are no events: services, aggregates, roles, stages, clocks, and what people look at.

One table each: the identifier as the code has it, the Chinese term, what it means. docs/glossary.md prints them; a
test holds them against the code, so that a word which is not here names no aggregate, role, stage or read model.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Word(NamedTuple):
    """What an identifier is called in office, and what it means."""

    term: str
    meaning: str


SERVICES: Mapping[str, Word] = {
    "members": Word("委员与单位", "Who there is: bodies, members, units, offices, mandates, and the county's rules."),
    "proposals": Word("提案与建议", "A case from submission to close."),
    "meetings": Word("见面", "Handler meetings with members, and their evidence."),
    "notifications": Word("提醒与督办", "Follows every clock; reminds, and reports what is still open."),
}

AGGREGATES: Mapping[tuple[str, str], Word] = {
    ("members", "body"): Word("机构", "A deliberative body, to which cases are submitted."),
    ("members", "member"): Word("委员、代表", "A person's seat in a body, for a term."),
    ("members", "unit"): Word("单位", "A department, office or section in the county's tree."),
    ("members", "appointment"): Word("任职", "A person's office in a unit, from a day on."),
    ("members", "mandate"): Word("委托", "That somebody may act for somebody else, in some acts, for some time."),
    ("members", "pack"): Word("办理规则", "A rule pack that the county has adopted, with its exact bytes."),
    ("members", "calendar"): Word(
        "放假安排", "The State Council's holiday calendar of one year, with its exact bytes."
    ),
    ("proposals", "proposal"): Word("件", "A case: a 提案 of a CPPCC member or a 建议 of a people's deputy."),
    ("proposals", "commendation"): Word("单位表彰", "That a unit was commended for a year's handling."),
    ("proposals", "call"): Word("征集", "A body's call for proposals, with topics and a closing date."),
    ("proposals", "summary"): Word("年度总结", "A unit's or the office's summary of a year, with its figures."),
    ("proposals", "opinion"): Word("社情民意", "A member's report of what people think; or a declined case."),
    ("proposals", "number"): Word("编号", "A case number within body, term and session; claimed once (ADR 0006)."),
    ("meetings", "meeting"): Word("见面", "One meeting of a handler with a member about a case."),
    ("notifications", "reminder"): Word("提醒", "One reminder of one clock, by one rule, for one last day."),
    ("notifications", "digest"): Word("督办通报", "What one unit had open at the end of a half month."),
}

ROLES: Mapping[str, Word] = {
    "member": Word("委员、代表", "Submits, confirms, receives, rates."),
    "committee": Word(
        "委员会（提案委、代表工委）", "Registers, returns, declines, hands over, closes, for the body."
    ),
    "office": Word("督办机关（政府办）", "Hands over, oversees and closes, for the government."),
    "office_clerk": Word("单位收发", "Signs for cases and delivers replies, in a unit."),
    "handler": Word("经办人", "Contacts and meets the member, drafts the reply, in a unit."),
    "reviewer": Word("审核人", "Reviews the draft, in a unit."),
    "signer": Word("签发人", "Signs the reply, in a unit."),
    "registrar": Word("登记员", "Keeps bodies, members, units, offices, rules and calendars."),
    "integrator": Word("对接系统", "Another system's service account: submits cases, reads."),
    "auditor": Word("审计", "Reads everything but sealed texts, changes nothing."),
    "operator": Word("运维", "Sees and retries what is parked, runs what is timed; decides nothing."),
}

CASE_STAGES: Mapping[str, Word] = {
    "new": Word("未提交", "No event yet."),
    "submitted": Word("已提交", "Waits for the committee."),
    "returned": Word("退回修改", "Waits for the submitter's revision."),
    "declined": Word("不予立案", "Ended: not registered."),
    "withdrawn": Word("已撤回", "Ended: taken back by the submitter."),
    "merged": Word("已并案", "Handled together with a main case; answered on its own."),
    "registered": Word("已立案", "Has its number, waits for hand-over."),
    "handed_over": Word("已交办", "With the units; clocks run."),
    "replied": Word("已签发", "The reply of this round is signed."),
    "dissatisfied": Word("不满意", "Rated so that another round is called for."),
    "closed": Word("已办结", "Ended."),
}

MEETING_STAGES: Mapping[str, Word] = {
    "before": Word("办前", "Before the unit begins."),
    "during": Word("办中", "Before the reply is signed."),
    "after": Word("办后", "After the reply, before the close."),
}

MEETING_MODES: Mapping[str, Word] = {
    "in_person": Word("当面", "Face to face."),
    "telephone": Word("电话", "By telephone; no photo is possible."),
    "on_site": Word("实地", "At the place that the case is about."),
    "symposium": Word("座谈", "At a meeting with several."),
    "local_office": Word("委托基层", "By the local office, on the unit's behalf."),
}

FORMS: Mapping[str, Word] = {
    "single": Word("个人", "One member."),
    "joint": Word("联名", "Several, each of whom confirms."),
    "group": Word("集体", "A group, which answers through its named contact."),
}

DELIVERIES: Mapping[str, Word] = {
    "paper": Word("纸质", "On paper, with a slip to return."),
    "electronic": Word("电子", "Through this system."),
}

CLOCKS: Mapping[str, Word] = {
    "hand_over": Word("交办", "Hand the case over to the units; owed by the office."),
    "return": Word("退回（申请调整）", "Hand back a case that is another unit's; owed by the unit."),
    "reassign": Word("改办", "Give a returned case to another unit; owed by the office."),
    "contact": Word("首次联系", "Tell the member who handles the case; owed by the lead."),
    "co_opinion": Word("会办意见", "Give the lead the co unit's opinion; owed by each co unit."),
    "unit_reply": Word("单位答复", "Hand the signed reply to the department's office; owed by the lead."),
    "reply": Word("答复", "Answer the member; owed by the lead."),
    "reply_cap": Word("答复上限", "The day beyond which an answer is never put off."),
    "reply_final": Word("最终答复", "The last day of all for the answer, where a pack has a softer one before."),
    "rating": Word("测评", "Rate the handling; owed by the member."),
    "rehandle": Word("再次办理", "Answer again after 不满意; owed by the lead."),
    "closing": Word("办结", "Close the case; owed by the office."),
    "commitment": Word("承诺", "Do what a reply has promised; owed by the unit, also after the close."),
    "summary": Word("报送总结", "Hand in the year's summary; owed by the unit, until the day that was stated."),
    "urging": Word("催办答复", "Answer whoever urges; owed by the urged unit, until the day that was stated."),
    "supervision": Word("督办答复", "Answer the authority that calls upon the unit; owed by the unit."),
}

CLOCK_UNITS: Mapping[str, Word] = {
    "day": Word("日", "Calendar days."),
    "working_day": Word("工作日", "Working days by the State Council's calendar."),
    "month": Word("月", "Calendar months."),
}

CLOCK_STRENGTHS: Mapping[str, Word] = {
    "soft": Word("原则上", "May be passed with a reason."),
    "hard": Word("最迟", "May not be passed."),
}

READ_MODELS: Mapping[str, Word] = {
    "appointments": Word("任职表", "Who held which office when."),
    "board": Word("办理总表", "All cases with stage, units and next last day."),
    "bodies": Word("机构表", "The county's bodies."),
    "body_names": Word("机构名称", "A copy of the bodies' names."),
    "calendars": Word("放假安排表", "The calendars published."),
    "call_submissions": Word("应征件", "Which cases answer which call, and under which topic."),
    "calls": Word("征集台账", "Calls for proposals, with topics and closing dates."),
    "cases": Word("见面所涉件", "What meetings needs to know of a case: its units and members."),
    "clocks": Word("时限台账", "Every clock of every service, with its proof."),
    "commendations": Word("单位表彰表", "Units commended, by year."),
    "commitments": Word("承诺事项台账", "What replies have promised, by when, and what became of it."),
    "digests": Word("通报表", "Digests sent, and who has read them."),
    "erasures": Word("销毁记录", "Keys destroyed by order, to be destroyed again after a restore."),
    "mandates": Word("委托表", "Mandates given and revoked."),
    "meetings": Word("见面记录", "Meetings with their standing."),
    "member_names": Word("委员、代表姓名", "A copy of the members' names."),
    "numbers": Word("编号簿", "Numbers claimed."),
    "opinions": Word("社情民意台账", "Reports of public opinion, with what became of them."),
    "overlays": Word("件上事项", "Key cases, urgings, commendations, disclosure, archive."),
    "packs": Word("办理规则表", "Rule packs adopted, from which day on."),
    "photos": Word("见面照片", "Sealed photos by meeting."),
    "provisional": Word("放假安排依据表", "Which holiday calendars the running clocks of a case were computed with."),
    "reminders": Word("提醒表", "Reminders sent, and who has read them."),
    "replies": Word("已签发答复", "Signed replies by title, to be held against those to similar cases."),
    "roster": Word("名册", "Members by body and term."),
    "search_terms": Word("检索词", "Blinded words of a case's text."),
    "search_words": Word("检索字词", "Words of what is in clear: title, leader, number, units and members."),
    "sketches": Word("文本指纹", "A blinded sample of a case's text, by which cases like it are found."),
    "statistics": Word("统计", "One row for each case, from which every figure is counted."),
    "unit_statistics": Word("单位统计", "One row for each unit's share in a case."),
    "unit_names": Word("单位名称", "A copy of the units' names, by day."),
    "summaries": Word("总结台账", "Yearly summaries, with figures and receipts."),
    "units": Word("单位树", "The units, by day, with aliases."),
    "worklist": Word("待办", "What is owed next, and by whom."),
}

TAGS: Mapping[str, Word] = {
    "intake": Word("从提交到交办", "Commands from submission to hand-over."),
    "handling": Word("单位办理", "Commands inside the units, until the reply is signed."),
    "answers": Word("答复与测评", "Commands towards the member, until the close."),
    "summaries": Word("年度总结", "Yearly summaries with receipts."),
    "calls": Word("征集", "Calls for proposals."),
    "opinions": Word("社情民意", "Reports of public opinion."),
    "overlays": Word("重点、催办、表彰、公开、归档", "What lies over a case at any time."),
    "proposals": Word("件的查询", "Queries of cases."),
    "meetings": Word("见面", "Handler meetings and their photos."),
    "roster": Word("机构与委员、代表", "Bodies and members."),
    "units": Word("单位", "The unit tree."),
    "offices": Word("任职与委托", "Appointments and mandates."),
    "rules": Word("办理规则与放假安排", "Rule packs and calendars."),
    "notifications": Word("提醒与督办", "Reminders, digests, clocks."),
    "imports": Word("导入", "Cases with their whole history from files, and the template of a file."),
    "operation": Word("运行", "Health, and what waits for a person."),
}


def term_of_word(words: Mapping[str, Word], name: str) -> str:
    """Give the Chinese term of an identifier, or the identifier itself while it has none."""
    return words[name].term if name in words else name
