"""qa.answering.spans: the stretches of a sentence that have the form of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.spans import stretches
from qa.language.questions import parse
from qa.text import fold


def found(question: str, sentence: str) -> list[tuple[str, float]]:
    folded = fold(sentence)
    return [
        (sentence[stretch.start : stretch.end], pytest.approx(stretch.fit))
        for stretch in stretches(parse(question), folded)
    ]


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("引进了多少个项目", "引进项目60个，总投资209亿元。", [("60个", 1.0)]),
        ("引进了多少个项目", "签约60个。", [("60个", 0.8)]),
        ("引进了多少个项目", "引进60家企业。", []),  # of another thing
        ("有几家四上企业", "服务91家“四上”企业，筛选38家企业。", [("91家", 1.0), ("38家", 1.0)]),
        ("有多少个镇企帮扶项目", "41个镇均已结对，有67个帮扶项目。", [("67个", 1.0)]),
        ("引进了多少个项目", "引进项目60家。", [("60家", 0.6)]),
        ("引进了多少个项目", "引进60个重点项目。", [("60个", 1.0)]),
        ("引进了多少亿元以上项目", "引进亿元以上项目60个，投资209亿元。", [("60个", 0.9)]),
        ("有多少人口", "常住60万人，60个村。", [("60万人", 0.72)]),
        ("总产值是多少", "总产值148.11亿元、比增2.2%。", [("148.11亿元", 0.9)]),
        ("面积是多少", "面积２０．５平方公里", [("２０．５平方公里", 0.9)]),
        ("全长多少公里", "全长5公里，宽30米。", [("5公里", 1.0), ("30米", 0.9)]),
        ("总投资是多少", "2023年5月3日引进项目60个。", []),
        ("总投资是多少", "形势很好。", []),
    ],
)
def test_figures_of_the_kind_that_is_asked_for(
    question: str, sentence: str, expected: list[tuple[str, float]]
) -> None:
    assert found(question, sentence) == expected


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("大会什么时候召开", "大会于2023年8月2日召开。", [("2023年8月2日", 1.0)]),
        ("大会什么时候召开", "大会8月2日上午9:30召开。", [("8月2日上午9:30", 0.9)]),
        ("大会哪一年召开", "大会8月2日召开。", [("8月2日", 0.3)]),
        ("大会哪一年召开", "大会去年召开，2021年筹备。", [("去年", 1.0), ("2021年", 1.0)]),
        ("大会什么时候召开", "大会2023-08-02召开。", [("2023-08-02", 0.9)]),
        ("大会什么时候召开", "大会二〇二三年召开。", [("二〇二三年", 0.9)]),
        ("大会什么时候召开", "大会召开。", []),
    ],
)
def test_dates(question: str, sentence: str, expected: list[tuple[str, float]]) -> None:
    assert found(question, sentence) == expected


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("市委书记是谁", "市委书记李明表示，要抓落实。", [("李明", 0.9)]),
        ("区长是谁", "区长陈伟文介绍了情况。", [("陈伟文", 0.9)]),
        ("李明是谁", "李明表示要抓落实。", []),
        ("市委书记是谁", "会议在江门召开。", []),
    ],
)
def test_persons(question: str, sentence: str, expected: list[tuple[str, float]]) -> None:
    assert found(question, sentence) == expected


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("活动在哪里举行", "活动在鹤山市举行。", [("鹤山市", 0.9)]),
        ("哪个镇获得第一名", "潮州湘桥区官塘镇获得第一名。", [("官塘镇", 0.9)]),
        ("哪个区获得第一名", "潮州湘桥区官塘镇获得第一名。", [("湘桥区", 0.9)]),
        ("鹤山的活动在哪里举行", "活动在鹤山市举行。", []),
        ("活动在哪里举行", "活动在室内举行。", []),
    ],
)
def test_places(question: str, sentence: str, expected: list[tuple[str, float]]) -> None:
    assert found(question, sentence) == expected


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        (
            "引进了哪家公司",
            "引进了梅州市华烽科技有限公司，计划投资5000万元。",
            [("梅州市华烽科技有限公司", 0.9)],
        ),
        ("引进了什么企业", "引进了科技企业。", [("科技企业", 0.6)]),
        ("引进了什么企业", "引进了“甲乙”科技公司。", [("“甲乙”科技公司", 0.9)]),
        ("引进了什么企业", "引进了项目。", []),
    ],
)
def test_things_are_found_by_what_they_are_called(
    question: str, sentence: str, expected: list[tuple[str, float]]
) -> None:
    assert found(question, sentence) == expected


def test_a_measure_word_is_not_the_beginning_of_a_name() -> None:
    assert [text for text, _ in found("引进了什么企业", "引进了1家企业。") if text[0] == "家"] == []


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        (
            "前三名是哪些镇街",
            "三角镇、城北镇、金山街道依次荣获前三名。",
            [("三角镇、城北镇、金山街道", 0.8)],
        ),
        (
            "有哪些重点产业",
            "重点发展电子、家具和水产。",
            [("电子、家具和水产", 0.8)],
        ),
        ("有哪些称号", "获得“甲镇”“乙镇”称号。", [("“甲镇”“乙镇”", 1.0)]),
        ("有哪些重点产业", "重点发展水产。", []),
    ],
)
def test_lists(question: str, sentence: str, expected: list[tuple[str, float]]) -> None:
    assert found(question, sentence) == expected


@pytest.mark.parametrize("question", ["为什么要招商", "如何招商", "什么是招商", "鹤山"])
def test_an_open_question_has_no_candidates(question: str) -> None:
    assert found(question, "2023年，鹤山市李明引进项目60个、企业5家。") == []


def test_what_only_repeats_the_question_is_no_answer() -> None:
    question = "超100万元的项目总投资是多少"
    assert found(question, "超100万元的项目总投资5亿元。") == [("5亿元", pytest.approx(0.9))]


@given(
    st.sampled_from(
        ["引进了多少个项目", "大会何时召开", "市长是谁", "在哪里", "哪家公司", "有哪些产业"]
    ),
    st.text(
        st.one_of(st.characters(), st.sampled_from('鹤山市李明60个2023年月公司、和“”"的')),
        max_size=50,
    ),
)
def test_candidates_lie_in_the_sentence(question: str, sentence: str) -> None:
    for stretch in stretches(parse(question), fold(sentence)):
        assert 0 <= stretch.start < stretch.end <= len(sentence)
        assert 0 <= stretch.fit <= 1
