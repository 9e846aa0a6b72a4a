"""OFD (GB/T 33190—2016), the fixed layout of Chinese government documents: text in reading order.

A file is a zip of XML.  Lengths are millimetres, y downwards from the top of the page.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from qa.articles.formats import MAX_CHARACTERS, Document, missing, read_bytes
from qa.articles.formats.archives import DAMAGED, open_archive
from qa.articles.layout.pages import assemble, without_running_heads
from qa.articles.layout.paragraphs import Paragraph, Segment, join, paragraphs
from qa.errors import ArticleUnreadableError

MAX_PAGES = 5_000
_ROOT = "OFD.xml"
_DESCENT = 0.2  # share of a character's size that hangs below the line
_LEVEL = 0.1  # character heights by which the feet of one line's pieces may differ
_GAP = 1.0  # character heights of nothing that part two pieces of a line
_SAME = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)  # the transformation that changes nothing


def read(path: Path) -> Iterator[Document]:
    """Yield each document of the file; most files have one."""
    try:
        from lxml.etree import LxmlError
    except ImportError as error:
        raise missing(".ofd", "lxml") from error
    try:
        with open_archive(read_bytes(path)) as archive:
            bodies = list(_xml(archive, _ROOT).iter("{*}DocBody"))
            for number, body in enumerate(bodies, start=1):
                pages = list(_pages(archive, _text(body, "DocRoot")))
                if not any(pages):
                    raise ArticleUnreadableError(
                        "ofd_scanned",
                        "the OFD file has no text: it seems to be scanned; run it through text "
                        "recognition (OCR)",
                    )
                found = assemble(without_running_heads(pages))
                key = str(number) if len(bodies) > 1 else ""
                yield Document(found.text, _text(body, "Title"), pages=found.pages, key=key)
    except (LxmlError, *DAMAGED) as error:
        raise ArticleUnreadableError(
            "ofd_damaged", "the OFD file is damaged: {said}", said=error
        ) from error


def _pages(archive: zipfile.ZipFile, root: str) -> Iterator[list[Paragraph]]:
    """Yield what stands on the pages of the document that ``root`` describes."""
    root = root.lstrip("/")
    document = _xml(archive, root)
    templates = {
        item.get("ID"): item.get("BaseLoc", "") for item in document.iter("{*}TemplatePage")
    }
    pages = [item for part in document.iter("{*}Pages") for item in part.iter("{*}Page")]
    if len(pages) > MAX_PAGES:
        raise ArticleUnreadableError(
            "ofd_too_many_pages", "the OFD file has more than {limit:,} pages", limit=MAX_PAGES
        )
    total = 0
    for item in pages:
        page = _xml(archive, _beside(root, item.get("BaseLoc", "")))
        segments = list(_segments(page))
        for use in page.iter("{*}Template"):
            place = templates.get(use.get("TemplateID"))
            if place:
                segments += _segments(_xml(archive, _beside(root, place)))
        total += sum(len(segment.text) for segment in segments)
        if total > MAX_CHARACTERS:
            raise ArticleUnreadableError(
                "text_too_long",
                "the text has more than {limit:,} characters; split the file",
                limit=MAX_CHARACTERS,
            )
        yield paragraphs(list(_runs(segments)))


def _runs(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Yield the pieces of each line put together where no wide gap parts them.

    A figure in a line of Chinese is often a piece of its own, in another font.
    """
    for row in _rows(segments):
        run, *pieces = sorted(row, key=lambda piece: piece.left)
        for piece in pieces:
            height = max(run.height, piece.height)
            if -height < piece.left - run.right <= _GAP * height:
                run = Segment(
                    join(run.text, piece.text),
                    run.left,
                    min(run.bottom, piece.bottom),
                    max(run.right, piece.right),
                    max(run.top, piece.top),
                )
            else:
                yield run
                run = piece
        yield run


def _rows(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    row: list[Segment] = []
    for piece in sorted(segments, key=lambda piece: -piece.bottom):
        if row and row[0].bottom - piece.bottom > _LEVEL * max(row[0].height, piece.height):
            yield row
            row = []
        row.append(piece)
    if row:
        yield row


def _segments(page: Any) -> Iterator[Segment]:  # noqa: ANN401 - lxml has no types
    """Yield the page's pieces of text with their boxes, y upwards."""
    for shown in page.iter("{*}TextObject"):
        if shown.get("Visible") == "false":
            continue
        left, top, width, _ = _numbers(shown.get("Boundary"), 4)
        matrix = _numbers(shown.get("CTM"), 6) if shown.get("CTM") else _SAME
        size = abs(float(shown.get("Size", "0")) * matrix[3]) or 1.0
        codes = list(shown.iter("{*}TextCode"))
        at = (0.0, 0.0)
        for code in codes:
            # A place that is not told is that of the piece before.
            at = float(code.get("X", at[0])), float(code.get("Y", at[1]))
            text = " ".join((code.text or "").split())
            if not text:
                continue
            x = left + matrix[0] * at[0] + matrix[2] * at[1] + matrix[4]
            y = top + matrix[1] * at[0] + matrix[3] * at[1] + matrix[5]
            bottom = -(y + _DESCENT * size)
            right = left + width if len(codes) == 1 else x + size * len(text)
            yield Segment(text, x, bottom, max(right, x + size), bottom + size)


def _numbers(text: str | None, count: int) -> Sequence[float]:
    numbers = [float(number) for number in (text or "").split()]
    if len(numbers) != count:
        raise ValueError(f"{text!r} are not {count} numbers")
    return numbers


def _beside(root: str, place: str) -> str:
    """Return the name of a member that a document names, from its own folder or the top."""
    if place.startswith("/"):
        return place.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(root), place))


def _xml(archive: zipfile.ZipFile, name: str) -> Any:  # noqa: ANN401
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(archive.read(name), parser)


def _text(parent: Any, name: str) -> str:  # noqa: ANN401
    found = next(parent.iter(f"{{*}}{name}"), None)
    return "" if found is None else " ".join((found.text or "").split())
