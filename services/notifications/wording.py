"""What people read: the Chinese wording of clocks, reminders and digests.

Only wording is here. A kind or a starting event that has no word yet is shown under its own name.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from contracts.clocks import Proof
from contracts.vocabulary import CLOCKS

KINDS: Mapping[str, str] = {name: word.term for name, word in CLOCKS.items()}
STARTS: Mapping[str, str] = {
    "handed_over": "交办",
    "received": "收到",
    "registered": "立案",
    "reply_received": "收到答复",
    "dissatisfied": "测评不满意",
    "decided": "决定",
    "urged": "催办",
    "supervised": "督办",
    "summary_asked": "布置总结",
}
UNITS: Mapping[str, str] = {"day": "日", "working_day": "个工作日", "month": "个月"}
STRENGTHS: Mapping[str, str] = {"hard": "最迟", "soft": "原则上"}


def chinese_date(day: date) -> str:
    """Give a date as it is written in office."""
    return f"{day.year}年{day.month}月{day.day}日"


def rule_in_words(rule: str) -> str:
    """Say which reminder it is."""
    name, _, count = rule.partition(":")
    match name:
        case "working_days_before":
            return f"期限前{count}个工作日提醒"
        case "due_today":
            return "到期当日提醒"
        case "overdue":
            return f"逾期第{count}个工作日催办"
        case _:
            return rule


def case_in_words(number: int | None, title: str | None) -> str:
    """Say which case it is: 第12号《…》; nothing when neither is known."""
    return (f"第{number}号" if number else "") + (f"《{title}》" if title else "")


def reminder_title(reminder: Mapping[str, Any], whom: str) -> str:
    """Give the heading of a reminder; `whom` is a name, or the party itself while no name is known."""
    case = case_in_words(reminder.get("number"), reminder.get("title"))
    kind = KINDS.get(reminder["clock_kind"], reminder["clock_kind"])
    last = STRENGTHS.get(reminder.get("strength") or "hard", "最迟") + chinese_date(reminder["due_on"])
    provisional = "，期限为暂定（放假安排尚未公布）" if reminder["provisional"] else ""
    return f"{whom}：{case}{kind}，{last}（{rule_in_words(reminder['rule'])}{provisional}）"


def digest_title(digest: Mapping[str, Any], whom: str) -> str:
    """Give the heading of a digest."""
    first: date = digest["period_from"]
    half = "上" if first.day == 1 else "下"
    return (
        f"{whom}：{first.year}年{first.month}月{half}半月督办通报，"
        f"未办结{digest['open']}件次，其中逾期{digest['overdue']}件次"
    )


def why(proof: Proof, due_on: date | None) -> str:
    """Say in one sentence why a clock is due on its day."""
    source = f"依据《{proof.source or proof.pack}》" + (f"第{proof.article}条" if proof.article else "")
    chosen = "（该期限由本县选定）" if proof.chosen else ""
    if proof.undefined is not None:
        return f"{source}，期限写作“{proof.undefined}”，未定日期。"
    if proof.fixed_on is not None:
        return f"{source}{chosen}，{chinese_date(proof.fixed_on)}以前，含当日，不顺延。"
    if due_on is None or proof.amount is None or proof.unit is None:
        return f"{source}{chosen}，未定日期。"
    start = f"自{STARTS.get(proof.started_by, proof.started_by)}之日（{chinese_date(proof.started_on)}，当日不计）起"
    skipped = f"，其间非工作日{len(proof.excluded)}天不计" if proof.excluded and proof.unit == "working_day" else ""
    rolled = (
        f"，{chinese_date(proof.nominal_on)}非工作日，顺延"
        if proof.nominal_on is not None and proof.nominal_on != due_on
        else ""
    )
    period = f"{proof.amount}{UNITS[proof.unit]}"
    return f"{source}{chosen}，{start}{period}{skipped}{rolled}，至{chinese_date(due_on)}。"
