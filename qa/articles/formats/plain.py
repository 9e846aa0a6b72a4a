"""Plain text and Markdown, which is quoted as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qa.articles.decoding import decode
from qa.articles.formats import Document, read_bytes


def read(path: Path) -> Iterator[Document]:
    """Yield the file as one document."""
    yield Document(decode(read_bytes(path)))
