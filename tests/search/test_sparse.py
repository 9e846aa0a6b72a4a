"""qa.search.indexes.sparse: BM25 as an inner product, and the statistics beside it."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.tokens import bigrams, search_words
from qa.search.indexes.sparse import Statistics, Tally, passage_vector, query_vector, term
from qa.search.lexical import WEIGHTS

TEXTS = [
    "鹤山引进亿元以上项目60个，鹤山计划总投资209亿元。",
    "梅江区引进亿元以上项目8个。",
    "潮州专家智库正式成立。",
]
QUERY = "鹤山引进了多少亿元以上项目，鹤山"


def bm25(query: str, text: str) -> float:
    """Return the score by the textbook, with the fixed average lengths."""
    total = 0.0
    for weight, tokenize, average in (
        (WEIGHTS["bigrams"], bigrams, 170.0),
        (WEIGHTS["words"], search_words, 122.0),
    ):
        tokens = tokenize(text)
        for token, asked in Counter(tokenize(query)).items():
            holding = sum(token in tokenize(one) for one in TEXTS)
            rarity = math.log(1 + (len(TEXTS) - holding + 0.5) / (holding + 0.5))
            count = tokens.count(token)
            length = 1 - 0.75 + 0.75 * len(tokens) / average
            total += weight * asked * rarity * count * 2.2 / (count + 1.2 * length)
    return total


def dot(one: dict[int, float], other: dict[int, float]) -> float:
    return sum(weight * other.get(number, 0.0) for number, weight in one.items())


def test_the_inner_product_is_the_bm25_score() -> None:
    vectors = [passage_vector(text) for text in TEXTS]
    query = query_vector(QUERY, [Statistics.count(vectors)], len(TEXTS))
    expected = [bm25(QUERY, text) for text in TEXTS]
    assert [dot(query, vector) for vector in vectors] == pytest.approx(expected)
    assert expected[0] > expected[1] > expected[2] == 0


def test_terms_that_no_passage_has_are_not_asked_for() -> None:
    statistics = Statistics.count([passage_vector(text) for text in TEXTS])
    assert query_vector("天气", [statistics], 3) == {}
    assert query_vector("", [statistics], 3) == query_vector("鹤山", [], 0) == {}
    assert set(query_vector("鹤山天气", [statistics], 3)) == {
        term("bigrams", "鹤山"),
        term("words", "鹤山"),
    }


def test_a_passage_without_terms_has_a_vector_that_nothing_meets() -> None:
    nothing = passage_vector("，。")
    assert nothing == {0: 1.0}
    assert not set(nothing) & set(passage_vector("".join(TEXTS)))


COUNTS = st.dictionaries(st.integers(0, 2**32 - 2), st.integers(-9, 9).filter(bool), max_size=20)


def statistics(counts: dict[int, int]) -> Statistics:
    terms = np.array(sorted(counts), dtype=np.uint32)
    return Statistics(terms, np.array([counts[one] for one in terms.tolist()], dtype=np.int32))


def as_counter(found: Statistics) -> dict[int, int]:
    return dict(zip(found.terms.tolist(), found.counts.tolist(), strict=True))


@given(COUNTS, COUNTS, COUNTS)
def test_statistics_add_up(one: dict[int, int], two: dict[int, int], three: dict[int, int]) -> None:
    every = {*one, *two, *three}
    expected = {key: one.get(key, 0) + two.get(key, 0) - three.get(key, 0) for key in every}
    tally = Tally()
    for part in (statistics(one), statistics(two), statistics(three).negative()):
        tally.add(part)
    found = tally.total()
    assert as_counter(found) == {key: count for key, count in expected.items() if count}
    asked = np.array([*sorted(every), 7], dtype=np.uint32)
    assert found.of(asked).tolist() == [expected.get(key, 0) for key in asked.tolist()]
    assert as_counter(Statistics.unpack(found.pack())) == as_counter(found)


def test_a_long_tally_is_summed_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.search.indexes.sparse._WAITING", 3)
    tally = Tally()
    for number in range(50):
        tally.add(Statistics.count([[number % 5, 7], [7]]))
    assert as_counter(tally.total()) == {0: 10, 1: 10, 2: 10, 3: 10, 4: 10, 7: 100}


def test_each_passage_counts_once() -> None:
    vectors = [passage_vector("鹤山鹤山鹤山"), passage_vector("鹤山")]
    found = Statistics.count(vectors)
    assert found.of(np.array([term("bigrams", "鹤山")], dtype=np.uint32)).tolist() == [2]
    assert as_counter(Statistics.count([])) == {}
