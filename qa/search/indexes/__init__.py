"""What an index of passages has to do, and where one is found: one contract, one file a backend.

An index is derived from the store and disposable.  Passage ids are never used twice and a passage
never changes, so every backend is caught up by the difference of the ids alone: as long as the
store went on from the state that the index is of.  One that was put back to an earlier state gives
ids again; an index of a state that it was never in is made anew.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from qa.articles.passages import context
from qa.errors import BackendError
from qa.store.store import State, Store
from qa.types import Article, Span

if TYPE_CHECKING:
    from embeddings import IndexDamagedError, Vectors

EMBEDDED = "embedded"  # the index in the library's own folder
_BACKENDS = {EMBEDDED: "embedded", "milvus": "milvus"}  # the part before "+" to the module


class SupersededError(Exception):
    """What a snapshot was made of is gone; whoever asked takes a new snapshot and asks again."""


class Dense(Protocol):
    """Passages by the cosine of their vectors."""

    def __len__(self) -> int:
        """Count the passages."""
        ...

    def search(
        self, query: Vectors, k: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to ``k`` (id, cosine), best first, among ``allowed`` if that is given.

        ``query`` is one unit vector, shape ``(dimension,)``.

        Raises:
            SupersededError: if the snapshot cannot be searched any more.
        """
        ...

    def scores(self, query: Vectors, ids: Sequence[int]) -> Vectors:
        """Return the cosine of ``query`` with each of ``ids``, shape ``(len(ids),)``."""
        ...


class Lexical(Protocol):
    """Passages by BM25 over character bigrams and words."""

    def search(
        self, query: str, k: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to ``k`` (id, BM25 score), best first, among ``allowed`` if that is given."""
        ...

    def scores(self, query: str, ids: Sequence[int]) -> dict[int, float]:
        """Return the BM25 score of each of ``ids``, 0 where no term matches."""
        ...

    def having(self, word: str) -> set[int]:
        """Return all passages that have a word: :func:`qa.search.lexical.word_terms`, each of them.

        Raises:
            SupersededError: if the snapshot cannot be searched any more.
        """
        ...


class Snapshot(Protocol):
    """One state of the store, to be searched in both ways.

    One that ``is_frozen`` stays as it is; what is searched through another one may go while a
    writer moves on, and :meth:`Indexes.is_current` tells.
    """

    is_frozen: bool

    @property
    def state(self) -> State:
        """The state of the store that it matches."""
        ...

    @property
    def fingerprint(self) -> str:
        """The model that made the vectors."""
        ...

    @property
    def dense(self) -> Dense:
        """The index of vectors."""
        ...

    @property
    def lexical(self) -> Lexical:
        """The index of terms."""
        ...


class Indexes(Protocol):
    """The dense and the lexical index of one library, stamped with the state they match.

    One that ``is_shared`` by several machines is caught up by the store's writer alone; another is
    each folder's own.
    """

    is_shared: bool

    @property
    def latest(self) -> Snapshot | None:
        """What was loaded last, whatever state of the store it matches."""
        ...

    def matching(self, fingerprint: str) -> Snapshot | None:
        """Return what is in force, loaded if need be, if it is what the store says now.

        Raises:
            LibraryConnectionError: if the index is on a server that does not answer.
        """
        ...

    def is_current(self, snapshot: Snapshot) -> bool:
        """Tell whether no newer snapshot is in force."""
        ...

    def catch_up(self, fingerprint: str) -> Snapshot:
        """Make the indexes match the store, and return them.  Only the writer may call this.

        Questions that are being answered meanwhile keep the snapshot that they have.

        Raises:
            LibraryStaleError: if passages have no vector of the model ``fingerprint``.
            LibraryWriteError: if the indexes cannot be written.
            LibraryConnectionError: if they are on a server that does not answer.
        """
        ...

    def flaw(self, fingerprint: str) -> IndexDamagedError | None:
        """Return in what the stored indexes fail to be what the store says now, if in anything.

        They are read anew, whatever is in memory.

        Raises:
            LibraryConnectionError: if they are on a server that does not answer.
        """
        ...

    def discard(self) -> None:
        """Drop what is stored, so that the next :meth:`catch_up` makes all of it anew.

        Raises:
            LibraryWriteError: if it cannot be removed.
            LibraryConnectionError: if it is on a server that does not answer.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


def open_indexes(address: str, folder: Path, store: Store, library_id: str) -> Indexes:
    """Return the indexes at ``address``; nothing is read and no server is asked yet.

    ``address`` is ``embedded``, whose files are in ``folder``, or of one of the forms
    ``milvus+https://user:password@host:19530/database``, ``milvus+http://…`` and
    ``milvus+file:///path.db``.

    Raises:
        BackendError: if there is no such backend, or its packages are not installed.
    """
    backend = _BACKENDS.get(address.partition(":")[0].partition("+")[0])
    if backend is None:  # what stands there may be a password: it is not repeated
        raise BackendError(
            "index_setting_unknown",
            "YINJU_INDEX names no known index: leave it out, or write it as "
            "milvus+https://host:19530",
        )
    module = importlib.import_module(f"qa.search.indexes.{backend}")
    return cast("Indexes", module.open_indexes(address, folder, store, library_id))


def behind() -> IndexDamagedError:
    """Return the flaw of indexes that are of another state of the store, or not there."""
    from embeddings import IndexDamagedError

    return IndexDamagedError(
        "index_behind",
        "the index is not of what is stored now, or not there; the next question makes it",
    )


def other_passages() -> IndexDamagedError:
    """Return the flaw of indexes that hold other passages than the store."""
    from embeddings import IndexDamagedError

    return IndexDamagedError(
        "index_of_other_passages",
        "the index holds other passages than are stored; run 'yinju verify --mend'",
    )


def indexed_text(article: Article, span: Span) -> str:
    """Return what is embedded and indexed for a passage: title, headings, then the passage."""
    above = context(article.text, article.title, span[0])
    return f"{above}\n{article.text[span[0] : span[1]]}"


def indexed_texts(store: Store, ids: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Yield those of the passages that are stored, each as (id, :func:`indexed_text`)."""
    for number, (passage, article) in store.passages.to_index(ids).items():
        yield number, indexed_text(article, (passage.start, passage.end))
