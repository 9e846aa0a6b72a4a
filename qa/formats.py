"""Files to documents: a registry of readers, one for each file name suffix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from qa.decoding import decode
from qa.errors import ArticleUnreadableError

MAX_BYTES = 64 << 20  # a larger file is no article; reading it would only fill the memory


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says: its text, and what the format itself tells of its origin.

    Empty fields are looked for in the text (``qa.metadata``).
    """

    text: str
    title: str = ""
    source: str = ""
    published: date | None = None
    url: str = ""


Reader = Callable[[bytes], Document]
_READERS: dict[str, Reader] = {}


def register(*suffixes: str) -> Callable[[Reader], Reader]:
    """Make the decorated function the reader of files with these suffixes (``.txt``)."""

    def remember(reader: Reader) -> Reader:
        _READERS.update(dict.fromkeys(suffixes, reader))
        return reader

    return remember


def suffixes() -> frozenset[str]:
    """Return the suffixes that can be read, in lower case, with their dot."""
    return frozenset(_READERS)


def read_document(name: str, data: bytes) -> Document:
    """Read the bytes of the file called ``name``.

    Raises:
        ArticleUnreadableError: if no reader knows the suffix, or the content is not readable.
    """
    reader = _READERS.get(Path(name).suffix.lower())
    if reader is None:
        raise ArticleUnreadableError(
            f"files of this kind cannot be read; known kinds: {' '.join(sorted(_READERS))}"
        )
    document = reader(data)
    if not document.text.strip():
        raise ArticleUnreadableError("the file has no text")
    return document


def read_bytes(path: Path) -> bytes:
    """Read a file's bytes.

    Raises:
        ArticleUnreadableError: if it is too large, or the system refuses.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ArticleUnreadableError(
                f"the file has {size >> 20} MiB, more than the {MAX_BYTES >> 20} MiB that an"
                " article may have; split it"
            )
        return path.read_bytes()
    except OSError as error:
        raise ArticleUnreadableError(f"the file cannot be read: {error.strerror}") from error


@register(".txt", ".text", ".md", ".markdown")
def read_plain(data: bytes) -> Document:
    """Read plain text and Markdown, which is quoted as it is written."""
    return Document(decode(data))
