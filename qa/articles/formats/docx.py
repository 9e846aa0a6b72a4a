"""Word documents: paragraphs, tables, notes and text boxes in their order."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa.articles.formats import Document, missing, read_bytes
from qa.articles.formats.archives import DAMAGED, open_archive
from qa.articles.layout.tables import Room, table_lines
from qa.errors import ArticleUnreadableError

_COLUMNS = 63  # more a table in Word has not
OLE = b"\xd0\xcf\x11\xe0"  # what old Word files and encrypted new ones begin with


def read(path: Path) -> Iterator[Document]:
    """Yield the document."""
    try:
        import docx
        from docx.opc.exceptions import OpcError
        from lxml.etree import LxmlError
    except ImportError as error:
        raise missing(".docx", "python-docx") from error
    data = read_bytes(path)
    if data.startswith(OLE):
        raise ArticleUnreadableError(
            "docx_encrypted",
            "the file is encrypted or an old .doc; save it as .docx without a password",
        )
    open_archive(data).close()
    try:
        document = docx.Document(io.BytesIO(data))
        lines = list(_lines(document.element.body, Room()))
    except (OpcError, LxmlError, *DAMAGED) as error:
        raise ArticleUnreadableError(
            "docx_damaged", "the Word document is damaged: {said}", said=error
        ) from error
    yield Document("\n".join(lines))


def _lines(parent: Any, room: Room) -> Iterator[str]:  # noqa: ANN401 - lxml has no types
    """Yield the lines of paragraphs and tables, those in content controls included."""
    above = ""
    for child in parent:
        kind = _kind(child)
        if kind == "p":
            text = _text(child)
            yield from filter(None, (line.strip() for line in text.split("\n")))
            above = text or above
        elif kind == "tbl":
            yield from table_lines(_grid(child, room), above)
        elif kind in {"sdt", "sdtContent", "ins", "customXml", "smartTag"}:
            yield from _lines(child, room)


def _kind(element: Any) -> str:  # noqa: ANN401
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _text(paragraph: Any) -> str:  # noqa: ANN401
    """Return a paragraph's text as it reads now: what tracked changes deleted is left out."""
    pieces: list[str] = []
    stack = [paragraph]
    while stack:
        element = stack.pop()
        kind = _kind(element)
        if kind == "t":
            pieces.append(element.text or "")
        elif kind in {"tab", "ptab"} and _kind(element.getparent()) == "r":
            pieces.append("\t")
        elif kind in {"br", "cr"}:
            pieces.append("\n")
        elif kind == "noBreakHyphen":
            pieces.append("-")
        elif kind not in {"del", "moveFrom", "Fallback", "instrText", "pPr", "rPr"}:
            if kind == "p" and element is not paragraph:  # in a text box
                pieces.append("\n")
            stack.extend(reversed(element))
    return "".join(pieces)


def _grid(table: Any, room: Room) -> list[list[str]]:  # noqa: ANN401
    """Return the cells' texts, one that spans several columns or rows repeated in each."""
    grid: list[list[str]] = []
    for row in (element for element in table.iter() if _kind(element) == "tr"):
        if next(row.iterancestors(table.tag)) is not table:
            continue  # a table in a cell is read with its cell
        cells: list[str] = []
        for cell in (element for element in row if _kind(element) == "tc"):
            text = "\n".join(_lines(cell, room))
            span, continues = _merged(cell)
            if continues and grid and len(cells) < len(grid[-1]):
                text = grid[-1][len(cells)]
            room.take(text, times=span)
            cells.extend([text] * span)
        grid.append(cells)
    return grid


def _merged(cell: Any) -> tuple[int, bool]:  # noqa: ANN401
    """Return over how many columns a cell goes, and whether it continues the one above."""
    span, continues = 1, False
    for element in cell.iter():
        kind = _kind(element)
        value = next((value for name, value in element.items() if name.endswith("}val")), "")
        if kind == "gridSpan" and value.isdecimal() and len(value) < 4:
            span = min(max(1, int(value)), _COLUMNS)
        elif kind == "vMerge":
            continues = value != "restart"
        elif kind == "p":
            break
    return span, continues
