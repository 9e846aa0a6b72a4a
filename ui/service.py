"""The library as programs use it: a few questions at a time, and one sync."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, TypeVar

import anyio
import anyio.to_thread

from qa import Library
from qa.errors import FolderNotFoundError, LibraryBusyError, LibraryError, YinjuError
from qa.representation import as_json
from qa.search.findings import Findings, Order, Unit
from qa.syncing.ingest import Stage
from qa.types import Answer, Failure, Filters, Hit, LibraryStatus, SavedQuestion
from ui.guard.settings import ANSWERING
from ui.model_loading import ModelLoading
from ui.problems import LoadingError, Problem, problem_of
from ui.schema import SyncReport, SyncState
from ui.texts.languages import ENGLISH, Messages

T = TypeVar("T")
_SEEN = 3.0  # seconds for which a status is good enough for a page
_RETRY = 1.0  # seconds until a sync that another one forbade is tried again
_REMEMBERED = 5_000  # files that arrived, of which it is known how far they are
ArrivalStage = Literal["received", "read", "stored", "found", "failed"]
_UNTOUCHED = frozenset({"received", "found"})  # stages of files that a sync did not look at
_SETTLE = 2.0  # seconds in which a sync that another process forbids is known to be forbidden


class Service:
    """Asks and searches in threads, as many at a time as the machine bears."""

    def __init__(self, library: Library, loading: ModelLoading) -> None:
        """Serve ``library``, once ``loading`` says that it is loaded."""
        self.library = library
        self.loading = loading
        self.sync = SyncJob(library, self.forget_status)
        self._slots = anyio.CapacityLimiter(ANSWERING)
        self._walking = threading.Lock()
        self._changes = 0  # that were made here since the start
        self._seen: tuple[float, int, LibraryStatus] | None = None
        self.arrivals = Arrivals(library, self.sync)
        self._starting = anyio.Lock()

    async def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        filters: Filters | None = None,
        *,
        wait: bool = True,
    ) -> Answer:
        """Answer as :meth:`qa.Library.ask` does.

        Raises:
            LoadingError: if models are being loaded, unless it shall ``wait`` for them.
            YinjuError: as the library does.
        """
        return await self._answering(lambda: self.library.ask(question, history, filters), wait)

    async def search(
        self, query: str, k: int, filters: Filters, *, rerank: bool = False, wait: bool = True
    ) -> list[Hit]:
        """Search as :meth:`qa.Library.retrieve` does.

        Raises:
            LoadingError: if models are being loaded, unless it shall ``wait`` for them.
            YinjuError: as the library does.
        """
        return await self._answering(
            lambda: self.library.retrieve(query, k, filters, rerank=rerank), wait
        )

    async def find(
        self,
        query: str,
        filters: Filters,
        *,
        order: Order = "relevance",
        by: Unit = "article",
        offset: int = 0,
        limit: int = 10,
        rerank: bool = False,
    ) -> Findings:
        """Find as :meth:`qa.Library.find` does.

        Raises:
            LoadingError: if models are being loaded.
            YinjuError: as the library does.
        """
        return await self._answering(
            lambda: self.library.find(
                query, filters, order=order, by=by, offset=offset, limit=limit, rerank=rerank
            ),
            wait=False,
        )

    async def find_sheet(self, query: str, filters: Filters, order: Order) -> str:
        """Return all articles that :meth:`find` counts as comma-separated values.

        Raises:
            YinjuError: as the library does.
        """
        from qa.presenting.sheet import to_csv

        return await self._answering(
            lambda: to_csv(self.library.find_all(query, filters, order=order)), wait=True
        )

    async def keep(self, question: str, filters: Filters, *, wait: bool = True) -> SavedQuestion:
        """Keep a question as :meth:`qa.watchlist.watchlist.Watchlist.keep` does.

        Raises:
            LoadingError: if models are being loaded, unless it shall ``wait`` for them.
            YinjuError: as the watchlist does.
        """
        return await self._answering(lambda: self.library.watchlist.keep(question, filters), wait)

    async def sheet(self, names: Sequence[str], filters: Filters, compute: str) -> str:
        """Return the articles that mention one of ``names`` as comma-separated values.

        Raises:
            YinjuError: as the library does.
        """
        from qa.presenting.sheet import to_csv

        library = self.library
        return await self._answering(
            lambda: to_csv(library.surveyor.listing(names, filters, compute).entries), wait=True
        )

    async def suggest(self, question: str, filters: Filters, typed: str = "") -> tuple[str, ...]:
        """Return what could be asked instead of a question without evidence, within its filters.

        ``typed`` is what somebody typed where that was taken for a follow-up and completed.

        Raises:
            YinjuError: as the library does.
        """
        library = self.library
        return await self._answering(
            lambda: library.suggest(
                replace(library.ask(question, filters=filters), question=typed or question)
            ),
            wait=True,
        )

    async def starters(self) -> tuple[str, ...]:
        """Return questions to begin with, each of them asked first; once for what is stored now.

        Raises:
            YinjuError: as the library does.
        """
        async with self._starting:  # who waits here takes over what the one before has found
            return await self._answering(self.library.starters, wait=True)

    def status(self) -> LibraryStatus:
        """Tell how the library stands, as it was at most some seconds ago.

        Every page and every open chat asks for it, and telling walks the whole folder.

        Raises:
            YinjuError: as :meth:`qa.Library.status` does.
        """
        with self._walking:  # who waits here takes over what the one before has seen
            now, changes = time.monotonic(), self._changes
            if self._seen is None or self._seen[1] != changes or now - self._seen[0] > _SEEN:
                self._seen = now, changes, self.library.status()
            seen = self._seen[2]
            # Stored is not found yet: the index follows at the end of a sync.
            return replace(seen, fresh=False) if self.sync.is_running else seen

    def forget_status(self) -> None:
        """Have the status be looked up anew: something here has changed library or folder."""
        self._changes += 1

    async def _answering(self, work: Callable[[], T], wait: bool) -> T:
        if not wait and not self.loading.ready:
            raise LoadingError(
                "models_loading", "the models are being loaded; try again in some seconds"
            )

        def run() -> T:
            self.loading.wait()
            return work()

        return await anyio.to_thread.run_sync(run, limiter=self._slots)

    def problem(self, error: YinjuError, messages: Messages = ENGLISH) -> Problem:
        """Return how to tell an error without telling where library and model lie."""
        return public_problem(self.library, error, messages=messages)


def public_problem(
    library: Library, error: YinjuError, others: Sequence[str] = (), messages: Messages = ENGLISH
) -> Problem:
    """Return how to tell an error without telling where a library or ``others`` lie."""
    places = {str(library.path), str(library.path.resolve()), library.store_name, *others}
    return problem_of(error, [place for place in places if len(place) > 1], messages)


class SyncJob:
    """The sync of the library with its own folder, one at a time, in a thread of its own."""

    def __init__(self, library: Library, changed: Callable[[], object]) -> None:
        """Prepare to sync ``library``; ``changed`` is told when that has come to its end."""
        self._library = library
        self._changed = changed
        self._lock = threading.Lock()
        self._state = SyncState(state="idle")
        self._failed: tuple[YinjuError, str] | None = None  # why the last one did, and its folder
        self._thread: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether the library is being synced here."""
        return self._state.state == "running"

    def wait(self) -> YinjuError | None:
        """Return when the one that runs is over, and why it failed if it did."""
        if self._thread is not None:
            self._thread.join()
        return self._failed[0] if self._state.state == "failed" and self._failed else None

    def state(self, messages: Messages = ENGLISH) -> SyncState:
        """Return how far it is; what went wrong is told in the language of ``messages``."""
        state, failed = self._state, self._failed
        if state.state != "failed" or failed is None:
            return state
        error, folder = failed
        message = public_problem(self._library, error, [folder], messages).message
        return state.model_copy(update={"error": message, "code": error.code})

    def start(
        self,
        messages: Messages = ENGLISH,
        *,
        confirmed: bool = False,
        checksum: bool = False,
        reached: Callable[[str, Stage], None] | None = None,
    ) -> SyncState:
        """Start, and return when it is under way how far it is, as :meth:`state` tells it.

        Where most articles would go it fails, unless that is ``confirmed``; ``checksum`` and
        ``reached`` are as in :meth:`qa.Library.sync`.

        Raises:
            FolderNotFoundError: if the library was never synced, or its folder is gone.
            LibraryBusyError: if a sync is running, here or in another process.
        """
        status = self._library.status()
        folder = status.folder
        if folder is None or status.changes is None:
            raise FolderNotFoundError(
                "folder_unknown",
                "the library's folder is unknown or gone; run 'yinju sync FOLDER' on the server",
            )
        settled = threading.Event()
        refused: list[YinjuError] = []

        def progress(done: int, total: int) -> None:
            self._state = SyncState(state="running", done=done, total=total)
            settled.set()

        def run() -> None:
            try:
                try:
                    report = self._library.sync(
                        folder, progress,
                        confirmed=confirmed, checksum=checksum, reached=reached,
                    )  # fmt: skip
                finally:
                    self._changed()
            except YinjuError as error:
                refused.append(error)
                self._failed = error, folder
                self._state = SyncState(state="failed")
            else:
                shown = SyncReport.model_validate(as_json(report))
                count = len(shown.added) + len(shown.updated)
                self._library.reviewer.start()
                self._state = SyncState(state="done", done=count, total=count, report=shown)
            finally:
                if self._state.state == "running":  # a bug, whose traceback is in the log
                    self._failed = LibraryError("sync_broke_off", "the sync broke off"), folder
                    self._state = SyncState(state="failed")
                settled.set()

        with self._lock:
            if self._state.state == "running":
                raise LibraryBusyError(
                    "sync_running", "a sync is running already; GET /api/v1/sync tells how far"
                )
            before = self._state, self._failed
            self._state = SyncState(state="running")
            self._thread = threading.Thread(target=run, name="yinju-sync", daemon=True)
            self._thread.start()
        settled.wait(_SETTLE)
        if refused and isinstance(refused[0], LibraryBusyError):
            self._state, self._failed = before
            raise refused[0]
        return self.state(messages)


class Arrivals:
    """Files that came by the page: they index themselves, and each tells how far it is."""

    def __init__(self, library: Library, sync: SyncJob) -> None:
        """Index what arrives by ``sync``, the job that syncs ``library``."""
        self._library = library
        self._sync = sync
        self._lock = threading.Lock()
        self._stages: dict[str, ArrivalStage] = {}
        self._errors: dict[str, YinjuError | Failure] = {}
        self._new: set[str] = set()  # what no sync has looked for yet
        self._is_indexing = False

    def add(self, path: str) -> None:
        """Take note of a file that is in the folder now, and see to it that it is indexed."""
        with self._lock:
            self._errors.pop(path, None)
            self._stages.pop(path, None)
            self._stages[path] = "received"
            while len(self._stages) > _REMEMBERED:
                forgotten = next(iter(self._stages))
                del self._stages[forgotten]
                self._errors.pop(forgotten, None)
            self._new.add(path)
            if self._is_indexing:
                return
            self._is_indexing = True
        threading.Thread(target=self._index, name="yinju-arrivals", daemon=True).start()

    def stage(self, path: str) -> tuple[ArrivalStage, YinjuError | Failure | None]:
        """Return how far a file is, and why it got no further; one long forgotten is received."""
        with self._lock:
            return self._stages.get(path, "received"), self._errors.get(path)

    def _index(self) -> None:
        """Sync until nothing is left that came after the last look at the folder."""
        while True:
            with self._lock:
                coming, self._new = self._new, set()
                if not coming:
                    self._is_indexing = False
                    return
            try:
                self._sync.start(reached=self._reach)
            except LibraryBusyError:  # the other sync may have looked before these came
                with self._lock:
                    self._new |= coming
                time.sleep(_RETRY)
                continue
            except YinjuError as error:
                self._settle(coming, error)
                continue
            self._settle(coming, self._sync.wait())

    def _reach(self, path: str, stage: Stage) -> None:
        with self._lock:
            if path in self._stages:
                self._stages[path] = stage

    def _settle(self, paths: set[str], error: YinjuError | None) -> None:
        failures: dict[str, Failure] = {}
        if error is None:
            try:
                failures = {found.path: found for found in self._library.store.files.failures()}
            except YinjuError as met:  # the store went away after the sync
                error = met
        with self._lock:
            # What came during the sync may be done, too, and what failed before was tried again.
            known = {path for path, stage in self._stages.items() if stage not in _UNTOUCHED}
            for path in known | (paths & self._stages.keys()):
                failed = error or failures.get(path)
                self._stages[path] = "failed" if failed else "found"
                if failed:
                    self._errors[path] = failed
                else:
                    self._errors.pop(path, None)
