"""Where a library lies: a folder that is made for it, or that has one already."""

from __future__ import annotations

import difflib
import shlex
from contextlib import suppress
from itertools import islice
from pathlib import Path

from qa.errors import LibraryNotFoundError, LibraryWriteError

DATABASE = "library.db"
_NEIGHBOURS = 10_000  # that are looked at for a name that may have been meant


def make_folder(path: Path) -> None:
    """Make the folder of a library where there is none.

    Raises:
        LibraryWriteError: if the system refuses.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryWriteError(
            f"the library folder {path} cannot be made: {error.strerror}; name another folder"
        ) from error


def require_library(path: Path) -> None:
    """See that a library lies in the folder ``path``; nothing is made.

    Raises:
        LibraryNotFoundError: if none does.
    """
    if _has_library(path):
        return
    near = _near(path)
    meant = f" (did you mean {near}?)" if near else ""
    raise LibraryNotFoundError(
        f"there is no library in {path}{meant}; name another with --library, or make this one:"
        f" yinju sync FOLDER --library {shlex.quote(str(path))}"
    )


def _has_library(path: Path) -> bool:
    try:
        return (path / DATABASE).exists()
    except OSError as error:
        raise LibraryNotFoundError(
            f"the library folder {path} cannot be looked into: {error.strerror}; name another"
        ) from error


def _near(path: Path) -> Path | None:
    """Return a library beside ``path`` whose name is like its own."""
    with suppress(OSError):
        names = [entry.name for entry in islice(path.parent.iterdir(), _NEIGHBOURS)]
        for name in difflib.get_close_matches(path.name, names):
            if (path.parent / name / DATABASE).exists():
                return path.parent / name
    return None
