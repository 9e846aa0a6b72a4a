"""Databases that can hold a library: SQLite in its folder, or PostgreSQL for several servers."""

from __future__ import annotations

from pathlib import Path

from qa.errors import LibraryConnectionError
from qa.store.databases.protocol import Database
from qa.store.databases.sqlite import SqliteDatabase
from qa.store.databases.sqlite_reading import SqliteReading, may_only_be_read

SCHEMES = ("postgresql", "postgres")

__all__ = ["Database", "open_database"]


def open_database(place: Path | str) -> Database:
    """Open the SQLite file at the path ``place``, or the PostgreSQL database at that address.

    It is made or migrated as needed; a PostgreSQL database itself has to be there.  A file that may
    not be written is opened to be read.

    Raises:
        LibraryConnectionError: if the server cannot be reached, or the address is none.
        LibraryVersionError: if it was written by a newer version.
        LibraryDamagedError: if it is not a database of ours or cannot be read.
        LibraryWriteError: if the system refuses to open it.
    """
    if isinstance(place, Path):
        return SqliteReading(place) if may_only_be_read(place) else SqliteDatabase(place)
    # What follows the scheme may hold a password, and is not told.
    scheme, mark, _ = place.partition("://")
    if not mark or scheme not in SCHEMES:
        shown = f"{scheme}://…" if mark else "something else"
        raise LibraryConnectionError(
            "store_setting_unknown",
            "the store (YINJU_STORE) is {shown}, which is no address of a database: give "
            "postgresql://user@host/database, or nothing for SQLite in the library's "
            "folder",
            shown=shown,
        )
    try:
        from qa.store.databases.postgres import PostgresDatabase
    except ImportError as error:
        raise LibraryConnectionError(
            "postgres_missing",
            "a library in PostgreSQL needs psycopg; run: pip install 'yinju[postgres]'",
        ) from error
    return PostgresDatabase(place)
