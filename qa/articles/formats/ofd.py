"""OFD (GB/T 33190—2016), the fixed layout of Chinese government documents: text in reading order.

A file is a zip of XML.  Lengths are millimetres, y downwards from the top of the page.
"""

from __future__ import annotations

import math
import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from qa.articles.formats import MAX_CHARACTERS, Document, Unreadable, missing, read_bytes
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


class _Page(NamedTuple):
    """What stands on a page, and how many texts on it stand at no place that could be read."""

    paragraphs: list[Paragraph]
    lost: int


def read(path: Path) -> Iterator[Document | Unreadable]:
    """Yield each document of the file, most have one, and the pages of which a text is left out."""
    try:
        from lxml.etree import LxmlError
    except ImportError as error:
        raise missing(".ofd", "lxml") from error
    try:
        with open_archive(read_bytes(path)) as archive:
            bodies = list(_xml(archive, _ROOT).iter("{*}DocBody"))
            for number, body in enumerate(bodies, start=1):
                pages = list(_pages(archive, _text(body, "DocRoot")))
                if not any(page.paragraphs for page in pages):
                    if any(page.lost for page in pages):
                        raise ValueError("no text has a place")
                    raise ArticleUnreadableError(
                        "ofd_scanned",
                        "the OFD file has no text: it seems to be scanned; run it through text "
                        "recognition (OCR)",
                    )
                found = assemble(without_running_heads([page.paragraphs for page in pages]))
                key = str(number) if len(bodies) > 1 else ""
                yield Document(found.text, _text(body, "Title"), pages=found.pages, key=key)
                yield from _losses(pages, key)
    except (LxmlError, *DAMAGED) as error:
        raise ArticleUnreadableError(
            "ofd_damaged", "the OFD file is damaged: {said}", said=error
        ) from error


def _losses(pages: Sequence[_Page], key: str) -> Iterator[Unreadable]:
    """Tell of each page on which a text is left out."""
    for number, page in enumerate(pages, start=1):
        if page.lost:
            error = ArticleUnreadableError(
                "ofd_text_without_place",
                "{count} texts on the page are left out: the file does not tell where they stand",
                count=page.lost,
            )
            yield Unreadable(f"{key}#第{number}页" if key else f"第{number}页", error)


def _pages(archive: zipfile.ZipFile, root: str) -> Iterator[_Page]:
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
        segments, lost = _segments(page)
        for use in page.iter("{*}Template"):
            place = templates.get(use.get("TemplateID"))
            if place:
                more, lost_too = _segments(_xml(archive, _beside(root, place)))
                segments, lost = segments + more, lost + lost_too
        total += sum(len(segment.text) for segment in segments)
        if total > MAX_CHARACTERS:
            raise ArticleUnreadableError(
                "text_too_long",
                "the text has more than {limit:,} characters; split the file",
                limit=MAX_CHARACTERS,
            )
        yield _Page(paragraphs(list(_runs(segments))), lost)


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


def _segments(page: Any) -> tuple[list[Segment], int]:  # noqa: ANN401 - lxml has no types
    """Return the page's pieces of text with their boxes, and how many objects have no place.

    Such an object costs itself: put anywhere else, a figure would come to stand in another line.
    """
    segments: list[Segment] = []
    lost = 0
    for shown in page.iter("{*}TextObject"):
        if shown.get("Visible") == "false":
            continue
        try:
            segments += list(_pieces(shown))
        except ValueError:
            lost += any((code.text or "").strip() for code in shown.iter("{*}TextCode"))
    return segments, lost


def _pieces(shown: Any) -> Iterator[Segment]:  # noqa: ANN401
    """Yield the pieces of a text object with their boxes, y upwards."""
    left, top, width, _ = _numbers(shown.get("Boundary"), 4)
    matrix = _numbers(shown.get("CTM"), 6) if shown.get("CTM") else _SAME
    size = abs(_number(shown.get("Size", "0")) * matrix[3]) or 1.0
    codes = list(shown.iter("{*}TextCode"))
    at = (0.0, 0.0)
    for code in codes:
        # A place that is not told is that of the piece before.
        at = _number(code.get("X", at[0])), _number(code.get("Y", at[1]))
        text = " ".join((code.text or "").split())
        if not text:
            continue
        x = left + matrix[0] * at[0] + matrix[2] * at[1] + matrix[4]
        y = top + matrix[1] * at[0] + matrix[3] * at[1] + matrix[5]
        bottom = -(y + _DESCENT * size)
        right = left + width if len(codes) == 1 else x + size * len(text)
        box = x, bottom, max(right, x + size), bottom + size
        yield Segment(text, *map(_number, box))


def _number(said: str | float) -> float:
    """Return a length, which is finite.

    Raises:
        ValueError: if it is none.
    """
    number = float(said)
    if not math.isfinite(number):
        raise ValueError(f"{said!r} is no length")
    return number


def _numbers(text: str | None, count: int) -> Sequence[float]:
    numbers = [_number(number) for number in (text or "").split()]
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
