"""The derived indexes of a library: disposable, stamped, caught up or rebuilt from the store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings import IndexDamagedError
from qa.errors import LibraryDamagedError, LibraryStaleError
from qa.lexical import LexicalIndex
from qa.passages import context
from qa.store import Store
from qa.types import Article, Span

if TYPE_CHECKING:
    from embeddings.index import VectorIndex

_BATCH = 5_000  # passages put into the lexical index in one commit


@dataclass(frozen=True, slots=True)
class Stamp:
    """The state of the store that the index files match."""

    library_id: str
    revision: int
    fingerprint: str


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
        self._folder = folder
        self._store = store
        self._library_id = library_id
        self.dense: VectorIndex | None = None
        self.lexical: LexicalIndex | None = None
        self._loaded: Stamp | None = None

    @property
    def _stamp_path(self) -> Path:
        return self._folder / "stamp.json"

    @property
    def _dense_path(self) -> Path:
        return self._folder / "dense.faiss"

    def stamp(self) -> Stamp | None:
        """Return the stamp of the files, None if there is none or it cannot be read."""
        try:
            return Stamp(**json.loads(self._stamp_path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def expected(self, fingerprint: str) -> Stamp:
        """Return the stamp that files have which match the store as it is now."""
        return Stamp(self._library_id, self._store.revision, fingerprint)

    @property
    def is_loaded(self) -> bool:
        """Tell whether what is in memory is what the files hold."""
        return self._loaded is not None and self._loaded == self.stamp()

    def match(self, fingerprint: str) -> bool:
        """Tell whether what is in memory is what the store says now."""
        return self.is_loaded and self._loaded == self.expected(fingerprint)

    def load(self) -> bool:
        """Read the files, whatever revision they are of; False if that is not possible."""
        stamp = self.stamp()
        if stamp is None or stamp.library_id != self._library_id:
            return False
        from embeddings.index import VectorIndex  # with numpy, for which a list need not wait

        try:
            dense, lexical = VectorIndex.load(self._dense_path), self._open_lexical()
        except (IndexDamagedError, LibraryDamagedError):
            return False
        if len(dense) != len(lexical) or self.stamp() != stamp:
            return False  # damaged, or swapped while we read
        self.dense, self.lexical, self._loaded = dense, lexical, stamp
        return True

    def catch_up(self, fingerprint: str) -> None:
        """Make the indexes match the store, and save them.  Only the writer may call this."""
        expected = self.expected(fingerprint)
        if self.match(fingerprint):
            return
        stamp = self.stamp()
        if not (self.is_loaded or self.load()):
            self.dense = self.lexical = stamp = None
        # While the stamp is away, a crash leaves files that the next open does not trust.
        self._folder.mkdir(parents=True, exist_ok=True)
        self._stamp_path.unlink(missing_ok=True)
        wanted = set(self._store.passage_ids())
        same_model = stamp is not None and stamp.fingerprint == fingerprint
        self._catch_up_dense(fingerprint, wanted, self.dense if same_model else None)
        self._catch_up_lexical(wanted)
        self._write_stamp(expected)

    def _catch_up_dense(self, fingerprint: str, wanted: set[int], old: VectorIndex | None) -> None:
        """Change a copy, so that a question being answered meanwhile keeps its snapshot."""
        from embeddings.index import VectorIndex

        present = set(old.ids.tolist()) if old is not None else set()
        ids, vectors = self._store.vectors_of(fingerprint, sorted(wanted - present))
        if len(ids) < len(wanted - present):
            raise LibraryStaleError("passages without vectors are stored; run 'yinju rebuild'")
        if old is not None and (len(old) or not ids):
            dense = old.copy()
        else:
            dense = VectorIndex(vectors.shape[1] or 1)
        dense.remove(sorted(present - wanted))
        dense.add(ids, vectors)
        dense.save(self._dense_path)
        self.dense = dense

    def _open_lexical(self) -> LexicalIndex:
        if self.lexical is None:
            return LexicalIndex(self._folder / "lexical")
        self.lexical.reload()
        return self.lexical

    def _catch_up_lexical(self, wanted: set[int]) -> None:
        lexical = self.lexical
        if lexical is None:
            shutil.rmtree(self._folder / "lexical", ignore_errors=True)
            lexical = LexicalIndex(self._folder / "lexical")
        present = lexical.ids()
        added = sorted(wanted - present)
        lexical.update(sorted(present - wanted), [])
        for start in range(0, len(added), _BATCH):
            lexical.update([], self._texts(added[start : start + _BATCH]))
        self.lexical = lexical

    def _texts(self, ids: Iterable[int]) -> Iterable[tuple[int, str]]:
        for number, (passage, article) in self._store.passages(ids).items():
            yield number, indexed_text(article, (passage.start, passage.end))

    def _write_stamp(self, stamp: Stamp) -> None:
        scratch = self._stamp_path.with_name("stamp.json.new")
        scratch.write_text(json.dumps(asdict(stamp)), encoding="utf-8")
        scratch.replace(self._stamp_path)
        self._loaded = stamp
