"""PowerPoint presentations: each slide's texts and tables from top to bottom, then its notes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import accumulate, compress
from pathlib import Path
from typing import Any

from qa.articles.formats import Document, missing, read_bytes
from qa.articles.formats.archives import DAMAGED, open_archive
from qa.articles.formats.docx import OLE
from qa.articles.layout.tables import table_lines
from qa.errors import ArticleUnreadableError

MAX_SLIDES = 5_000
MAX_DEPTH = 50  # of groups in groups


def read(path: Path) -> Iterator[Document]:
    """Yield the presentation, a page for each slide; hidden slides are left out."""
    try:
        from lxml.etree import LxmlError
        from pptx import Presentation
        from pptx.exc import PythonPptxError
    except ImportError as error:
        raise missing(".pptx", "python-pptx") from error
    data = read_bytes(path)
    if data.startswith(OLE):
        raise ArticleUnreadableError(
            "pptx_encrypted",
            "the file is encrypted or an old .ppt; save it as .pptx without a password",
        )
    open_archive(data).close()
    try:
        slides = Presentation(io.BytesIO(data)).slides
        if len(slides) > MAX_SLIDES:
            raise ArticleUnreadableError(
                "too_many_slides",
                "the presentation has more than {limit:,} slides",
                limit=MAX_SLIDES,
            )
        shown = [slide.element.get("show") not in {"0", "false"} for slide in slides]
        if not any(shown):
            shown = [True] * len(slides)
        texts = [
            "".join(f"{line}\n" for line in _lines(slide)) if is_shown else ""
            for slide, is_shown in zip(slides, shown, strict=True)
        ]
        title = next((_title(slide) for slide in compress(slides, shown)), "")
    except (PythonPptxError, LxmlError, AttributeError, TypeError, *DAMAGED) as error:
        raise ArticleUnreadableError(
            "pptx_damaged", "the presentation is damaged: {said}", said=error
        ) from error
    # A hidden slide has its number as well, and no text.
    pages = tuple(accumulate(map(len, texts[:-1]), initial=0)) if texts else ()
    yield Document("".join(texts).rstrip("\n"), title=title, pages=pages)


def _title(slide: Any) -> str:  # noqa: ANN401 - python-pptx has no types
    shape = slide.shapes.title
    return " ".join(shape.text_frame.text.split()) if shape is not None else ""


def _lines(slide: Any) -> Iterator[str]:  # noqa: ANN401
    yield from _shape_lines(slide.shapes, 0)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield from _text_lines(slide.notes_slide.notes_text_frame.text)


def _shape_lines(shapes: Iterable[Any], depth: int) -> Iterator[str]:
    """Yield the lines of shapes, the title first, the others by where they stand."""
    if depth > MAX_DEPTH:
        raise ArticleUnreadableError("nests_too_deep", "the file nests too deep")
    above: list[str] = []
    for shape in sorted(shapes, key=_place):
        if hasattr(shape, "shapes"):
            yield from _shape_lines(shape.shapes, depth + 1)
        elif getattr(shape, "has_table", False):
            yield from table_lines(_grid(shape.table), "\n".join(above))
        elif shape.has_text_frame:
            above = list(_text_lines(shape.text_frame.text))
            yield from above


def _place(shape: Any) -> tuple[bool, int, int]:  # noqa: ANN401
    """Return what orders shapes; one without a place of its own has its layout's."""
    is_title = shape.is_placeholder and shape.placeholder_format.idx == 0
    return not is_title, shape.top or 0, shape.left or 0


def _text_lines(text: str) -> Iterator[str]:
    lines = text.replace("\v", "\n").split("\n")
    yield from filter(None, (line.strip() for line in lines))


def _grid(table: Any) -> list[list[str]]:  # noqa: ANN401
    """Return the cells' texts, a merged one's in each of its cells."""
    grid = [[cell.text for cell in row.cells] for row in table.rows]
    for top, row in enumerate(table.rows):
        for left, cell in enumerate(row.cells):
            if cell.is_merge_origin:
                for covered in grid[top : top + cell.span_height]:
                    width = len(covered[left : left + cell.span_width])
                    covered[left : left + cell.span_width] = [cell.text] * width
    return grid
