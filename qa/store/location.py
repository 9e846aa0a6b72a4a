"""Where a library lies: a folder that is made for it, or that has one already."""

from __future__ import annotations

import difflib
import shlex
from contextlib import suppress
from itertools import islice
from pathlib import Path

from qa.errors import LibraryNotFoundError, LibraryWriteError, refusal

DATABASE = "library.db"
REMOVED = "removed"  # a folder with the files that were taken out of the articles' folder
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
            "library_not_made",
            "the library folder {library} cannot be made: {why}; name another folder",
            library=path,
            why=refusal(error),
        ) from error


def require_library(path: Path) -> None:
    """See that a library lies in the folder ``path``; nothing is made.

    Raises:
        LibraryNotFoundError: if none does.
    """
    if has_library(path):
        return
    quoted = shlex.quote(str(path))
    near = _near(path)
    if near is not None:
        raise LibraryNotFoundError(
            "library_misspelt",
            "there is no library in {library} (did you mean {near}?); name another with --library,"
            " or make this one: yinju sync FOLDER --library {quoted}",
            library=path,
            near=near,
            quoted=quoted,
        )
    raise LibraryNotFoundError(
        "library_not_found",
        "there is no library in {library}; name another with --library, or make this one:"
        " yinju sync FOLDER --library {quoted}",
        library=path,
        quoted=quoted,
    )


def has_library(path: Path) -> bool:
    """Tell whether a library lies in the folder ``path``.

    Raises:
        LibraryNotFoundError: if nobody may look.
    """
    try:
        return (path / DATABASE).exists()
    except OSError as error:
        raise LibraryNotFoundError(
            "library_out_of_sight",
            "the library folder {library} cannot be looked into: {why}; name another",
            library=path,
            why=refusal(error),
        ) from error


def _near(path: Path) -> Path | None:
    """Return a library beside ``path`` whose name is like its own."""
    with suppress(OSError):
        names = [entry.name for entry in islice(path.parent.iterdir(), _NEIGHBOURS)]
        for name in difflib.get_close_matches(path.name, names):
            if (path.parent / name / DATABASE).exists():
                return path.parent / name
    return None
