"""BM25 as an inner product of sparse vectors, for engines that multiply and do not count.

The part of a BM25 score that depends on the passage alone is the passage's vector; how rare a term
is, which changes with every passage that comes or goes, is the query's.  So a passage's vector is
made once, and the statistics are kept beside it.
(Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond".)
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qa.search.lexical import FIELDS, query_terms

_K1, _B = 1.2, 0.75  # as in tantivy
# Tokens of a passage of news, title and headings included: 170 and 122 on average over 1,475.
# Fixed, for a passage's vector must not depend on what else there is; passages are cut to one
# length, so that the average of another library is near.
_LENGTHS: Mapping[str, float] = {"bigrams": 170.0, "words": 122.0}
_DIMENSIONS = 0xFFFF_FFFF  # of Milvus's sparse vectors
_WAITING = 1_000_000  # terms that are added up at a time
_NOTHING = {0: 1.0}  # the vector of a passage without a term: engines take no empty one

Terms = NDArray[np.uint32]
SparseVector = dict[int, float]


def term(kind: str, token: str) -> int:
    """Return the dimension of a token of one of the fields of :data:`qa.search.lexical.FIELDS`."""
    return zlib.crc32(f"{kind} {token}".encode()) % _DIMENSIONS


def passage_vector(text: str) -> SparseVector:
    """Return the weight of each term of a passage: f (k1 + 1) / (f + k1 (1 - b + b l / L)).

    f is how often the field has the term, l the number of the field's tokens, L the usual one.
    """
    vector: SparseVector = {}
    for kind, tokenize in FIELDS.items():
        tokens = tokenize(text)
        damping = _K1 * (1 - _B + _B * len(tokens) / _LENGTHS[kind])
        for token, count in Counter(tokens).items():
            number = term(kind, token)
            vector[number] = vector.get(number, 0.0) + count * (_K1 + 1) / (count + damping)
    return vector or dict(_NOTHING)


def query_vector(query: str, statistics: Iterable[Statistics], passages: int) -> SparseVector:
    """Return the weight of each term of a query that is in one of ``passages``.

    It is what a match counts for, times ln(1 + (N - n + 0.5) / (n + 0.5)), where n of the N
    passages have the term, which the ``statistics`` add up to.
    """
    weights: dict[int, float] = {}
    for kind, token, weight in query_terms(query):
        number = term(kind, token)
        weights[number] = weights.get(number, 0.0) + weight
    terms = np.fromiter(weights, dtype=np.uint32, count=len(weights))
    counts = sum((part.of(terms) for part in statistics), np.zeros(len(terms), dtype=np.int32))
    held = np.clip(counts, 0, passages)
    rarity = np.log1p((passages - held + 0.5) / (held + 0.5))
    return {
        number: weight * float(rare)
        for (number, weight), rare, count in zip(weights.items(), rarity, held, strict=True)
        if count
    }


def _no_terms() -> Terms:
    return np.zeros(0, dtype=np.uint32)


def _no_counts() -> NDArray[np.int32]:
    return np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Statistics:
    """In how many passages each term is; a difference of two states has negative counts, too.

    ``terms`` ascend, shape ``(n,)``; ``counts`` belong to them.
    """

    terms: Terms = field(default_factory=_no_terms)
    counts: NDArray[np.int32] = field(default_factory=_no_counts)

    def __len__(self) -> int:
        """Count the terms."""
        return len(self.terms)

    @classmethod
    def count(cls, passages: Iterable[Iterable[int]]) -> Statistics:
        """Count passages, each given as its terms, without repetition."""
        parts = [np.fromiter(terms, dtype=np.uint32) for terms in passages]
        if not parts:
            return cls()
        terms, counts = np.unique(np.concatenate(parts), return_counts=True)
        return cls(terms, counts.astype(np.int32))

    @classmethod
    def total(cls, parts: Sequence[Statistics]) -> Statistics:
        """Return the sum of ``parts``; terms of count 0 are left out."""
        if not parts:
            return cls()
        every = np.concatenate([part.terms for part in parts])
        terms, places = np.unique(every, return_inverse=True)
        counts = np.zeros(len(terms), dtype=np.int32)
        np.add.at(counts, places, np.concatenate([part.counts for part in parts]))
        return cls(terms[counts != 0], counts[counts != 0])

    def negative(self) -> Statistics:
        """Return the statistics with all counts negated."""
        return Statistics(self.terms, -self.counts)

    def of(self, terms: Terms) -> NDArray[np.int32]:
        """Return the counts of ``terms``, 0 for unknown ones."""
        if not len(self):
            return np.zeros(len(terms), dtype=np.int32)
        places = np.minimum(np.searchsorted(self.terms, terms), len(self) - 1)
        found: NDArray[np.int32] = np.where(self.terms[places] == terms, self.counts[places], 0)
        return found

    def pack(self) -> bytes:
        """Return the statistics as bytes: all terms, then all counts, little-endian, 32 bits."""
        return self.terms.astype("<u4").tobytes() + self.counts.astype("<i4").tobytes()

    @classmethod
    def unpack(cls, data: bytes) -> Statistics:
        """Return what ``pack`` made bytes of."""
        half = len(data) // 2
        return cls(
            np.frombuffer(data[:half], dtype="<u4").astype(np.uint32),
            np.frombuffer(data[half:], dtype="<i4").astype(np.int32),
        )


class Tally:
    """A sum of statistics that many parts are added to."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._parts = [Statistics()]

    def add(self, part: Statistics) -> None:
        """Add a part.  They are summed when they are longer than the sum so far, not each time."""
        self._parts.append(part)
        if sum(map(len, self._parts)) > 2 * len(self._parts[0]) + _WAITING:
            self._parts = [self.total()]

    def total(self) -> Statistics:
        """Return the sum."""
        return Statistics.total(self._parts)
