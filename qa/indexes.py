"""The derived indexes of a library: disposable, caught up or rebuilt from the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

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
_NOTHING = "/"  # what no file's name begins with
_TRIES = 5  # to load a generation, while another process puts a new one in force
_DENSE, _LEXICAL = "dense.faiss", "lexical"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Both indexes of one state of the store; neither changes."""

    stamp: Stamp
    dense: VectorIndex
    lexical: LexicalIndex


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

    def match(self, fingerprint: str) -> bool:
        """Tell whether what is in memory is what the store says now."""
        snapshot = self.snapshot
        return (
            snapshot is not None
            and self.is_loaded
            and _state(snapshot.stamp) == _state(self.expected(fingerprint))
        )

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
            lexical = LexicalIndex(folder / _LEXICAL)
        except (IndexDamagedError, LibraryDamagedError):
            return None
        return Snapshot(stamp, dense, lexical) if len(dense) == len(lexical) else None

    def catch_up(self, fingerprint: str) -> None:
        """Make the indexes match the store, and save them.  Only the writer may call this.

        Questions that are being answered meanwhile keep the snapshot that they have.

        Raises:
            LibraryStaleError: if passages have no vector of the model ``fingerprint``.
            LibraryWriteError: if the files cannot be written.
        """
        if self.match(fingerprint):
            return
        if not (self.is_loaded or self.load()):
            self.snapshot = None
        expected = self.expected(fingerprint)
        old = self.snapshot
        old_stamp = old.stamp if old else None
        wanted = set(self._store.passage_ids())
        present = set(old.dense.ids.tolist()) if old else set()  # both indexes hold the same
        removed = len(present - wanted) + (old_stamp.removed if old_stamp else 0)
        if removed > _COUNTED * len(wanted) or len(wanted) <= _SMALL:
            present, removed = (set(), 0) if removed else (present, 0)
        try:
            folder = self._generations.begin(old_stamp, _LEXICAL if present else _NOTHING)
            dense = self._catch_up_dense(fingerprint, wanted, old)
            dense.save(folder / _DENSE)
            lexical = LexicalIndex(folder / _LEXICAL)
            self._catch_up_lexical(lexical, wanted, present)
            stamp = self._generations.commit(folder, replace(expected, removed=removed), old_stamp)
        except OSError as error:
            raise LibraryWriteError(
                f"the index cannot be written ({error.strerror or error}); the articles are safe:"
                " free some space and try again"
            ) from error
        self.snapshot = Snapshot(stamp, dense, lexical)

    def _catch_up_dense(
        self, fingerprint: str, wanted: set[int], old: Snapshot | None
    ) -> VectorIndex:
        """Return an index of the vectors of ``wanted``, from a copy of the old one if it serves."""
        from embeddings.index import VectorIndex

        kept = (
            old.dense if old and old.stamp.fingerprint == fingerprint and len(old.dense) else None
        )
        present = set(kept.ids.tolist()) if kept is not None else set()
        missing = sorted(wanted - present)
        dense = kept.copy() if kept is not None else None
        for start in range(0, len(missing), _BATCH):
            part = missing[start : start + _BATCH]
            ids, vectors = self._store.vectors_of(fingerprint, part)
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
        for number, (passage, article) in self._store.passages(ids).items():
            yield number, indexed_text(article, (passage.start, passage.end))


def _state(stamp: Stamp) -> tuple[str, int, str]:
    return stamp.library_id, stamp.revision, stamp.fingerprint
