"""The folder of articles: which files are there, and what changed since they were stored."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from qa.errors import ArticleUnreadableError, FolderNotFoundError
from qa.files import StoredFile
from qa.formats import MAX_BYTES, MAX_TABLE_BYTES, TABLES, reader_of
from qa.types import Failure

_JUNK = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})
# A file that changed so lately may change again within the resolution of its time (git calls such
# a file racy): it is hashed again the next time.
_RACY = 2_000_000_000  # nanoseconds
_BLOCK = 1 << 20  # bytes hashed at a time
_UNSURE = -1  # a size that no file has


@dataclass(frozen=True, slots=True)
class Changes:
    """How the files of a folder differ from those that are stored, by path.

    ``renamed`` maps the new path to the old one; ``found`` are all files that can be stored.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: dict[str, str]
    unchanged: tuple[str, ...]
    failed: tuple[Failure, ...]
    found: dict[str, StoredFile]


class Folder:
    """A folder and the files in it, hashed once for as long as size and time stay the same."""

    def __init__(self, root: Path, exclude: Path | None = None) -> None:
        """Name a folder; files below ``exclude`` (the library itself) are not articles.

        Raises:
            FolderNotFoundError: if it is not a folder.
        """
        if not root.is_dir():
            raise FolderNotFoundError(f"there is no folder {root}; name the folder of articles")
        self.root = root.resolve()
        self._exclude = exclude.resolve() if exclude else None
        self._seen: dict[str, StoredFile] = {}
        self._closed: tuple[str, ...] = ()  # folders that could not be read

    def scan(self, stored: Mapping[str, StoredFile]) -> tuple[dict[str, StoredFile], list[Failure]]:
        """Return the readable files by path, and those that are not.

        A file whose size and time are those of ``stored`` is taken to be the same.
        """
        found: dict[str, StoredFile] = {}
        failures: list[Failure] = []
        for path, entry in self._files(failures):
            if not _is_text(path):
                shown = path.encode("utf-8", "replace").decode("utf-8")
                failures.append(Failure(shown, "the file name is not valid UTF-8; rename it"))
                continue
            try:
                found[path] = self._look(path, entry, stored.get(path))
            except ArticleUnreadableError as error:
                failures.append(Failure(path, str(error)))
        self._seen = found
        return found, failures

    def compare(self, stored: Mapping[str, StoredFile]) -> Changes:
        """Tell how the folder differs from the files that are stored."""
        found, failures = self.scan(stored)
        new = [path for path in found if path not in stored]
        # What lies in a folder that cannot be read now is not known to be gone.
        gone = sorted(
            path for path in stored.keys() - found.keys() if not path.startswith(self._closed)
        )
        same = [path for path in found if path in stored]
        homeless: dict[str, list[str]] = {}
        for path in reversed(gone):
            homeless.setdefault(stored[path].sha256, []).append(path)
        renamed = {path: old.pop() for path in new if (old := homeless.get(found[path].sha256))}
        return Changes(
            added=tuple(path for path in new if path not in renamed),
            updated=tuple(p for p in same if found[p].sha256 != stored[p].sha256),
            removed=tuple(path for path in gone if path not in renamed.values()),
            renamed=renamed,
            unchanged=tuple(p for p in same if found[p].sha256 == stored[p].sha256),
            failed=tuple(failures),
            found=found,
        )

    def is_as(self, path: str, seen: StoredFile) -> bool:
        """Tell whether a file still has the size and time with which it was seen."""
        try:
            status = (self.root / path).stat()
        except OSError:
            return False
        return seen.modified == status.st_mtime_ns and seen.size in {status.st_size, _UNSURE}

    def _look(self, path: str, entry: os.DirEntry[str], stored: StoredFile | None) -> StoredFile:
        try:
            status = entry.stat()
            for known in (self._seen.get(path), stored):
                stamp = (status.st_size, status.st_mtime_ns)
                if known and (known.size, known.modified) == stamp and known.sha256:
                    return known
            file = self.root / path
            kind = reader_of(file)
            limit = MAX_TABLE_BYTES if kind in TABLES else MAX_BYTES
            if status.st_size > limit:
                raise ArticleUnreadableError(
                    f"the file has {status.st_size >> 20} MiB, more than the {limit >> 20} MiB"
                    " that an article may have; split it"
                )
            digest = hashlib.sha256()
            with file.open("rb") as data:
                while block := data.read(_BLOCK):
                    digest.update(block)
        except OSError as error:
            raise ArticleUnreadableError(f"the file cannot be read: {error.strerror}") from error
        looked = StoredFile(status.st_size, status.st_mtime_ns, digest.hexdigest())
        is_racy = time.time_ns() - status.st_mtime_ns < _RACY
        return replace(looked, size=_UNSURE) if is_racy else looked

    def _files(self, failures: list[Failure]) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Yield the files, sorted by path, without hidden ones and links to elsewhere."""
        folders = [""]
        closed: list[str] = []
        found: list[tuple[str, os.DirEntry[str]]] = []
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(self.root / folder) as entries:
                    for entry in entries:
                        path = f"{folder}{entry.name}"
                        if self._is_passed_over(entry):
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(path + "/")
                        elif entry.is_symlink() or entry.is_file():  # no pipe, no device
                            found.append((path, entry))
            except OSError as error:
                if not folder:
                    raise FolderNotFoundError(
                        f"the folder {self.root} cannot be read: {error.strerror}"
                    ) from error
                closed.append(folder)
                shown = folder.rstrip("/").encode("utf-8", "replace").decode("utf-8")
                reason = f"the folder cannot be read: {error.strerror}"
                failures.append(Failure(shown, reason))
        self._closed = tuple(closed)
        yield from sorted(found, key=lambda item: item[0])

    def _is_passed_over(self, entry: os.DirEntry[str]) -> bool:
        name = entry.name
        if name.startswith((".", "~$")) or name.lower() in _JUNK:
            return True
        if entry.is_symlink():
            target = Path(os.path.realpath(entry.path))  # which, unlike resolve, survives loops
            return target.is_dir() or not target.is_relative_to(self.root)
        if self._exclude is None or name != self._exclude.name:
            return False
        return entry.is_dir() and Path(entry.path).resolve() == self._exclude


def _is_text(path: str) -> bool:
    """Tell whether a name is valid: one that is not has surrogates, which nothing can store."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
