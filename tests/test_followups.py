"""qa.followups: questions that lean on the ones before."""

from __future__ import annotations

import pytest

from qa.followups import REMEMBERED, stand_alone
from qa.questions import parse

FIRST = "鹤山引进了多少亿元以上项目"


def readings(question: str, *history: str) -> list[str]:
    return list(stand_alone(question, history))


@pytest.mark.parametrize("question", [FIRST, "那总投资呢？", "总投资是多少", "", "它"])
def test_without_history_a_question_stands_as_it_is(question: str) -> None:
    assert readings(question) == [question]


@pytest.mark.parametrize("history", [("",), ("  ", "\n"), ("\t",)])
def test_empty_questions_are_no_history(history: tuple[str, ...]) -> None:
    assert readings("总投资是多少", *history) == ["总投资是多少"]


@pytest.mark.parametrize(
    "question", ["潮州市有多少人口", "“免费梅江”行动盘活了多少套房", "《行动方案》是谁发布的"]
)
def test_a_question_with_a_place_or_title_of_its_own_is_a_new_topic(question: str) -> None:
    assert readings(question, FIRST) == [question]


@pytest.mark.parametrize(
    ("question", "reading"),
    [
        ("潮州呢？", "潮州引进了多少亿元以上项目"),
        ("那潮州呢", "潮州引进了多少亿元以上项目"),
        ("那么，潮州市呢？", "潮州市引进了多少亿元以上项目"),
    ],
)
def test_another_place_takes_the_place_of_the_first(question: str, reading: str) -> None:
    assert readings(question, FIRST) == [reading]


@pytest.mark.parametrize(
    ("question", "reading"),
    [
        ("2022年呢", "2022年鹤山引进项目多少个"),
        ("那去年呢？", "去年鹤山引进项目多少个"),
    ],
)
def test_another_year_takes_the_place_of_the_first(question: str, reading: str) -> None:
    assert readings(question, "2023年鹤山引进项目多少个") == [reading]


def test_another_attribute_is_asked_of_the_same_subject() -> None:
    reading, narrower = readings("那总投资呢？", FIRST)
    assert narrower == "鹤山总投资是多少"
    assert reading == "鹤山引进 亿元以上项目 总投资是多少"
    parsed = parse(reading)
    assert (parsed.kind, parsed.units, parsed.focus) == ("number", ("money",), "总投资")
    assert [place.name for place in parsed.places] == ["鹤山"]


def test_a_question_without_place_is_completed_first_and_then_taken_as_it_is() -> None:
    completed = "鹤山引进 亿元以上项目 总投资是多少"
    assert readings("总投资是多少", FIRST) == [completed, "鹤山总投资是多少", "总投资是多少"]


def test_a_pronoun_gives_way_to_what_it_stands_for() -> None:
    for reading in readings("它的市长是谁？", "鹤山市有多少人口"):
        parsed = parse(reading)
        assert ([place.name for place in parsed.places], parsed.kind) == (["鹤山市"], "person")
        assert "它" not in reading


def test_the_place_and_year_are_kept_for_another_subject() -> None:
    assert readings("新增学位呢", "2023年鹤山新增就业多少人") == [
        "2023年鹤山新增就业 人 新增学位是多少",
        "2023年鹤山新增学位是多少",
    ]


def test_a_chain_of_follow_ups_keeps_the_last_topic() -> None:
    assert readings("潮州呢", FIRST, "江门呢") == ["潮州引进了多少亿元以上项目"]
    reading, _ = readings("那总投资呢", FIRST, "潮州呢")
    assert reading == "潮州引进 亿元以上项目 总投资是多少"
    (reading,) = readings("江门呢", FIRST, "潮州市有多少人口")
    assert reading == "江门有多少人口"


def test_a_topic_is_found_as_far_back_as_is_remembered() -> None:
    asides = ["总投资是多少"] * (REMEMBERED - 1)
    reading, _ = readings("那面积呢", FIRST, *asides)
    assert [place.name for place in parse(reading).places] == ["鹤山"]
    (reading,) = readings("那面积呢", FIRST, *asides, "总投资是多少")
    assert parse(reading).places == ()


@pytest.mark.parametrize("past", ["那总投资呢？", "潮州呢", "总投资是多少", FIRST])
def test_a_long_history_costs_no_more_than_a_short_one(past: str) -> None:
    long = readings("那面积呢", *[past] * 10_000)
    assert long == readings("那面积呢", *[past] * REMEMBERED)
    assert 1 <= len(long) <= 2
    assert all("面积" in reading for reading in long)
