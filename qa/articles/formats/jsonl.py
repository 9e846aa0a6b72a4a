"""JSON lines: an article in each, read one at a time, so that the file may be of any size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from qa.articles.decoding import decode
from qa.articles.formats import MAX_BYTES, Document, Unreadable, open_regular
from qa.articles.formats.article_tables import document
from qa.errors import ArticleUnreadableError


def read(path: Path) -> Iterator[Document | Unreadable]:
    """Yield the article in every line; a line that is none is reported, and the rest goes on."""
    seen: set[str] = set()
    try:
        with open_regular(path) as file:
            number = 0
            while line := file.readline(MAX_BYTES + 1):
                number += 1
                if len(line) > MAX_BYTES:
                    raise ArticleUnreadableError(
                        f"line {number} has more than {MAX_BYTES >> 20} MiB; split it"
                    )
                row = _row(line, number, seen)
                if row is not None:
                    yield row
    except OSError as error:
        raise ArticleUnreadableError(f"the file cannot be read: {error.strerror}") from error


def _row(line: bytes, number: int, seen: set[str]) -> Document | Unreadable | None:
    try:
        text = decode(line).lstrip("\ufeff")
        if not text.strip():
            return None
        value = json.loads(text)
        if isinstance(value, dict):
            return document(value, number, seen)
    except RecursionError:
        return Unreadable(str(number), f"line {number} is not JSON: it nests too deep")
    except ValueError as error:
        return Unreadable(str(number), f"line {number} is not JSON: {error}")
    except ArticleUnreadableError as error:
        return Unreadable(str(number), f"line {number}: {error}")
    return Unreadable(str(number), f"line {number} is not a JSON object with title and text")
