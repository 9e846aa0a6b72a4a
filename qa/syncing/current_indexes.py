"""Indexes in force: those that match the store, put there by whoever finds them behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from embeddings import Encoder
from qa.errors import LibraryBusyError, LibraryWriteError
from qa.search.encoders import Encoders
from qa.search.indexes import Indexes, Snapshot
from qa.store.store import Store
from qa.syncing.ingest import Ingest
from qa.syncing.lock import WriteLock

_PATIENCE = 30.0  # seconds for another process of this machine to finish the index files


class CurrentIndexes:
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
        snapshot = self._catch_up(encoder)
        self._store.purge()
        return snapshot

    def current(self) -> tuple[Snapshot, Encoder]:
        """Return indexes that match the store, with their encoder.

        While it is being written, the last ones.

        Raises:
            LibraryStaleError: if the stored vectors are from another model.
        """
        encoder = self._encoders.require()
        indexes = self._indexes
        with self._loading:
            snapshot = indexes.matching(encoder.fingerprint)
            if snapshot is not None:
                return snapshot, encoder
            last = self._last()
            if last is not None and self._store.database.is_being_written():
                return last
            # Where another server's sync left the last ones without their passages, they serve no
            # more; a process beside this one that makes new ones is waited for.
            is_gone = last is None and indexes.latest is not None
            try:
                if indexes.is_shared:
                    with self._lock.held():
                        return self.publish(encoder), encoder
                with self._lock.held_here(_PATIENCE if is_gone else 0):
                    return self._follow(encoder), encoder
            except (LibraryBusyError, LibraryWriteError):
                if last is None:
                    raise  # there is nothing to fall back on
                return last

    def _last(self) -> tuple[Snapshot, Encoder] | None:
        """Return the indexes in memory, if the store still holds what they were made of."""
        snapshot = self._indexes.latest
        if snapshot is None or not self._store.still_has(snapshot.state):
            return None
        encoder = self._encoders.of(snapshot.fingerprint)
        return (snapshot, encoder) if encoder else None

    def _follow(self, encoder: Encoder) -> Snapshot:
        """Bring this folder's index files in line with the store, whoever wrote to that.

        The caller holds the folder's lock.  What only the store's writer may do is left undone
        where there is another one.
        """
        snapshot = self._indexes.matching(encoder.fingerprint)
        if snapshot is not None:  # another process was quicker
            return snapshot
        if self._store.reposts.has_unsettled():
            self._as_writer(Ingest(self._store, encoder).settle)
        snapshot = self._catch_up(encoder)
        if self._store.has_retired():
            self._as_writer(self._store.purge)
        return snapshot

    def _catch_up(self, encoder: Encoder) -> Snapshot:
        with self._store.database.frozen():
            return self._indexes.catch_up(encoder.fingerprint)

    def _as_writer(self, action: Callable[[], None]) -> None:
        with suppress(LibraryBusyError), self._store.database.writing():
            action()
