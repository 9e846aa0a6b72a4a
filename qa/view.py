"""A library as those see it who read: what is in it, and what it answers."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from embeddings import Encoder
from qa.config import ModelSettings, default_index, default_store
from qa.errors import ArticleNotFoundError, QuestionError
from qa.reading.reading import PassageReader
from qa.search.encoders import Encoders
from qa.search.hits import Finder
from qa.search.indexes import open_indexes
from qa.store.catalog import Catalog
from qa.store.store import Store
from qa.syncing.current_indexes import Publisher
from qa.syncing.folder import Folder
from qa.syncing.lock import WriteLock
from qa.syncing.syncing import Synchronizer
from qa.types import Answer, Article, Filters, Hit, LibraryStatus, SyncReport

if TYPE_CHECKING:
    from typing_extensions import Self

    from qa.answering.answering import Answerer
    from qa.followups.followups import Past
    from qa.store.feedback import Feedback

_DIGITS = 19  # that a number has at least which is no id: SQLite's have 63 bits
_DATABASE = "library.db"
MAX_QUERY = 2_000  # characters of a question or query that are used


class LibraryView:
    """Where store, indexes, encoder and reader are put together; :class:`~qa.Library` writes, too.

    Use it as a context manager, or call ``close``.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        encoder: Encoder | None = None,
        reader: PassageReader | None = None,
        store: str | None = None,
        index: str | None = None,
    ) -> None:
        """Open the library in the folder ``path``, making it if it is not there.

        ``encoder`` and ``reader`` replace the ones that the library would use by itself.  ``store``
        is the address of a PostgreSQL database that holds the articles for several machines, each
        of which has a folder of its own for what it derives from them: by default what the
        environment's YINJU_STORE says, or else SQLite in the folder.  ``index`` says where its
        indexes are, as :func:`qa.search.indexes.open_indexes` takes it; by default it is what the
        environment's YINJU_INDEX says, or ``embedded``: in the folder.

        Raises:
            BackendError: if ``index`` names none, or what it needs is not installed.
            LibraryConnectionError: if the database cannot be reached.
            LibraryError: if the library cannot be read, or is from a newer version.
            ModelError: if its embedding model is not on this machine.
        """
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        self._place = store or default_store() or self.path / _DATABASE
        self._store = Store(self._place)
        self._lock = WriteLock(self.path, self._store.database.writing)
        self._encoders = Encoders(self._store, encoder)
        self._reader = reader
        self._indexes = open_indexes(
            index or default_index(), self.path / "index", self._store, self._library_id()
        )
        self._finder = Finder(self._store, self._indexes)
        self._publisher = Publisher(self._store, self._indexes, self._encoders, self._lock)
        self._folder: Folder | None = None

    @classmethod
    def open(
        cls,
        path: str | Path = "library",
        *,
        encoder: Encoder | None = None,
        reader: PassageReader | None = None,
        store: str | None = None,
        index: str | None = None,
    ) -> Self:
        """Open the library in the folder ``path``; see the constructor."""
        return cls(path, encoder=encoder, reader=reader, store=store, index=index)

    def __enter__(self) -> Self:
        """Return the library itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the library."""
        self.close()

    def close(self) -> None:
        """Close database and indexes; the library cannot be used afterwards."""
        self._indexes.close()
        self._store.close()

    @cached_property
    def _answerer(self) -> Answerer:
        """Imported when the first question comes: ``yinju status`` need not wait for its rules."""
        from qa.answering.answering import Answerer

        return Answerer(self._reader)

    def retrieve(
        self, query: str, k: int = 10, filters: Filters | None = None, *, rerank: bool = False
    ) -> list[Hit]:
        """Return up to ``k`` passages for ``query``, best first.

        With ``rerank``, the reader looks at the first ones again and puts those before the others
        that answer ``query`` as a question; that takes some tenths of a second.

        Raises:
            LibraryStaleError: if the stored vectors are from another model.
        """
        pool = max(k, self._answerer.depth) if rerank else k
        hits = self._hits(query[:MAX_QUERY], pool, filters or Filters())
        return self._answerer.rerank(query[:MAX_QUERY], hits)[:k] if rerank else hits

    def _hits(self, query: str, k: int, filters: Filters) -> list[Hit]:
        while True:
            snapshot, encoder = self._publisher.current()
            hits = self._finder.find(encoder, snapshot, query, k, filters)
            if hits is not None:
                return hits

    def ask(
        self, question: str, history: Sequence[Past] = (), filters: Filters | None = None
    ) -> Answer:
        """Answer ``question`` with citations, or say that there is no evidence.

        ``history`` are the questions asked before, oldest first: their texts, or exchanges or
        answers, which also tell how they were understood and answered.  A follow-up that leaves
        something out is completed from them; the answer's ``reading`` says how.

        Raises:
            QuestionError: if the question is empty.
            LibraryStaleError: if the stored vectors are from another model.
        """
        *_, answer = self.consult(question, history, filters)
        return cast("Answer", answer)  # which comes last

    def consult(
        self, question: str, history: Sequence[Past] = (), filters: Filters | None = None
    ) -> Iterator[tuple[Hit, ...] | Answer]:
        """Answer as :meth:`ask` does, and tell what is read meanwhile.

        Yields the passages that were found, best first, once for each way of reading the question
        that is tried, and at last the answer.
        """
        from qa.answering.aliases import others
        from qa.followups.followups import interpret

        started = time.perf_counter()
        asked = question.strip()[:MAX_QUERY]
        if not asked:
            raise QuestionError("question_empty", "the question is empty; ask something")
        answers: list[Answer] = []
        readings = (
            (text, tuple(piece for piece in reading.carried if piece in text))
            for reading in interpret(asked, history)
            for text in (reading.text, *others(reading.text))
        )
        for text, carried in readings:
            hits = self.retrieve(text, self._answerer.depth, filters)
            yield tuple(hits)
            answer = self._answerer.answer(text, hits)
            answers.append(replace(answer, carried=carried))
            if answers[-1].status == "answered":
                break
        # Where no reading is answered, the first one tells best what is missing.
        best = answers[-1] if answers[-1].status == "answered" else answers[0]
        best = self._finder.with_reposts(best, filters or Filters())
        yield self._answerer.finish(best, asked, time.perf_counter() - started)

    def suggest(self, answer: Answer) -> tuple[str, ...]:
        """Return one to three questions near one without evidence that the articles do answer.

        Each was asked and is answered; none where none is found, or where ``answer`` answers.
        """
        from qa.answering.suggesting import suggest

        def ask(question: str) -> Answer:
            return self._answerer.answer(question, self.retrieve(question, 2))

        return suggest(answer, ask)

    @cached_property
    def feedback(self) -> Feedback:
        """What people said of the answers, in the library's folder."""
        from qa.store.feedback import Feedback

        return Feedback(self.path)

    def articles(self) -> Iterator[Article]:
        """Yield all articles in the order of their paths."""
        return self._store.articles()

    def article(self, key: int | str) -> Article:
        """Return the article with this id or path.

        Raises:
            ArticleNotFoundError: if there is none.
        """
        found = self._store.get_article(key)
        if found is None and isinstance(key, str) and key.isdecimal() and len(key) < _DIGITS:
            found = self._store.get_article(int(key))
        if found is None:
            raise ArticleNotFoundError(
                "article_not_found",
                "there is no article {key!r}; 'yinju status' lists them",
                key=key,
            )
        return found

    def has(self, key: int | str) -> bool:
        """Tell whether there is an article with this id or path."""
        return self._store.get_article(key) is not None

    @property
    def catalog(self) -> Catalog:
        """The articles as a list, sorted and filtered, without their texts."""
        return self._store.catalog

    @property
    def count(self) -> int:
        """How many articles there are."""
        return self._store.count_articles()

    @property
    def store_name(self) -> str:
        """Where the articles are stored: a path, or an address without the password."""
        return self._store.name

    @property
    def stored_bytes(self) -> int:
        """How many bytes the articles take with what belongs to them, wherever they are stored."""
        return self._store.database.size()

    def status(self) -> LibraryStatus:
        """Tell what is indexed, with which model, and whether it matches the folder."""
        articles, passages = self._store.count()
        failures = self._store.files.failures()
        changes = self._differences()
        encoder, stale = self._encoders.current, self.is_stale
        return LibraryStatus(
            library=str(self.path),
            folder=self._store.get_meta("folder"),
            articles=articles,
            passages=passages,
            model=self.settings.model,
            fingerprint=encoder.fingerprint,
            fresh=not stale and changes is not None and not changes.changes,
            stale_model=stale,
            changes=changes,
            failed=failures,
        )

    @property
    def settings(self) -> ModelSettings:
        """The embedding model of this library."""
        return self._encoders.settings

    @property
    def is_stale(self) -> bool:
        """Tell whether the stored vectors are from another model than the library's."""
        return self._encoders.is_stale

    def warm_up(self) -> None:
        """Load models and indexes now, so that the first question does not wait."""
        self.retrieve("预热", 1)
        self._answerer.warm_up()

    def _library_id(self) -> str:
        self._store.set_default("library_id", uuid.uuid4().hex)
        return self._store.get_meta("library_id") or ""

    def _open_folder(self, path: Path) -> Folder:
        """Return the folder, keeping the hashes of one that was looked at before."""
        folder = self._folder
        if folder is None or folder.root != path.resolve():
            folder = self._folder = Folder(path, exclude=self.path)
        return folder

    def _differences(self) -> SyncReport | None:
        recorded = self._store.get_meta("folder")
        if recorded is None or not Path(recorded).is_dir():
            return None
        return Synchronizer(self._store, self._open_folder(Path(recorded))).differences()
