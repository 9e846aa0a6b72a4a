"""OpenDocument texts and presentations of LibreOffice (.odt, .odp): paragraphs, tables, notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa.articles.formats import Document, missing, read_bytes
from qa.articles.formats.archives import DAMAGED, open_archive
from qa.articles.layout.tables import Room, table_lines
from qa.errors import ArticleUnreadableError

MAX_REPEATED = 200  # cells and rows that one element may stand for
_CONTENT, _ABOUT, _MANIFEST = "content.xml", "meta.xml", "META-INF/manifest.xml"
_ENCRYPTED = b"encryption-data"
# Deleted text that is kept for its history, remarks, and what programs draw by themselves.
_UNSAID = frozenset({"tracked-changes", "annotation", "annotation-end", "note-citation", "desc"})
_PARAGRAPHS = frozenset({"p", "h"})
_FRAMES = frozenset({"frame", "text-box", "custom-shape", "g"})


def read(path: Path) -> Iterator[Document]:
    """Yield the document, a page for each slide if it is a presentation."""
    try:
        from lxml import etree
    except ImportError as error:
        raise missing(path.suffix, "lxml") from error
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        with open_archive(read_bytes(path)) as archive:
            if _MANIFEST in archive.namelist() and _ENCRYPTED in archive.read(_MANIFEST):
                raise ArticleUnreadableError(
                    "file_encrypted", "the file is encrypted; save it without a password"
                )
            root = etree.fromstring(archive.read(_CONTENT), parser)
            about = (
                etree.fromstring(archive.read(_ABOUT), parser)
                if _ABOUT in archive.namelist()
                else root
            )
    except (etree.LxmlError, *DAMAGED) as error:
        raise ArticleUnreadableError(
            "opendocument_damaged", "the OpenDocument file is damaged: {said}", said=error
        ) from error
    title = " ".join((about.findtext(".//{http://purl.org/dc/elements/1.1/}title") or "").split())
    room = Room()
    slides = [element for element in root.iter("{*}page") if _kind(element.getparent()) != "notes"]
    if not slides:
        yield Document("\n".join(_lines(root, room)), title=title)
        return
    pages, texts, at = [], [], 0
    for slide in slides:
        pages.append(at)
        texts.append("\n".join(_lines(slide, room)))
        at += len(texts[-1]) + 1
    yield Document("\n".join(texts), title=title, pages=tuple(pages))


def _kind(element: Any) -> str:  # noqa: ANN401 - lxml has no types
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _attribute(element: Any, name: str) -> str:  # noqa: ANN401
    return next((value for key, value in element.items() if key.endswith("}" + name)), "")


def _lines(parent: Any, room: Room) -> Iterator[str]:  # noqa: ANN401
    """Yield the lines of paragraphs and tables, at whatever depth they stand."""
    above = ""
    for child in parent:
        kind = _kind(child)
        if kind in _PARAGRAPHS:
            text = _text(child, room)
            yield from filter(None, (line.strip() for line in text.split("\n")))
            above = text or above
        elif kind == "table":
            yield from table_lines(_grid(child, room), above)
        elif kind not in _UNSAID:
            yield from _lines(child, room)


def _text(paragraph: Any, room: Room) -> str:  # noqa: ANN401
    """Return a paragraph's text, with the notes and text boxes in it on lines of their own."""
    pieces = [paragraph.text or ""]
    for child in paragraph:
        kind = _kind(child)
        if kind == "s":
            count = _attribute(child, "c")
            pieces.append(" " * (min(int(count), MAX_REPEATED) if count.isdecimal() else 1))
        elif kind == "tab":
            pieces.append("\t")
        elif kind == "line-break":
            pieces.append("\n")
        elif kind == "note-body" or kind in _FRAMES:
            pieces.extend(f"\n{line}" for line in _lines(child, room))
            pieces.append("\n" if kind in _FRAMES else "")
        elif kind and kind not in _UNSAID:
            pieces.append(_text(child, room))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _grid(table: Any, room: Room) -> list[list[str]]:  # noqa: ANN401
    """Return the cells' texts, one that spans several columns or rows repeated in each."""
    grid: list[list[str]] = []
    reach: dict[int, tuple[int, str]] = {}  # per column: how many cells to come are covered
    for row in table.iter("{*}table-row"):
        if next(row.iterancestors(table.tag)) is not table:
            continue  # a table in a cell is read with its cell
        cells: list[str] = []
        for cell in row:
            kind = _kind(cell)
            if kind not in {"table-cell", "covered-table-cell"}:
                continue
            for _ in range(_count(cell, "number-columns-repeated")):
                column = len(cells)
                left, said = reach.pop(column, (0, ""))
                if kind == "covered-table-cell" and left:
                    cells.append(said)
                    if left > 1:
                        reach[column] = (left - 1, said)
                elif kind == "covered-table-cell":
                    cells.append("")
                else:
                    cells.append("\n".join(_lines(cell, room)))
                    rows = _count(cell, "number-rows-spanned")
                    for covered in range(_count(cell, "number-columns-spanned")):
                        reach[column + covered] = (rows - (covered == 0), cells[-1])
        repeated = _count(row, "number-rows-repeated")
        room.take(*cells, times=repeated)
        grid.extend([cells] * repeated)
    return grid


def _count(element: Any, name: str) -> int:  # noqa: ANN401
    value = _attribute(element, name)
    return min(int(value), MAX_REPEATED) if value.isdecimal() else 1
