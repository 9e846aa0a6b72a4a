"""The library as programs use it: a few questions at a time, and one sync."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import anyio
import anyio.to_thread

from qa import Library
from qa.errors import FolderNotFoundError, LibraryBusyError, LibraryError, YinjuError
from qa.representation import as_json
from qa.types import Answer, Filters, Hit, LibraryStatus
from ui.guard.settings import ANSWERING
from ui.model_loading import ModelLoading
from ui.problems import LoadingError, Problem, problem_of
from ui.schema import SyncReport, SyncState
from ui.texts.languages import ENGLISH, Messages

T = TypeVar("T")
_SEEN = 3.0  # seconds for which a status is good enough for a page
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

    async def suggest(self, question: str) -> tuple[str, ...]:
        """Return what could be asked instead of a question without evidence.

        Raises:
            YinjuError: as the library does.
        """
        library = self.library
        return await self._answering(lambda: library.suggest(library.ask(question)), wait=True)

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
            return self._seen[2]

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

    def state(self, messages: Messages = ENGLISH) -> SyncState:
        """Return how far it is; what went wrong is told in the language of ``messages``."""
        state, failed = self._state, self._failed
        if state.state != "failed" or failed is None:
            return state
        error, folder = failed
        message = public_problem(self._library, error, [folder], messages).message
        return state.model_copy(update={"error": message, "code": error.code})

    def start(self, messages: Messages = ENGLISH, *, confirmed: bool = False) -> SyncState:
        """Start, and return when it is under way how far it is, as :meth:`state` tells it.

        Where most articles would go it fails, unless that is ``confirmed``.

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
                    report = self._library.sync(folder, progress, confirmed=confirmed)
                finally:
                    self._changed()
            except YinjuError as error:
                refused.append(error)
                self._failed = error, folder
                self._state = SyncState(state="failed")
            else:
                shown = SyncReport.model_validate(as_json(report))
                count = len(shown.added) + len(shown.updated)
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
            threading.Thread(target=run, name="yinju-sync", daemon=True).start()
        settled.wait(_SETTLE)
        if refused and isinstance(refused[0], LibraryBusyError):
            self._state, self._failed = before
            raise refused[0]
        return self.state(messages)
