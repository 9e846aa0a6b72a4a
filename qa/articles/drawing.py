"""A page of a PDF or a picture as an image, to check a quote against that was read from it."""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any

from qa.articles.formats import no_page, reader_of

_SIDE, _QUALITY = 1_600, 70  # pixels, and JPEG's measure
_PAPER = 160  # the level of grey above which it is paper
_MARGIN = 20  # pixels that are left around what is on it


def draw_page(path: Path, number: int) -> bytes:
    """Return a page of a PDF or a picture, counted from 1, as a JPEG image, in this process.

    Raises:
        ArticleUnreadableError: if the file has no such page, or none at all, or is not readable.
    """
    reader = importlib.import_module(f"qa.articles.formats.{reader_of(path)}")
    if not hasattr(reader, "draw"):
        raise no_page(number)
    image = _without_margins(reader.draw(path, number).convert("RGB"))
    image.thumbnail((_SIDE, _SIDE))
    held = io.BytesIO()
    image.save(held, "JPEG", quality=_QUALITY)
    return held.getvalue()


def _without_margins(image: Any) -> Any:  # noqa: ANN401 - pillow's image
    """Return what of a page is not paper."""
    inked = image.convert("L").point(lambda level: 255 * (level < _PAPER))
    left, top, right, bottom = inked.getbbox() or (0, 0, *image.size)
    return image.crop(
        (
            max(0, left - _MARGIN),
            max(0, top - _MARGIN),
            min(image.width, right + _MARGIN),
            min(image.height, bottom + _MARGIN),
        )
    )
