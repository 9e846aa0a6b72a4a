"""Plain text and Markdown, which is quoted as it is written.

Markdown may begin with front matter, YAML between lines of ``---``, as note-taking programs and
site generators write it: it tells title, source, date and address, and stays in the text, for what
else it says, who curated an exhibition, can be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from qa.articles.decoding import decode
from qa.articles.formats import Document, missing, read_bytes
from qa.articles.formats.article_tables import about

_MARKDOWN = frozenset({".md", ".markdown"})
_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n(.{0,20000}?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", re.S)


def read(path: Path) -> Iterator[Document]:
    """Yield the file as one document."""
    text = decode(read_bytes(path))
    front = _FRONT.match(text) if path.suffix.lower() in _MARKDOWN else None
    yield (front and _told(front[1], text)) or Document(text)


def _told(front: str, text: str) -> Document | None:
    """Return the text with what its front matter tells, None if that is no front matter."""
    try:
        import yaml
    except ImportError as error:
        raise missing(".md", "pyyaml") from error
    try:
        fields = yaml.safe_load(front)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    # A list can have itself or others as items, and be endless written out.
    said = {
        name: str(value)
        for name, value in fields.items()
        if isinstance(name, str) and isinstance(value, str | int | float | date)
    }
    return about(said, text)
