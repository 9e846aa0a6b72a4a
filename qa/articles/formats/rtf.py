"""Rich text (.rtf), as WordPad and old programs write it: paragraphs and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from qa.articles.formats import Document, missing, read_bytes
from qa.articles.layout.tables import table_lines
from qa.errors import ArticleUnreadableError

_MARK = b"{\\rtf"
_CELL = "|"  # that striprtf writes after each cell of a row
_PICTURE = re.compile(rb"[\da-fA-F\r\n]{1000,}")  # thousands of digits are no text


def read(path: Path) -> Iterator[Document]:
    """Yield the document."""
    try:
        from striprtf.striprtf import rtf_to_text
    except ImportError as error:
        raise missing(".rtf", "striprtf") from error
    data = read_bytes(path)
    if not data.startswith(_MARK):
        raise ArticleUnreadableError("rtf_damaged", "the file is no rich text, or damaged")
    plain = _PICTURE.sub(b"", data).decode("latin-1")
    text: str = rtf_to_text(plain, errors="replace")  # type: ignore[no-untyped-call]
    # A character beyond the first 65,536 is written as two halves.
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    yield Document("\n".join(_lines(text)))


def _lines(text: str) -> Iterator[str]:
    lines = filter(None, (line.strip() for line in text.split("\n")))
    above = ""
    for is_table, group in groupby(lines, key=lambda line: line.endswith(_CELL)):
        if is_table:
            rows = [[cell.strip() for cell in line[:-1].split(_CELL)] for line in group]
            yield from table_lines(rows, above)
        else:
            for above in group:
                yield above
