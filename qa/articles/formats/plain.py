"""Plain text and Markdown, which is quoted as it is written.

Markdown may begin with front matter, YAML between lines of ``---``, as note-taking programs and
site generators write it: it tells title, source, date and address, and stays in the text, for what
else it says, who curated an exhibition, can be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from qa.articles.decoding import decode
from qa.articles.descriptions import describe, parse
from qa.articles.formats import Document, Unreadable, read_bytes
from qa.errors import ArticleUnreadableError

_MARKDOWN = frozenset({".md", ".markdown"})
_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n(.{0,20000}?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", re.S)


def read(path: Path) -> Iterator[Document | Unreadable]:
    """Yield the file as one document, and what its front matter tells in a way that cannot be."""
    text = decode(read_bytes(path))
    front = _FRONT.match(text) if path.suffix.lower() in _MARKDOWN else None
    try:
        fields = parse(front[1]) if front else {}
    except ArticleUnreadableError:
        fields = {}  # a text may begin with a line, and have another one below
    told = describe(fields)
    yield Document(text, told.title, told.source, told.published, told.url)
    yield from told.faults
