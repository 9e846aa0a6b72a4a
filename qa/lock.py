"""The write lock of a library: one process at a time changes it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from qa.errors import LibraryBusyError, LibraryWriteError


class WriteLock:
    """A lock between processes and, within one, between threads; the holder may take it again."""

    def __init__(self, folder: Path) -> None:
        """Name the library folder; the lock is a file in it."""
        self._folder = folder
        self._holder = folder / "write.pid"
        self._threads = threading.RLock()
        self._processes = FileLock(folder / "write.lock", thread_local=False)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            LibraryBusyError: if another process or thread holds it; the message tells which.
            LibraryWriteError: if the system does not let it be taken.
        """
        if not self._threads.acquire(blocking=False):
            raise LibraryBusyError(f"this process is already writing to {self._folder}")
        try:
            with self._held_among_processes():
                yield
        finally:
            self._threads.release()

    @contextmanager
    def _held_among_processes(self) -> Iterator[None]:
        try:
            self._processes.acquire(timeout=0)
        except Timeout as error:
            raise LibraryBusyError(
                f"process {self._holder_pid()} is writing to {self._folder}; wait for it to finish"
            ) from error
        except OSError as error:
            raise LibraryWriteError(
                f"{self._folder} cannot be locked for writing ({error.strerror or error});"
                " check its permissions and the space on the disk"
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
