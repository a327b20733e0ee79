"""The columns of an import file: their names, their Chinese headings, and what else people write over them.

A heading is read without regard to case, blanks, hyphens and what stands in brackets: `lead unit`, `Lead_Unit` and
主办单位（必填） name the same column. Columns of the second round of handling end in `_2`.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

Kind = Literal["word", "text", "number", "date", "dates", "names"]
"""What a cell holds: a word or name, free text, a number, one date, several dates, several names."""


class Column(NamedTuple):
    """A column."""

    name: str
    heading: str
    kind: Kind
    also: tuple[str, ...] = ()
    note: str = ""


_FIRST = (
    Column("external_id", "外部编号", "word", ("外部系统编号", "原系统编号"), "与来源系统一起识别一件"),
    Column("system", "来源系统", "word", ("外部系统", "系统")),
    Column("kind", "件类", "word", ("类别", "种类", "件别"), "提案或建议"),
    Column("body", "机构", "word", ("提交机构", "受理机构")),
    Column("term", "届", "number", ("届次", "届别")),
    Column("session", "次", "number", ("会次", "会议次数")),
    Column("number", "编号", "number", ("案号", "件号", "提案编号", "建议编号", "提案号", "建议号")),
    Column("title", "案由", "word", ("标题", "题目", "件名", "提案名称", "建议名称")),
    Column("text", "正文", "text", ("内容",)),
    Column(
        "submitters", "提案人", "names", ("submitter", "提出人", "提交人", "领衔人", "第一提案人", "代表", "委员")
    ),
    Column("cosigners", "联名人", "names", ("co_signers", "cosigner", "co_signer", "附议人", "附议", "联名")),
    Column("group", "提出集体", "word", ("集体", "集体名称")),
    Column("nature", "性质", "word", ()),
    Column("category", "分类", "word", ("门类", "内容分类", "主题分类")),
    Column("submitted_on", "提交日期", "date", ("提出日期", "提交时间")),
    Column("registered_on", "立案日期", "date", ("立案时间",)),
    Column("declined_on", "不予立案日期", "date", ("不立案日期",)),
    Column("declined_reason", "不予立案理由", "text", ("decline_reason", "reason_declined", "不立案理由")),
    Column("merged_into", "并入", "word", ("并入编号", "并案主件", "主件"), "主件的编号或外部编号"),
    Column("merged_on", "并案日期", "date", ()),
    Column("withdrawn_on", "撤回日期", "date", ("撤案日期",)),
    Column("withdrawn_reason", "撤回理由", "text", ("withdrawal_reason", "撤案理由")),
    Column("lead_unit", "主办单位", "word", ("lead", "主办", "承办单位")),
    Column("co_units", "会办单位", "names", ("co", "co_unit", "会办", "协办单位", "协办")),
    Column("separate_units", "分办单位", "names", ("separate", "separate_unit", "分办", "分别办理单位")),
    Column("office", "督办单位", "word", ("督办机关", "交办单位")),
    Column("leader", "领办", "word", ("领办领导", "领办人", "领衔领导")),
    Column("handed_over_on", "交办日期", "date", ("交办时间",)),
    Column("received_on", "签收日期", "date", ("signed_for_on", "收到日期", "签收时间")),
    Column("met_before_on", "办前见面日期", "dates", ("办前见面",)),
    Column("met_during_on", "办中见面日期", "dates", ("办中见面",)),
    Column("met_after_on", "办后见面日期", "dates", ("办后见面",)),
    Column(
        "co_opinion_on",
        "会办意见日期",
        "names",
        ("co_opinions_on", "co_opinions", "会办意见"),
        "单位=日期；单位=日期",
    ),
    Column("extension_until", "延期至", "date", ("延期", "延至", "extended_until")),
    Column("signed_on", "签发日期", "date", ("签发时间", "答复日期")),
    Column("document", "文号", "word", ("reply_document", "document_number", "发文字号")),
    Column("reply_category", "办理结果", "word", ("答复类别", "结果类别", "办理结果类别")),
    Column("scheme", "分类办法", "word", ("分类方案", "类别方案", "办理结果分类")),
    Column("reply_text", "答复正文", "text", ("reply", "答复内容", "答复")),
    Column("delivered_on", "送达日期", "date", ("送达时间",)),
    Column("delivery", "送达方式", "word", ("delivery_mode",)),
    Column("rating_attitude", "态度测评", "word", ("办理态度", "办理态度测评", "attitude")),
    Column("rating_result", "结果测评", "word", ("测评结果", "满意度", "办理结果测评", "result")),
    Column("rated_on", "测评日期", "date", ("测评时间", "反馈日期")),
)

_AGAIN = (
    "met_before_on",
    "met_during_on",
    "met_after_on",
    "signed_on",
    "document",
    "reply_category",
    "scheme",
    "reply_text",
    "delivered_on",
    "delivery",
    "rating_attitude",
    "rating_result",
    "rated_on",
)
"""Columns that the second round of handling has as well."""

_BY_NAME = {column.name: column for column in _FIRST}
_SECOND = tuple(Column(f"{name}_2", f"第二轮{_BY_NAME[name].heading}", _BY_NAME[name].kind) for name in _AGAIN)

COLUMNS: tuple[Column, ...] = (
    *_FIRST,
    Column("rehandled_on", "再次办理日期", "date", ("rehandled_on_2", "rehandling_on", "第二轮交办日期", "再办日期")),
    *_SECOND,
    Column("closed_on", "办结日期", "date", ("办结时间",)),
)
"""Every column, in the order of the template."""

BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}

REQUIRED = ("kind", "body", "term", "session", "title", "submitters")
"""Columns that every row fills in; besides them the number, or the external id with its system, or at least the day
of submission."""

KINDS: Mapping[str, str] = {
    "提案": "cppcc_proposal",
    "政协提案": "cppcc_proposal",
    "委员提案": "cppcc_proposal",
    "建议": "npc_suggestion",
    "代表建议": "npc_suggestion",
    "人大建议": "npc_suggestion",
    "人大代表建议": "npc_suggestion",
}
"""What people call the kinds that packs name."""

DELIVERIES: Mapping[str, str] = {"纸质": "paper", "书面": "paper", "电子": "electronic", "网上": "electronic"}

_BRACKETS = re.compile(r"[（(【\[].*?[)）】\]]")
_SPACES = re.compile(r"[\s\-_/·.]+")
_ROUND = re.compile(r"^(?:round_?2_|second_|第二轮|二轮|第2轮|再办)(.+)$|^(.+?)(?:_round_?2|_2nd|_r2)$")


def plain(heading: str) -> str:
    """Give a heading as it is compared: lower case, underscores, without brackets and asterisks."""
    told = _BRACKETS.sub("", heading).strip().strip("*＊:：").strip().lower()
    return _SPACES.sub("_", told).strip("_")


def _names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for column in COLUMNS:
        for heading in (column.name, column.heading, *column.also):
            found.setdefault(plain(heading), column.name)
    return found


_NAMES = _names()

REMEMBERED = 64
"""Characters of a heading whose column is remembered, at most."""


def column_of(heading: str) -> str | None:
    """Give the column that a heading names, None when it names none."""
    return _remembered(heading) if len(heading) <= REMEMBERED else _column_of(heading)


def _column_of(heading: str) -> str | None:
    told = plain(heading)
    if told in _NAMES:
        return _NAMES[told]
    again = _ROUND.match(told)
    if again is None:
        return None
    first = _NAMES.get((again[1] or again[2]).strip("_"))
    return f"{first}_2" if first is not None and f"{first}_2" in BY_NAME else None


_remembered = lru_cache(1024)(_column_of)
"""Each row of a file has the same headings."""


def heading_of(column: str) -> str:
    """Give a column's Chinese heading, or what stands there when it is no column."""
    return BY_NAME[column].heading if column in BY_NAME else column


def choices(column: str, words: Iterable[str] = ()) -> tuple[str, ...]:
    """Give the words that a column is chosen from in the template; `words` are the county's, for some columns."""
    fixed = {"kind": ("提案", "建议"), "delivery": ("纸质", "电子")}
    rated = column.removesuffix("_2") in ("rating_attitude", "rating_result")
    return fixed.get(column.removesuffix("_2"), ("满意", "基本满意", "不满意") if rated else tuple(words))
