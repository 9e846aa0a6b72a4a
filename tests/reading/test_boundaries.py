"""qa.reading.boundaries: an answer begins and ends with words of its own, and keeps its pairs of
marks.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.reading.boundaries import tidy

OPENING, CLOSING = "“‘《（(「『【", "”’》）)」』】"
few = "甲1“”《》（），。"  # few, so that pairs, halves and nested ones all come up
texts_with_spans = (
    st.text(st.sampled_from(few), max_size=9)
    | st.text(st.one_of(st.sampled_from(OPENING + CLOSING + " \n\u3000…甲"), st.characters()))
).flatmap(
    lambda text: st.tuples(st.just(text), st.integers(0, len(text)), st.integers(0, len(text))).map(
        lambda drawn: (drawn[0], *sorted(drawn[1:]))
    )
)


def tidied(text: str, span: str) -> str:
    at = text.index(span)
    start, end = tidy(text, at, at + len(span))
    return text[start:end]


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("引进60个，创新高", "60个", "60个"),
        ("引进60个，创新高", "60个，", "60个"),
        ("是，60个。 ", "，60个。 ", "60个"),
        ("甲、\n　乙……", "、\n　乙……", "乙"),
        ("（60个）", "60个", "60个"),
        ("（60个）", "（60个）", "（60个）"),
        ("看《红楼梦》吗", "《红楼梦", "《红楼梦》"),
        ("看《红楼梦》吗", "红楼梦》", "《红楼梦》"),
        ("看《红楼梦》吗", "红楼梦", "红楼梦"),
        ("看《红楼梦吗", "《红楼梦", "红楼梦"),  # nothing closes it
        ("看红楼梦》吗", "红楼梦》", "红楼梦"),
        ("看《红楼梦", "看《", "看"),
        ("“甲镇”“乙镇”称号", "“甲镇”“乙镇", "“甲镇”“乙镇”"),
        ("“甲镇”“乙镇”称号", "甲镇”“乙镇”", "“甲镇”“乙镇”"),
        ("（“甲”）", "（“甲", "（“甲”）"),  # one pair inside the other
        ("中国（上海）公司", "中国（上海", "中国（上海）"),
        ("约(1.5亿元)", "(1.5亿元", "(1.5亿元)"),
        ("-5℃", "-5℃", "-5℃"),
        ("。、，", "。、，", ""),
        ("甲", "", ""),
        ("（甲）乙）（丙丁", "（甲）乙）（丙", "（甲）乙）（丙"),  # nothing to mend at the edges
        ("京喜“梅州优品馆”。", "京喜“梅州", "京喜“梅州优品馆”"),  # a name is not cut in two
        ("看“红楼梦”第三回", "梦”第三回", "“红楼梦”第三回"),
        ("他说“甲来，乙去”了", "“甲", "甲"),  # what runs past a comma is no name
        ("看“" + "甲" * 17 + "”吗", "“甲", "甲"),
    ],
)
def test_a_span_is_brought_to_where_its_words_begin_and_end(
    text: str, span: str, expected: str
) -> None:
    assert tidied(text, span) == expected


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("“形势喜人，项目落地。”", "项目落地。”", "项目落地"),
        ("说“，甲", "“，甲", "甲"),
        ("《（甲）》", "《（甲", "《（甲）》"),
        ("《甲》和《乙》", "甲》和《乙", "《甲》和《乙》"),
    ],
)
def test_a_mark_inside_another_and_both_ends_of_a_row(text: str, span: str, expected: str) -> None:
    assert tidied(text, span) == expected


@settings(max_examples=1000)
@given(texts_with_spans)
def test_a_span_that_is_in_form_stays_as_it_is(drawn: tuple[str, int, int]) -> None:
    text, start, end = drawn
    once = tidy(text, start, end)
    assert tidy(text, *once) == once


@given(texts_with_spans)
def test_a_span_grows_only_by_marks_that_complete_its_pairs(drawn: tuple[str, int, int]) -> None:
    text, start, end = drawn
    first, last = tidy(text, start, end)
    assert 0 <= first <= last <= len(text)
    before, after = text[first:start], text[end:last]
    assert set(before) <= set(OPENING)
    assert set(after) <= set(CLOSING)
    assert len(set(before + after)) == len(before + after)  # each kind of mark at most once


@given(texts_with_spans)
def test_a_span_keeps_all_of_its_words(drawn: tuple[str, int, int]) -> None:
    text, start, end = drawn
    first, last = tidy(text, start, end)
    assert all(first <= at < last for at in range(start, end) if text[at].isalnum())
