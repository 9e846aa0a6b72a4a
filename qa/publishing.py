"""Indexes in force: those that match the store, put there by whoever finds them behind."""

from __future__ import annotations

import threading

from embeddings import Encoder
from qa.encoders import Encoders
from qa.errors import LibraryBusyError, LibraryWriteError
from qa.indexes import Indexes, Snapshot
from qa.ingest import Ingest
from qa.lock import WriteLock
from qa.store import Store


class Publisher:
    """Keeps the indexes of a library in step with its store."""

    def __init__(self, store: Store, indexes: Indexes, encoders: Encoders, lock: WriteLock) -> None:
        """Take the parts of the library."""
        self._store = store
        self._indexes = indexes
        self._encoders = encoders
        self._lock = lock
        self._loading = threading.Lock()

    def publish(self, encoder: Encoder) -> Snapshot:
        """Put indexes in force that match the store, and drop what only older ones needed.

        The caller holds the write lock.
        """
        Ingest(self._store, encoder).settle()  # nothing to do, unless a sync was cut off
        snapshot = self._indexes.catch_up(encoder.fingerprint)
        self._store.purge()
        return snapshot

    def current(self) -> tuple[Snapshot, Encoder]:
        """Return indexes that match the store, with their encoder.

        While they are being written, the last ones.

        Raises:
            LibraryStaleError: if the stored vectors are from another model.
        """
        encoder = self._encoders.require()
        indexes = self._indexes
        with self._loading:
            snapshot = indexes.matching(encoder.fingerprint)
            if snapshot is not None:
                return snapshot, encoder
            try:
                with self._lock.held():
                    return self.publish(encoder), encoder
            except (LibraryBusyError, LibraryWriteError):
                last = indexes.latest
                older = self._encoders.of(last.fingerprint) if last else None
                if last is None or older is None:
                    raise  # there is nothing to fall back on
                return last, older
