"""Searching a Milvus collection as of one revision of the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from embeddings import Vectors
from qa.search.indexes import SupersededError
from qa.search.indexes.collection import MOST, PassageCollection
from qa.search.indexes.ledger import CollectionStamp
from qa.search.indexes.server import CollectionGoneError
from qa.search.indexes.sparse import SparseVector, Statistics, query_vector, term
from qa.search.lexical import word_terms
from qa.store.store import State, Store

_NAMED = 10_000  # passages that a request may name
_LAG = 10.0  # seconds; Milvus's "Bounded" reads are at most 5 behind


@dataclass(slots=True)
class MilvusSnapshot:
    """A collection as of one revision of the store; once it is ``lost`` it cannot be searched."""

    stamp: CollectionStamp
    base: Statistics
    change: Statistics
    collection: PassageCollection
    store: Store
    is_frozen: bool = False
    lost: bool = False
    loaded: float = field(default_factory=time.monotonic)

    @property
    def fingerprint(self) -> str:
        """The model that made the vectors."""
        return self.stamp.fingerprint

    @property
    def state(self) -> State:
        """The state of the store that it matches."""
        return self.stamp.state

    @property
    def dense(self) -> DenseSearch:
        """The passages by their vectors."""
        return DenseSearch(self)

    @property
    def lexical(self) -> LexicalSearch:
        """The passages by their terms."""
        return LexicalSearch(self)

    def search(
        self, by: str, query: Vectors | SparseVector, k: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to ``k`` (id, score), best first.

        Raises:
            SupersededError: if the collection is gone.
            LibraryConnectionError: if the server does not answer.
        """
        # What was written before the stamp was read has to be found from the start on.
        level = "Strong" if time.monotonic() - self.loaded < _LAG else "Bounded"
        try:
            return self.collection.search(
                by, query, k, self.state.revision, among=among, level=level
            )
        except CollectionGoneError as error:
            self.lost = True
            raise SupersededError from error


class DenseSearch:
    """Cosines with the vectors of a snapshot."""

    def __init__(self, snapshot: MilvusSnapshot) -> None:
        """Take the snapshot."""
        self._snapshot = snapshot

    def __len__(self) -> int:
        """Count the passages."""
        return self._snapshot.stamp.passages

    def search(
        self, query: Vectors, k: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to ``k`` (id, cosine), best first, among ``allowed`` if that is given."""

        def find(limit: int, among: Sequence[int] | None) -> list[tuple[int, float]]:
            return self._snapshot.search("dense", query, limit, among)

        return restricted(find, k, allowed, len(self))

    def scores(self, query: Vectors, ids: Sequence[int]) -> Vectors:
        """Return the cosine of ``query`` with each of ``ids``, shape ``(len(ids),)``.

        The store has the vectors, too, and is asked: that is exact, and sooner done.

        Raises:
            SupersededError: if a passage is not stored any more.
        """
        if not len(ids):
            return np.zeros(0, dtype=np.float32)
        snapshot = self._snapshot
        found, vectors = snapshot.store.vectors.of_passages(snapshot.fingerprint, ids)
        cosines = dict(zip(found, (vectors @ query).tolist(), strict=True)) if found else {}
        if len(cosines) < len(set(ids)):
            raise SupersededError
        return np.array([cosines[number] for number in ids], dtype=np.float32)


class LexicalSearch:
    """BM25 scores of the passages of a snapshot."""

    def __init__(self, snapshot: MilvusSnapshot) -> None:
        """Take the snapshot."""
        self._snapshot = snapshot

    def search(
        self, query: str, k: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to ``k`` (id, BM25 score), best first, among ``allowed`` if that is given."""
        snapshot = self._snapshot
        passages = snapshot.stamp.passages
        weights = query_vector(query, [snapshot.base, snapshot.change], passages)
        if not weights:
            return []

        def find(limit: int, among: Sequence[int] | None) -> list[tuple[int, float]]:
            return snapshot.search("sparse", weights, limit, among)

        return restricted(find, k, allowed, passages)

    def scores(self, query: str, ids: Sequence[int]) -> dict[int, float]:
        """Return the BM25 score of each of ``ids``, 0 where no term matches."""
        return dict.fromkeys(ids, 0.0) | dict(self.search(query, max(1, len(ids)), ids))

    def having(self, word: str) -> set[int]:
        """Return all passages that have a word: the terms of :func:`word_terms`, each of them."""
        found = [self._with(term(field, token)) for field, token in word_terms(word)]
        return set.intersection(*found) if found else set()

    def _with(self, number: int) -> set[int]:
        """Return all passages that have a term; Milvus gives so many at once, and no more."""
        snapshot = self._snapshot
        if not snapshot.stamp.passages:
            return set()
        hits = snapshot.search("sparse", {number: 1.0}, MOST)
        if len(hits) == MOST:
            ids = snapshot.store.passages.ids()
            hits = [
                hit
                for start in range(0, len(ids), _NAMED)
                for hit in snapshot.search(
                    "sparse", {number: 1.0}, _NAMED, ids[start : start + _NAMED]
                )
            ]
        return {found for found, score in hits if score > 0}


def restricted(
    find: Callable[[int, Sequence[int] | None], list[tuple[int, float]]],
    k: int,
    allowed: Sequence[int] | None,
    total: int,
) -> list[tuple[int, float]]:
    """Return the ``k`` best of ``allowed`` among ``total``, of what ``find(limit, among)`` finds.

    A request names some thousand passages at most.  Of more, many are among the best of all, so
    these are asked for first; only if they are too few, one part of ``allowed`` after the other.
    """
    if k < 1 or not total or (allowed is not None and not len(allowed)):
        return []
    if allowed is None or len(allowed) <= _NAMED:
        return find(k, allowed)
    limit = min(total, MOST, 2 * k * total // len(allowed) + k)
    admitted = set(allowed)
    found = [(number, score) for number, score in find(limit, None) if number in admitted]
    if len(found) < k and limit < total:
        found = [
            hit
            for start in range(0, len(allowed), _NAMED)
            for hit in find(k, allowed[start : start + _NAMED])
        ]
        found.sort(key=lambda hit: -hit[1])
    return found[:k]
