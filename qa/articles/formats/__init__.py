"""Files to documents: one reader, in a module of its own, for each kind of file.

A reader gets a file's path and yields what it holds: one document, or one for every row of a
table of articles.  It is imported when the first file of its kind comes.
"""

from __future__ import annotations

import importlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

from qa.errors import ArticleUnreadableError, refusal
from qa.types import Span

MAX_BYTES = 64 << 20  # a larger file is no article; reading it would only fill the memory
MAX_TABLE_BYTES = 4 << 30  # of a table of articles, which is read row by row
MAX_BAD_ROWS = 1_000  # that a table may have before it is taken for something else
READING = "1"  # counted up when a reader learns to read what cost it all that it is allowed
TABLES = frozenset({"jsonl", "csv"})
MAX_CHARACTERS = 20_000_000  # in one document: more than any book has, and less than a bomb

READERS = {
    **dict.fromkeys((".txt", ".text", ".md", ".markdown"), "plain"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    ".docx": "docx",
    **dict.fromkeys((".doc", ".wps", ".ppt", ".dps"), "legacy"),
    ".rtf": "rtf",
    ".pptx": "slides",
    **dict.fromkeys((".odt", ".odp"), "opendocument"),
    ".pdf": "pdf",
    ".ofd": "ofd",
    ".epub": "epub",
    **dict.fromkeys((".eml", ".mht", ".mhtml"), "mime"),
    **dict.fromkeys((".zip", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz"), "archives"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"), "pictures"),
    ".jsonl": "jsonl",
    ".csv": "csv",
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".ods"), "spreadsheet"),
}
# A pipe that nobody writes to is not waited for.  Windows has neither flag, nor such files.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_FLAGS = os.O_RDONLY | _AT_ONCE | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
# Called by readers after each page that takes long, so that who waits can tell that they go on.
on_page: Callable[[], None] = lambda: None  # noqa: E731 - a place for another one
Cell = str | int | float  # of a workbook
_HALF = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says: its text, and what the format itself tells of its origin.

    Empty fields are looked for in the text (``qa.articles.metadata``).  ``pages`` are the offsets
    in ``text`` at which pages begin, where the format has pages.  ``key`` tells the documents of
    one file apart; it is empty where a file is one document.  ``recognized`` are the stretches of
    ``text`` that were read from pictures.
    """

    text: str
    title: str = ""
    source: str = ""
    published: date | None = None
    url: str = ""
    pages: tuple[int, ...] = ()
    key: str = ""
    recognized: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row of a file that cannot be read as an article, and why."""

    key: str
    error: ArticleUnreadableError

    @property
    def reason(self) -> str:
        """Why, in English."""
        return str(self.error)


def suffixes() -> frozenset[str]:
    """Return the suffixes that can be read, in lower case, with their dot."""
    return frozenset(READERS)


def reader_of(path: Path) -> str:
    """Return the name of the module that reads files like ``path``.

    Raises:
        ArticleUnreadableError: if there is none.
    """
    name = READERS.get(path.suffix.lower())
    if name is None:
        raise ArticleUnreadableError(
            "kind_unknown",
            "files of this kind cannot be read; known kinds: {kinds}",
            kinds=" ".join(sorted(READERS)),
        )
    return name


def read_documents(path: Path) -> Iterator[Document | Unreadable]:
    """Read the file at ``path``, in this process.

    Raises:
        ArticleUnreadableError: if no reader knows its kind, or it is not readable as that kind;
            whatever else its reader meets, for one file must not end a sync of thousands.
    """
    with _told():
        yield from _read(path)


def read_cells(path: Path) -> list[list[Cell]]:
    """Return the cells of the workbook at ``path``, read in this process.

    Raises:
        ArticleUnreadableError: as :func:`read_documents` does.
    """
    with _told():
        reader = importlib.import_module("qa.articles.formats.spreadsheet")
        rows: list[list[Cell]] = reader.first_sheet(path)
        return [
            [storable_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
        ]


@contextmanager
def _told() -> Iterator[None]:
    """Tell of whatever a reader meets that the file cannot be read."""
    try:
        yield
    except ArticleUnreadableError:
        raise
    except MemoryError as error:
        raise ArticleUnreadableError(
            "memory_short", "reading takes more memory than there is"
        ) from error
    except RecursionError as error:
        raise ArticleUnreadableError("nests_too_deep", "the file nests too deep") from error
    except Exception as error:
        raise ArticleUnreadableError(
            "reader_failed",
            "its reader failed ({kind}: {said}); the file may be damaged",
            kind=type(error).__name__,
            said=error,
        ) from error


def _read(path: Path) -> Iterator[Document | Unreadable]:
    reader = importlib.import_module(f"qa.articles.formats.{reader_of(path)}")
    empty = True
    bad = 0
    for item in reader.read(path):
        empty = False
        bad += isinstance(item, Unreadable)
        if bad > MAX_BAD_ROWS:
            raise ArticleUnreadableError(
                "too_many_bad_rows", "more than {limit:,} rows are no articles", limit=MAX_BAD_ROWS
            )
        if isinstance(item, Document):
            if not item.key and not item.text.strip():
                raise ArticleUnreadableError("no_text", "the file has no text")
            if len(item.text) > MAX_CHARACTERS:
                raise ArticleUnreadableError(
                    "text_too_long",
                    "the text has more than {limit:,} characters; split the file",
                    limit=MAX_CHARACTERS,
                )
        yield _storable(item)
    if empty:
        raise ArticleUnreadableError("no_text", "the file has no text")


def no_page(number: int) -> ArticleUnreadableError:
    """Return the error for a page that a file has not."""
    return ArticleUnreadableError(
        "no_such_page", "the file has no page {number} to be shown", number=number
    )


def _storable(item: Document | Unreadable) -> Document | Unreadable:
    """Replace half surrogate pairs, which JSON and damaged files can spell and nothing stores."""
    if isinstance(item, Unreadable):
        return Unreadable(storable_text(item.key), item.error)
    return replace(
        item,
        text=storable_text(item.text),
        title=storable_text(item.title),
        source=storable_text(item.source),
        url=storable_text(item.url),
        key=storable_text(item.key),
    )


def storable_text(text: str) -> str:
    """Return ``text`` without half surrogate pairs."""
    return _HALF.sub("\ufffd", text)


def count_documents(path: Path) -> int:
    """Return about how many documents a file holds: the lines of a table, 1 of another."""
    if reader_of(path) not in TABLES:
        return 1
    try:
        with open_regular(path) as file:
            return max(
                1, sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
            )
    except OSError as error:
        raise refused(error) from error


def require_regular(mode: int) -> None:
    """Refuse what is no file with an end: a pipe or a device may keep its reader for ever.

    Raises:
        ArticleUnreadableError: unless ``mode``, as ``os.stat`` tells it, is of a regular file.
    """
    if not stat.S_ISREG(mode):
        raise ArticleUnreadableError(
            "not_regular", "it is no regular file but a pipe or a device; take it out of the folder"
        )


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading, and nothing else, whatever lay at ``path`` before.

    What was opened is asked, for a name may come to mean something else at any time.

    Raises:
        ArticleUnreadableError: if it is a pipe or a device.
        OSError: if the system refuses.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        require_regular(os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_bytes(path: Path, limit: int | None = None) -> bytes:
    """Read a file's bytes, ``MAX_BYTES`` at most unless another limit is given.

    Raises:
        ArticleUnreadableError: if it is too large, or the system refuses.
    """
    limit = MAX_BYTES if limit is None else limit
    try:
        with open_regular(path) as file:
            data = file.read(limit + 1)
            if len(data) > limit:
                size = os.fstat(file.fileno()).st_size
                raise too_large(size, limit)
            return data
    except OSError as error:
        raise refused(error) from error


def missing(suffix: str, package: str) -> ArticleUnreadableError:
    """Return the error for a format whose library is not installed."""
    return ArticleUnreadableError(
        "reader_missing",
        "reading {suffix} needs {package}; run: pip install {package}",
        suffix=suffix,
        package=package,
    )


def refused(error: OSError) -> ArticleUnreadableError:
    """Return the error for a file that the system does not let be read."""
    return ArticleUnreadableError(
        "file_unreadable", "the file cannot be read: {why}", why=refusal(error)
    )


def too_large(size: int, limit: int) -> ArticleUnreadableError:
    """Return the error for a file of ``size`` bytes, which are more than ``limit``."""
    return ArticleUnreadableError(
        "file_too_large",
        "the file has {size} MiB, more than the {limit} MiB that an article may have; split it",
        size=size >> 20,
        limit=limit >> 20,
    )
