"""qa.search.words: what of a query is looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.search.lexical import word_terms
from qa.search.words import words_of


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("省级农业产业园", ("省级", "农业", "产业园")),
        ("鄉村振興 学位", ("乡村", "振兴", "学位")),
        ("鹤山引进了多少亿元以上项目", ("鹤山", "引进", "亿元", "以上", "项目")),
        ("开平市 ＧＤＰ 2023年", ("开平", "gdp", "2023")),
        ("“乡村振兴” 潮州", ("乡村振兴", "乡村", "振兴", "潮州")),
        ("60", ("60",)),
        ("水", ("水",)),
        ("的", ("的",)),
        ("zzzz", ("zzzz",)),
        ("，。?", ()),
        ("", ()),
    ],
)
def test_words_are_what_a_query_says_beside_asking(query: str, words: tuple[str, ...]) -> None:
    assert words_of(query) == words


def test_a_document_is_no_search() -> None:
    assert len(words_of(" ".join(map(str, range(1_000))))) == 64


@given(st.text(max_size=60))
def test_whatever_is_typed_gives_some_words_each_once(query: str) -> None:
    words = words_of(query)
    assert len(set(words)) == len(words) <= 64
    assert all(words)


@pytest.mark.parametrize(
    ("word", "terms"),
    [
        ("产业园", [("bigrams", "产业"), ("bigrams", "业园")]),
        ("gdp", [("bigrams", "gdp")]),
        ("第3届", [("bigrams", "3")]),
        ("水", [("words", "水")]),
        ("，", []),
    ],
)
def test_a_word_is_its_pairs_of_characters(word: str, terms: list[tuple[str, str]]) -> None:
    assert word_terms(word) == terms
