"""A library in one file: its database, packed, with a checksum by which it is known to be whole."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from qa.errors import BackupError, refusal
from qa.store.databases.sqlite_migrations import MIGRATIONS, version_of
from qa.store.databases.transfer import transfer
from qa.store.location import DATABASE
from qa.store.store import Store

FORMAT = 1  # of the backup file
_MANIFEST = "manifest.json"
_BLOCK = 1 << 20


def export(store: Store, path: Path) -> tuple[int, int]:
    """Write the last committed state of ``store`` to ``path``; return its articles and bytes.

    The library may be in use meanwhile.  Whatever goes wrong, ``path`` stays as it was.

    Raises:
        BackupError: if the file cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".yinju-export-") as scratch:
            database, packed = Path(scratch, DATABASE), Path(scratch, "backup")
            store.database.copy_to(database)
            with closing(Store(database)) as copied:  # the store itself may be ahead by now
                articles = copied.count_articles()
            manifest = {
                "yinju-backup": FORMAT,
                "schema": len(MIGRATIONS),
                "articles": articles,
                "size": database.stat().st_size,
                "sha256": _digest(database),
            }
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.writestr(_MANIFEST, json.dumps(manifest))
                archive.write(database, DATABASE)
            with packed.open("rb+") as file:
                os.fsync(file.fileno())
            size = packed.stat().st_size
            packed.replace(path)
            return articles, size
    except OSError as error:
        raise BackupError(
            "backup_not_written", "{path} cannot be written: {why}", path=path, why=refusal(error)
        ) from error


def require_backup(path: Path) -> None:
    """See that there is a backup at ``path``, before anything is made for it.

    Raises:
        BackupError: if it cannot be read, or is none.
    """
    try:
        with _opened(path):
            pass
    except OSError as error:
        raise BackupError(
            "backup_not_imported", "{path} cannot be imported: {why}", path=path, why=refusal(error)
        ) from error


def restore(path: Path, library: Path, address: str | None = None) -> int:
    """Make the library in the folder ``library`` from the backup at ``path``; return its articles.

    ``address`` is that of the database that shall hold it, if not the folder.  The backup is
    checked before anything is put in place.  The caller holds the folder's write lock.

    Raises:
        BackupError: if it cannot be read, is not whole, or from a newer version; or if there is a
            library with articles already.
    """
    target = library / DATABASE
    if address is None:
        _require_empty(target)
    try:
        with tempfile.TemporaryDirectory(dir=library, prefix=".yinju-import-") as scratch:
            database = Path(scratch, DATABASE)
            _unpack(path, database)
            with closing(Store(database)) as store:  # an older schema is brought up to date here
                articles = store.count_articles()
                if address is not None:
                    _fill(address, store)
                    return articles
                # An index that lies here from before must not be taken for this library's.
                store.set_meta("library_id", uuid.uuid4().hex)
            for name in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
                (library / name).unlink(missing_ok=True)
            database.replace(target)
            return articles
    except OSError as error:
        raise BackupError(
            "backup_not_imported", "{path} cannot be imported: {why}", path=path, why=refusal(error)
        ) from error


def _unpack(path: Path, database: Path) -> None:
    """Write the database that the backup holds to ``database``, and check it."""
    with _opened(path) as archive:
        size, digest = _manifest(path, archive)
        with archive.open(DATABASE) as packed, database.open("wb") as unpacked:
            _copy(packed, unpacked, size)
    if _digest(database) != digest:
        raise BackupError(
            "backup_checksum_wrong",
            "{path} is damaged: its checksum is wrong; use another backup",
            path=path,
        )
    _check(path, database)


def _fill(address: str, unpacked: Store) -> None:
    """Put what was unpacked into the database at ``address``."""
    with closing(Store(address)) as store, store.database.writing():
        # Indexes of it may lie on any machine, and know passages by their ids, which must not come
        # again: so it gave none yet.
        if store.revision:
            raise BackupError(
                "database_not_empty",
                "{library} holds a library, or did; name an empty database",
                library=store.name,
            )
        unpacked.set_meta("library_id", store.get_meta("library_id") or uuid.uuid4().hex)
        transfer(unpacked.database, store.database)


def _require_empty(target: Path) -> None:
    if not target.exists():
        return
    with closing(Store(target)) as store:
        if store.count_articles():
            raise BackupError(
                "library_not_empty",
                "there is a library with articles in {folder} already; name an empty folder "
                "with --library",
                folder=target.parent,
            )


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError) as error:
        raise BackupError(
            "backup_invalid",
            "{path} is no backup of a library, or damaged: {said}",
            path=path,
            said=error,
        ) from error


def _manifest(path: Path, archive: zipfile.ZipFile) -> tuple[int, str]:
    """Return size and SHA-256 of the database in the archive."""
    try:
        with archive.open(_MANIFEST) as file:
            manifest = json.loads(file.read(_BLOCK))
        numbers = {name: int(manifest[name]) for name in ("yinju-backup", "schema", "size")}
        digest = str(manifest["sha256"])
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise BackupError(
            "backup_invalid",
            "{path} is no backup of a library, or damaged: {said}",
            path=path,
            said=error,
        ) from error
    if numbers["size"] < 0:
        raise BackupError(
            "backup_size_wrong",
            "{path} is no backup of a library, or damaged: its size is below 0",
            path=path,
        )
    if numbers["yinju-backup"] > FORMAT or numbers["schema"] > len(MIGRATIONS):
        raise BackupError(
            "backup_newer",
            "{path} was written by a newer version of yinju; upgrade yinju",
            path=path,
        )
    return numbers["size"], digest


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    """Copy ``size`` bytes and not more, whatever the archive unpacks to."""
    left = size
    while left and (block := source.read(min(_BLOCK, left))):
        target.write(block)
        left -= len(block)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _check(path: Path, database: Path) -> None:
    """Refuse a database that is damaged inside, or does things when it is used."""
    try:
        with closing(
            sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
        ) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            (state,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            kinds = {kind for (kind,) in connection.execute("SELECT type FROM sqlite_master")}
            newer = version_of(connection) > len(MIGRATIONS)
    except sqlite3.DatabaseError as error:
        raise BackupError(
            "backup_damaged", "{path} is damaged: {said}; use another backup", path=path, said=error
        ) from error
    if state != "ok" or newer or not kinds <= {"table", "index"}:
        raise BackupError(
            "backup_without_library",
            "{path} holds no library of this version: {state}",
            path=path,
            state=state,
        )
