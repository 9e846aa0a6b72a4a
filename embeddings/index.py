"""Vectors to neighbours: an exact FAISS index under ids of the caller's choosing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from embeddings.errors import IndexDamagedError

Ids = NDArray[np.int64]


def _faiss() -> Any:  # noqa: ANN401 - the module, whose stubs contradict it
    """Import FAISS when an index is first used: a library that is only listed needs none."""
    import faiss

    return faiss


class VectorIndex:
    """Exact inner-product search over unit vectors, so scores are cosines in [-1, 1].

    Exact is a few milliseconds up to some hundred thousand vectors, and unlike the approximate
    kinds it can remove.
    """

    def __init__(self, dimension: int) -> None:
        """Make an empty index for vectors of ``dimension`` numbers."""
        self._index = _faiss().IndexIDMap2(_faiss().IndexFlatIP(dimension))

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
        return np.asarray(_faiss().vector_to_array(self._index.id_map), dtype=np.int64)

    def copy(self) -> VectorIndex:
        """Return an independent copy."""
        twin = VectorIndex(self.dimension)
        twin._index = _faiss().clone_index(self._index)
        return twin

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors, shape ``(len(ids), dimension)``; ids must not be in the index yet."""
        if len(ids):
            self._index.add_with_ids(
                np.ascontiguousarray(vectors, dtype=np.float32), np.asarray(ids, dtype=np.int64)
            )

    def remove(self, ids: Sequence[int]) -> None:
        """Remove the vectors with these ids; unknown ids are ignored."""
        if len(ids):
            self._index.remove_ids(np.asarray(ids, dtype=np.int64))

    def search(
        self, query: Vectors, k: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to ``k`` (id, cosine), best first, among ``allowed`` if that is given.

        ``query`` is one vector, shape ``(dimension,)``.
        """
        if not len(self) or k < 1 or (allowed is not None and not len(allowed)):
            return []
        parameters = None
        if allowed is not None:
            selector = _faiss().IDSelectorBatch(np.asarray(allowed, dtype=np.int64))
            parameters = _faiss().SearchParameters(sel=selector)
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
            _faiss().write_index(self._index, _faiss().PyCallbackIOWriter(file.write))
        scratch.replace(path)

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Read an index that ``save`` wrote.

        Raises:
            IndexDamagedError: if there is none, or it is not one of ours.
        """
        try:
            with path.open("rb") as file:
                loaded = _faiss().read_index(_faiss().PyCallbackIOReader(file.read))
        except (RuntimeError, OSError) as error:
            raise IndexDamagedError(f"the vector index {path} cannot be read: {error}") from error
        if not isinstance(loaded, _faiss().IndexIDMap2):
            raise IndexDamagedError(f"the vector index {path} is of an unknown kind")
        index = cls(loaded.d)
        index._index = loaded
        return index
