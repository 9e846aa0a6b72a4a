"""The folder of articles: which files are there, and what changed since they were stored."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from qa.articles import descriptions
from qa.articles.descriptions import described_by, is_sidecar
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
    ``sidecars`` are the files that describe others, and ``redescribed`` those of them that came,
    changed or went: the files that they describe are updated.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: dict[str, str]
    unchanged: tuple[str, ...]
    failed: tuple[Failure, ...]
    found: dict[str, StoredFile]
    left_out: LeftOut = field(default_factory=LeftOut)
    sidecars: dict[str, StoredFile] = field(default_factory=dict)
    redescribed: frozenset[str] = frozenset()


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
        self._sidecars: dict[str, StoredFile] = {}
        self._closed: tuple[str, ...] = ()  # folders that could not be read
        self._left_out = LeftOut()

    def scan(
        self, stored: Mapping[str, StoredFile], *, checksum: bool = False
    ) -> tuple[dict[str, StoredFile], list[Failure]]:
        """Return the readable files by path, and those that are not; sidecars are none of them.

        A file whose size and time are those of ``stored`` is taken to be the same, unless every
        ``checksum`` is to be taken anew.
        """
        found: dict[str, StoredFile] = {}
        failures: list[Failure] = []
        describable: set[str] = set()  # the sidecars that files have, or would have
        for path, entry in self._files(failures):
            if not _is_text(path):
                unfit = ArticleUnreadableError(
                    "file_name_invalid", "the file name is not valid UTF-8; rename it"
                )
                failures.append(Failure.of(_shown(path), unfit))
                continue
            if not is_sidecar(path):
                describable.add(described_by(path))
            try:
                known = () if checksum else (self._seen.get(path), stored.get(path))
                found[path] = self._look(path, entry, known)
            except ArticleUnreadableError as error:
                failures.append(Failure.of(path, error))
        self._seen = found
        self._sidecars = {path: file for path, file in found.items() if is_sidecar(path)}
        failures += [
            Failure.of(path, _describes_nothing())
            for path in self._sidecars
            if path not in describable
        ]
        return {path: file for path, file in found.items() if not is_sidecar(path)}, failures

    def compare(self, stored: Mapping[str, StoredFile], *, checksum: bool = False) -> Changes:
        """Tell how the folder differs from the files that are stored; see :meth:`scan`."""
        found, failures = self.scan(stored, checksum=checksum)
        redescribed = self._redescribed(stored)
        new = [path for path in found if path not in stored]
        # What lies in a folder that cannot be read now is not known to be gone.
        gone = sorted(
            path
            for path in stored.keys() - found.keys()
            if not path.startswith(self._closed) and not is_sidecar(path)
        )
        same = [path for path in found if path in stored]
        updated = {
            path: found[path]
            for path in same
            if found[path].sha256 != stored[path].sha256 or described_by(path) in redescribed
        }
        homeless: dict[str, list[str]] = {}
        for path in reversed(gone):
            homeless.setdefault(stored[path].sha256, []).append(path)
        renamed = {path: old.pop() for path in new if (old := homeless.get(found[path].sha256))}
        return Changes(
            added=tuple(path for path in new if path not in renamed),
            updated=tuple(updated),
            removed=tuple(path for path in gone if path not in renamed.values()),
            renamed=renamed,
            unchanged=tuple(path for path in same if path not in updated),
            failed=tuple(failures),
            found=found,
            left_out=self._left_out,
            sidecars=self._sidecars,
            redescribed=redescribed,
        )

    def _redescribed(self, stored: Mapping[str, StoredFile]) -> frozenset[str]:
        """Return the sidecars that came, changed or went."""
        known = {path for path in stored if is_sidecar(path) and not path.startswith(self._closed)}
        return frozenset(
            path
            for path in known | self._sidecars.keys()
            if path not in known
            or path not in self._sidecars
            or stored[path].sha256 != self._sidecars[path].sha256
        )

    def is_as(self, path: str, seen: StoredFile) -> bool:
        """Tell whether a file still has the size and time with which it was seen."""
        try:
            status = (self.root / path).stat()
        except OSError:
            return False
        return seen.modified == time_of_change(status) and seen.size in {status.st_size, _UNSURE}

    def _look(
        self, path: str, entry: os.DirEntry[str], known: Iterable[StoredFile | None]
    ) -> StoredFile:
        """Return what a file is: one of those ``known`` if it has the size and time of that."""
        try:
            status = entry.stat()
            require_regular(status.st_mode)  # some devices act when they are only opened
            for seen in known:
                stamp = (status.st_size, time_of_change(status))
                if seen and (seen.size, seen.modified) == stamp and seen.sha256:
                    return seen
            file = self.root / path
            _require_fit(file, status.st_size)
            looked = StoredFile(status.st_size, time_of_change(status), digest_of(file))
        except OSError as error:
            raise refused(error) from error
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


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Raises:
        ArticleUnreadableError: if it is a pipe or a device.
        OSError: if the system refuses.
    """
    digest = hashlib.sha256()
    with open_regular(file) as data:
        while block := data.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _require_fit(file: Path, size: int) -> None:
    """Refuse a file of a kind that cannot be read, or larger than one of its kind may be."""
    if is_sidecar(file.name):
        if size > descriptions.MAX_BYTES:
            raise descriptions.too_long()
        return
    limit = MAX_TABLE_BYTES if reader_of(file) in TABLES else MAX_BYTES
    if size > limit:
        raise too_large(size, limit)


def _describes_nothing() -> ArticleUnreadableError:
    return ArticleUnreadableError(
        "description_alone",
        "there is no file that it describes: one beside it whose name begins as its does",
    )


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
