"""The indexes on a Milvus server, which several servers of one library share.

There is a collection for each model, and beside it the records: the stamp, which says what state
of the store is in force, and in which collection, and the statistics of terms.  A writer puts in
what is missing and marks what goes, both for the revision to come; by writing the stamp it puts
them in force in one step, and what went is deleted.  Whatever is cut off on the way, nobody saw,
and the next writer finds by the ids what is left to do.

Ids and revisions mean something only as long as the store goes on.  After one that was put back to
an earlier state the writer fills another collection, and the old one is deleted.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from embeddings import IndexDamagedError, Vectors
from qa.errors import BackendError, LibraryStaleError
from qa.search.indexes import Snapshot, behind, indexed_texts, other_passages
from qa.search.indexes.collection import FOREVER, ROWS, Numbers, PassageCollection, RecordCollection
from qa.search.indexes.ledger import FORMAT, Begun, CollectionStamp, Ledger
from qa.search.indexes.searching import MilvusSnapshot
from qa.search.indexes.server import CollectionGoneError, MilvusServer
from qa.search.indexes.sparse import Statistics, Tally, passage_vector
from qa.store.store import Store

_TRIES = 5  # to read a state, while a writer puts a new one in force


class MilvusIndexes:
    """The dense and the lexical index of one library, on a Milvus server."""

    is_shared = True

    def __init__(self, server: MilvusServer, store: Store, library_id: str) -> None:
        """Take the parts; the server is asked when something is wanted of it."""
        self._server = server
        self._store = store
        self._library_id = library_id
        self._snapshot: MilvusSnapshot | None = None

    def close(self) -> None:
        """Close the connection."""
        self._server.close()

    @property
    def latest(self) -> MilvusSnapshot | None:
        """What was loaded last, unless its collection is gone."""
        snapshot = self._snapshot
        return None if snapshot is None or snapshot.lost else snapshot

    def matching(self, fingerprint: str) -> MilvusSnapshot | None:
        """Return what is in force, loaded if need be, if it is what the store says now.

        The server is only asked if the store moved on: one state of it is one stamp.
        """
        if self._is_matching(self.latest, fingerprint):
            return self.latest
        loaded = self._load(fingerprint)
        if loaded is not None:
            self._snapshot = loaded
        return loaded if self._is_matching(loaded, fingerprint) else None

    def flaw(self, fingerprint: str) -> IndexDamagedError | None:
        """Return in what the collection fails to be what the store says now, if in anything."""
        stamp = self._stamp(fingerprint)
        wanted = self._store.passages.ids()
        if stamp is None or stamp.state != self._store.state:
            return behind() if stamp is not None or wanted else None
        ids, added, removed = self._passages(fingerprint, stamp.collection).held()
        revision = stamp.state.revision
        in_force = ids[(added <= revision) & (removed > revision)]
        return None if sorted(in_force.tolist()) == wanted else other_passages()

    def discard(self) -> None:
        """Drop the collections, so that the next :meth:`catch_up` makes them anew."""
        self._snapshot = None
        for name in self._server.call("list_collections"):
            if name.startswith(self._prefix):
                self._server.call("drop_collection", name)

    def _is_matching(self, snapshot: MilvusSnapshot | None, fingerprint: str) -> bool:
        return snapshot is not None and (
            (snapshot.state, snapshot.fingerprint) == (self._store.state, fingerprint)
        )

    def is_current(self, snapshot: Snapshot) -> bool:
        """Tell whether no newer snapshot is in force."""
        if not isinstance(snapshot, MilvusSnapshot) or snapshot.lost:
            return False
        stamp = snapshot.stamp
        return stamp.state == self._store.state or stamp == self._stamp(stamp.fingerprint)

    # -- reading -------------------------------------------------------------------------------

    @property
    def _prefix(self) -> str:
        return f"yinju_{self._library_id}_"

    def _name(self, fingerprint: str) -> str:
        key = hashlib.sha256(f"{FORMAT} {fingerprint}".encode()).hexdigest()[:16]
        return f"{self._prefix}{key}"

    def _passages(self, fingerprint: str, collection: str) -> PassageCollection:
        return PassageCollection(self._server, f"{self._name(fingerprint)}_{collection}")

    def _ledger(self, fingerprint: str) -> Ledger:
        return Ledger(RecordCollection(self._server, self._records(fingerprint)))

    def _records(self, fingerprint: str) -> str:
        return f"{self._name(fingerprint)}_records"

    def _stamp(self, fingerprint: str) -> CollectionStamp | None:
        return self._ledger(fingerprint).stamp(self._library_id, fingerprint)

    def _load(self, fingerprint: str) -> MilvusSnapshot | None:
        """Read what is in force; None if that is nothing, or of a state the store was never in."""
        ledger = self._ledger(fingerprint)
        for _ in range(_TRIES):
            stamp = self._stamp(fingerprint)
            if stamp is None or not self._store.was(stamp.state):
                return None
            collection = self._passages(fingerprint, stamp.collection)
            if stamp.passages and not collection.open():
                return None
            old = self.latest
            is_known = old is not None and (old.fingerprint, old.stamp.base) == (
                fingerprint,
                stamp.base,
            )
            base = old.base if old is not None and is_known else ledger.base(stamp)
            change = ledger.change(stamp)
            if base is not None and change is not None:  # else a newer stamp has replaced them
                return MilvusSnapshot(stamp, base, change, collection, self._store)
        return None

    # -- writing -------------------------------------------------------------------------------

    def catch_up(self, fingerprint: str) -> MilvusSnapshot:
        """Make the collection match the store, and return it.  Only the writer may call this.

        Raises:
            LibraryStaleError: if passages have no vector of the model ``fingerprint``.
            LibraryConnectionError: if the server does not answer; the next call goes on from there.
        """
        old = self.latest
        if not self._is_matching(old, fingerprint):
            old = self._load(fingerprint)
        if old is not None and self._is_matching(old, fingerprint):
            self._snapshot = old
            return old
        state, ledger = self._store.state, self._ledger(fingerprint)
        begun = ledger.begun()
        if begun is not None and self._store.was(begun.state):
            name = begun.collection
        else:  # nothing was begun, or by a store that went on from here in another way
            name = secrets.token_hex(8)
        if old is not None and old.stamp.collection != name:
            old = None
        ledger.begin(Begun(state, name))
        since = old.state.revision if old else -1
        change, passages = self._move(fingerprint, name, since, state.revision)
        stamp = CollectionStamp(self._library_id, state, fingerprint, name, passages)
        base, earlier = (old.base, old.change) if old else (Statistics(), Statistics())
        if old is not None:
            stamp = replace(stamp, base=old.stamp.base)
        ledger.write(stamp, base, Statistics.total([earlier, change]))
        self._tidy(stamp)
        self._snapshot = latest = self._load(fingerprint)
        if latest is None:
            raise AssertionError("the stamp that was just written is not there")
        return latest

    def _move(
        self, fingerprint: str, name: str, since: int, revision: int
    ) -> tuple[Statistics, int]:
        """Prepare a collection that is in force as of ``since`` to be so as of ``revision``.

        Returns how the number of passages that have a term changes, and how many there will be.
        """
        collection = self._passages(fingerprint, name)
        ids, added, removed = collection.held()
        wanted = np.array(self._store.passages.ids(), dtype=np.int64)
        in_force = ids[(added <= since) & (removed > since)]
        ready = ids[(added <= revision) & (removed == FOREVER)]
        missing = np.setdiff1d(wanted, ready)
        new = np.setdiff1d(wanted, in_force)
        tally = Tally()
        is_made = bool(len(ids))
        for part in _batches(np.union1d(missing, new)):
            terms = {
                number: passage_vector(text) for number, text in indexed_texts(self._store, part)
            }
            put = sorted(set(part) & set(missing.tolist()))
            if put:
                vectors = self._vectors(fingerprint, put)
                if not is_made:
                    collection.make(vectors.shape[1])
                    is_made = True
                collection.put(revision, put, vectors, [terms[number] for number in put])
            fresh = np.intersect1d(part, new).tolist()
            tally.add(Statistics.count(terms[number] for number in fresh))
        for part in _batches(np.setdiff1d(in_force, wanted)):
            gone = [passage_vector(text) for _, text in indexed_texts(self._store, part)]
            tally.add(Statistics.count(gone).negative())
        collection.retire(revision, np.setdiff1d(ids[removed > revision], wanted).tolist())
        collection.settle(len(missing))
        return tally.total(), len(wanted)

    def _vectors(self, fingerprint: str, ids: Sequence[int]) -> Vectors:
        """Return the vectors of passages, in the order of ``ids``."""
        found, vectors = self._store.vectors.of_passages(fingerprint, ids)
        if len(found) < len(ids):
            raise LibraryStaleError(
                "vectors_missing", "passages without vectors are stored; run 'yinju rebuild'"
            )
        rows: Vectors = vectors[np.argsort(found)]
        return rows

    def _tidy(self, stamp: CollectionStamp) -> None:
        """Delete what is not in force any more: passages, and all other collections."""
        passages = self._passages(stamp.fingerprint, stamp.collection)
        with suppress(CollectionGoneError):  # of a library without passages
            passages.clear(stamp.state.revision)
        kept = {passages.name, self._records(stamp.fingerprint)}
        for name in self._server.call("list_collections"):
            if name.startswith(self._prefix) and name not in kept:
                self._server.call("drop_collection", name)


def open_indexes(address: str, _: Path, store: Store, library_id: str) -> MilvusIndexes:
    """Return the indexes on the server at ``address``.

    Raises:
        BackendError: if the address cannot be used, or the client is not installed.
    """
    server = MilvusServer(address)
    for package in ("pymilvus", "milvus_lite")[: 2 if server.is_file else 1]:
        if find_spec(package) is None:
            name = package.replace("_", "-")
            advice = "milvus-lite" if server.is_file else "'yinju[milvus]'"
            raise BackendError(
                "milvus_missing",
                "an index in Milvus needs {name}; run: pip install {advice}",
                name=name,
                advice=advice,
            )
    return MilvusIndexes(server, store, library_id)


def _batches(ids: Numbers) -> Iterator[list[int]]:
    for start in range(0, len(ids), ROWS):
        yield ids[start : start + ROWS].tolist()
