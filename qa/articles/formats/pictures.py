"""Pictures of text: photographs, screenshots and scans, by text recognition."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from qa.articles.formats import Document, missing, read_bytes
from qa.articles.layout import recognition
from qa.articles.layout.pages import assemble, without_running_heads
from qa.articles.layout.paragraphs import Paragraph
from qa.errors import ArticleUnreadableError

MAX_PIXELS = 100_000_000
MAX_FRAMES = 1_000  # of a TIFF
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")


def read(path: Path) -> Iterator[Document]:
    """Yield what stands on the picture, a page for each frame."""
    try:
        from PIL import Image
    except ImportError as error:
        raise missing(path.suffix, "pillow") from error
    if not recognition.is_installed():
        raise recognition.missing()
    data = read_bytes(path)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        pages = list(_pages(data))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ArticleUnreadableError(
            "picture_damaged", "the picture is damaged or too large: {said}", said=error
        ) from error
    yield assemble(without_running_heads(pages), recognized=range(len(pages)))


def _pages(data: bytes) -> Iterator[list[Paragraph]]:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        frames = getattr(image, "n_frames", 1)
        if frames > MAX_FRAMES:
            raise ArticleUnreadableError(
                "too_many_frames", "the picture has more than {limit:,} pages", limit=MAX_FRAMES
            )
        for number in range(frames):
            image.seek(number)
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError(f"{image.width} × {image.height} pixels")
            upright = ImageOps.exif_transpose(image).convert("RGBA")
            page = Image.new("RGB", upright.size, "white")  # below what can be seen through
            page.paste(upright, mask=upright.getchannel("A"))
            page.thumbnail((recognition.MAX_SIDE, recognition.MAX_SIDE))
            yield recognition.read_picture(np.asarray(page))
