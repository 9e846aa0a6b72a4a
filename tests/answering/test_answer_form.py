"""qa.answering.answer_form: a reader's span in the form asked for, and what shows it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.answer_form import MAX_SENTENCES, fit, quoted_sentences
from qa.language.questions import parse

HOW_MANY = "鹤山引进了多少个亿元以上项目"
INVESTED = "总投资是多少"
WHICH_TOWNS = "前三名是哪些镇街"
WHEN = "大会什么时候召开"
FIGURES = "近日消息，鹤山市引进亿元以上项目60个，总投资209亿元。"
TOWNS = "三角镇、城北镇、金山街道依次荣获前三名。"
DATED = "大会于2023年8月2日在鹤山召开。"


def fitted(question: str, text: str, span: str) -> str | None:
    at = text.index(span)
    found = fit(parse(question), text, (0, len(text)), (at, at + len(span)))
    return text[slice(*found)] if found else None


def quoted(text: str, span: str, *, whole: bool, passage: str = "") -> str:
    at, first = text.index(span), text.index(passage)
    last = first + len(passage or text)
    found = quoted_sentences(text, (first, last), (at, at + len(span)), whole=whole)
    return text[slice(*found)]


@pytest.mark.parametrize(
    ("question", "text", "span", "expected"),
    [
        (HOW_MANY, FIGURES, "引进亿元以上项目60个，", "60个"),  # 亿元 is the condition
        (HOW_MANY, FIGURES, "60", "60个"),
        (HOW_MANY, FIGURES, "60个，总投资209亿元", "60个"),
        (INVESTED, FIGURES, "60个，总投资209亿元", "209亿元"),
        (INVESTED, FIGURES, "209亿元", "209亿元"),
        ("引进了多少个项目", "引進項目６０個，創新高", "引進項目６０個", "６０個"),
        ("增长了多少", "同比增长百分之八左右", "同比增长百分之八", "百分之八"),
        (WHEN, DATED, "于2023年8月2日在鹤山", "2023年8月2日"),
        (WHEN, DATED, "8月2日", "2023年8月2日"),
        (WHEN, "大会2023 年 8 月 2 日召开", "年 8 月", "2023 年 8 月 2 日"),
        ("市委书记是谁", "市委书记李明表示，要抓落实。", "市委书记李明表示", "李明"),
        ("大会在哪里召开", DATED, "在鹤山召开", "鹤山"),
    ],
)
def test_what_is_asked_for_is_cut_out_of_a_span_or_completed(
    question: str, text: str, span: str, expected: str
) -> None:
    assert fitted(question, text, span) == expected


@pytest.mark.parametrize("span", ["三角镇", "城北镇、金山", "街道依次荣获", TOWNS])
def test_a_list_is_given_whole(span: str) -> None:
    assert fitted(WHICH_TOWNS, TOWNS, span) == "三角镇、城北镇、金山街道"


@pytest.mark.parametrize(
    ("question", "text", "span"),
    [
        (WHEN, DATED, "在鹤山"),
        (WHICH_TOWNS, TOWNS, "前三名"),
        ("什么是招商", "招商是2023年引资60个。", "2023年引资60个"),  # of text nothing is cut
        ("引进了多少个项目", "好几个项目引进了", "好几个"),
    ],
)
def test_a_span_stays_where_nothing_in_it_has_the_form(question: str, text: str, span: str) -> None:
    assert fitted(question, text, span) == span


@pytest.mark.parametrize("span", ["鹤山市引进", "总投资", "近日消息，"])
def test_where_a_figure_is_asked_for_a_span_without_one_is_no_answer(span: str) -> None:
    assert fitted(INVESTED, FIGURES, span) is None


def test_an_answer_is_of_one_line() -> None:
    assert fitted(
        "为什么要招商", "概述\n 招商能带来就业。 \n二", "概述\n 招商能带来就业。 \n二"
    ) == ("招商能带来就业。")
    assert fitted("引进了多少个项目", "标题2个\n引进项目60个", "2个\n引进项目60个") == "60个"


@pytest.mark.parametrize("span", ["形势喜人。引进项目60个", "60个，创新高\n计划还要再引进项目"])
def test_a_figure_is_cut_out_wherever_in_the_span_it_stands(span: str) -> None:
    text = "形势喜人。引进项目60个，创新高\n计划还要再引进项目"
    assert fitted("引进了多少个项目", text, span) == "60个"


@given(
    st.sampled_from([HOW_MANY, WHEN, WHICH_TOWNS, "市长是谁", "在哪里", "为什么要招商"]),
    st.text(
        st.sampled_from("鹤山市李明60个2023年8月镇、和“”。，\n \r\u3000") | st.characters(),
        max_size=40,
    ),
    st.data(),
)
def test_a_fitted_span_lies_in_one_line_of_the_text(
    question: str, text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = fit(parse(question), text, (0, len(text)), (start, end))
    if found is not None:
        assert 0 <= found[0] <= found[1] <= len(text)
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


@pytest.mark.parametrize(
    ("question", "text", "span", "expected"),
    [
        ("谁是江门市委书记", "鹤山市率先成立由市委书记任总指挥的指挥部。", "鹤山市", None),
        ("江门市委书记是谁", "鹤山市率先成立由市委书记任总指挥的指挥部。", "任总指挥", None),
        ("江门市委书记是谁", "江门市委书记陈岸明出席大会。", "市委书记陈岸明", "陈岸明"),
        ("江门市委书记是谁", "江门市委书记冼芷菲出席大会。", "冼芷菲", "冼芷菲"),
        ("市委书记是谁", "市委书记表示，要抓落实。", "市委书记", None),
        ("指挥部谁当总指挥", "指挥部由市委书记任总指挥。", "市委书记", "市委书记"),
        ("指挥部谁当总指挥", "指挥部由市委书记任总指挥。", "市委书记任", "市委书记"),
        ("公司总裁是谁", "公司总裁出席大会。", "大会", None),
        ("谁研发了这款芯片", "这款芯片由中科院研发。", "中科院", "中科院"),
    ],
)
def test_who_holds_an_office_is_a_person(
    question: str, text: str, span: str, expected: str | None
) -> None:
    assert fitted(question, text, span) == expected
