"""One database's content into another, empty one, of the same kind or not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from qa.store.databases.protocol import Database

_BATCH = 1_000  # rows of one statement
_TRUTHS = ("live", "shelved", "kept")  # columns that hold a truth value


class _Table(NamedTuple):
    """A table's columns; those of its key, by which it is read in pieces, come first."""

    name: str
    key: tuple[str, ...]
    others: tuple[str, ...]


# In the order in which they refer to each other.  What is work under way (shares) stays behind.
_TABLES = (
    _Table("meta", ("key",), ("value",)),
    _Table("commits", ("revision",), ("token",)),
    _Table(
        "articles",
        ("version",),
        (
            *("id", "live", "path", "file", "title", "source", "published", "url", "text"),
            *("sha256", "pages", "recognized", "repost_of", "checksum"),
            *("added_by", "removed_by", "shelved"),
        ),
    ),
    _Table("passages", ("id",), ("version", "start", '"end"', "text_hash")),
    _Table("sketches", ("hash", "version"), ()),
    _Table("vectors", ("text_hash", "fingerprint"), ("vector",)),
    _Table("files", ("path",), ("size", "modified", "sha256")),
    _Table("failures", ("path",), ("reason", "code", "details")),
    _Table("syncs", ("number",), ("time", "folder", "kept", "undone", "told")),
    _Table("renames", ("sync", "version"), ("path", "file", "new_path")),
    _Table("saved_questions", ("id",), ("told", "revision", "token")),
)


def transfer(source: Database, target: Database) -> None:
    """Copy all that ``source`` holds, ids included, into ``target``, in one step.

    ``target`` has no articles; what it says of itself, but for its schema, is replaced.
    """
    with source.frozen(), target.transaction():
        target.execute("DELETE FROM meta")
        target.execute("DELETE FROM commits")
        for table in _TABLES:
            columns = (*table.key, *table.others)
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"
            truths = {at for at, name in enumerate(columns) if name in _TRUTHS}
            for rows in _read(source, table):
                target.execute_many(statement, [_with_bools(row, truths) for row in rows])
        target.continue_after(source.last_ids())


def _read(source: Database, table: _Table) -> Iterator[list[tuple[Any, ...]]]:
    """Yield a table's rows in the order of its key, some at a time."""
    key = ", ".join(table.key)
    columns = ", ".join((*table.key, *table.others))
    marks = ", ".join("?" * len(table.key))
    after: tuple[Any, ...] = ()
    while True:
        where = f"WHERE ({key}) > ({marks}) " if after else ""
        rows = source.execute(
            f"SELECT {columns} FROM {table.name} {where}ORDER BY {key} LIMIT {_BATCH}", after
        )
        if not rows:
            return
        yield rows
        after = rows[-1][: len(table.key)]


def _with_bools(row: tuple[Any, ...], truths: Collection[int]) -> tuple[Any, ...]:
    """Return a row whose numbers at ``truths``, as SQLite has them, are truth values."""
    if not truths:
        return row
    return tuple(bool(value) if at in truths else value for at, value in enumerate(row))
