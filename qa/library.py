"""A library: a folder of articles made questionable."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from embeddings import Encoder
from qa.articles.formats import no_page, read_bytes
from qa.articles.sandbox import Sandbox
from qa.config import ModelSettings, default_index, default_store
from qa.errors import (
    ArticleNotFoundError,
    ArticleUnreadableError,
    FolderNotFoundError,
    LibraryError,
    QuestionError,
    SyncNotFoundError,
)
from qa.language.tokens import is_word
from qa.reading.reading import PassageReader
from qa.search.encoders import Encoders
from qa.search.findings import Finder, Finding, Findings, Order, Reranking, Unit, Wanted
from qa.search.hits import HitFinder
from qa.search.indexes import Snapshot, SupersededError, open_indexes
from qa.search.words import words_of
from qa.store.backup import export, require_backup, restore
from qa.store.catalog import Catalog
from qa.store.location import DATABASE, REMOVED, make_folder, require_library
from qa.store.store import State, Store
from qa.syncing.current_indexes import CurrentIndexes
from qa.syncing.folder import Folder
from qa.syncing.inbox import Inbox
from qa.syncing.ingest import Ingest, Progress, Stage
from qa.syncing.lock import WriteLock
from qa.syncing.parallel_encoding import ParallelEncoding
from qa.syncing.repair import Repair
from qa.syncing.syncing import Synchronizer
from qa.syncing.verification import Verification
from qa.syncing.worker_pool import Orders, WorkerPool
from qa.text import fold
from qa.types import (
    Answer,
    Article,
    Citation,
    Exchange,
    Filters,
    Hit,
    LibraryStatus,
    Passage,
    SyncRecord,
    SyncReport,
    VerifyReport,
)

if TYPE_CHECKING:
    from typing_extensions import Self

    from qa.answering.answering import Answerer
    from qa.asking.asked import Asked
    from qa.asking.history import Past
    from qa.asking.model import AskingModel
    from qa.reading.rewriter import Rewriter
    from qa.store.feedback import Feedback
    from qa.surveying.surveyor import Surveyor
    from qa.watchlist.reviewer import Reviewer
    from qa.watchlist.watchlist import Watchlist

T = TypeVar("T")
_DIGITS = 19  # that a number has at least which is no id: SQLite's have 63 bits
_PAUSE = 0.5  # seconds between two looks whether a sync is over
_SAMPLED = 12  # articles that questions to begin with are made of
_BEGINNING = 10  # passages of each of them
MAX_QUERY = 2_000  # characters of a question or query that are used


class Library:
    """A folder of articles made questionable: where the parts are put together.

    One process at a time may write (``sync``, ``rebuild``, ``remove``); any number may read.
    Use it as a context manager, or call ``close``.

    A question's way: :meth:`consult` completes it from its history, :meth:`retrieve` finds passages
    by ``hit_finder`` in ``current_indexes``, ``answerer`` reads them.  A file's way: :meth:`sync`
    reads it by a ``Synchronizer`` into ``store``, and ``current_indexes`` follow.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        encoder: Encoder | None = None,
        reader: PassageReader | None = None,
        store: str | None = None,
        index: str | None = None,
        create: bool = True,
    ) -> None:
        """Open the library in the folder ``path``, making it if it is not there.

        Without ``create`` nothing is made, and there has to be one; but a ``store`` may serve a
        machine that has no folder yet.

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
            LibraryNotFoundError: if there is none, and ``create`` is false.
            ModelError: if its embedding model is not on this machine.
        """
        self.path = Path(path)
        address = store or default_store()
        if not create and address is None:
            require_library(self.path)
        make_folder(self.path)
        self._place = address or self.path / DATABASE
        self.store = Store(self._place)
        self.lock = WriteLock(self.path, self.store.database.writing)
        self.encoders = Encoders(self.store, encoder)
        self._reader = reader
        self.indexes = open_indexes(
            index or default_index(), self.path / "index", self.store, self._library_id()
        )
        self.hit_finder = HitFinder(self.store, self.indexes)
        self.finder = Finder(self.store, self.hit_finder)
        self.current_indexes = CurrentIndexes(self.store, self.indexes, self.encoders, self.lock)
        self._folder: Folder | None = None
        self._starters: tuple[State, tuple[str, ...]] | None = None

    @classmethod
    def open(
        cls,
        path: str | Path = "library",
        *,
        encoder: Encoder | None = None,
        reader: PassageReader | None = None,
        store: str | None = None,
        index: str | None = None,
        create: bool = True,
    ) -> Self:
        """Open the library in the folder ``path``; see the constructor."""
        return cls(path, encoder=encoder, reader=reader, store=store, index=index, create=create)

    def __enter__(self) -> Self:
        """Return the library itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the library."""
        self.close()

    def close(self) -> None:
        """Close database and indexes; the library cannot be used afterwards."""
        if "reviewer" in self.__dict__:
            self.reviewer.close()
        self.indexes.close()
        self.store.close()

    @cached_property
    def answerer(self) -> Answerer:
        """What makes cited answers of hits; imported when the first question comes."""
        from qa.answering.answering import Answerer

        return Answerer(self._reader)

    @cached_property
    def asking(self) -> AskingModel:
        """What tells questions of one fact from those of several; loaded when the first comes."""
        from qa.asking.model import AskingModel

        return AskingModel.load(self.encoders.current)

    @cached_property
    def rewriter(self) -> Rewriter:
        """What completes follow-ups; loaded when the first comes."""
        from qa.reading.rewriter import Rewriter

        return Rewriter.load()

    def retrieve(
        self, query: str, k: int = 10, filters: Filters | None = None, *, rerank: bool = False
    ) -> list[Hit]:
        """Return up to ``k`` passages for ``query``, best first.

        They are the best ones of those that ``filters`` admit, however far from the best of all.

        With ``rerank``, the reader looks at the first ones again and puts those before the others
        that answer ``query`` as a question; that takes some tenths of a second.

        Raises:
            LibraryStaleError: if the stored vectors are from another model.
        """
        pool = max(k, self.answerer.depth) if rerank else k
        hits = self._hits(query[:MAX_QUERY], pool, filters or Filters())
        return self.answerer.rerank(query[:MAX_QUERY], hits)[:k] if rerank else hits

    def _hits(self, query: str, k: int, filters: Filters) -> list[Hit]:
        return self._in_force(
            lambda encoder, snapshot: self.hit_finder.find(encoder, snapshot, query, k, filters)
        )

    def _in_force(self, search: Callable[[Encoder, Snapshot], T | None]) -> T:
        """Return what a search finds in indexes that are in force until it is done."""
        while True:
            snapshot, encoder = self.current_indexes.current()
            with suppress(SupersededError):
                found = search(encoder, snapshot)
                if found is not None:
                    return found

    def find(
        self,
        query: str,
        filters: Filters | None = None,
        *,
        order: Order = "relevance",
        by: Unit = "article",
        offset: int = 0,
        limit: int = 10,
        rerank: bool = False,
    ) -> Findings:
        """Return what has the words of ``query``, from ``offset`` on, and how much there is.

        All articles that have the words are counted, whatever is shown of them; of each it is the
        best passage, or, ``by`` passage, every one.  ``rerank`` is as in :meth:`retrieve`; it
        applies to the ``order`` by relevance.

        Raises:
            LibraryStaleError: if the stored vectors are from another model.
        """
        wanted = Wanted(query[:MAX_QUERY], filters or Filters(), order, by, offset, limit)
        reranking = None
        if rerank:
            sort = partial(self.answerer.rerank, wanted.query)
            reranking = Reranking(self.answerer.depth, sort)
        found = self._in_force(
            lambda encoder, snapshot: self.finder.find(encoder, snapshot, wanted, reranking)
        )
        if offset or found.words != found.absent:
            return found
        # No article has any of the words: what is near in meaning, if they mean something, and
        # what the first of them may have been meant to be; of more, all texts would be asked.
        near = self.retrieve(query, limit, filters) if any(map(is_word, found.words)) else []
        meant: list[str] = []
        for word in found.absent[:1]:
            others = self.surveyor.corrected(word, word, filters)
            meant = [fold(wanted.query).replace(word, other) for other in others]
        items = tuple(map(Finding, near))
        return replace(found, match="meaning", items=items, suggestions=tuple(meant))

    def find_all(
        self, query: str, filters: Filters | None = None, *, order: Order = "relevance"
    ) -> Iterator[Citation]:
        """Yield all articles that :meth:`find` counts, each with the sentence that tells most.

        Raises:
            LibraryStaleError: if the stored vectors are from another model.
        """
        from qa.surveying.mentions import cite, pattern_of

        wanted = Wanted(query[:MAX_QUERY], filters or Filters(), order)
        found = self._in_force(
            lambda encoder, snapshot: self.finder.articles(encoder, snapshot, wanted)
        )
        pattern = pattern_of(words_of(wanted.query))
        for number, article in enumerate(self.catalog.articles(found), 1):
            yield cite(number, article, pattern)

    def ask(
        self, question: str, history: Sequence[Past] = (), filters: Filters | None = None
    ) -> Answer:
        """Answer ``question`` with citations, or say that there is no evidence.

        ``history`` are the questions asked before, oldest first: their texts, or exchanges or
        answers, which also tell how they were understood and answered.  A follow-up that leaves
        something out is completed from them; the answer's ``reading`` says how.

        ``filters`` restrict what is read; the answer's ``filters`` say so.  Without them those of
        the answer that comes last in ``history`` hold on; ``Filters()`` is the whole library.

        Raises:
            ArticleNotFoundError: if no article is within the filters.
            QuestionError: if the question is empty.
            LibraryStaleError: if the stored vectors are from another model.
        """
        *_, answer = self.consult(question, history, filters)
        return cast("Answer", answer)  # which comes last

    def consult(
        self, question: str, history: Sequence[Past] = (), filters: Filters | None = None
    ) -> Iterator[tuple[Hit, ...] | Answer]:
        """Answer as :meth:`ask` does, and tell what is read meanwhile.

        Yields the passages that were found, best first, once for each way of
        understanding the question that is tried, and at last the answer.
        """
        from qa.consultation import Consultation

        asked = question.strip()[:MAX_QUERY]
        if not asked:
            raise QuestionError("question_empty", "the question is empty; ask something")
        if filters is None:
            filters = next(
                (past.filters for past in history[-1:] if isinstance(past, Answer)), None
            )
        yield from Consultation(self, asked, history, filters or Filters()).steps()

    def suggest(self, answer: Answer) -> tuple[str, ...]:
        """Return one to three questions near one without evidence that the articles do answer.

        Where the question has a name that no article has, it is first of all the question with a
        near one that articles do have: 鹤山 for 贺山 or heshan; and where it was taken for a
        follow-up, the question as it was typed.  Each was asked, under the filters of ``answer``,
        and is answered; none where none is found, or where ``answer`` answers.
        """
        from qa.answering.suggesting import MOST, suggest

        def ask(question: str) -> Answer:
            return self.answerer.answer(question, self.retrieve(question, 2, answer.filters))

        if answer.status == "answered":
            return ()
        names = answer.listing.terms if answer.listing else ()
        meant = self.surveyor.corrected(answer.reading, "".join(names[:1]), answer.filters)
        if answer.listing is None:  # what is listed is there: the names were found
            meant = [question for question in meant if ask(question).status == "answered"]
        typed = answer.question
        # Asked as it will be, for it was not made of a passage as those that are suggested are.
        if typed != answer.reading and self.ask(typed, (), answer.filters).status == "answered":
            meant = [typed, *meant]
        return tuple(dict.fromkeys((*meant, *suggest(answer, ask))))[:MOST]

    def survey(
        self, asked: Asked, history: Sequence[Past] = (), filters: Filters | None = None
    ) -> Answer:
        """Answer a question about the articles themselves: which, how many, the main of them.

        ``asked`` is of kind articles, overview, entity, greeting, thanks or help; the others are
        answered by :meth:`ask`, which takes ``history`` and ``filters`` as this does.

        Raises:
            ArticleNotFoundError: if no article is within the filters.
            LibraryStaleError: if the stored vectors are from another model.
        """
        filters = filters or Filters()
        self.require_admitted(filters)
        answer = self.surveyor.answer(asked, history, filters)
        return self.answerer.finish(answer, asked.question, answer.seconds)

    def require_admitted(self, filters: Filters) -> None:
        """Raise ArticleNotFoundError if there are filters, and no article is within them."""
        if filters != Filters() and not self.catalog.page(filters=filters, limit=0).total:
            raise ArticleNotFoundError(
                "filters_admit_none",
                "no article is within the filters: widen them, or leave them out",
            )

    @cached_property
    def surveyor(self) -> Surveyor:
        """What lists and sums up articles; imported when the first such question comes."""
        from qa.surveying.surveyor import Surveyor

        def encoder() -> Encoder:
            return self.current_indexes.current()[1]

        return Surveyor(self.store, encoder, self.retrieve, self.starters)

    def starters(self) -> tuple[str, ...]:
        """Return up to three questions to begin with, made of these articles.

        Each was asked, and is answered from the article that it was made of.  They are found once
        for what the store holds.
        """
        state = self.store.state
        if self._starters is None or self._starters[0] != state:
            from qa.answering.suggesting import starters

            self._starters = state, starters(self._samples(), self.ask)
        return self._starters[1]

    def _samples(self) -> Iterator[Hit]:
        """Yield the first passages of some articles, taken evenly from all of them by date."""
        total = self.count
        chosen = min(total, _SAMPLED)
        for number in range(chosen):
            page = self.catalog.page(offset=number * total // chosen, limit=1)
            for entry in page.entries:
                article = self.article(entry.id)
                for start, end, _ in self.store.passages.of(article.id)[:_BEGINNING]:
                    passage = Passage(0, article.id, start, end)
                    yield Hit(passage, article, article.text[start:end], 0.0, 0.0, 0.0)

    @cached_property
    def feedback(self) -> Feedback:
        """What people said of the answers, in the library's folder."""
        from qa.store.feedback import Feedback

        return Feedback(self.path)

    @cached_property
    def watchlist(self) -> Watchlist:
        """Questions that are kept, and asked again when the articles have changed."""
        from qa.watchlist.watchlist import Watchlist

        def state() -> State:
            return self.current_indexes.current()[0].state

        return Watchlist(self.store, self.ask, state)

    @cached_property
    def reviewer(self) -> Reviewer:
        """What reviews the watchlist beside everything else: to be started after a sync."""
        from qa.watchlist.reviewer import Reviewer

        return Reviewer(self.watchlist)

    def sync(
        self,
        folder: str | Path,
        progress: Progress | None = None,
        *,
        workers: int = 1,
        confirmed: bool = False,
        checksum: bool = False,
        reached: Callable[[str, Stage], None] | None = None,
    ) -> SyncReport:
        """Make the library match ``folder``; articles that are not in it are removed.

        Where more than half of all articles would go, and twenty at least, the folder may be the
        wrong one, or not mounted: nothing is done unless that is ``confirmed``.

        A file whose size and time of change are those of the last sync is taken to be the same.
        With ``checksum`` every file is read instead, which finds edits that kept both.

        A file that cannot be read is reported, and the rest goes on.  ``progress`` is called with
        the number of changed articles done and to do, ``reached`` with each changed file and how
        far it is.

        With more than one of ``workers``, as many processes encode the articles, while this one
        reads and stores them: the outcome is the same.  Each loads the model, about 1 GB.  An
        ``encoder`` that was given to the library has to be one that can be pickled.

        Where a newer version of the program brought another built-in model, everything is encoded
        again first, as :meth:`rebuild` does.

        Raises:
            FolderNotFoundError: if ``folder`` is not a folder.
            LibraryBusyError: if another process is writing.
            LibraryStaleError: if the stored vectors are from another model.
            ModelError: if the encoder cannot be handed to other processes.
            SyncUnconfirmedError: if most articles would go, and nobody confirmed that.
        """
        source = self._open_folder(Path(folder))
        if self.encoders.is_outdated:
            self.rebuild(progress=progress)
        with self.lock.held():
            encoder = self.encoders.require()
            parallel = None
            if workers > 1:
                parallel = ParallelEncoding(
                    self.store, self._pool(source.root, elsewhere=False), workers
                )
            report = Synchronizer(self.store, source).run(
                encoder, progress, parallel,
                confirmed=confirmed, checksum=checksum, reached=reached,
            )  # fmt: skip
            self.current_indexes.publish(encoder)
            return report

    def help_syncing(self, folder: str | Path, workers: int = 1) -> None:
        """Encode for the sync of several workers that another machine runs, until that is over.

        ``folder`` is where this machine sees the folder that is synced.

        Raises:
            FolderNotFoundError: if it is not a folder, or has not the files that are synced.
            LibraryError: if all workers were killed, or what one of them met.
            LibraryStaleError: if the stored vectors are from another model.
            SyncNotFoundError: if nobody is syncing, or the library lies in a folder.
        """
        if isinstance(self._place, Path):
            raise SyncNotFoundError(
                "library_not_shared",
                "{library} is no library of several machines (YINJU_STORE names none); use "
                "'yinju sync FOLDER --workers N'",
                library=self._place,
            )
        source = self._open_folder(Path(folder))
        self.encoders.require()
        if not self.store.database.is_being_written():
            raise SyncNotFoundError(
                "no_sync_to_help",
                "nobody is syncing {library}; start 'yinju sync FOLDER --workers 2' or more "
                "on one machine, then this",
                library=self.store.name,
            )
        with self._pool(source.root, elsewhere=True) as pool:
            pool.start(workers)
            while pool.is_alive and self.store.database.is_being_written():
                time.sleep(_PAUSE)
                pool.watch()
            if not pool.is_alive:
                raise LibraryError(
                    "workers_killed", "all workers of this machine were killed; the sync goes on"
                )

    def preview(self, folder: str | Path, *, checksum: bool = False) -> SyncReport:
        """Tell what ``sync`` would do; nothing is changed.

        Raises:
            FolderNotFoundError: if ``folder`` is not a folder.
        """
        synchronizer = Synchronizer(self.store, self._open_folder(Path(folder)))
        return synchronizer.preview(checksum=checksum)

    def rebuild(
        self, settings: ModelSettings | None = None, progress: Progress | None = None
    ) -> None:
        """Derive passages, vectors and indexes anew from the stored articles.

        ``settings`` choose another embedding model for this library.

        Raises:
            LibraryBusyError: if another process is writing.
            ModelError: if the model is not on this machine.
        """
        with self.lock.held():
            settings = settings or self.settings
            encoder = self.encoders.make(settings)
            total, _ = self.store.count()
            ingest = Ingest(self.store, encoder, total, progress)
            for file, article in self.store.filed_articles():
                ingest.put(article, file)
            ingest.settle()
            # Only now: a rebuild that is cut off leaves the old vectors in use.
            self.encoders.choose(settings, encoder)
            self.store.history.forget()  # what is kept for an undo has no such vectors
            self.current_indexes.publish(encoder)
            self.store.vectors.remove_others(encoder.fingerprint)

    def history(self) -> tuple[SyncRecord, ...]:
        """Tell of the syncs that changed something, the last one first."""
        return self.store.history.records()

    def undo(self) -> SyncRecord:
        """Bring back the state before the last sync; return what is undone by that.

        Articles that it removed or changed stand there again with their passages and vectors, and
        those that it added are gone.  Called again, the sync before that is undone.  The folder is
        not touched: the next sync makes the library match it again.

        Raises:
            LibraryBusyError: if another process is writing.
            LibraryStaleError: if the stored vectors are from another model.
            NothingToUndoError: if there is no sync, or what it changed is not kept any more.
        """
        with self.lock.held():
            encoder = self.encoders.require()
            with self.store.transaction():
                undone = self.store.history.undo()
            self.current_indexes.publish(encoder)
            return undone

    def verify(self, *, mend: bool = False) -> VerifyReport:
        """Tell whether everything stored is as it was stored, article by article.

        With ``mend`` what is damaged is mended as far as possible: a text is read again from its
        file if that has still the same content, passages and vectors are made anew from the text,
        and the index from the store.  What is left is what the report names as damaged.

        Raises:
            LibraryBusyError: if another process is writing.
            LibraryStaleError: if the stored vectors are from another model.
        """
        encoder = self.encoders.require()
        verification = Verification(self.store, self.indexes, encoder)
        if not mend:
            return verification.run()
        with self.lock.held():
            before = verification.run()
            if not before.damaged:
                return before
            recorded = self.store.get_meta("folder")
            folder = Path(recorded) if recorded else None
            # The index last: until it is made anew, that of before is behind and not used.
            Repair(self.store, encoder, folder).mend(
                damage.path for damage in before.damaged if damage.path
            )
            self.indexes.discard()
            self.current_indexes.publish(encoder)
            after = verification.run()
            left = {damage.path for damage in after.damaged}
            mended = tuple(damage for damage in before.damaged if damage.path not in left)
            return replace(after, mended=mended)

    def remove(self, key: int | str) -> Article:
        """Remove an article from the library; its file is not touched.

        The next sync adds it again if the file is still in the folder.  One that is damaged can be
        removed, too; what is returned of it is not to be quoted then.

        Raises:
            ArticleNotFoundError: if there is none.
            LibraryBusyError: if another process is writing.
            LibraryStaleError: if the stored vectors are from another model.
        """
        with self.lock.held():
            encoder = self.encoders.require()
            article = self._named(key)
            file = self.store.file_of(article.id)
            with self.store.transaction():
                self.store.remove_article(article.path)
                self.store.files.forget(file)
            self.current_indexes.publish(encoder)
            return article

    @property
    def inbox(self) -> Inbox:
        """The folder of articles, to put files into it; what is taken out lies in the library.

        Raises:
            FolderNotFoundError: if no folder was synced yet, or it is gone.
        """
        return Inbox(self._present_folder(), self.path / REMOVED)

    def _present_folder(self) -> Path:
        folder = self.store.get_meta("folder")
        if folder is None or not Path(folder).is_dir():
            raise FolderNotFoundError(
                "no_folder",
                "the library {library} has no folder of articles; run 'yinju sync FOLDER'",
                library=self.path,
            )
        return Path(folder)

    def picture(self, key: int | str, page: int) -> bytes:
        """Return a page of an article that was read from pictures, as a JPEG image.

        It is drawn from the file, which has to be the one that was read.  Pages count from 1.

        Raises:
            ArticleNotFoundError: if there is no such article.
            ArticleUnreadableError: if it has no such page, or the file is another one by now.
            FolderNotFoundError: if no folder was synced yet, or it is gone.
        """
        article = self.article(key)
        if not article.recognized or not 0 < page <= len(article.pages):
            raise no_page(page)
        folder = self._present_folder()
        with Sandbox(articles=folder) as sandbox:
            image = sandbox.draw(folder / article.path, page)
        if hashlib.sha256(read_bytes(folder / article.path)).hexdigest() != article.sha256:
            raise ArticleUnreadableError(
                "picture_changed", "the file has changed since it was read; sync the library"
            )
        return image

    def discard(self, key: int | str) -> Path:
        """Move the file that holds an article out of the folder, and take it out of the library.

        Returns where the file lies now, in the library's folder; nothing is deleted.

        Raises:
            ArticleNotFoundError: if there is no such article.
            FolderNotFoundError: if there is no folder of articles.
            UploadError: if the file cannot be moved.
            LibraryBusyError: if another process is writing.
            LibraryStaleError: if the stored vectors are from another model.
        """
        with self.lock.held():
            encoder = self.encoders.require()
            file = self.store.file_of(self._named(key).id)
            moved = self.inbox.take_out(file)
            with self.store.transaction():
                self.store.remove_file(file)
            self.current_indexes.publish(encoder)
            return moved

    def export(self, path: str | Path) -> tuple[int, int]:
        """Write the library to the file ``path``; return how many articles, and its bytes.

        Feedback and removed files come along.

        Raises:
            BackupError: if the file cannot be written.
        """
        return export(self.store, Path(path), self.path)

    @classmethod
    def restore(
        cls, backup: str | Path, path: str | Path = "library", *, store: str | None = None
    ) -> int:
        """Make the library in the folder ``path`` from a file that ``export`` wrote.

        Returns how many articles it has.  Their vectors come along: nothing is encoded again.
        ``store`` is as in the constructor.

        Raises:
            BackupError: if the file is no backup or damaged, or there are articles in the library.
            LibraryBusyError: if another process is writing.
        """
        folder = Path(path)
        require_backup(Path(backup))
        make_folder(folder)
        with WriteLock(folder).held():
            return restore(Path(backup), folder, store or default_store())

    def articles(self) -> Iterator[Article]:
        """Yield all articles in the order of their paths."""
        return self.store.articles()

    def article(self, key: int | str) -> Article:
        """Return the article with this id or path.

        Raises:
            ArticleDamagedError: if it is not what was stored.
            ArticleNotFoundError: if there is none.
        """
        return _found(key, self.store.get_article)

    def _named(self, key: int | str) -> Article:
        """Return what names the article with this id or path, be it damaged."""
        return _found(key, self.store.name_article)

    def has(self, key: int | str) -> bool:
        """Tell whether there is an article with this id or path."""
        return self.store.name_article(key) is not None

    @property
    def catalog(self) -> Catalog:
        """The articles as a list, sorted and filtered, without their texts."""
        return self.store.catalog

    @property
    def count(self) -> int:
        """How many articles there are."""
        return self.store.count_articles()

    @property
    def store_name(self) -> str:
        """Where the articles are stored: a path, or an address without the password."""
        return self.store.name

    @property
    def stored_bytes(self) -> int:
        """How many bytes the articles take with what belongs to them, wherever they are stored."""
        return self.store.database.size()

    def status(self) -> LibraryStatus:
        """Tell what is indexed, with which model, and whether it matches the folder."""
        articles, passages = self.store.count()
        failures = self.store.files.failures()
        changes = self._differences()
        encoder, stale = self.encoders.current, self.is_stale
        return LibraryStatus(
            library=str(self.path),
            folder=self.store.get_meta("folder"),
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
        return self.encoders.settings

    @property
    def is_stale(self) -> bool:
        """Tell whether the stored vectors are from another model than the library's."""
        return self.encoders.is_stale

    def warm_up(self) -> None:
        """Load models and indexes now, so that the first question does not wait."""
        self.retrieve("预热", 1)
        self.answerer.warm_up()
        self.asking.read("预热")
        self.rewriter.rewrite("预热", [Exchange("预热")])

    def _pool(self, folder: Path, *, elsewhere: bool) -> WorkerPool:
        return WorkerPool(
            self.store, Orders(self._place, folder, self.encoders.given, elsewhere, name="")
        )

    def _library_id(self) -> str:
        if not self.store.database.is_read_only:
            self.store.set_default("library_id", uuid.uuid4().hex)
        return self.store.get_meta("library_id") or ""

    def _open_folder(self, path: Path) -> Folder:
        """Return the folder, keeping the hashes of one that was looked at before."""
        folder = self._folder
        if folder is None or folder.root != path.resolve():
            folder = self._folder = Folder(path, exclude=self.path)
        return folder

    def _differences(self) -> SyncReport | None:
        recorded = self.store.get_meta("folder")
        if recorded is None or not Path(recorded).is_dir():
            return None
        return Synchronizer(self.store, self._open_folder(Path(recorded))).differences()


def _found(key: int | str, get: Callable[[int | str], Article | None]) -> Article:
    """Return what ``get`` has under a key, which may be an id written as text."""
    found = get(key)
    if found is None and isinstance(key, str) and key.isdecimal() and len(key) < _DIGITS:
        found = get(int(key))
    if found is None:
        raise ArticleNotFoundError(
            "article_not_found",
            "there is no article {key!r}; 'yinju status' lists them",
            key=key,
        )
    return found
