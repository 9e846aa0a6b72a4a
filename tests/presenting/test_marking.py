"""qa.presenting.marking: the question's words in a text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.presenting.marking import matched_terms


def marked(question: str, text: str) -> list[str]:
    return [text[start:end] for start, end in matched_terms(question, text)]


@pytest.mark.parametrize(
    ("question", "text", "words"),
    [
        (
            "鹤山引进了多少亿元以上项目",
            "鹤山市1月至9月引进亿元以上项目60个。",
            ["鹤山", "引进亿元以上项目"],
        ),
        ("鹤山市的面积", "鹤山面积1082平方公里", ["鹤山面积"]),
        ("鶴山引進了多少項目", "鹤山引进项目", ["鹤山引进项目"]),
        ("鹤山引进了多少项目", "鶴山的項目", ["鶴山", "項目"]),
        ("ＧＤＰ是多少", "全市gdp增长", ["gdp"]),
        ("gdp是多少", "gdps和xgdp", []),
        ("2023年新增多少项目", "2023年和12023年新增", ["2023", "新增"]),
        ("2023年新增多少项目", "12023.5", []),
        ("多少个是的有吗", "有多少个是的", []),
        ("潮州呢", "", []),
        ("", "潮州", []),
        ("“免费梅江”行动盘活了多少套房", "“免费梅江”行动", ["免费梅江", "行动"]),
    ],
)
def test_words_of_the_question_are_marked(question: str, text: str, words: list[str]) -> None:
    assert marked(question, text) == words


@given(
    st.text(alphabet="鹤山市鶴項目项多少2023.60个引进gＧ “”", max_size=20),
    st.text(alphabet="鹤山市鶴項目项多少2023.60个引进gＧ “”", max_size=40),
)
def test_spans_are_in_order_apart_and_in_the_text(question: str, text: str) -> None:
    spans = matched_terms(question, text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] < other[0] for one, other in pairwise(spans))
