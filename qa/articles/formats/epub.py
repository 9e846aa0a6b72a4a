"""E-books: the chapters in the order of the spine."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from qa.articles.formats import MAX_CHARACTERS, Document, missing, read_bytes
from qa.articles.formats.archives import DAMAGED, open_archive
from qa.articles.formats.html import parse, spell_out_tables, text_of
from qa.articles.layout.tables import Room
from qa.articles.metadata import parse_date
from qa.errors import ArticleUnreadableError

_CONTAINER = "META-INF/container.xml"
_PAGES = {"application/xhtml+xml", "text/html"}


def read(path: Path) -> Iterator[Document]:
    """Yield the book as one document."""
    try:
        from lxml.etree import LxmlError
    except ImportError as error:
        raise missing(".epub", "lxml") from error
    try:
        with open_archive(read_bytes(path)) as archive:
            yield _book(archive)
    except (LxmlError, *DAMAGED) as error:
        raise ArticleUnreadableError(
            "book_damaged", "the book is damaged: {said}", said=error
        ) from error


def _book(archive: zipfile.ZipFile) -> Document:
    container = _xml(archive.read(_CONTAINER))
    roots = [root.get("full-path", "") for root in container.iter("{*}rootfile")]
    if not roots:
        raise ArticleUnreadableError(
            "book_without_package", "the book is damaged: it names no package"
        )
    package_path = roots[0]
    package = _xml(archive.read(package_path))
    members = {item.get("id"): item for item in package.iter("{*}item")}
    folder = posixpath.dirname(package_path)
    chapters: dict[str, str] = {}  # by name: a book that names one again and again says it once
    left, room = MAX_CHARACTERS, Room()
    for reference in package.iter("{*}itemref"):
        item = members.get(reference.get("idref"))
        if item is not None and item.get("media-type") in _PAGES:
            name = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
            if name in chapters:
                continue
            tree = parse(archive.read(name))
            spell_out_tables(tree, room)
            chapters[name] = text_of(tree)
            left -= len(chapters[name])
            if left < 0:
                raise ArticleUnreadableError(
                    "text_too_long",
                    "the text has more than {limit:,} characters; split the file",
                    limit=MAX_CHARACTERS,
                )
    return Document(
        "\n".join(filter(None, chapters.values())),
        title=_first(package, "title"),
        source=_first(package, "publisher"),
        published=parse_date(_first(package, "date")),
    )


def _xml(data: bytes) -> Any:  # noqa: ANN401 - lxml has no types
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(data, parser)


def _first(package: Any, name: str) -> str:  # noqa: ANN401
    found = next(package.iter(f"{{*}}{name}"), None)
    return "" if found is None else " ".join((found.text or "").split())
