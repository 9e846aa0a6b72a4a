"""qa.search.retrieval: both scores for every candidate, fused by standard scores."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings import Encoder
from embeddings.index import VectorIndex
from qa.search.lexical import LexicalIndex
from qa.search.retrieval import CANDIDATES, Retriever, ScoredPassage, fuse

TEXTS = {
    1: "鹤山引进亿元以上项目60个，计划总投资209亿元。",
    2: "梅江区引进亿元以上项目8个。",
    3: "潮州专家智库正式成立，首批聘请26位专家。",
    4: "IT之家消息，英特尔发布 XeSS 1.2.0。",
}
QUERY = "鹤山引进了多少亿元以上项目"


def build(
    encoder: Encoder, folder: Path, texts: dict[int, str]
) -> tuple[Retriever, VectorIndex, LexicalIndex]:
    dense = VectorIndex(encoder.dimension)
    dense.add(list(texts), encoder.encode_documents(list(texts.values())))
    lexical = LexicalIndex(folder / "lexical")
    lexical.update([], texts.items())
    return Retriever(encoder, dense, lexical), dense, lexical


# -- fusion ------------------------------------------------------------------------------------


def test_fusion_is_the_sum_of_standard_scores() -> None:
    # dense: mean 0.5, deviation sqrt(0.08/3); lexical: mean 4, deviation sqrt(32/3).
    dense = {1: 0.7, 2: 0.5, 3: 0.3}
    lexical = {1: 0.0, 2: 8.0, 3: 4.0}
    up = math.sqrt(1.5)  # both lists have equal steps: one step is sqrt(3/2) deviations
    assert fuse([1, 2, 3], dense, lexical) == [
        ScoredPassage(2, pytest.approx(up), 0.5, 8.0),
        ScoredPassage(1, pytest.approx(0.0, abs=1e-12), 0.7, 0.0),
        ScoredPassage(3, pytest.approx(-up), 0.3, 4.0),
    ]


def test_nothing_fuses_to_nothing() -> None:
    assert fuse([], {}, {}) == []


def test_a_single_candidate_has_score_zero() -> None:
    assert fuse([5], {5: 0.9}, {5: 12.0}) == [ScoredPassage(5, 0.0, 0.9, 12.0)]


def test_scores_that_do_not_differ_decide_nothing() -> None:
    found = fuse([1, 2], {1: 0.8, 2: 0.8}, {1: 1.0, 2: 3.0})
    assert [(candidate.id, candidate.score) for candidate in found] == [
        (2, pytest.approx(1.0)),
        (1, pytest.approx(-1.0)),
    ]


def test_ties_go_to_the_smaller_id() -> None:
    same = dict.fromkeys([3, 1, 2], 0.5)
    assert [candidate.id for candidate in fuse([3, 1, 2], same, same)] == [1, 2, 3]


scores = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))


@given(
    st.dictionaries(st.integers(0, 50), st.tuples(scores, scores), min_size=1, max_size=20),
    st.floats(0.5, 20),
    st.floats(-10, 10),
)
def test_fusion_ignores_unit_and_origin_and_keeps_every_candidate(
    table: dict[int, tuple[float, float]], factor: float, shift: float
) -> None:
    dense = {number: pair[0] for number, pair in table.items()}
    lexical = {number: pair[1] for number, pair in table.items()}
    scaled = {number: value * factor + shift for number, value in lexical.items()}
    plain = fuse(list(table), dense, lexical)
    assert sorted(candidate.id for candidate in plain) == sorted(table)
    assert [candidate.score for candidate in plain] == sorted(
        (candidate.score for candidate in plain), reverse=True
    )
    assert sum(candidate.score for candidate in plain) == pytest.approx(0, abs=1e-4)
    fused = {candidate.id: candidate.score for candidate in fuse(list(table), dense, scaled)}
    for candidate in plain:
        assert fused[candidate.id] == pytest.approx(candidate.score, abs=1e-4)
        assert (candidate.dense, candidate.lexical) == table[candidate.id]


# -- the retriever -----------------------------------------------------------------------------


def test_every_candidate_has_both_of_its_own_scores(hash_encoder: Encoder, tmp_path: Path) -> None:
    retriever, dense, lexical = build(hash_encoder, tmp_path, TEXTS)
    vector = hash_encoder.encode_queries([QUERY])[0]
    found = retriever.retrieve(QUERY, 10)
    assert sorted(candidate.id for candidate in found) == [1, 2, 3, 4]
    assert found[0].id == 1
    assert found[1].id == 2
    for candidate in found:
        own = float(dense.scores(vector, [candidate.id])[0])
        assert candidate.dense == pytest.approx(own, abs=1e-6)
        assert candidate.lexical == pytest.approx(
            lexical.scores(QUERY, [candidate.id])[candidate.id], rel=1e-6
        )


def test_a_query_in_traditional_script_gives_the_same(
    hash_encoder: Encoder, tmp_path: Path
) -> None:
    retriever, *_ = build(hash_encoder, tmp_path, TEXTS)
    assert retriever.retrieve("鶴山引進了多少億元以上項目", 4) == retriever.retrieve(QUERY, 4)


def test_fewer_are_the_first_of_more(hash_encoder: Encoder, tmp_path: Path) -> None:
    retriever, *_ = build(hash_encoder, tmp_path, TEXTS)
    assert retriever.retrieve(QUERY, 2) == retriever.retrieve(QUERY, 4)[:2]


def test_only_allowed_passages_are_found(hash_encoder: Encoder, tmp_path: Path) -> None:
    retriever, *_ = build(hash_encoder, tmp_path, TEXTS)
    assert [found.id for found in retriever.retrieve(QUERY, 10, [3, 2])] == [2, 3]
    assert retriever.retrieve(QUERY, 10, []) == []


@pytest.mark.parametrize(("query", "k"), [("", 5), (" \u3000\n", 5), (QUERY, 0), (QUERY, -1)])
def test_no_question_or_no_wish_gives_nothing(
    hash_encoder: Encoder, tmp_path: Path, query: str, k: int
) -> None:
    retriever, *_ = build(hash_encoder, tmp_path, TEXTS)
    assert retriever.retrieve(query, k) == []


def test_an_empty_index_gives_nothing(hash_encoder: Encoder, tmp_path: Path) -> None:
    retriever, *_ = build(hash_encoder, tmp_path, {})
    assert retriever.retrieve(QUERY, 5) == []


def test_a_passage_that_only_words_find_is_a_candidate_too(
    hash_encoder: Encoder, tmp_path: Path
) -> None:
    crowd = {number: f"{QUERY}{number}" for number in range(10, 10 + CANDIDATES)}
    texts = crowd | {999: "窗花。" * 20 + "罕见词，鹤山。" + "剪纸。" * 20}
    retriever, dense, _ = build(hash_encoder, tmp_path, texts)
    query = QUERY + "罕见词"
    vector = hash_encoder.encode_queries([query])[0]
    assert 999 not in dict(dense.search(vector, CANDIDATES))
    found = {candidate.id: candidate for candidate in retriever.retrieve(query, 200)}
    assert found[999].dense == pytest.approx(float(dense.scores(vector, [999])[0]), abs=1e-6)
    assert found[999].lexical > 0


def test_those_as_good_as_the_last_come_too(hash_encoder: Encoder, tmp_path: Path) -> None:
    twins = dict.fromkeys((5, 6, 7), TEXTS[2])
    retriever, *_ = build(hash_encoder, tmp_path, TEXTS | twins)
    assert [candidate.id for candidate in retriever.retrieve(QUERY, 1)] == [1]
    found = retriever.retrieve(QUERY, 2)
    assert [candidate.id for candidate in found] == [1, 2, 5, 6, 7]
    assert len({candidate.score for candidate in found[1:]}) == 1


def test_scores_are_plain_numbers(hash_encoder: Encoder, tmp_path: Path) -> None:
    retriever, *_ = build(hash_encoder, tmp_path, TEXTS)
    for candidate in retriever.retrieve(QUERY, 4):
        assert [type(value) for value in (candidate.score, candidate.dense, candidate.lexical)] == [
            float
        ] * 3
        assert np.isfinite([candidate.score, candidate.dense, candidate.lexical]).all()
