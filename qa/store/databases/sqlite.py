"""One SQLite connection: transactions, statements of any length, and its errors in our words."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from qa.errors import LibraryBusyError, LibraryDamagedError, LibraryWriteError
from qa.store.databases.protocol import Database
from qa.store.databases.sqlite_migrations import lenient, migrate

PATIENCE = 30.0  # seconds to wait for another process's transaction, which takes milliseconds


class SqliteDatabase(Database):
    """A connection that several threads may use: calls are serialised.

    Who writes to it holds the lock of the folder that it lies in: it needs none of its own.
    """

    is_read_only = False

    def __init__(self, path: Path) -> None:
        """Open the database at ``path``, making or migrating it as needed.

        Raises:
            LibraryVersionError: if it was written by a newer version.
            LibraryDamagedError: if it is not a database or cannot be read.
            LibraryWriteError: if the system refuses to open it.
        """
        self.path = path
        self.lock = threading.RLock()
        with ExitStack() as undo, errors(path):
            connection = sqlite3.connect(path, check_same_thread=False, timeout=PATIENCE)
            undo.callback(connection.close)
            connection.execute("PRAGMA journal_mode = WAL")
            # What a transaction stored stays: passages' ids, once used, must not come again.
            connection.execute("PRAGMA synchronous = FULL")
            migrate(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.isolation_level = None
            self._connection = connection
            undo.pop_all()

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def close(self) -> None:
        """Close the connection."""
        with self.lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the writes inside one step: all of them happen, or none.

        Within another transaction it is a part of that one.
        """
        with self.lock:
            is_part = self._connection.in_transaction
            if is_part:
                yield
                return
            with errors(self.path):
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                with errors(self.path):
                    self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have ended it already
                    self._connection.execute("ROLLBACK")
                raise

    def frozen(self) -> nullcontext[None]:
        """Do nothing: the folder's lock keeps writers away from whoever reads so."""
        return nullcontext()

    def writing(self) -> nullcontext[None]:
        """Do nothing: who writes holds the folder's lock."""
        return nullcontext()

    def is_being_written(self) -> bool:
        """Tell False: it is the folder's lock that tells."""
        return False

    def clock(self) -> int:
        """Return the seconds since 1970 by this machine's clock: nobody elsewhere is concerned."""
        return int(time.time())

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        with self.lock, errors(self.path):
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.OperationalError as error:
                if "decode" not in str(error):
                    raise
            # One text that damage made invalid UTF-8 shall not hide the others: whoever shows it
            # finds by its checksum that it is not what was stored.
            with lenient(self._connection):
                return self._connection.execute(statement, values).fetchall()

    def execute_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of ``rows``."""
        with self.lock, errors(self.path):
            self._connection.executemany(statement, rows)

    def last_ids(self) -> dict[str, int]:
        """Return the last id that each table gave."""
        names = ("articles", "passages")
        given = dict(self.execute("SELECT name, seq FROM sqlite_sequence"))
        return {name: int(given.get(name, 0)) for name in names}

    def continue_after(self, ids: Mapping[str, int]) -> None:
        """Let the tables give no id again up to those of ``ids``."""
        with self.transaction():
            for name, last in ids.items():
                self.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
                self.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, last))

    def size(self) -> int:
        """Return the bytes of the file, and of the journal beside it."""
        total = 0
        for path in self.path.parent.glob(f"{self.path.name}*"):
            with suppress(OSError):  # a journal that another process has just removed
                total += path.stat().st_size
        return total

    def copy_to(self, path: Path) -> None:
        """Write the last committed state to a new database file at ``path``."""
        with self.lock, errors(path):
            self._connection.execute("VACUUM INTO ?", (os.fspath(path),))


@contextmanager
def errors(path: Path) -> Iterator[None]:
    """Say what SQLite's errors mean for a library, and what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _translated(path, error) from error


def _translated(
    path: Path, error: sqlite3.DatabaseError
) -> LibraryBusyError | LibraryDamagedError | LibraryWriteError:
    said = str(error)
    if "full" in said or "disk I/O" in said:
        return LibraryWriteError(
            "database_not_written",
            "{path} cannot be written ({said}); what was stored is safe: free some space "
            "and try again",
            path=path,
            said=said,
        )
    if "readonly" in said or "unable to open" in said:
        return LibraryWriteError(
            "database_not_opened",
            "{path} cannot be opened for writing ({said}); check the folder's permissions",
            path=path,
            said=said,
        )
    if "locked" in said or "busy" in said:
        return LibraryBusyError(
            "database_locked",
            "another process keeps {path} locked; try again when it is done",
            path=path,
        )
    return LibraryDamagedError(
        "database_unreadable",
        "the library database {path} cannot be read ({said}); move it away and sync "
        "again, or import a backup",
        path=path,
        said=said,
    )
