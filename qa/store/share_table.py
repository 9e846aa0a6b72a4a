"""Shares of a sync: which documents are still to be encoded, and which worker has taken which.

A share that is done has no row any more.  Nobody has one whose lease is over: a worker that died,
or whose machine is gone, keeps it no longer than that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from qa.store.databases import Database


class Piece(NamedTuple):
    """Documents of a file: those from ``first`` on and before ``last``, None being the end.

    ``sha256`` is the file's.
    """

    path: str
    sha256: str
    first: int = 0
    last: int | None = None


class Share(NamedTuple):
    """What a worker takes at a time; numbers are in the order in which articles are stored."""

    number: int
    pieces: tuple[Piece, ...]


class ShareTable:
    """The shares of the sync that is under way in a database."""

    def __init__(self, database: Database) -> None:
        """Use the table in ``database``."""
        self._database = database

    def fill(self, shares: Iterable[Share]) -> None:
        """Replace whatever shares there are."""
        rows = [(share.number, json.dumps(share.pieces)) for share in shares]
        with self._database.transaction():
            self.clear()
            self._database.execute_many("INSERT INTO shares (number, pieces) VALUES (?, ?)", rows)

    def clear(self) -> None:
        """Remove all shares: what workers still find out is not stored any more."""
        self._database.execute("DELETE FROM shares")

    def take(self, worker: str, lease: int) -> Share | None:
        """Give ``worker`` the first share that nobody has, for ``lease`` seconds."""
        with self._database.transaction():
            now = self._database.clock()
            found = self._database.execute(
                "SELECT number, pieces FROM shares WHERE until <= ? ORDER BY number LIMIT 1", (now,)
            )
            if not found:
                return None
            ((number, pieces),) = found
            self._database.execute(
                "UPDATE shares SET worker = ?, until = ? WHERE number = ?",
                (worker, now + lease, number),
            )
        return Share(number, tuple(Piece(*piece) for piece in json.loads(pieces)))

    def extend(self, worker: str, lease: int) -> None:
        """Let ``worker`` keep what it has for ``lease`` seconds from now."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE shares SET until = ? WHERE worker = ?",
                (self._database.clock() + lease, worker),
            )

    def is_held(self, number: int, worker: str) -> bool:
        """Tell whether a share is still that worker's: nobody else took it, and it is wanted."""
        return bool(
            self._database.execute(
                "SELECT number FROM shares WHERE number = ? AND worker = ?", (number, worker)
            )
        )

    def finish(self, number: int, worker: str) -> None:
        """Note that a share is done, if it is still that worker's."""
        with self._database.transaction():
            self._database.execute(
                "DELETE FROM shares WHERE number = ? AND worker = ?", (number, worker)
            )

    def release(self, worker: str) -> None:
        """Let others take what a worker has that is no more."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE shares SET worker = '', until = 0 WHERE worker = ?", (worker,)
            )

    def is_open(self, number: int) -> bool:
        """Tell whether a share is still to be done, or being done."""
        return bool(self._database.execute("SELECT number FROM shares WHERE number = ?", (number,)))

    def withdraw(self, number: int) -> bool:
        """Take a share away from all workers, unless one of them has it; tell whether it was so."""
        with self._database.transaction():
            return bool(
                self._database.execute(
                    "DELETE FROM shares WHERE number = ? AND until <= ? RETURNING number",
                    (number, self._database.clock()),
                )
            )
