"""SQLite where nothing may be written: another user's library, or one on a read-only disk.

Readers beside a writer share a file with it, which lies in the folder.  Where there is none, since
nobody writes, and none can be made, the database is read as a file that does not change; whether
that held is looked at after each statement, which is repeated if it did not.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from qa.errors import LibraryError, LibraryWriteError
from qa.store.databases.sqlite import PATIENCE, SqliteDatabase, errors
from qa.store.databases.sqlite_migrations import MIGRATIONS, require_known, version_of


def may_only_be_read(path: Path) -> bool:
    """Tell whether there is a database at ``path`` that this user cannot write to."""
    return path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


class SqliteReading(SqliteDatabase):
    """A connection that reads; whatever would write is refused."""

    is_read_only = True

    def __init__(self, path: Path) -> None:
        """Open the database at ``path``, which has to be of this version.

        Raises:
            LibraryVersionError: if it was written by a newer version.
            LibraryDamagedError: if it is not a database or cannot be read.
            LibraryWriteError: if it cannot be read without writing first.
        """
        self.path = path
        self.lock = threading.RLock()
        self._seen = self._state()
        self._connection, self._is_fixed = self._opened()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Refuse to write.

        Raises:
            LibraryWriteError: always.
        """
        raise self._refused()

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement that reads, and return its rows.

        Raises:
            LibraryWriteError: if it would write.
        """
        with self.lock:
            while True:
                self._follow()
                rows: list[tuple[Any, ...]] = []
                failed: LibraryError | None = None
                try:
                    rows = super().execute(statement, values)
                except LibraryError as error:
                    failed = error
                if self._is_fixed and self._state() != self._seen:
                    continue  # somebody wrote meanwhile
                if isinstance(failed, LibraryWriteError):
                    raise self._refused() from failed
                if failed is not None:
                    raise failed
                return rows

    def execute_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Refuse to write.

        Raises:
            LibraryWriteError: always.
        """
        raise self._refused()

    def _state(self) -> tuple[int, int, int, bool]:
        """Return what tells that somebody wrote to the database."""
        with errors(self.path):
            try:
                found = self.path.stat()
            except OSError as error:
                raise sqlite3.OperationalError("unable to open database file") from error
        return found.st_ino, found.st_size, found.st_mtime_ns, self._is_written()

    def _is_written(self) -> bool:
        """Tell whether there is a journal, which the last one who writes takes away."""
        return self.path.with_name(f"{self.path.name}-wal").exists()

    def _follow(self) -> None:
        """Open the database again, if it is not what it was."""
        state = self._state()
        if state != self._seen and (self._is_fixed or state[0] != self._seen[0]):
            self._connection.close()
            self._connection, self._is_fixed = self._opened()
        self._seen = state

    def _opened(self) -> tuple[sqlite3.Connection, bool]:
        """Return a connection, and whether it takes the file as one that does not change."""
        try:
            return self._connected("mode=ro"), False
        except LibraryWriteError as error:
            if self._is_written():
                raise LibraryWriteError(
                    "library_left_open",
                    "{path} was left in the middle of writing, and cannot be put in order where it "
                    "may not be written; let its owner run 'yinju status'",
                    path=self.path,
                ) from error
        return self._connected("immutable=1"), True

    def _connected(self, how: str) -> sqlite3.Connection:
        with ExitStack() as undo, errors(self.path):
            connection = sqlite3.connect(
                f"{self.path.resolve().as_uri()}?{how}",
                uri=True,
                check_same_thread=False,
                timeout=PATIENCE,
                isolation_level=None,
            )
            undo.callback(connection.close)
            version = version_of(connection)
            require_known(version)
            if version < len(MIGRATIONS):
                raise LibraryWriteError(
                    "library_older",
                    "{path} is of an older version, and may not be written to bring it up to date; "
                    "let its owner run 'yinju status'",
                    path=self.path,
                )
            undo.pop_all()
            return connection

    def _refused(self) -> LibraryWriteError:
        return LibraryWriteError(
            "library_read_only",
            "{path} may only be read by you, or lies on a read-only disk; ask it, or change a copy "
            "that 'yinju export' and 'yinju import' make",
            path=self.path,
        )
