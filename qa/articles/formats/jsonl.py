"""JSON lines: an article in each, read one at a time, so that the file may be of any size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from qa.articles.decoding import decode
from qa.articles.formats import MAX_BYTES, Document, Unreadable, open_regular, refused
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
                        "line_too_long",
                        "line {line} has more than {limit} MiB; split it",
                        line=number,
                        limit=MAX_BYTES >> 20,
                    )
                row = _row(line, number, seen)
                if row is not None:
                    yield row
    except OSError as error:
        raise refused(error) from error


def _row(line: bytes, number: int, seen: set[str]) -> Document | Unreadable | None:
    try:
        text = decode(line).lstrip("\ufeff")
        if not text.strip():
            return None
        value = json.loads(text)
        if isinstance(value, dict):
            return document(value, number, seen)
    except RecursionError:
        reason = ArticleUnreadableError(
            "line_nests_too_deep", "line {line} is not JSON: it nests too deep", line=number
        )
    except json.JSONDecodeError as error:
        reason = ArticleUnreadableError(
            "line_no_json",
            "line {line} is not JSON: {said}",
            line=number,
            said=error,
            column=error.pos + 1,
        )
    except ValueError as error:  # a number of more digits than Python takes
        reason = ArticleUnreadableError(
            "line_unparsed", "line {line} is not JSON: {said}", line=number, said=error
        )
    except ArticleUnreadableError as error:
        reason = ArticleUnreadableError(
            "line_unreadable", "line {line}: {reason}", line=number, reason=error
        )
    else:
        reason = ArticleUnreadableError(
            "line_no_object", "line {line} is not a JSON object with title and text", line=number
        )
    return Unreadable(str(number), reason)
