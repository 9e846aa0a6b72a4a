"""A library in one file: its database and what else only it has, packed with checksums.

Beside the database lie what people said of answers, and the files that were taken out.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from qa.errors import BackupError, refusal
from qa.store.databases.sqlite_migrations import MIGRATIONS, version_of
from qa.store.databases.transfer import transfer
from qa.store.durable import put_in_place, scratch_folder, settle_folder
from qa.store.feedback import FEEDBACK
from qa.store.location import DATABASE, REMOVED
from qa.store.store import Store

FORMAT = 1  # of the backup file
_MANIFEST = "manifest.json"
_BLOCK = 1 << 20
_MOST = 64 << 20  # bytes of a manifest, which names every file


class _Packed(NamedTuple):
    """What a backup says of a file that it holds."""

    size: int
    sha256: str


class _Manifest(NamedTuple):
    """What a backup holds: the database, and other files of the library's folder by their names."""

    database: _Packed
    files: dict[str, _Packed]


def export(store: Store, path: Path, folder: Path) -> tuple[int, int]:
    """Write the last committed state of ``store`` to ``path``; return its articles and bytes.

    Feedback and removed files come from the library's ``folder``.  The library may be in use
    meanwhile.  Whatever goes wrong, ``path`` stays as it was.

    Raises:
        BackupError: if the file cannot be written.
    """
    try:
        with scratch_folder(path.parent, ".yinju-export-") as scratch:
            database, packed = scratch / DATABASE, scratch / "backup"
            store.database.copy_to(database)
            with closing(Store(database)) as copied:  # the store itself may be ahead by now
                articles = copied.count_articles()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                found = _pack(archive, DATABASE, database)
                files = {name: _pack(archive, name, folder / name) for name in _kept(folder)}
                manifest = {
                    "yinju-backup": FORMAT,
                    "schema": len(MIGRATIONS),
                    "articles": articles,
                    **found._asdict(),
                    "files": {name: file._asdict() for name, file in files.items()},
                }
                archive.writestr(_MANIFEST, json.dumps(manifest))
            size = packed.stat().st_size
            put_in_place(packed, path)
            return articles, size
    except OSError as error:
        raise BackupError(
            "backup_not_written", "{path} cannot be written: {why}", path=path, why=refusal(error)
        ) from error


def _kept(folder: Path) -> list[str]:
    """Return the names of what nothing brings back but a backup, relative to the folder."""
    found = [folder / FEEDBACK, *sorted((folder / REMOVED).rglob("*"))]
    return [
        path.relative_to(folder).as_posix()
        for path in found
        if path.is_file() and not path.is_symlink()
    ]


def _pack(archive: zipfile.ZipFile, name: str, path: Path) -> _Packed:
    """Put the file at ``path`` into the archive; return what was put there."""
    entry = zipfile.ZipInfo(name, time.localtime()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file, archive.open(entry, "w", force_zip64=True) as packed:
        while block := file.read(_BLOCK):
            packed.write(block)
            digest.update(block)
            size += len(block)
    return _Packed(size, digest.hexdigest())


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
        with scratch_folder(library, ".yinju-import-") as scratch:
            database = scratch / DATABASE
            files = _unpack(path, scratch)
            with closing(Store(database)) as store:  # an older schema is brought up to date here
                articles = store.count_articles()
                if address is not None:
                    _fill(address, store)
                    _put_back(scratch, files, library)
                    return articles
                # An index that lies here from before must not be taken for this library's.
                store.set_meta("library_id", uuid.uuid4().hex)
            _put_back(scratch, files, library)  # first: with the database the library is there
            for name in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
                (library / name).unlink(missing_ok=True)
            put_in_place(database, target)
            return articles
    except OSError as error:
        raise BackupError(
            "backup_not_imported", "{path} cannot be imported: {why}", path=path, why=refusal(error)
        ) from error


def _unpack(path: Path, scratch: Path) -> list[str]:
    """Write what the backup holds into ``scratch``, and check it; return the other files' names."""
    with _opened(path) as archive:
        manifest = _manifest(path, archive)
        for name, told in {**manifest.files, DATABASE: manifest.database}.items():
            target = scratch / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as packed, target.open("wb") as unpacked:
                _copy(packed, unpacked, told.size)
            if _digest(target) != told.sha256:
                raise BackupError(
                    "backup_checksum_wrong",
                    "{path} is damaged: its checksum is wrong; use another backup",
                    path=path,
                )
    _check(path, scratch / DATABASE)
    return list(manifest.files)


def _put_back(scratch: Path, names: list[str], library: Path) -> None:
    """Move unpacked files into the library's folder, beside what may lie there already."""
    for name in names:
        source, target = scratch / name, library / name
        if name == FEEDBACK:
            _merge(source, target)
        else:
            target = _free(target, source)
        target.parent.mkdir(parents=True, exist_ok=True)
        put_in_place(source, target)
        settle_folder(target.parent.parent)


def _merge(source: Path, target: Path) -> None:
    """Put the lines that ``target`` has before those of ``source`` that it has not."""
    if target.exists():
        lines = dict.fromkeys(target.read_bytes().split(b"\n") + source.read_bytes().split(b"\n"))
        source.write_bytes(b"".join(line + b"\n" for line in lines if line))


def _free(target: Path, source: Path) -> Path:
    """Return ``target``, or a numbered name where another file than ``source`` has it."""
    for number in count(2):
        if not target.exists() or _digest(source) == _digest(target):
            break
        target = target.with_stem(f"{source.stem} ({number})")
    return target


def _fill(address: str, unpacked: Store) -> None:
    """Put what was unpacked into the database at ``address``."""
    with closing(Store(address)) as store, store.database.writing():
        # Indexes of it may lie on any machine, and know passages by their ids, which must not come
        # again: so it gave none yet.
        if store.revision or store.has_saved_questions():
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
        if store.has_saved_questions():  # of a library whose articles are all gone
            raise BackupError(
                "library_has_watchlist",
                "the library in {folder} has saved questions; name an empty folder with "
                "--library, or drop them first",
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


def _manifest(path: Path, archive: zipfile.ZipFile) -> _Manifest:
    """Return what the archive says that it holds."""
    try:
        with archive.open(_MANIFEST) as file:
            manifest = json.loads(file.read(_MOST))
        numbers = {name: int(manifest[name]) for name in ("yinju-backup", "schema")}
        database = _packed(manifest)
        told = manifest.get("files", {})
        files = {_checked_name(name): _packed(fields) for name, fields in told.items()}
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
        raise BackupError(
            "backup_invalid",
            "{path} is no backup of a library, or damaged: {said}",
            path=path,
            said=error,
        ) from error
    if min(told.size for told in (database, *files.values())) < 0:
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
    return _Manifest(database, files)


def _packed(told: dict[str, Any]) -> _Packed:
    return _Packed(int(told["size"]), str(told["sha256"]))


def _checked_name(name: str) -> str:
    """Return a name in a backup if it is one that this module gives, and leads nowhere else."""
    parts = PurePosixPath(name).parts
    plain = not {"..", "."} & set(parts) and not set(name) & set("\\:\0") and name[:1] != "/"
    if not plain or not (name == FEEDBACK or (parts[0] == REMOVED and len(parts) > 1)):
        raise ValueError(f"a file of another name: {name!r}")
    return name


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
