"""qa.asking.asked: what a question asks for, and the question for each of its parts."""

from __future__ import annotations

import pytest

from qa.asking.asked import Asked
from qa.types import Span


def spans(question: str, *texts: str) -> tuple[Span, ...]:
    return tuple((question.index(text), question.index(text) + len(text)) for text in texts)


@pytest.mark.parametrize(
    ("question", "parts", "dropped", "made"),
    [
        (
            "2018年和2019年GDP分别是多少",
            ("2018年", "2019年"),
            ("和", "分别"),
            ("2018年GDP是多少", "2019年GDP是多少"),
        ),
        (
            "潮州比鹤山多引进多少项目",
            ("潮州", "鹤山"),
            ("比", "多"),
            ("潮州引进多少项目", "鹤山引进多少项目"),
        ),
        (
            "谁的GDP高，潮州还是鹤山",
            ("潮州", "鹤山"),
            ("谁的", "高，", "还是"),
            ("GDP潮州", "GDP鹤山"),
        ),
    ],
)
def test_one_part_takes_the_place_of_all(
    question: str, parts: tuple[str, ...], dropped: tuple[str, ...], made: tuple[str, ...]
) -> None:
    asked = Asked(
        question, "parts", parts=spans(question, *parts), dropped=spans(question, *dropped)
    )
    assert asked.part_texts == parts
    assert asked.dropped_texts == dropped
    assert asked.part_questions() == made


def test_names_take_the_place_of_a_group() -> None:
    question = "哪个镇引进项目最多"
    asked = Asked(question, "each", group=(0, 3), dropped=spans(question, "最多"))
    assert asked.group_text == "哪个镇"
    assert asked.part_questions() == ()
    assert asked.part_questions(["沙坪镇", "古劳镇"]) == ("沙坪镇引进项目", "古劳镇引进项目")


def test_names_come_first_where_nothing_is_in_their_place() -> None:
    question = "潮州近几年的GDP"
    asked = Asked(question, "series", dropped=spans(question, "近几年的"))
    assert asked.part_questions(["2019年"]) == ("2019年潮州GDP",)


def test_several_questions_are_whole_ones() -> None:
    question = "鹤山引进了多少项目？市长是谁？"
    asked = Asked(question, "several", parts=((0, 10), (10, 15)))
    assert asked.part_questions() == ("鹤山引进了多少项目？", "市长是谁？")


def test_a_question_of_nothing_else_is_single() -> None:
    asked = Asked("市长是谁")
    assert (asked.kind, asked.compute, asked.topic_text) == ("single", "", "")
    assert asked.to_dict()["parts"] == []
