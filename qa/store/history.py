"""History: what each sync changed, and the state before it, for as long as it is kept.

Every version of an article knows which sync stored it and which one retired it.  What the last
``KEPT_SYNCS`` syncs retired, none longer than ``KEPT_DAYS`` ago, is not purged but shelved, where
no question finds it: so the last one can be undone, then the one before it, and what comes back is
not encoded again.  Whatever else changes the library, such as a removal by hand, is of no sync (0)
and leaves nothing behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from qa.errors import NothingToUndoError
from qa.store.databases import Database
from qa.types import SyncRecord

KEPT_SYNCS = 5
KEPT_DAYS = 30
RECORDS = 100  # syncs that are told of
PATHS = 1_000  # articles of each kind that a record names; it counts all
_KEPT = "(SELECT number FROM syncs WHERE kept)"
# Retired, and of no use for an undo any more.
EXPIRED = f"NOT live AND removed_by NOT IN {_KEPT}"
_ORIGINALS = "(SELECT id FROM articles WHERE live AND repost_of IS NULL)"


class History:
    """The syncs of the library in a database."""

    def __init__(self, database: Database) -> None:
        """Use the tables in ``database``."""
        self._database = database
        self._execute = database.execute
        self.current = 0  # the sync that this process runs

    @contextmanager
    def recording(self, folder: str) -> Iterator[None]:
        """Record as one sync of ``folder`` what is changed inside; the caller holds the write lock.

        One that is cut off is recorded as far as it came.
        """
        with self._database.transaction():
            self._finish()
            ((last,),) = self._execute("SELECT coalesce(max(number), 0) FROM syncs")
            number = int(last) + 1
            self._execute(
                "INSERT INTO syncs (number, time, folder) VALUES (?, ?, ?)",
                (number, self._database.clock(), folder),
            )
        self.current = number
        try:
            yield
            with self._database.transaction():
                self._finish()
        finally:
            self.current = 0

    def _finish(self) -> None:
        """Note what the syncs changed that are not finished; those that changed nothing go."""
        for (number,) in self._execute("SELECT number FROM syncs WHERE told IS NULL"):
            changes = self._changes(number)
            if changes is None:
                self._execute("DELETE FROM syncs WHERE number = ?", (number,))
            else:
                told = json.dumps(changes)
                self._execute("UPDATE syncs SET told = ? WHERE number = ?", (told, number))

    def _changes(self, number: int) -> dict[str, Any] | None:
        """Return what a sync changed, as its versions of articles tell; None if nothing."""
        new = dict(
            self._execute(
                "SELECT path, checksum FROM articles WHERE live AND added_by = ?", (number,)
            )
        )
        old = dict(
            self._execute(
                "SELECT path, checksum FROM articles"
                " WHERE NOT live AND removed_by = ? AND added_by <> ?",
                (number, number),
            )
        )
        renamed = self._execute(
            "SELECT renames.path, new_path FROM renames WHERE sync = ?", (number,)
        )
        if not (new or old or renamed):
            return None
        found = {
            "added": sorted(new.keys() - old.keys()),
            # A repost that got another original is stored again as it was.
            "updated": sorted(path for path in new.keys() & old.keys() if new[path] != old[path]),
            "removed": sorted(old.keys() - new.keys()),
            "renamed": sorted(map(list, renamed)),
        }
        counts = {kind: len(paths) for kind, paths in found.items()}
        return {"counts": counts, **{kind: paths[:PATHS] for kind, paths in found.items()}}

    def records(self) -> tuple[SyncRecord, ...]:
        """Return the syncs that changed something, the last one first."""
        rows = self._execute(
            "SELECT number, time, folder, kept, undone, told FROM syncs ORDER BY number DESC"
        )
        found = []
        for row in rows:
            number, *_, told = row
            changes = self._changes(number) if told is None else json.loads(told)
            if changes is not None:
                found.append(_record(row, changes))
        return tuple(found)

    def undo(self) -> SyncRecord:
        """Bring back what the last sync removed, changed and renamed; what it added goes.

        The caller's transaction makes it one step.  Files that it concerned are read again by the
        next sync, which makes the library match the folder.

        Raises:
            NothingToUndoError: if there is none, or what it retired is not kept any more.
        """
        self._finish()
        last = next((record for record in self.records() if record.undone is None), None)
        if last is None or not last.can_undo:
            raise NothingToUndoError(
                "nothing_to_undo",
                "{library} has no sync that can be undone; 'yinju history' lists those that can",
                library=self._database.name,
            )
        number = last.number
        self._forget_files(number)
        self._execute(
            "UPDATE articles SET live = FALSE, removed_by = ? WHERE live AND added_by = ?",
            (number, number),
        )
        for version, path, file in self._execute(
            "SELECT version, path, file FROM renames WHERE sync = ?", (number,)
        ):
            self._execute(
                "UPDATE articles SET path = ?, file = ? WHERE version = ?", (path, file, version)
            )
        self._execute(
            "UPDATE articles SET live = TRUE, shelved = FALSE, removed_by = 0"
            " WHERE NOT live AND removed_by = ? AND added_by <> ?",
            (number, number),
        )
        # Reposts are settled whose original is there again, and unsettled where it went.
        for sign, there in (("", "IN"), ("-", "NOT IN")):
            self._execute(
                f"UPDATE articles SET repost_of = {sign}abs(repost_of) WHERE live"
                f" AND repost_of IS NOT NULL AND abs(repost_of) {there} {_ORIGINALS}"
            )
        self._execute(
            "UPDATE syncs SET undone = ? WHERE number = ?", (self._database.clock(), number)
        )
        return next(record for record in self.records() if record.number == number)

    def _forget_files(self, number: int) -> None:
        self._execute(
            "DELETE FROM files WHERE path IN (SELECT file FROM articles"
            " WHERE added_by = ? OR removed_by = ?)",
            (number, number),
        )
        self._execute(
            "DELETE FROM files WHERE path IN (SELECT articles.file FROM renames"
            " JOIN articles USING (version) WHERE sync = ?)",
            (number,),
        )

    def note_rename(self, path: str, new: str) -> None:
        """Note that the running sync is about to move the article at ``path`` to ``new``."""
        if self.current:
            self._execute(
                "INSERT INTO renames (sync, version, path, file, new_path)"
                " SELECT ?, version, path, file, ? FROM articles WHERE path = ? AND live",
                (self.current, new, path),
            )

    def forget(self) -> None:
        """Let no sync be undone any more, as after another model has encoded everything."""
        self._execute("UPDATE syncs SET kept = FALSE")

    def prune(self) -> None:
        """Let syncs not be undone any more that are too many or too long ago; tell of fewer."""
        oldest = self._database.clock() - KEPT_DAYS * 24 * 60 * 60
        rows = self._execute("SELECT number, time, kept FROM syncs ORDER BY number DESC")
        ended = [
            (number,)
            for at, (number, time, kept) in enumerate(rows)
            if kept and (at >= KEPT_SYNCS or time < oldest)
        ]
        self._database.execute_many("UPDATE syncs SET kept = FALSE WHERE number = ?", ended)
        self._database.execute_many(
            "DELETE FROM syncs WHERE number = ?", [(number,) for number, *_ in rows[RECORDS:]]
        )
        self._execute(f"DELETE FROM renames WHERE sync NOT IN {_KEPT}")


def _record(row: tuple[Any, ...], fields: dict[str, Any]) -> SyncRecord:
    number, time, folder, kept, undone, _ = row
    return SyncRecord(
        number=number,
        time=_moment(time),
        folder=folder,
        counts=fields["counts"],
        added=tuple(fields["added"]),
        updated=tuple(fields["updated"]),
        removed=tuple(fields["removed"]),
        renamed=tuple((old, new) for old, new in fields["renamed"]),
        undone=None if undone is None else _moment(undone),
        can_undo=bool(kept) and undone is None,
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.utc)
