"""The indexes in the library's own folder: FAISS and tantivy, in files of whole generations."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from embeddings import IndexDamagedError
from qa.errors import LibraryDamagedError, LibraryStaleError, LibraryWriteError, refusal
from qa.search.index_files import Generations, GenerationStamp
from qa.search.indexes import Snapshot, behind, indexed_texts, other_passages
from qa.search.lexical import LexicalIndex
from qa.store.store import State, Store

if TYPE_CHECKING:
    from embeddings.index import VectorIndex

_BATCH = 5_000  # passages put into an index at a time
# BM25 counts removed passages as long as tantivy keeps them.  A small lexical index is built anew
# whenever passages go, in a second or two; a large one when they are more than this share of it.
_SMALL = 20_000  # passages
_COUNTED = 0.01
_DIFFERENCE = 0.05  # share of the passages by which an index may differ from the dense file
_TRIES = 5  # to load a generation, while another process puts a new one in force
_DENSE, _DELTA, _LEXICAL = "dense.faiss", "delta.json", "lexical"


class Delta(NamedTuple):
    """Ids by which an index differs from the dense file: so few that writing it anew can wait."""

    added: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()

    def then(self, added: Collection[int], removed: Collection[int]) -> Delta:
        """Return the difference after another step."""
        return Delta(
            (self.added | set(added)) - set(removed),
            self.removed | (set(removed) - self.added),
        )


@dataclass(frozen=True, slots=True)
class EmbeddedSnapshot:
    """Both indexes of one state of the store; neither changes."""

    stamp: GenerationStamp
    dense: VectorIndex
    lexical: LexicalIndex
    delta: Delta
    is_frozen: bool = True

    @property
    def fingerprint(self) -> str:
        """The model that made the vectors."""
        return self.stamp.fingerprint

    @property
    def state(self) -> State:
        """The state of the store that it matches."""
        return self.stamp.state


class EmbeddedIndexes:
    """The dense and the lexical index of one library, in ``folder``."""

    is_shared = False

    def __init__(self, folder: Path, store: Store, library_id: str) -> None:
        """Name the folder; nothing is read before ``load`` or ``catch_up``."""
        self._generations = Generations(folder)
        self._store = store
        self._library_id = library_id
        self.latest: EmbeddedSnapshot | None = None

    def close(self) -> None:
        """Do nothing: files are open only while they are read."""

    def expected(self, fingerprint: str) -> GenerationStamp:
        """Return the stamp, but for its files, of indexes that match the store as it is now."""
        return GenerationStamp(self._library_id, self._store.state, fingerprint)

    @property
    def is_loaded(self) -> bool:
        """Tell whether what is in memory is what the files hold."""
        return self.latest is not None and self.latest.stamp == self._generations.stamp()

    def is_current(self, snapshot: Snapshot) -> bool:
        """Tell whether no newer snapshot is in force."""
        in_force = self._generations.stamp()
        return in_force is None or (
            isinstance(snapshot, EmbeddedSnapshot) and snapshot.stamp == in_force
        )

    def matching(self, fingerprint: str) -> EmbeddedSnapshot | None:
        """Return what the files hold, loaded if need be, if it is what the store says now."""
        if not (self.is_loaded or self.load()):
            return None
        snapshot = self.latest
        if snapshot is None:
            return None
        return snapshot if _state(snapshot.stamp) == _state(self.expected(fingerprint)) else None

    def load(self) -> bool:
        """Read the files, whatever state they are of; False if that is not possible.

        They are not read if the store was never in that state: its ids mean something else.
        """
        for _ in range(_TRIES):
            stamp = self._generations.stamp()
            if stamp is None or not self._is_ours(stamp):
                return False
            found = self._read(stamp)
            if found is not None:
                self.latest = found
                return True
            if self._generations.stamp() == stamp:  # else another one came into force meanwhile
                return False
        return False

    def _is_ours(self, stamp: GenerationStamp) -> bool:
        return stamp.library_id == self._library_id and self._store.was(stamp.state)

    def _read(self, stamp: GenerationStamp) -> EmbeddedSnapshot | None:
        from embeddings.index import VectorIndex  # with numpy, for which a list need not wait

        if not self._generations.is_whole(stamp):
            return None
        folder = self._generations.folder_of(stamp)
        try:
            dense = VectorIndex.load(folder / _DENSE)
            delta = _read_delta(folder / _DELTA)
            lexical = LexicalIndex(folder / _LEXICAL)
        except (IndexDamagedError, LibraryDamagedError, OSError):
            return None
        if delta.removed:
            dense.remove(sorted(delta.removed))
        if delta.added:
            ids, vectors = self._store.vectors.of_passages(stamp.fingerprint, sorted(delta.added))
            if len(ids) < len(delta.added):
                return None  # what is not in the file is not in the store any more
            dense.add(ids, vectors)
        return (
            EmbeddedSnapshot(stamp, dense, lexical, delta) if len(dense) == len(lexical) else None
        )

    def flaw(self, fingerprint: str) -> IndexDamagedError | None:
        """Return in what the files fail to be what the store says now, if in anything."""
        stamp = self._generations.stamp()
        wanted = self._store.passages.ids()
        if stamp is None or _state(stamp) != _state(self.expected(fingerprint)):
            return behind() if stamp is not None or wanted else None
        found = self._read(stamp)
        if found is None:
            return IndexDamagedError(
                "index_files_damaged",
                "files of the index are missing or damaged; run 'yinju verify --mend'",
            )
        is_same = sorted(found.dense.ids.tolist()) == wanted == sorted(found.lexical.ids())
        return None if is_same else other_passages()

    def discard(self) -> None:
        """Drop the files, so that the next :meth:`catch_up` makes them anew."""
        try:
            self._generations.path.unlink(missing_ok=True)
        except OSError as error:
            raise _not_written(error) from error
        self.latest = None

    def catch_up(self, fingerprint: str) -> EmbeddedSnapshot:
        """Make the indexes match the store, save and return them.  Only the writer may call this.

        Questions that are being answered meanwhile keep the snapshot that they have.

        Raises:
            LibraryStaleError: if passages have no vector of the model ``fingerprint``.
            LibraryWriteError: if the files cannot be written.
        """
        current = self.matching(fingerprint)
        if current is not None:
            self._generations.tidy(current.stamp)  # a writer may have been killed just before
            return current
        if self.latest is not None and not (self.is_loaded and self._is_ours(self.latest.stamp)):
            self.latest = None
        try:
            self.latest = latest = self._next(fingerprint, self.latest)
        except OSError as error:
            raise _not_written(error) from error
        return latest

    def _next(self, fingerprint: str, old: EmbeddedSnapshot | None) -> EmbeddedSnapshot:
        """Make and put in force the generation that matches the store."""
        expected = self.expected(fingerprint)
        wanted = set(self._store.passages.ids())
        present = set(old.dense.ids.tolist()) if old else set()  # both indexes hold the same
        gone, missing = present - wanted, wanted - present
        removed = len(gone) + (old.stamp.removed if old else 0)
        if removed and (removed > _COUNTED * len(wanted) or len(wanted) <= _SMALL):
            removed, present = 0, set()  # the lexical index is built anew
        delta = old.delta.then(missing, gone) if old else Delta()
        same_model = old is not None and old.stamp.fingerprint == fingerprint
        is_small = same_model and len(delta.added) + len(delta.removed) <= _DIFFERENCE * len(wanted)
        kept = (*((_LEXICAL,) if present else ()), *((_DENSE,) if is_small else ()))
        folder = self._generations.begin(old.stamp if old else None, kept)
        dense = self._dense(fingerprint, wanted, old.dense if old and same_model else None)
        if dense.settle() or not is_small:
            dense.save(folder / _DENSE)
            delta = Delta()
        _write_delta(folder / _DELTA, delta)
        lexical = LexicalIndex(folder / _LEXICAL)
        self._catch_up_lexical(lexical, wanted, present)
        stamp = replace(expected, removed=removed)
        stamp = self._generations.commit(folder, stamp, old.stamp if old else None)
        return EmbeddedSnapshot(stamp, dense, lexical, delta)

    def _dense(self, fingerprint: str, wanted: set[int], old: VectorIndex | None) -> VectorIndex:
        """Return an index of the vectors of ``wanted``, from a copy of the old one if it serves."""
        from embeddings.index import VectorIndex

        present = set(old.ids.tolist()) if old is not None else set()
        missing = sorted(wanted - present)
        dense = old.copy(len(missing)) if old is not None and len(old) else None
        for start in range(0, len(missing), _BATCH):
            part = missing[start : start + _BATCH]
            ids, vectors = self._store.vectors.of_passages(fingerprint, part)
            if len(ids) < len(part):
                raise LibraryStaleError(
                    "vectors_missing", "passages without vectors are stored; run 'yinju rebuild'"
                )
            if dense is None:
                dense = VectorIndex(vectors.shape[1])
            dense.add(ids, vectors)
        if dense is None:
            return VectorIndex(1)
        dense.remove(sorted(present - wanted))
        return dense

    def _catch_up_lexical(self, lexical: LexicalIndex, wanted: set[int], present: set[int]) -> None:
        added = sorted(wanted - present)
        gone = sorted(present - wanted)
        if not (added or gone):
            return
        batches = (added[start : start + _BATCH] for start in range(0, len(added), _BATCH))
        # All at once: of as few segments as can be, which are searched one after the other.
        lexical.update(
            gone, chain.from_iterable(indexed_texts(self._store, batch) for batch in batches)
        )


def open_indexes(_: str, folder: Path, store: Store, library_id: str) -> EmbeddedIndexes:
    """Return the indexes in ``folder``."""
    return EmbeddedIndexes(folder, store, library_id)


def _not_written(error: OSError) -> LibraryWriteError:
    return LibraryWriteError(
        "index_not_written",
        "the index cannot be written ({why}); the articles are safe: free some space and try again",
        why=refusal(error),
    )


def _write_delta(path: Path, delta: Delta) -> None:
    path.write_text(json.dumps([sorted(delta.added), sorted(delta.removed)]), encoding="ascii")


def _read_delta(path: Path) -> Delta:
    added, removed = json.loads(path.read_text(encoding="ascii"))  # checked by its checksum
    return Delta(frozenset(added), frozenset(removed))


def _state(stamp: GenerationStamp) -> tuple[str, State, str]:
    return stamp.library_id, stamp.state, stamp.fingerprint
