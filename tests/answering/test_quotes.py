"""qa.answering.quotes: a reader's span in one line, and what shows it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.quotes import MAX_SENTENCES, has_figure, quoted_sentences, within_line


def quoted(text: str, span: str, *, whole: bool, passage: str = "") -> str:
    at, first = text.index(span), text.index(passage)
    last = first + len(passage or text)
    found = quoted_sentences(text, (first, last), (at, at + len(span)), whole=whole)
    return text[slice(*found)]


@pytest.mark.parametrize(
    ("text", "figure", "expected"),
    [
        ("引进项目60个，", False, "引进项目60个，"),
        ("概述\n 招商能带来就业。 \n二", False, "招商能带来就业。"),
        ("标题2个\n引进项目60个", True, "引进项目60个"),
        ("形势喜人，项目越来越多\n引进60个", True, "引进60个"),
        ("形势喜人，项目越来越多\n引进60个", False, "形势喜人，项目越来越多"),
        ("形势\n喜人", True, "形势"),
    ],
)
def test_an_answer_is_of_one_line(text: str, figure: bool, expected: str) -> None:
    around = f"前。{text}后。"
    found = within_line(around, (2, 2 + len(text)), figure=figure)
    assert around[slice(*found)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60个", True),
        ("６０個", True),
        ("百分之八", True),
        ("好几个", True),
        ("第三", True),
        ("总投资", False),
    ],
)
def test_a_figure_is_one_in_whatever_form_it_is_written(text: str, expected: bool) -> None:
    assert has_figure(text) is expected


@given(
    st.text(
        st.sampled_from("鹤山市李明60个2023年8月镇、和“”。，\n \r\u3000") | st.characters(),
        max_size=40,
    ),
    st.booleans(),
    st.data(),
)
def test_what_stands_in_one_line_lies_in_one_line_of_the_text(
    text: str, figure: bool, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = within_line(text, (start, end), figure=figure)
    assert start <= found[0] <= found[1] <= end
    assert "\n" not in text[slice(*found)]


# -- quotes --------------------------------------------------------------------------------------

MEASURES = "措施如下。一是招商。二是引资！三是服务。四是落实。"


@pytest.mark.parametrize(
    ("span", "passage", "expected"),
    [
        ("招商", "", "一是招商。"),
        ("招商。二", "", "一是招商。二是引资！"),
        ("。", "", "措施如下。"),
        ("是招", "是招商。二", "是招商。"),  # a quote does not leave its passage
        ("是落实", "落实。", "落实。"),
    ],
)
def test_the_quote_is_the_sentences_that_the_span_touches(
    span: str, passage: str, expected: str
) -> None:
    assert quoted(MEASURES, span, whole=False, passage=passage) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一是招商。二是引资。好。", "一是招商。二是引资。"),
        (MEASURES, "一是招商。二是引资！三是服务。"),
        ("一是招商。此外，还引资。其次是服务。", "一是招商。此外，还引资。其次是服务。"),
        ("先招商。（二）引资。３.服务。", "先招商。（二）引资。３.服务。"),
        ("一是招商。二是引资。三是服务。此外，落实。", "一是招商。二是引资。三是服务。"),
        ("一是招商。就是这样。三是服务。", "一是招商。"),  # one stands between
        ("一是招商。\n二是引资。", "一是招商。"),  # another paragraph
        ("一是招商。一是引资。", "一是招商。"),  # the beginning of another enumeration
        ("一是招商。二十个项目。", "一是招商。"),
    ],
)
def test_an_enumeration_is_followed_within_its_line(text: str, expected: str) -> None:
    assert MAX_SENTENCES == 3
    assert quoted(text, "招商", whole=True) == expected


def test_a_passage_of_white_space_has_no_sentence_so_the_span_is_quoted() -> None:
    assert quoted_sentences("甲。 \n 乙。", (2, 5), (3, 4), whole=True) == (3, 4)
