"""What letters and sheets say of a case, placeholder by placeholder."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from runtime.refusals import Refusal
from services.proposals.letters import hand_over_list, letters
from services.proposals.letters.letter_placeholders import DOCUMENTS, Values

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


def named(story: "Story") -> dict[str, str]:
    names = {story.MEMBER: "张明", story.COSIGNER: "李华", story.LEAD: "规划办", story.CO: "公路局"}
    return {str(id): name for id, name in names.items()} | {str(story.OFFICE): "办公室"}


def columns(values: Values) -> dict[str, set[str]]:
    """Give the names of a document, and of each list's columns."""
    rows = {name: rows for name, rows in values.items() if not isinstance(rows, str)}
    return {name: set() for name in values} | {name: {*listed[0]} for name, listed in rows.items()}


@pytest.fixture
def told(stories: "type[Story]") -> "Story":
    """A joint case with a co unit whose reply is delivered."""
    made = stories()
    made.cosigners, made.co = (made.COSIGNER,), (made.CO,)
    return made.up_to("receive")


def alone(story: "Story") -> letters.Handled:
    return letters.Handled(story.case, story.case)


def letter(story: "Story") -> Values:
    reply = letters.signed_reply(alone(story), None, None)
    return letters.reply_letter(alone(story), reply, "已列入。", named(story), member=None, today=story.day)


def sheet(story: "Story", unit: UUID | None = None) -> Values:
    return letters.hand_over_sheet(story.case, "建议修路。", named(story), unit=unit, today=story.day)


def test_the_reply_letter_names_who_answers_whom_under_which_number(told: "Story") -> None:
    values = letter(told)
    assert {name: values[name] for name in ("编号", "届次", "案由", "提案人", "收件人", "正文")} == {
        "编号": "67",
        "届次": "九届三次",
        "案由": "关于改善县乡公路的提案",
        "提案人": "张明、李华",
        "收件人": "张明委员、李华委员",
        "正文": "已列入。",
    }
    assert {name: values[name] for name in ("文号", "签发日期", "答复单位", "会办单位", "轮次", "承办处室")} == {
        "文号": "湘交提字〔2005〕1号",
        "签发日期": "2005年4月5日",
        "答复单位": "规划办",
        "会办单位": "公路局",
        "轮次": "一",
        "承办处室": "综合科",
    }


def test_a_letter_to_one_goes_to_somebody_who_must_be_answered(told: "Story") -> None:
    reply = letters.signed_reply(alone(told), told.LEAD, 1)
    one = letters.reply_letter(alone(told), reply, "", named(told), member=told.COSIGNER, today=told.day)
    assert one["收件人"] == "李华委员"
    with pytest.raises(Refusal) as refused:
        letters.reply_letter(alone(told), reply, "", named(told), member=told.STRANGER, today=told.day)
    assert refused.value.code == "reply.not_to_be_answered"


def test_whoever_signed_a_merged_original_is_answered_under_its_own_number_and_title(stories: "type[Story]") -> None:
    main, other = stories(), stories()
    main.up_to("sign")
    other.take("submit", submitter=other.COSIGNER, title="关于修桥的提案")
    other.take("register", number=68)
    both = main.case.model_copy(update={"answer_to": (main.MEMBER, main.COSIGNER)})
    reply = letters.signed_reply(letters.Handled(other.case, both), None, None)

    def told(handled: letters.Handled) -> list[object]:
        values = letters.reply_letter(handled, reply, "", named(main), member=None, today=main.day)
        return [values[name] for name in ("编号", "案由", "收件人", "主办单位", "文号", "承办处室")]

    document = "湘交提字〔2005〕1号"
    assert told(letters.Handled(other.case, both)) == [
        *("68", "关于修桥的提案", "李华委员", "规划办", document, "综合科")
    ]
    assert told(letters.Handled(both, both))[:3] == ["67", "关于改善县乡公路的提案", "张明委员"]


def test_a_deputy_and_a_group_are_addressed_as_such(stories: "type[Story]") -> None:
    story = stories()
    story.take("submit", kind="npc_suggestion", form="single")
    case = story.case.model_copy(update={"answer_to": (story.MEMBER,)})
    assert letters._addressed(case, story.MEMBER, named(story)) == "张明代表"
    grouped = case.model_copy(update={"group": "县工商联"})
    assert letters._addressed(grouped, story.MEMBER, named(story)) == "县工商联"


@pytest.mark.parametrize(
    ("last", "unit", "round", "code"),
    [
        ("review", None, None, "letter.reply_not_signed"),
        ("sign", None, 2, "letter.reply_not_signed"),
        ("sign", "CO", None, "proposal.not_a_handling_unit"),
        ("submit", None, None, "proposal.wrong_stage"),
    ],
)
def test_there_is_no_letter_of_a_reply_that_is_not_signed(
    story: "Story", last: str, unit: str | None, round: int | None, code: str
) -> None:
    story.up_to(last)
    with pytest.raises(Refusal) as refused:
        letters.signed_reply(alone(story), getattr(story, unit) if unit else None, round)
    assert refused.value.code == code


def test_the_receipt_sheet_has_a_line_for_everybody_who_must_be_answered(told: "Story") -> None:
    reply = letters.signed_reply(alone(told), None, None)
    values = letters.receipt_sheet(alone(told), reply, named(told), member=None, today=told.day)
    rows = values["各收件人"]
    assert [row["姓名"] for row in _rows(rows)] == ["张明", "李华"]
    assert {row["送达日期"] for row in _rows(rows)} == {letters.chinese_date(reply.delivered[told.MEMBER])}
    assert "正文" not in values


def test_the_hand_over_sheet_states_each_units_part_and_last_days(told: "Story") -> None:
    values = sheet(told)
    assert (values["单位"], values["督办单位"], values["正文"]) == ("规划办、公路局", "办公室", "建议修路。")
    assert _rows(values["各单位"]) == [
        {"单位": "规划办", "方式": "主办", "签收日期": "2005年3月2日"},
        {"单位": "公路局", "方式": "会办", "签收日期": "2005年3月2日"},
    ]
    limits = {(row["事项"], row["单位"]): row["期限"] for row in _rows(values["各时限"])}
    assert limits["单位答复", "规划办"] == "2005年4月30日"
    assert ("首次联系", "公路局") not in limits


def test_the_sheet_of_one_unit_states_its_own_part_alone(told: "Story") -> None:
    values = sheet(told, told.CO)
    assert (values["单位"], [row["方式"] for row in _rows(values["各单位"])]) == ("公路局", ["会办"])
    assert {row["单位"] for row in _rows(values["各时限"])} <= {"公路局"}
    with pytest.raises(Refusal) as refused:
        sheet(told, told.OTHER)
    assert refused.value.code == "proposal.not_a_handling_unit"


def test_there_is_no_sheet_before_the_hand_over(story: "Story") -> None:
    story.up_to("register")
    with pytest.raises(Refusal) as refused:
        sheet(story)
    assert refused.value.code == "proposal.wrong_stage"


def test_what_is_filled_in_is_what_templates_may_name(told: "Story") -> None:
    reply = letters.signed_reply(alone(told), None, None)
    line = {name: "" for name in ("编号", "案由", "提案人", "主办单位", "会办单位", "到期日")}
    made = {
        "reply-letter": letter(told),
        "hand-over-sheet": sheet(told),
        "receipt-sheet": letters.receipt_sheet(alone(told), reply, named(told), member=None, today=told.day),
        "hand-over-list": hand_over_list.values(told.day, [line], told.day),
    }
    assert {name: columns(values) for name, values in made.items()} == {
        name: columns(document.examples) for name, document in DOCUMENTS.items()
    }


@pytest.mark.parametrize(
    ("number", "written"),
    [(1, "一"), (9, "九"), (10, "十"), (12, "十二"), (20, "二十"), (35, "三十五"), (99, "九十九"), (100, "100")],
)
def test_numbers_are_written_in_chinese(number: int, written: str) -> None:
    assert letters.chinese_number(number) == written


def _rows(value: object) -> list[dict[str, str]]:
    assert isinstance(value, Iterable)
    return [dict(row) for row in value]
