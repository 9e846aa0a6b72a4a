"""One SQLite connection: transactions, statements of any length, and its errors in our words."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from qa.errors import LibraryBusyError, LibraryDamagedError, LibraryWriteError
from qa.migrations import migrate

_MANY = 500  # values in one IN (...) list, below SQLite's limit on parameters
_PATIENCE = 30.0  # seconds to wait for another process's transaction, which takes milliseconds


class Database:
    """A connection that several threads may use: calls are serialised.

    Reads see the last committed state; writes are transactions that outlast a power cut.
    """

    def __init__(self, path: Path) -> None:
        """Open the database at ``path``, making or migrating it as needed.

        Raises:
            LibraryVersionError: if it was written by a newer version.
            LibraryDamagedError: if it is not a database or cannot be read.
            LibraryWriteError: if the system refuses to open it.
        """
        self.path = path
        self.lock = threading.RLock()
        with ExitStack() as undo, _errors(path):
            connection = sqlite3.connect(path, check_same_thread=False, timeout=_PATIENCE)
            undo.callback(connection.close)
            connection.execute("PRAGMA journal_mode = WAL")
            # What a transaction stored stays: passages' ids, once used, must not come again.
            connection.execute("PRAGMA synchronous = FULL")
            migrate(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.isolation_level = None
            self._connection = connection
            undo.pop_all()

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
            with _errors(self.path):
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                with _errors(self.path):
                    self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have ended it already
                    self._connection.execute("ROLLBACK")
                raise

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows.

        Raises:
            LibraryError: the kind that tells what went wrong.
        """
        with self.lock, _errors(self.path):
            return self._connection.execute(statement, values).fetchall()

    def execute_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of ``rows``."""
        with self.lock, _errors(self.path):
            self._connection.executemany(statement, rows)

    def select(
        self, statement: str, values: Iterable[Any], bound: Sequence[Any] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """Run ``statement``, whose ``{}`` is an IN list, for any number of values.

        ``bound`` are the values of the statement's other marks, which come before the list.
        """
        wanted = list(values)
        for start in range(0, len(wanted), _MANY):
            part = wanted[start : start + _MANY]
            yield from self.execute(statement.format(",".join("?" * len(part))), [*bound, *part])

    def copy_to(self, path: Path) -> None:
        """Write the last committed state to a new database file at ``path``."""
        with self.lock, _errors(path):
            self._connection.execute("VACUUM INTO ?", (os.fspath(path),))


@contextmanager
def _errors(path: Path) -> Iterator[None]:
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
            f"{path} cannot be written ({said}); what was stored is safe: free some space and"
            " try again"
        )
    if "readonly" in said or "unable to open" in said:
        return LibraryWriteError(
            f"{path} cannot be opened for writing ({said}); check the folder's permissions"
        )
    if "locked" in said or "busy" in said:
        return LibraryBusyError(f"another process keeps {path} locked; try again when it is done")
    return LibraryDamagedError(
        f"the library database {path} cannot be read ({said}); move it away and sync again, or"
        " import a backup"
    )
