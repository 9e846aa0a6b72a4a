"""Passages for a query: dense and lexical candidates, both scores for each, fused."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from embeddings import Encoder
from qa.search.indexes import Dense, Lexical
from qa.text import simplify

CANDIDATES = 100  # taken from each index before fusion
_AT_ONCE = 8  # searches; more than cores can do
_DIGITS = 6  # of a fused score, whose two parts are single floats


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage id with its scores; higher is better."""

    id: int
    score: float
    dense: float
    lexical: float


class Retriever:
    """Asks both indexes and fuses what they say."""

    def __init__(self, encoder: Encoder, dense: Dense, lexical: Lexical) -> None:
        """Take the parts; the indexes must hold the same passages."""
        self._encoder = encoder
        self._dense = dense
        self._lexical = lexical

    def retrieve(
        self, query: str, k: int, allowed: Sequence[int] | None = None
    ) -> list[ScoredPassage]:
        """Return the ``k`` best passages among ``allowed``, and those as good as the last.

        They come best first; ``allowed`` admits all if it is None.
        """
        if not query.strip() or k < 1 or not len(self._dense):
            return []
        vector = self._encoder.encode_queries([simplify(query)])[0]
        pool = max(CANDIDATES, k)
        # Both at once: neither holds Python's lock while it searches, or waits for its server.
        searching = _beside().submit(self._lexical.search, query, pool, allowed)
        dense = dict(self._dense.search(vector, pool, allowed))
        lexical = dict(searching.result())
        lexical_only = sorted(lexical.keys() - dense.keys())
        found = self._dense.scores(vector, lexical_only)
        dense |= dict(zip(lexical_only, map(float, found), strict=True))
        if dense_only := sorted(dense.keys() - lexical.keys()):
            lexical |= self._lexical.scores(query, dense_only)
        ranked = fuse(sorted(dense), dense, lexical)
        return [found for found in ranked if found.score >= ranked[:k][-1].score]


@cache
def _beside() -> ThreadPoolExecutor:
    """Return the threads of all retrievers, as many as questions are answered at a time."""
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="lexical")


def fuse(
    ids: Sequence[int], dense: dict[int, float], lexical: dict[int, float]
) -> list[ScoredPassage]:
    """Rank by the sum of the two scores, each standardised over this query's candidates.

    A cosine and a BM25 score have no common unit, and their spread differs from query to query;
    subtracting the mean and dividing by the standard deviation makes them comparable (z-score
    fusion; Renda and Straccia 2003, "Web metasearch: rank vs. score based rank aggregation
    methods").  Scores are rounded: the last bits of a cosine depend on where in the index its
    vector lies, and must not decide.  Ties go to the smaller id.
    """
    if not ids:
        return []
    total = _standardise([dense[number] for number in ids]) + _standardise(
        [lexical[number] for number in ids]
    )
    candidates = [
        ScoredPassage(number, round(float(score), _DIGITS), dense[number], lexical[number])
        for number, score in zip(ids, total, strict=True)
    ]
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.id))


def _standardise(values: Sequence[float]) -> NDArray[np.float64]:
    """Return z-scores; all 0 where the values do not differ."""
    array = np.asarray(values, dtype=np.float64)
    spread = float(array.std())
    return (array - array.mean()) / spread if spread > 1e-9 else np.zeros_like(array)
