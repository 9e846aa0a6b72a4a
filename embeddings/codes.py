"""Vectors in four bits a dimension: the few among very many that are worth an exact look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors

Rows = NDArray[np.int64]

LEVELS = 16  # of a dimension, found by k-means in at least as many vectors
_SAMPLE = LEVELS * 256  # vectors; more fix the levels no better
_BLOCK = 65_536  # vectors encoded at a time
_COUNT_BYTES = 8


def load_faiss() -> Any:  # noqa: ANN401 - the module, whose stubs contradict it
    """Import FAISS when an index is first used: a library that is only listed needs none."""
    import faiss

    return faiss


@contextmanager
def one_thread() -> Iterator[None]:
    """Search in the calling thread alone.

    One question leaves nothing to share, and FAISS's threads wait for a turn while those of torch,
    which encoded the question, still look out for more work: that took twice as long.
    """
    faiss = load_faiss()
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


class Codes:
    """Compressed copies of vectors, in rows numbered from 0 in the order they came.

    Product quantisation with one dimension a part, whose inner products are looked up sixteen at
    a time in the processor's registers (André, Kermarrec and Le Scouarnec 2015, "Cache locality is
    not enough", as FAISS's ``IndexPQFastScan`` has it).  It reads an eighth of what the vectors
    take.  ``trained_for`` is how many vectors there were when the levels were found.
    """

    def __init__(self, index: Any, trained_for: int) -> None:  # noqa: ANN401 - as above
        """Take a trained ``IndexPQFastScan``."""
        self._index = index
        self.trained_for = trained_for

    @classmethod
    def of(cls, flat: Any, order: Rows) -> Codes:  # noqa: ANN401 - as above
        """Return the codes of all vectors of a FAISS index, in its rows.

        The levels are found on a sample taken evenly along ``order``, all its rows: the same
        vectors in the same order give the same codes.
        """
        count, dimension = len(order), flat.d
        index = load_faiss().IndexPQFastScan(
            dimension, dimension, 4, load_faiss().METRIC_INNER_PRODUCT
        )
        index.pq.cp.min_points_per_centroid = 1  # else FAISS warns about small samples
        sample = order[np.linspace(0, count - 1, min(count, _SAMPLE)).astype(np.int64)]
        index.train(flat.reconstruct_batch(sample))
        for start in range(0, count, _BLOCK):
            index.add(flat.reconstruct_n(start, min(_BLOCK, count - start)))
        return cls(index, count)

    def __len__(self) -> int:
        """Count the rows."""
        return int(self._index.ntotal)

    def suits(self, count: int) -> bool:
        """Tell whether levels found for ``trained_for`` vectors do for ``count`` of them."""
        return self.trained_for <= 2 * count and count <= 2 * self.trained_for

    def copy(self) -> Codes:
        """Return an independent copy."""
        return Codes(load_faiss().clone_index(self._index), self.trained_for)

    def add(self, vectors: Vectors) -> None:
        """Add vectors, shape ``(n, dimension)``, as the last rows."""
        self._index.add(vectors)

    def remove(self, rows: Rows, flat: Any) -> None:  # noqa: ANN401 - as above
        """Remove rows, whose vectors are still in ``flat``; those behind move up.

        Codes lie in blocks.  FAISS leaves what was removed in the last one, and adds onto it
        without wiping it first (1.15); so that block is taken out whole and its rest put back.
        """
        if not len(rows):
            return
        left = np.delete(np.arange(len(self)), rows)
        rest = left[len(left) - len(left) % self._index.bbs :]
        self._index.remove_ids(np.concatenate([rows, rest]))
        if len(rest):
            self._index.add(flat.reconstruct_batch(rest))

    def nearest(self, query: Vectors, count: int) -> Rows:
        """Return the up to ``count`` rows that seem to have the largest inner products, ascending.

        ``query`` is one vector, shape ``(dimension,)``.
        """
        with one_thread():
            _, rows = self._index.search(
                np.ascontiguousarray(query[None, :], dtype=np.float32), min(count, len(self))
            )
        found: Rows = np.sort(rows[0][rows[0] >= 0])
        return found

    def write(self, file: BinaryIO) -> None:
        """Write the codes at the place where ``file`` is."""
        load_faiss().write_index(self._index, load_faiss().PyCallbackIOWriter(file.write))
        file.write(self.trained_for.to_bytes(_COUNT_BYTES, "little"))

    @classmethod
    def read(cls, file: BinaryIO) -> Codes:
        """Read what ``write`` wrote, up to the end of the file.

        Raises:
            RuntimeError: if it is not that.
        """
        index = load_faiss().read_index(load_faiss().PyCallbackIOReader(file.read))
        count = file.read(_COUNT_BYTES + 1)
        if not isinstance(index, load_faiss().IndexPQFastScan) or len(count) != _COUNT_BYTES:
            raise RuntimeError("codes of an unknown kind")
        return cls(index, int.from_bytes(count, "little"))
