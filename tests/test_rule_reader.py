"""tests.rule_reader: the reader's promises, and the span it picks for each kind of question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading.reading import PassageReader, Reading
from tests.rule_reader import RuleReader

PASSAGE = (
    "近日，鹤山市举行大会。2023年8月2日，市委书记李明在会上讲话。"
    "1月至9月引进亿元以上项目60个，计划总投资209亿元，创新高。"
    "重点产业有电子、家具和水产。为了引进项目，市里通过以商引商对接企业。"
)
QUESTIONS = [
    "鹤山引进了多少亿元以上项目",
    "大会什么时候召开",
    "市委书记是谁",
    "大会在哪里举行",
    "哪家公司投资最多",
    "有哪些重点产业",
    "如何引进项目",
    "什么是以商引商",
    "？",
    "",
]
anything = st.text(
    st.one_of(st.characters(), st.sampled_from('鹤山市李明60个2023年8月公司多少谁哪、和“”"。\n呢')),
    max_size=80,
)


def read(question: str, passage: str = PASSAGE) -> Reading:
    (reading,) = RuleReader().read(question, [passage])
    return reading


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("鹤山引进了多少亿元以上项目", "60个"),
        ("鹤山引进了多少个项目", "60个"),
        ("项目计划总投资是多少", "209亿元"),
        ("市委书记什么时候讲话", "2023年8月2日"),
        ("市委书记是谁", "李明"),
        ("大会在哪里举行", "鹤山市"),
        ("有哪些重点产业", "电子、家具和水产"),
        ("如何引进项目", "为了引进项目，市里通过以商引商对接企业。"),
    ],
)
def test_the_span_has_the_form_that_is_asked_for(question: str, text: str) -> None:
    reading = read(question)
    assert (reading.text, reading.answerable) == (text, True)
    assert PASSAGE[reading.start : reading.end] == text


@pytest.mark.parametrize(
    "question", ["引进了多少个项目", "大会什么时候召开", "市委书记是谁", "大会全长多少公里"]
)
def test_without_a_figure_date_or_person_there_is_no_answer(question: str) -> None:
    assert not read(question, "大会顺利召开，会场气氛热烈。").answerable


@pytest.mark.parametrize("passage", ["", " \n", "\u3000"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_an_empty_passage_answers_nothing(question: str, passage: str) -> None:
    assert not read(question, passage).answerable


def test_the_sentence_that_says_more_of_the_question_wins() -> None:
    passage = "潮州引进企业5个。鹤山引进亿元以上项目60个。江门有公园7个。"
    assert read("鹤山引进了多少个亿元以上项目", passage).text == "60个"


def test_the_condition_in_the_question_picks_the_figure() -> None:
    passage = "77个项目超100万元，4个项目超1000万元。"
    assert read("超100万元的项目有多少个", passage).text == "77个"
    assert read("超1000万元的项目有多少个", passage).text == "4个"


def test_a_heading_scores_less_than_a_sentence_of_the_same_words() -> None:
    question = "如何引进项目"
    assert read(question, "通过招商引进项目").score < read(question, "通过招商引进项目。").score


def test_there_is_one_reading_for_each_passage_in_order() -> None:
    passages = ["引进项目60个。", "大会召开。", "引进项目5个。", ""]
    readings = RuleReader().read("引进了多少个项目", passages)
    assert [reading.text for reading in readings] == ["60个", "大会召开。", "5个", ""]
    assert [reading.answerable for reading in readings] == [True, False, True, False]
    assert RuleReader().read("引进了多少个项目", []) == []


def test_a_passage_is_read_the_same_whatever_stands_beside_it() -> None:
    alone = [read(question) for question in QUESTIONS]
    beside = [RuleReader().read(question, ["别的。", PASSAGE])[1] for question in QUESTIONS]
    assert beside == alone


def test_the_quote_keeps_script_and_width() -> None:
    reading = read("鹤山引进了多少个项目", "鶴山市引進項目６０個，創新高。")
    assert reading.text == "６０個"


@given(anything, st.lists(anything, max_size=4))
def test_any_reading_keeps_the_promises(question: str, passages: list[str]) -> None:
    reader: PassageReader = RuleReader()
    readings = reader.read(question, passages)
    assert len(readings) == len(passages)
    for reading, passage in zip(readings, passages, strict=True):
        assert 0 <= reading.start <= reading.end <= len(passage)
        assert passage[reading.start : reading.end] == reading.text
        assert 0.0 <= reading.score <= 1.0
        assert not (reading.answerable and not reading.text)


@pytest.mark.parametrize("question", QUESTIONS)
@given(passage=anything)
def test_each_kind_of_question_reads_any_passage(question: str, passage: str) -> None:
    reading = read(question, passage)
    assert passage[reading.start : reading.end] == reading.text
    assert 0.0 <= reading.score <= 1.0
