"""What the templates of letters and lists 文书模板 may name: each placeholder with its meaning and an example.

A county edits the templates in Word and writes the placeholders in Chinese: {{文号}}. The examples are what
`yishi templates check` fills a template with; a test holds them against what the service fills in.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Row = Mapping[str, str]
Values = dict[str, str | Sequence[Row]]
"""What a template is filled with: texts, and rows of lists."""


class Placeholder(NamedTuple):
    """A name that a template may use: what it stands for, and an example of it."""

    meaning: str
    example: str | tuple[Row, ...]


class Document(NamedTuple):
    """A letter or list: what it is called, and what its template may name."""

    title: str
    placeholders: Mapping[str, Placeholder]

    @property
    def examples(self) -> Values:
        """Give an example of every placeholder."""
        return {name: placeholder.example for name, placeholder in self.placeholders.items()}


_CASE = {
    "机构": Placeholder("提案或建议所提交的机构", "县政协"),
    "类别": Placeholder("提案或建议", "提案"),
    "届次": Placeholder("届与次，汉字书写", "九届三次"),
    "编号": Placeholder("立案编号", "67"),
    "案由": Placeholder("标题", "关于改善县乡公路的提案"),
    "提案人": Placeholder("提出人与已确认的联名人；集体提出的为集体名称", "张明、李华"),
    "交办日期": Placeholder("交办的日期", "2005年3月1日"),
    "主办单位": Placeholder("主办单位，或各分办单位", "规划办"),
    "会办单位": Placeholder("会办单位，没有则为空", "公路局"),
    "领办": Placeholder("领办的领导或机构，没有则为空", "分管副县长"),
    "打印日期": Placeholder("生成文书的日期", "2005年4月8日"),
}
_REPLY = {
    "答复单位": Placeholder("作出答复的单位", "规划办"),
    "文号": Placeholder("答复的文号", "湘交提字〔2005〕1号"),
    "签发日期": Placeholder("答复签发的日期", "2005年4月5日"),
    "办理结果": Placeholder("答复的分类，如 A", "A"),
    "轮次": Placeholder("第几次办理，汉字书写", "一"),
}

DOCUMENTS: Mapping[str, Document] = {
    "reply-letter": Document(
        "答复函",
        _CASE
        | _REPLY
        | {
            "收件人": Placeholder("收函的委员或代表，带称谓", "张明委员、李华委员"),
            "正文": Placeholder("签发的答复全文；每段各为一段", "一、关于断头路。\n已列入今年计划。"),
            "承办处室": Placeholder("首次联系时告知的处室，没有则为空", "综合科"),
        },
    ),
    "hand-over-sheet": Document(
        "交办单",
        _CASE
        | {
            "单位": Placeholder("交办单所发的单位；未指定则为全部承办单位", "规划办"),
            "督办单位": Placeholder("督办的单位，没有则为空", "办公室"),
            "正文": Placeholder("提案或建议全文；每段各为一段", "建议优先修通山区断头路。"),
            "各时限": Placeholder(
                "所发单位的办理时限，逐行：事项、单位、期限",
                ({"事项": "答复", "单位": "规划办", "期限": "2005年4月30日"},),
            ),
            "各单位": Placeholder(
                "所发单位，逐行：单位、方式（主办、分办、会办）、签收日期",
                ({"单位": "规划办", "方式": "主办", "签收日期": "2005年3月2日"},),
            ),
        },
    ),
    "receipt-sheet": Document(
        "送达回执",
        _CASE
        | _REPLY
        | {
            "各收件人": Placeholder(
                "应当答复的委员或代表，逐行：姓名、送达日期、回执日期",
                ({"姓名": "张明", "送达日期": "2005年4月8日", "回执日期": ""},),
            ),
        },
    ),
    "hand-over-list": Document(
        "交办清单",
        {
            "交办日期": Placeholder("交办的日期", "2005年3月1日"),
            "件数": Placeholder("当日交办的件数", "1"),
            "打印日期": Placeholder("生成文书的日期", "2005年3月1日"),
            "各件": Placeholder(
                "当日交办的件，逐行：编号、案由、提案人、主办单位、会办单位、到期日",
                (
                    {
                        "编号": "67",
                        "案由": "关于改善县乡公路的提案",
                        "提案人": "张明、李华",
                        "主办单位": "规划办",
                        "会办单位": "公路局",
                        "到期日": "2005年4月30日",
                    },
                ),
            ),
        },
    ),
}
"""By the name of the template's file, without its ending."""
