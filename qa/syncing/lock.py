"""The write lock of a library: one process at a time changes it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from qa.errors import LibraryBusyError, LibraryWriteError, refusal


class WriteLock:
    """A lock between processes and, within one, between threads; the holder may take it again."""

    def __init__(
        self, folder: Path, store: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        """Name the library folder; the lock is a file in it.

        ``store`` keeps other machines from writing to a store that lies elsewhere.
        """
        self._folder = folder
        self._store = store
        self._holder = folder / "write.pid"
        self._threads = threading.RLock()
        self._processes = FileLock(folder / "write.lock", thread_local=False)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock: of the folder, and of the store.

        Raises:
            LibraryBusyError: if another process or thread holds it; the message tells which.
            LibraryWriteError: if the system does not let it be taken.
        """
        with self.held_here(), self._store():
            yield

    @contextmanager
    def held_here(self, patience: float = 0) -> Iterator[None]:
        """Hold the folder's alone, to write what is derived from the store.

        ``patience`` is how many seconds to wait for it.

        Raises:
            LibraryBusyError: if another process or thread holds it; the message tells which.
            LibraryWriteError: if the system does not let it be taken.
        """
        taken = self._threads.acquire(timeout=patience)
        if not taken:
            raise LibraryBusyError(
                "library_in_use_here",
                "this process is already writing to {library}",
                library=self._folder,
            )
        try:
            with self._held_among_processes(patience):
                yield
        finally:
            self._threads.release()

    @contextmanager
    def _held_among_processes(self, patience: float) -> Iterator[None]:
        try:
            self._processes.acquire(timeout=patience)
        except Timeout as error:
            raise LibraryBusyError(
                "library_in_use",
                "process {process} is writing to {library}; wait for it to finish",
                process=self._holder_pid(),
                library=self._folder,
            ) from error
        except OSError as error:
            raise LibraryWriteError(
                "library_not_locked",
                "{library} cannot be locked for writing ({why}); check its permissions and "
                "the space on the disk",
                library=self._folder,
                why=refusal(error),
            ) from error
        try:
            with suppress(OSError):  # it only helps those who wait
                self._holder.write_text(str(os.getpid()), encoding="ascii")
            yield
        finally:
            self._processes.release()

    def _holder_pid(self) -> str:
        try:
            return self._holder.read_text(encoding="ascii")
        except OSError:
            return "(unknown)"
