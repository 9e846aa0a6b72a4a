"""Comma-separated values: a table of articles, or a table of figures, which is one article."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from qa.articles.decoding import decode
from qa.articles.formats import (
    MAX_BYTES,
    MAX_CHARACTERS,
    Document,
    Unreadable,
    open_regular,
    refused,
)
from qa.articles.formats.article_tables import ALIASES, document, fields_of
from qa.articles.layout.tables import table_lines
from qa.errors import ArticleUnreadableError

_SEPARATORS = ",;\t，"
_CELLS = 5_000_000  # of a table that is one article
_LOOKED_AT = 1 << 20  # bytes from which encoding and separator are told
_ENCODINGS = ("utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5hkscs")


def read(path: Path) -> Iterator[Document | Unreadable]:
    """Yield the article in every row, or the whole table as one document if it has no text column.

    The first row names the columns.  Rows are read one at a time, so the file may be of any size.
    """
    head = _head(path)
    first = decode(head).lstrip("\ufeff").split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    csv.field_size_limit(MAX_CHARACTERS)
    encoding = _encoding(head)
    try:
        data = open_regular(path)
        with TextIOWrapper(data, encoding=encoding, errors="replace", newline="") as file:
            rows = _rows(file, separator)
            header = [name.strip() for name in next(rows, [])]
            if "text" in fields_of(header):
                yield from _articles(header, rows)
            elif os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise ArticleUnreadableError(
                    "no_text_column",
                    "no column of the table is called {names}, and for one article it is too large",
                    names=" or ".join(ALIASES["text"][:4]),
                )
            else:
                table = [header, *rows]
                if len(table) * max(map(len, table)) > _CELLS:
                    raise ArticleUnreadableError(
                        "too_many_cells", "the table has more than {limit:,} cells", limit=_CELLS
                    )
                yield Document("\n".join(table_lines(table)), title=path.stem)
    except OSError as error:
        raise refused(error) from error
    except csv.Error as error:
        raise ArticleUnreadableError(
            "table_damaged", "the file is no table of values: {said}", said=error
        ) from error


def _rows(file: TextIO, separator: str) -> Iterator[list[str]]:
    """Yield the rows; none is read on beyond what an article may have."""
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        while line := file.readline(MAX_CHARACTERS + 1):
            taken += len(line)
            if taken > MAX_CHARACTERS:
                raise ArticleUnreadableError(
                    "row_too_long",
                    "a row has more than {limit:,} characters; split it",
                    limit=MAX_CHARACTERS,
                )
            yield line

    for row in csv.reader(lines(), delimiter=separator):
        taken = 0
        yield row


def _articles(header: list[str], rows: Iterable[list[str]]) -> Iterator[Document | Unreadable]:
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        if any(cell.strip() for cell in row):
            yield document(dict(zip(header, row, strict=False)), number, seen)


def _head(path: Path) -> bytes:
    """Return the file's beginning, whole lines of it."""
    try:
        with open_regular(path) as file:
            data = file.read(_LOOKED_AT)
            whole = data if len(data) < _LOOKED_AT else data[: data.rfind(b"\n") + 1] or data
            # A line end of UTF-16 has a second byte.
            return whole + b"\0" if len(whole) % 2 and whole[:2] == b"\xff\xfe" else whole
    except OSError as error:
        raise refused(error) from error


def _encoding(head: bytes) -> str:
    """Return the encoding in which the file's beginning reads as it was decoded."""
    text = decode(head)
    for name in _ENCODINGS:
        try:
            if head.decode(name).lstrip("\ufeff") == text.lstrip("\ufeff"):
                return name
        except UnicodeDecodeError:
            continue
    return "utf-8"  # damaged here and there: what cannot be decoded is replaced
