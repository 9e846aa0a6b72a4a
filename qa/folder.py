"""The folder of articles: which files are there, and what changed since they were stored."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from qa.errors import ArticleUnreadableError, FolderNotFoundError
from qa.formats import read_bytes, suffixes
from qa.types import Failure, SyncReport

_JUNK = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})

Stamp = tuple[int, int]  # size in bytes, modification time in nanoseconds


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
        self._hashes: dict[str, tuple[Stamp, str]] = {}

    def read(self, path: str) -> bytes:
        """Read the file at ``path``, relative to the folder.

        Raises:
            ArticleUnreadableError: if it cannot be read.
        """
        return read_bytes(self.root / path)

    def scan(self) -> tuple[dict[str, str], list[Failure]]:
        """Return path to SHA-256 of every readable file, and the files that are not."""
        found: dict[str, str] = {}
        failures: list[Failure] = []
        for path in self._files():
            if not _is_text(path):
                shown = path.encode("utf-8", "replace").decode("utf-8")
                failures.append(Failure(shown, "the file name is not valid UTF-8; rename it"))
                continue
            try:
                found[path] = self._hash(path)
            except ArticleUnreadableError as error:
                failures.append(Failure(path, str(error)))
        return found, failures

    def compare(
        self, stored: Mapping[str, str], failed: Mapping[str, str]
    ) -> tuple[SyncReport, dict[str, str]]:
        """Tell what a sync would do, given the stored hashes and the known failures.

        A file that failed before counts as failed again; a sync tries it anew.  The second value
        maps every readable path to its hash.
        """
        found, failures = self.scan()
        known = {path: reason for path, reason in failed.items() if path in found}
        fresh = [path for path in found if path not in stored and path not in known]
        report = SyncReport(
            added=tuple(fresh),
            updated=tuple(p for p, digest in found.items() if stored.get(p, digest) != digest),
            removed=tuple(sorted(stored.keys() - found.keys())),
            unchanged=tuple(p for p, digest in found.items() if stored.get(p) == digest),
            failed=(*failures, *(Failure(path, reason) for path, reason in known.items())),
        )
        return report, found

    def _hash(self, path: str) -> str:
        file = self.root / path
        try:
            status = file.stat()
        except OSError as error:
            raise ArticleUnreadableError(f"the file cannot be read: {error.strerror}") from error
        stamp = (status.st_size, status.st_mtime_ns)
        known = self._hashes.get(path)
        if known is None or known[0] != stamp:
            if file.suffix.lower() not in suffixes():
                raise ArticleUnreadableError(
                    f"files of this kind cannot be read; known: {' '.join(sorted(suffixes()))}"
                )
            known = (stamp, hashlib.sha256(read_bytes(file)).hexdigest())
            self._hashes[path] = known
        return known[1]

    def _files(self) -> Iterator[str]:
        """Yield the paths of the files, sorted, without hidden ones and links to elsewhere."""
        for parent, folders, files in os.walk(self.root):
            here = Path(parent)
            folders[:] = sorted(
                name
                for name in folders
                if not name.startswith(".") and (here / name).resolve() != self._exclude
            )
            for name in sorted(files):
                file = here / name
                if name.startswith((".", "~$")) or name.lower() in _JUNK:
                    continue
                if file.is_symlink() and not file.resolve().is_relative_to(self.root):
                    continue
                path = file.relative_to(self.root).as_posix()
                yield path


def _is_text(path: str) -> bool:
    """Tell whether a name is valid: one that is not has surrogates, which nothing can store."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
