"""The derived indexes of a library: disposable, caught up or rebuilt from the store."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from embeddings import IndexDamagedError
from qa.errors import LibraryDamagedError, LibraryStaleError, LibraryWriteError
from qa.lexical import LexicalIndex
from qa.passages import context
from qa.snapshots import Generations, Stamp
from qa.store import Store
from qa.types import Article, Span

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
class Snapshot:
    """Both indexes of one state of the store; neither changes."""

    stamp: Stamp
    dense: VectorIndex
    lexical: LexicalIndex
    delta: Delta


def indexed_text(article: Article, span: Span) -> str:
    """Return what is embedded and indexed for a passage: title, headings, then the passage."""
    above = context(article.text, article.title, span[0])
    return f"{above}\n{article.text[span[0] : span[1]]}"


class Indexes:
    """The dense and the lexical index of one library, in ``folder``.

    Passage ids are never used twice and a passage never changes, so an index is caught up by the
    difference of the ids alone.
    """

    def __init__(self, folder: Path, store: Store, library_id: str) -> None:
        """Name the folder; nothing is read before ``load`` or ``catch_up``."""
        self._generations = Generations(folder)
        self._store = store
        self._library_id = library_id
        self.snapshot: Snapshot | None = None

    def expected(self, fingerprint: str) -> Stamp:
        """Return the stamp, but for its files, of indexes that match the store as it is now."""
        return Stamp(self._library_id, self._store.revision, fingerprint)

    @property
    def is_loaded(self) -> bool:
        """Tell whether what is in memory is what the files hold."""
        return self.snapshot is not None and self.snapshot.stamp == self._generations.stamp()

    def is_current(self, snapshot: Snapshot) -> bool:
        """Tell whether no newer snapshot is in force."""
        return self._generations.stamp() in (None, snapshot.stamp)

    def matching(self, fingerprint: str) -> Snapshot | None:
        """Return what is in memory, if that is what the files hold and the store says now."""
        snapshot = self.snapshot
        if snapshot is None or snapshot.stamp != self._generations.stamp():
            return None
        return snapshot if _state(snapshot.stamp) == _state(self.expected(fingerprint)) else None

    def load(self) -> bool:
        """Read the files, whatever revision they are of; False if that is not possible."""
        for _ in range(_TRIES):
            stamp = self._generations.stamp()
            if stamp is None or stamp.library_id != self._library_id:
                return False
            found = self._read(stamp)
            if found is not None:
                self.snapshot = found
                return True
            if self._generations.stamp() == stamp:  # else another one came into force meanwhile
                return False
        return False

    def _read(self, stamp: Stamp) -> Snapshot | None:
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
        return Snapshot(stamp, dense, lexical, delta) if len(dense) == len(lexical) else None

    def catch_up(self, fingerprint: str) -> Snapshot:
        """Make the indexes match the store, save and return them.  Only the writer may call this.

        Questions that are being answered meanwhile keep the snapshot that they have.

        Raises:
            LibraryStaleError: if passages have no vector of the model ``fingerprint``.
            LibraryWriteError: if the files cannot be written.
        """
        current = self.matching(fingerprint)
        if current is not None:
            return current
        if not (self.is_loaded or self.load()):
            self.snapshot = None
        try:
            self.snapshot = latest = self._next(fingerprint, self.snapshot)
        except OSError as error:
            raise LibraryWriteError(
                f"the index cannot be written ({error.strerror or error}); the articles are safe:"
                " free some space and try again"
            ) from error
        return latest

    def _next(self, fingerprint: str, old: Snapshot | None) -> Snapshot:
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
        if not is_small:
            dense.save(folder / _DENSE)
            delta = Delta()
        _write_delta(folder / _DELTA, delta)
        lexical = LexicalIndex(folder / _LEXICAL)
        self._catch_up_lexical(lexical, wanted, present)
        stamp = replace(expected, removed=removed)
        stamp = self._generations.commit(folder, stamp, old.stamp if old else None)
        return Snapshot(stamp, dense, lexical, delta)

    def _dense(self, fingerprint: str, wanted: set[int], old: VectorIndex | None) -> VectorIndex:
        """Return an index of the vectors of ``wanted``, from a copy of the old one if it serves."""
        from embeddings.index import VectorIndex

        dense = old.copy() if old is not None and len(old) else None
        present = set(dense.ids.tolist()) if dense is not None else set()
        missing = sorted(wanted - present)
        for start in range(0, len(missing), _BATCH):
            part = missing[start : start + _BATCH]
            ids, vectors = self._store.vectors.of_passages(fingerprint, part)
            if len(ids) < len(part):
                raise LibraryStaleError("passages without vectors are stored; run 'yinju rebuild'")
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
        for start in range(0, len(added), _BATCH):
            lexical.update(gone, self._texts(added[start : start + _BATCH]))
            gone = []
        if gone:
            lexical.update(gone, [])

    def _texts(self, ids: Iterable[int]) -> Iterable[tuple[int, str]]:
        for number, (passage, article) in self._store.passages.get(ids).items():
            yield number, indexed_text(article, (passage.start, passage.end))


def _write_delta(path: Path, delta: Delta) -> None:
    path.write_text(json.dumps([sorted(delta.added), sorted(delta.removed)]), encoding="ascii")


def _read_delta(path: Path) -> Delta:
    added, removed = json.loads(path.read_text(encoding="ascii"))  # checked by its checksum
    return Delta(frozenset(added), frozenset(removed))


def _state(stamp: Stamp) -> tuple[str, int, str]:
    return stamp.library_id, stamp.revision, stamp.fingerprint
