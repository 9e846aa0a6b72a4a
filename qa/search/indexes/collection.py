"""What Milvus holds of a library: a collection of passages, and one of the records about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings import Vectors
from qa.search.indexes.server import PATIENCE, WRITING, CollectionGoneError, MilvusServer
from qa.search.indexes.sparse import SparseVector

MOST = 16_384  # results that Milvus gives at once
FOREVER = (1 << 63) - 1  # the revision in which a passage goes that is in force
ROWS = 1_000  # written at once: 10 MB, of the 64 that a request may have
_RECORDS = 64  # read or written at once
_TEXT = 65_535  # bytes of a string in Milvus, at most
_PATHS = 256  # of HNSW that are followed, at least
_WHOLE = 5_000  # passages after which what was written is made a segment with indexes at once

Numbers = NDArray[np.int64]
Row = Mapping[str, object]


class PassageCollection:
    """Passages with both vectors, each in force from one revision of the store up to another.

    ``added`` is the revision in which a passage came, ``removed`` the one in which it went.  So a
    writer changes a collection beneath its readers, and none sees a half of it.
    """

    def __init__(self, server: MilvusServer, name: str) -> None:
        """Name the collection."""
        self.server = server
        self.name = name

    def make(self, dimension: int) -> None:
        """Make the collection, unless it is there."""
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("added", DataType.INT64)
        schema.add_field("removed", DataType.INT64)
        schema.add_field("dense", DataType.FLOAT_VECTOR, dim=dimension)
        schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
        indexes = MilvusClient.prepare_index_params()
        graph = {"M": 32, "efConstruction": 256}
        indexes.add_index("dense", index_type="HNSW", metric_type="IP", params=graph)
        indexes.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        _make(self.server, self.name, schema, indexes)

    def open(self) -> bool:
        """Make the collection ready to be searched; False if there is none."""
        try:
            self.server.call("load_collection", self.name, timeout=WRITING)
        except CollectionGoneError:
            return False
        return True

    def held(self) -> tuple[Numbers, Numbers, Numbers]:
        """Return ids, ``added`` and ``removed`` of all rows, shape ``(n,)`` each."""
        parts = [np.zeros((0, 3), dtype=np.int64)]
        if self.open():
            for page in self.server.rows(self.name, ["id", "added", "removed"], MOST):
                rows = [(row["id"], row["added"], row["removed"]) for row in page]
                parts.append(np.array(rows, dtype=np.int64))
        ids, added, removed = np.concatenate(parts).T
        return ids, added, removed

    def put(
        self,
        revision: int,
        ids: Sequence[int],
        dense: Vectors,
        sparse: Sequence[SparseVector],
    ) -> None:
        """Write passages that are in force from ``revision`` on; those that are there, anew."""
        rows = [
            {"id": number, "added": revision, "removed": FOREVER, "dense": vector, "sparse": terms}
            for number, vector, terms in zip(ids, dense, sparse, strict=True)
        ]
        self.server.call("upsert", self.name, rows, timeout=WRITING)

    def retire(self, revision: int, ids: Sequence[int]) -> None:
        """Let passages be in force only up to ``revision``, without it."""
        for part in _parts(ids, ROWS):
            rows = [{"id": number, "removed": revision} for number in part]
            self.server.call("upsert", self.name, rows, partial_update=True, timeout=WRITING)

    def clear(self, revision: int) -> None:
        """Delete the passages that are not in force in ``revision`` any more."""
        self.server.call("delete", self.name, filter=f"removed <= {revision}", timeout=WRITING)

    def settle(self, written: int) -> None:
        """Have indexes made of the ``written`` passages, if they are many."""
        if written >= _WHOLE:
            self.server.call("flush", self.name, timeout=WRITING)

    def search(
        self,
        field: str,
        query: Vectors | SparseVector,
        k: int,
        revision: int,
        *,
        among: Sequence[int] | None = None,
        level: str,
    ) -> list[tuple[int, float]]:
        """Return up to ``k`` (id, inner product) of what is in force in ``revision``, best first.

        Raises:
            CollectionGoneError: if it is not there any more.
            LibraryConnectionError: if the server does not answer.
        """
        condition = f"added <= {revision} and removed > {revision}"
        if among is not None:
            condition += f" and id in [{','.join(map(str, among))}]"
        hits = self.server.call(
            "search",
            self.name,
            data=[query],
            anns_field=field,
            limit=min(k, MOST),
            filter=condition,
            search_params={"params": {"ef": max(_PATHS, 2 * k)}} if field == "dense" else {},
            output_fields=["id"],
            consistency_level=level,
            timeout=PATIENCE,
        )
        return [(int(hit["id"]), float(hit["distance"])) for hit in hits[0]]


class RecordCollection:
    """Texts under keys, each of one state, named by its token; what is of none is of -1."""

    def __init__(self, server: MilvusServer, name: str) -> None:
        """Name the collection."""
        self._server = server
        self._name = name

    def make(self) -> None:
        """Make the collection, unless it is there."""
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("key", DataType.VARCHAR, max_length=64, is_primary=True)
        schema.add_field("token", DataType.INT64)
        schema.add_field("text", DataType.VARCHAR, max_length=_TEXT)
        schema.add_field("unused", DataType.FLOAT_VECTOR, dim=2)  # there must be one
        indexes = MilvusClient.prepare_index_params()
        indexes.add_index("unused", index_type="FLAT", metric_type="IP")
        _make(self._server, self._name, schema, indexes)

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the texts of those keys that there are, as they are now."""
        found: dict[str, str] = {}
        with suppress(CollectionGoneError):
            self._server.call("load_collection", self._name)
            for part in _parts(keys, _RECORDS):
                rows = self._server.call(
                    "get", self._name, part, output_fields=["text"], consistency_level="Strong"
                )
                found |= {row["key"]: row["text"] for row in rows}
        return found

    def put(self, token: int, texts: Mapping[str, str]) -> None:
        """Write texts; those that are there, anew."""
        for part in _parts(list(texts), _RECORDS):
            rows = [
                {"key": key, "token": token, "text": texts[key], "unused": [1.0, 0.0]}
                for key in part
            ]
            self._server.call("upsert", self._name, rows, timeout=WRITING)

    def keep(self, tokens: Iterable[int]) -> None:
        """Delete the texts of other states."""
        kept = sorted({-1, *tokens})
        condition = f"token not in {kept}"
        self._server.call("delete", self._name, filter=condition, timeout=WRITING)


def _make(server: MilvusServer, name: str, schema: Any, indexes: Any) -> None:  # noqa: ANN401 - pymilvus's
    if not server.call("has_collection", name):
        server.call(
            "create_collection",
            name,
            schema=schema,
            index_params=indexes,
            consistency_level="Strong",
            timeout=WRITING,
        )
    server.call("load_collection", name, timeout=WRITING)


def _parts(items: Sequence[Any], size: int) -> Iterable[list[Any]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
