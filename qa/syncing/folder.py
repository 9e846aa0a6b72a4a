"""The folder of articles: which files are there, and what changed since they were stored."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from qa.articles.formats import (
    MAX_BYTES,
    MAX_TABLE_BYTES,
    TABLES,
    open_regular,
    reader_of,
    refused,
    require_regular,
    too_large,
)
from qa.errors import ArticleUnreadableError, FolderNotFoundError, refusal
from qa.store.files import StoredFile, time_of_change
from qa.types import Failure, LeftOut

_JUNK = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})
# A file that changed so lately may change again within the resolution of its time (git calls such
# a file racy): it is hashed again the next time.
_RACY = 2_000_000_000  # nanoseconds
_BLOCK = 1 << 20  # bytes hashed at a time
_UNSURE = -1  # a size that no file has
_FILE, _FOLDER, _LIBRARY = "file", "folder", "library"  # what is not counted as left out


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
    left_out: LeftOut = field(default_factory=LeftOut)


class Folder:
    """A folder and the files in it, hashed once for as long as size and time stay the same."""

    def __init__(self, root: Path, exclude: Path | None = None) -> None:
        """Name a folder; files below ``exclude`` (the library itself) are not articles.

        Raises:
            FolderNotFoundError: if it is not a folder, or has a name that cannot be stored.
        """
        if not root.is_dir():
            raise FolderNotFoundError(
                "folder_not_found",
                "there is no folder {folder}; name the folder of articles",
                folder=root,
            )
        self.root = root.resolve()
        if not _is_text(str(self.root)):
            raise FolderNotFoundError(
                "folder_name_invalid",
                "the name of the folder {folder} is not valid UTF-8; rename it",
                folder=_shown(str(self.root)),
            )
        self._exclude = exclude.resolve() if exclude else None
        self._seen: dict[str, StoredFile] = {}
        self._closed: tuple[str, ...] = ()  # folders that could not be read
        self._left_out = LeftOut()

    def scan(self, stored: Mapping[str, StoredFile]) -> tuple[dict[str, StoredFile], list[Failure]]:
        """Return the readable files by path, and those that are not.

        A file whose size and time are those of ``stored`` is taken to be the same.
        """
        found: dict[str, StoredFile] = {}
        failures: list[Failure] = []
        for path, entry in self._files(failures):
            if not _is_text(path):
                unfit = ArticleUnreadableError(
                    "file_name_invalid", "the file name is not valid UTF-8; rename it"
                )
                failures.append(Failure.of(_shown(path), unfit))
                continue
            try:
                found[path] = self._look(path, entry, stored.get(path))
            except ArticleUnreadableError as error:
                failures.append(Failure.of(path, error))
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
            left_out=self._left_out,
        )

    def is_as(self, path: str, seen: StoredFile) -> bool:
        """Tell whether a file still has the size and time with which it was seen."""
        try:
            status = (self.root / path).stat()
        except OSError:
            return False
        return seen.modified == time_of_change(status) and seen.size in {status.st_size, _UNSURE}

    def _look(self, path: str, entry: os.DirEntry[str], stored: StoredFile | None) -> StoredFile:
        try:
            status = entry.stat()
            require_regular(status.st_mode)  # some devices act when they are only opened
            for known in (self._seen.get(path), stored):
                stamp = (status.st_size, time_of_change(status))
                if known and (known.size, known.modified) == stamp and known.sha256:
                    return known
            file = self.root / path
            kind = reader_of(file)
            limit = MAX_TABLE_BYTES if kind in TABLES else MAX_BYTES
            if status.st_size > limit:
                raise too_large(status.st_size, limit)
            digest = hashlib.sha256()
            with open_regular(file) as data:
                while block := data.read(_BLOCK):
                    digest.update(block)
        except OSError as error:
            raise refused(error) from error
        looked = StoredFile(status.st_size, time_of_change(status), digest.hexdigest())
        is_racy = time.time_ns() - status.st_mtime_ns < _RACY
        return replace(looked, size=_UNSURE) if is_racy else looked

    def _files(self, failures: list[Failure]) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Yield what may be files, sorted by path; what is left out is only counted."""
        folders = [""]
        closed: list[str] = []
        left_out: Counter[str] = Counter()
        found: list[tuple[str, os.DirEntry[str]]] = []
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(self.root / folder) as entries:
                    for entry in entries:
                        path = f"{folder}{entry.name}"
                        try:
                            kind = self._kind(entry)
                        except OSError as error:  # the others in the folder are no worse for it
                            failures.append(Failure.of(_shown(path), refused(error)))
                            closed.append(f"{path}/")  # if it is a folder
                            continue
                        if kind == _FILE:
                            found.append((path, entry))
                        elif kind == _FOLDER:
                            folders.append(f"{path}/")
                        elif kind != _LIBRARY:
                            left_out[kind] += 1
            except OSError as error:
                if not folder:
                    raise FolderNotFoundError(
                        "folder_unreadable",
                        "the folder {folder} cannot be read: {why}",
                        folder=self.root,
                        why=refusal(error),
                    ) from error
                closed.append(folder)
                unread = ArticleUnreadableError(
                    "subfolder_unreadable", "the folder cannot be read: {why}", why=refusal(error)
                )
                failures.append(Failure.of(_shown(folder.rstrip("/")), unread))
        self._closed = tuple(closed)
        self._left_out = LeftOut(**left_out)
        yield from sorted(found, key=lambda item: item[0])

    def _kind(self, entry: os.DirEntry[str]) -> str:
        """Return what something in a folder is: one of the three below, or of :class:`LeftOut`."""
        if not entry.is_symlink() and entry.is_dir():
            if self._is_library(entry):
                return _LIBRARY
            return _by_name(entry.name) or _FOLDER
        if passed := _by_name(entry.name):
            return passed
        if entry.is_symlink() and self._leads_away(entry):
            return "links"
        return "sockets" if _is_socket(entry) else _FILE

    def _is_library(self, entry: os.DirEntry[str]) -> bool:
        if self._exclude is None or entry.name != self._exclude.name:
            return False
        return Path(entry.path).resolve() == self._exclude

    def _leads_away(self, link: os.DirEntry[str]) -> bool:
        """Tell whether a link is to a folder, or out of this one."""
        target = os.path.realpath(link.path)  # which, unlike Path's, survives loops
        # Nor does a target whose name is too long, or that may not be looked at, stop either.
        return os.path.isdir(target) or not Path(target).is_relative_to(self.root)  # noqa: PTH112


def _by_name(name: str) -> str:
    """Return which of :class:`LeftOut` a name is of; nothing if it may be an article's."""
    if name.startswith("."):
        return "hidden"
    if name.startswith("~$"):
        return "temporary"
    return "system" if name.lower() in _JUNK else ""


def _is_socket(entry: os.DirEntry[str]) -> bool:
    try:
        # Most are files, as the folder itself tells.
        return not entry.is_file() and stat.S_ISSOCK(entry.stat().st_mode)
    except OSError:  # a link to nothing or to itself: it is told when it is looked at
        return False


def _shown(path: str) -> str:
    """Return a path as it can be stored and shown, whatever bytes it has."""
    return path.encode("utf-8", "replace").decode("utf-8")


def _is_text(path: str) -> bool:
    """Tell whether a name is valid: one that is not has surrogates, which nothing can store."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
