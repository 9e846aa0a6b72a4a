"""Vectors to neighbours: a FAISS index under ids of the caller's choosing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.codes import LEVELS, Codes, load_faiss, one_thread
from embeddings.encoder import Vectors
from embeddings.errors import IndexDamagedError

Ids = NDArray[np.int64]

# Looking at every vector takes 4 ms for 50,000 of 384 numbers and 31 ms for 200,000, which no cache
# holds any more; by way of the codes it is 1 and 2.7 (tests.benchmarks.systems.growth, one thread).
# Making these takes 4 s and more, and removing a vector longer than among vectors alone.
EXACT_UP_TO = 50_000
# Vectors looked at exactly for each that is wanted, and at least.  The best 500 codes hold all of
# the 100 nearest but two in 10,000 among 200,000 vectors, and five in 10,000 among 1,000,000.
_LOOKED_AT = 5
_LEAST = 500


class VectorIndex:
    """Inner-product search over unit vectors, so scores are cosines in [-1, 1].

    Every score is exact, and up to ``EXACT_UP_TO`` vectors so is every search: all vectors are
    looked at, and what is found does not depend on how they came.  Beyond, once :meth:`settle` was
    called, only those whose compressed copies are the best few hundred are looked at.  That may
    miss one of the last that should be found, and another one after another history; the same
    vectors under the same ids, compressed at once, give the same.
    """

    def __init__(self, dimension: int) -> None:
        """Make an empty index for vectors of ``dimension`` numbers."""
        self._index = load_faiss().IndexIDMap2(load_faiss().IndexFlatIP(dimension))
        self._codes: Codes | None = None  # of the same vectors in the same order

    def __len__(self) -> int:
        """Count the vectors."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    @property
    def ids(self) -> Ids:
        """All ids, in storage order."""
        return np.asarray(load_faiss().vector_to_array(self._index.id_map), dtype=np.int64)

    def copy(self, room: int = 0) -> VectorIndex:
        """Return an independent copy, to which ``room`` vectors can be added without moving it.

        FAISS's own copy of 200,000 vectors, 300 MB, would be copied again by the next ``add``.
        """
        faiss = load_faiss()
        twin = VectorIndex(self.dimension)
        own, other = map(faiss.downcast_index, (self._index.index, twin._index.index))
        size = own.codes.size()
        other.codes.resize(size + room * own.code_size)
        other.codes.resize(size)  # what was taken stays
        if size:
            faiss.rev_swig_ptr(other.codes.data(), size)[:] = faiss.rev_swig_ptr(
                own.codes.data(), size
            )
            faiss.copy_array_to_vector(self.ids, twin._index.id_map)
        other.ntotal = twin._index.ntotal = own.ntotal
        twin._index.construct_rev_map()
        twin._codes = self._codes.copy() if self._codes is not None else None
        return twin

    def settle(self, exact_up_to: int | None = None) -> bool:
        """Compress the vectors if they are more than ``exact_up_to`` (``EXACT_UP_TO``).

        They are compressed anew when they have become twice or half as many as the last time, and
        left as they are when they are few.  Tell whether anything changed.  This takes seconds for
        100,000 vectors; ``add`` and ``remove`` keep the copies in step and never do it.
        """
        count = len(self)
        limit = EXACT_UP_TO if exact_up_to is None else exact_up_to
        if count <= max(limit, LEVELS - 1) or self.dimension % 2:  # FAISS packs them in pairs
            was, self._codes = self._codes, None
            return was is not None
        if self._codes is not None and self._codes.suits(count):
            return False
        self._codes = Codes.of(self._index.index, np.argsort(self.ids))
        return True

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors, shape ``(len(ids), dimension)``; ids must not be in the index yet."""
        if len(ids):
            vectors = np.ascontiguousarray(vectors, dtype=np.float32)
            self._index.add_with_ids(vectors, np.asarray(ids, dtype=np.int64))
            if self._codes is not None:
                self._codes.add(vectors)

    def remove(self, ids: Sequence[int]) -> None:
        """Remove the vectors with these ids; unknown ids are ignored."""
        if len(ids):
            if self._codes is not None:
                self._codes.remove(np.flatnonzero(np.isin(self.ids, ids)), self._index.index)
            self._index.remove_ids(np.asarray(ids, dtype=np.int64))

    def search(
        self, query: Vectors, k: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to ``k`` (id, cosine), best first, among ``allowed`` if that is given.

        ``query`` is one vector, shape ``(dimension,)``.  Among ``allowed`` it is always exact.
        """
        if not len(self) or k < 1 or (allowed is not None and not len(allowed)):
            return []
        if self._codes is not None and allowed is None:
            rows = self._codes.nearest(query, max(_LEAST, _LOOKED_AT * k))
            return self._best(query, rows, k)
        parameters = None
        if allowed is not None:
            selector = load_faiss().IDSelectorBatch(np.asarray(allowed, dtype=np.int64))
            parameters = load_faiss().SearchParameters(sel=selector)
        with one_thread():
            scores, ids = self._index.search(
                np.ascontiguousarray(query[None, :], dtype=np.float32),
                min(k, len(self)),
                params=parameters,
            )
        return [
            (int(found), float(score))
            for found, score in zip(ids[0], scores[0], strict=True)
            if found >= 0
        ]

    def _best(self, query: Vectors, rows: Ids, k: int) -> list[tuple[int, float]]:
        """Return the best ``k`` of the vectors in ``rows``."""
        scores = self._index.index.reconstruct_batch(rows) @ np.asarray(query, dtype=np.float32)
        best = np.argsort(-scores, kind="stable")[:k]
        id_of = self._index.id_map.at
        return [(id_of(int(rows[at])), float(scores[at])) for at in best]

    def scores(self, query: Vectors, ids: Sequence[int]) -> Vectors:
        """Return the cosine of ``query`` with each of ``ids``, shape ``(len(ids),)``.

        Raises:
            KeyError: if an id is not in the index.
        """
        if not len(ids):
            return np.zeros(0, dtype=np.float32)
        try:
            rows = self._index.reconstruct_batch(np.asarray(ids, dtype=np.int64))
        except RuntimeError as error:
            raise KeyError(f"not all of {list(ids)[:5]}… are in the vector index") from error
        return np.asarray(rows @ query, dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write the index beside ``path`` and move it there in one step.

        Raises:
            OSError: if the system refuses, or the disk is full.
        """
        scratch = path.with_name(path.name + ".new")
        # Python opens the file: FAISS would not find it by a Chinese name on Windows.
        with scratch.open("wb") as file:
            load_faiss().write_index(self._index, load_faiss().PyCallbackIOWriter(file.write))
            if self._codes is not None:
                self._codes.write(file)
        scratch.replace(path)

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Read an index that ``save`` wrote.

        Raises:
            IndexDamagedError: if there is none, or it is not one of ours.
        """
        try:
            with path.open("rb") as file:
                loaded = load_faiss().read_index(load_faiss().PyCallbackIOReader(file.read))
                is_all = file.tell() == path.stat().st_size
                codes = None if is_all else Codes.read(file)
        except (RuntimeError, OSError) as error:
            raise IndexDamagedError(
                "index_unreadable",
                "the vector index {path} cannot be read: {said}",
                path=path,
                said=error,
            ) from error
        if not isinstance(loaded, load_faiss().IndexIDMap2):
            raise IndexDamagedError(
                "index_of_unknown_kind", "the vector index {path} is of an unknown kind", path=path
            )
        if codes is not None and len(codes) != loaded.ntotal:
            raise IndexDamagedError(
                "index_codes_misfit", "the vector index {path} does not fit its codes", path=path
            )
        index = cls(loaded.d)
        index._index, index._codes = loaded, codes
        return index
