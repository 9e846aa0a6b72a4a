"""Stored vectors, by embedding model and by the text that was encoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from embeddings import Vectors
from qa.errors import LibraryDamagedError
from qa.store.databases import Database


class VectorTable:
    """Vectors under a model's fingerprint and a text's SHA-256."""

    def __init__(self, database: Database) -> None:
        """Use the table in ``database``."""
        self._database = database

    def known(self, fingerprint: str, hashes: Iterable[bytes]) -> set[bytes]:
        """Return those of ``hashes`` for which a vector of this model is stored."""
        statement = "SELECT text_hash FROM vectors WHERE fingerprint = ? AND text_hash IN ({})"
        found = self._database.select(statement, hashes, [fingerprint])
        return {text_hash for (text_hash,) in found}

    def put(
        self, fingerprint: str, vectors: Mapping[bytes, Vectors], *, anew: bool = False
    ) -> None:
        """Store vectors by the hash of their text; ``anew``, in place of those that are there."""
        conflict = (
            "(text_hash, fingerprint) DO UPDATE SET vector = excluded.vector"
            if anew
            else "DO NOTHING"
        )
        self._database.execute_many(
            "INSERT INTO vectors (fingerprint, text_hash, vector) VALUES (?, ?, ?)"
            f" ON CONFLICT {conflict}",
            [
                (fingerprint, text_hash, vector.astype("<f4").tobytes())
                for text_hash, vector in vectors.items()
            ],
        )

    def remove_others(self, fingerprint: str) -> None:
        """Remove the vectors of all models but one."""
        self._database.execute("DELETE FROM vectors WHERE fingerprint <> ?", (fingerprint,))

    def remove_unused(self) -> None:
        """Remove the vectors of texts that no passage has, as encoding ahead may leave them."""
        self._database.execute(
            "DELETE FROM vectors WHERE NOT EXISTS"
            " (SELECT 1 FROM passages WHERE passages.text_hash = vectors.text_hash)"
        )

    def stored(self, fingerprint: str, hashes: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
        """Return hash and bytes of the vectors of texts, as they are stored."""
        statement = (
            "SELECT text_hash, vector FROM vectors WHERE fingerprint = ? AND text_hash IN ({})"
        )
        return [
            (bytes(key), bytes(vector))
            for key, vector in self._database.select(statement, hashes, [fingerprint])
        ]

    def of_passages(self, fingerprint: str, ids: Iterable[int]) -> tuple[list[int], Vectors]:
        """Return ids and vectors, one row each, of those passages that have a vector.

        Raises:
            LibraryDamagedError: if these are not of one length.
        """
        import numpy as np  # listing a library need not wait for it

        statement = (
            "SELECT passages.id, vector FROM passages JOIN vectors ON vectors.fingerprint = ?"
            " AND vectors.text_hash = passages.text_hash WHERE passages.id IN ({})"
        )
        rows = list(self._database.select(statement, ids, [fingerprint]))
        if not rows:
            return [], np.zeros((0, 0), dtype=np.float32)
        if len({len(blob) for _, blob in rows}) > 1:
            raise LibraryDamagedError(
                "vectors_of_two_lengths",
                "stored vectors are damaged: they are not of one length; run 'yinju verify --mend'",
            )
        matrix = np.frombuffer(b"".join(blob for _, blob in rows), dtype="<f4")
        return [number for number, _ in rows], matrix.reshape(len(rows), -1).astype(np.float32)
