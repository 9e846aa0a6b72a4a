"""PDF: the text of its pages in reading order, with the offsets at which pages begin."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from qa.articles.formats import (
    MAX_CHARACTERS,
    Document,
    Unreadable,
    missing,
    no_page,
    read_bytes,
)
from qa.articles.layout import recognition
from qa.articles.layout.pages import assemble, without_running_heads
from qa.articles.layout.paragraphs import Paragraph, Segment, paragraphs
from qa.errors import ArticleUnreadableError

MAX_PAGES = 5_000
_GAP = 1.0  # character heights of nothing that part two segments of a line
_SCANNED = 3  # characters on an average page, up to which a file is pictures of text
_UNDECODED = 0.3  # share of characters that stand for nothing, from which text is noise
_LARGE = 0.05  # share of a page that a picture of text takes at least; a seal or a logo has less
_MANY = 50  # shapes that outlined text has at least, a few lines of it
_NOISE = re.compile("[\ue000-\uf8ff\ufffd-\uffff\x00-\x08\x0e-\x1f]")


def read(path: Path) -> Iterator[Document | Unreadable]:
    """Yield the file as one document, and which of its pages are pictures that stay unread."""
    with _opened(path) as document:
        pages, pictures = _pages(document)
    _check(pages)
    are_read = recognition.is_installed()
    yield assemble(without_running_heads(pages), pictures if are_read else ())
    if pictures and not are_read:
        yield Unreadable(f"第{_ranges(pictures)}页", recognition.missing())


def draw(path: Path, number: int) -> Any:  # noqa: ANN401 - pillow's image
    """Return a page, counted from 1, as an image."""
    with _opened(path) as document:
        if not 0 < number <= len(document):
            raise no_page(number)
        return _image(document[number - 1])


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Give the document, and close it."""
    try:
        import pypdfium2
    except ImportError as error:
        raise missing(".pdf", "pypdfium2") from error
    try:
        with pypdfium2.PdfDocument(read_bytes(path)) as document:
            yield document
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ArticleUnreadableError(
                "pdf_encrypted", "the PDF needs a password; save it without one"
            ) from error
        raise ArticleUnreadableError(
            "pdf_damaged", "the PDF is damaged: {said}", said=error
        ) from error


def _ranges(numbers: list[int]) -> str:
    """Return page numbers, from 0, as people write them: 1、3—5."""
    parts = []
    for _, group in groupby(enumerate(numbers), key=lambda item: item[1] - item[0]):
        first, *others = [number + 1 for _, number in group]
        parts.append(f"{first}—{others[-1]}" if others else str(first))
    return "、".join(parts)


def _pages(document: Any) -> tuple[list[list[Paragraph]], list[int]]:  # noqa: ANN401
    """Return what stands on each page, and the numbers of those that are pictures of text."""
    if len(document) > MAX_PAGES:
        raise ArticleUnreadableError(
            "pdf_too_many_pages", "the PDF has more than {limit:,} pages; split it", limit=MAX_PAGES
        )
    pages: list[list[Paragraph]] = []
    pictures = []
    total = 0
    reads_pictures = recognition.is_installed()
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        total += text.count_chars()
        if total > MAX_CHARACTERS:
            raise ArticleUnreadableError(
                "pdf_too_long",
                "the PDF has more than {limit:,} characters; split it",
                limit=MAX_CHARACTERS,
            )
        found = paragraphs(list(_segments(text)))
        if _is_picture(found, page):
            pictures.append(number)
            if reads_pictures:
                found = recognition.read_picture(np.asarray(_image(page)))
        pages.append(found)
        text.close()
        page.close()
    return pages, pictures


def _is_picture(found: list[Paragraph], page: Any) -> bool:  # noqa: ANN401
    """Tell whether a page shows text that its characters do not say."""
    said = "".join(paragraph.text for paragraph in found)
    if len(said.strip()) <= _SCANNED:
        return _shows_much(page)
    return len(_NOISE.findall(said)) > _UNDECODED * len(said)


def _shows_much(page: Any) -> bool:  # noqa: ANN401
    """Tell whether a page has a large picture, or as many shapes as letters drawn in outline."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    shapes = 0
    for item in page.get_objects(max_depth=3):
        left, bottom, right, top = item.get_bounds()
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            if (right - left) * (top - bottom) >= _LARGE * width * height:
                return True
        elif item.type == pdfium.FPDF_PAGEOBJ_PATH:
            shapes += 1
    return shapes >= _MANY


def _image(page: Any) -> Any:  # noqa: ANN401
    scale = min(recognition.DPI / 72, recognition.MAX_SIDE / max(1.0, *page.get_size()))
    bitmap = page.render(scale=scale, rev_byteorder=True)
    image = bitmap.to_pil().convert("RGB")  # a copy of its own
    bitmap.close()
    return image


def _segments(text: Any) -> Iterator[Segment]:  # noqa: ANN401
    """Yield the characters of a page in runs that no wide gap and no line end part."""
    run: list[str] = []
    box = (0.0, 0.0, 0.0, 0.0)
    for character, left, bottom, right, top in _characters(text):
        height = max(box[3] - box[1], top - bottom)
        apart = (
            bottom > (box[1] + box[3]) / 2
            or top < (box[1] + box[3]) / 2
            or left - box[2] > _GAP * height
            or left < box[2] - height
        )
        if run and apart:
            yield from _segment(run, box)
            run = []
        if not run:
            if character.isspace():
                continue
            box = (left, bottom, right, top)
        run.append(character)
        if not character.isspace():
            box = (box[0], min(box[1], bottom), max(box[2], right), max(box[3], top))
    yield from _segment(run, box)


def _segment(run: list[str], box: tuple[float, float, float, float]) -> Iterator[Segment]:
    text = re.sub(r"\s+", " ", "".join(run)).strip()
    text = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", text)  # set apart, not spaced
    if text:
        yield Segment(text, *box)


def _characters(text: Any) -> Iterator[tuple[str, float, float, float, float]]:  # noqa: ANN401
    """Yield every character of a page in the file's own order, with its box."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    reference = ctypes.byref(box)
    high = 0
    for index in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 if high else 0xFFFD
        high = 0
        if code in {0, 0xD, 0xA, 0xFFFE} or not pdfium.FPDFText_GetLooseCharBox(
            text, index, reference
        ):
            continue
        yield chr(code), box.left, box.bottom, box.right, box.top


def _check(pages: list[list[Paragraph]]) -> None:
    text = "".join(paragraph.text for page in pages for paragraph in page)
    if len(text.strip()) <= _SCANNED * len(pages):
        raise ArticleUnreadableError(
            "pdf_scanned",
            "the PDF has no text: it seems to be scanned; for text recognition (OCR), "
            "run: pip install {packages}",
            packages=recognition.PACKAGES,
        )
    if len(_NOISE.findall(text)) > _UNDECODED * len(text):
        raise ArticleUnreadableError(
            "pdf_undecoded",
            "the PDF's fonts do not tell which characters they show; for text recognition (OCR), "
            "run: pip install {packages}",
            packages=recognition.PACKAGES,
        )
