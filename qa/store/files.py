"""What the last sync saw of the files, and which of them it could not read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qa.store.databases import Database
from qa.types import Failure

_HALF = 1 << 63  # of the numbers that 64 bits hold


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the last sync saw it; ``modified`` is what :func:`time_of_change` told.

    An empty ``sha256`` says that it has to be read again.
    """

    size: int
    modified: int
    sha256: str


def time_of_change(status: os.stat_result) -> int:
    """Return when a file changed, in nanoseconds since 1970, in the 64 bits that a database has.

    These reach to the year 2262, and file systems further.  The upper bits are cut off: one time is
    still told from every other less than 584 years away, and only that is asked of it.
    """
    return (status.st_mtime_ns + _HALF) % (2 * _HALF) - _HALF


class FileTable:
    """The files of a library's folder."""

    def __init__(self, database: Database) -> None:
        """Use the tables in ``database``."""
        self._database = database

    def all(self) -> dict[str, StoredFile]:
        """Return the files as the last sync saw them, by path."""
        rows = self._database.execute("SELECT path, size, modified, sha256 FROM files")
        return {path: StoredFile(*rest) for path, *rest in rows}

    def knows(self, path: str) -> bool:
        """Tell whether the last sync saw a file."""
        return bool(self._database.execute("SELECT path FROM files WHERE path = ?", (path,)))

    def put(self, files: Mapping[str, StoredFile]) -> None:
        """Store what was seen of files."""
        rows = [(path, file.size, file.modified, file.sha256) for path, file in files.items()]
        with self._database.transaction():
            self._database.execute_many(
                "DELETE FROM files WHERE path = ?", [(path,) for path in files]
            )
            self._database.execute_many("INSERT INTO files VALUES (?, ?, ?, ?)", rows)

    def forget(self, path: str) -> None:
        """Forget that a file was read, so that the next sync reads it again."""
        self._database.execute("DELETE FROM files WHERE path = ?", (path,))

    def failures(self) -> tuple[Failure, ...]:
        """Return the files that the last sync could not read."""
        rows = self._database.execute(
            "SELECT path, reason, code, details FROM failures ORDER BY path"
        )
        return tuple(
            Failure(path, reason, code, json.loads(details)) for path, reason, code, details in rows
        )

    def set_failures(self, failures: Iterable[Failure]) -> None:
        """Replace the list of files that could not be read."""
        with self._database.transaction():
            self._database.execute("DELETE FROM failures")
            self.add_failures(failures)

    def add_failures(self, failures: Iterable[Failure]) -> None:
        """Put files on the list of those that could not be read."""
        rows = {
            failure.path: (failure.path, failure.reason, failure.code, json.dumps(failure.values))
            for failure in failures
        }
        with self._database.transaction():
            self._database.execute_many(
                "DELETE FROM failures WHERE path = ?", [(path,) for path in rows]
            )
            self._database.execute_many("INSERT INTO failures VALUES (?, ?, ?, ?)", rows.values())
