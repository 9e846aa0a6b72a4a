"""qa.asking.asked: what a question asks for, in its own words."""

from __future__ import annotations

from qa.asking.asked import Asked
from qa.types import Span


def spans(question: str, *texts: str) -> tuple[Span, ...]:
    return tuple((question.index(text), question.index(text) + len(text)) for text in texts)


def test_the_words_of_parts_and_of_what_goes_are_those_of_their_spans() -> None:
    question = "潮州比鹤山多引进多少项目"
    asked = Asked(
        question,
        "parts",
        parts=spans(question, "潮州", "鹤山"),
        dropped=spans(question, "比", "多"),
    )
    assert asked.part_texts == ("潮州", "鹤山")
    assert asked.dropped_texts == ("比", "多")
    assert asked.group_text == ""


def test_the_word_of_a_group_is_that_of_its_span() -> None:
    assert Asked("哪个镇引进项目最多", "each", group=(0, 3)).group_text == "哪个镇"


def test_a_question_of_nothing_else_is_single() -> None:
    asked = Asked("市长是谁")
    assert (asked.kind, asked.compute, asked.topic_text) == ("single", "", "")
    assert asked.to_dict()["parts"] == []
