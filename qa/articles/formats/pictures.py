"""Pictures of text: photographs, screenshots and scans, by text recognition."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from qa.articles.formats import Document, missing, no_page, read_bytes
from qa.articles.layout import recognition
from qa.articles.layout.pages import assemble, without_running_heads
from qa.errors import ArticleUnreadableError

MAX_PIXELS = 100_000_000
MAX_FRAMES = 1_000  # of a TIFF
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")


def read(path: Path) -> Iterator[Document]:
    """Yield what stands on the picture, a page for each frame."""
    if not recognition.is_installed():
        raise recognition.missing()
    with _opened(path) as image:
        frames = getattr(image, "n_frames", 1)
        if frames > MAX_FRAMES:
            raise ArticleUnreadableError(
                "too_many_frames", "the picture has more than {limit:,} pages", limit=MAX_FRAMES
            )
        pages = [
            recognition.read_picture(np.asarray(_frame(image, number))) for number in range(frames)
        ]
    yield assemble(without_running_heads(pages), recognized=range(len(pages)))


def draw(path: Path, number: int) -> Any:  # noqa: ANN401 - pillow's image
    """Return a frame, counted from 1, as it is read."""
    with _opened(path) as image:
        if not 0 < number <= getattr(image, "n_frames", 1):
            raise no_page(number)
        return _frame(image, number - 1)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Give the picture, and close it."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise missing(path.suffix, "pillow") from error
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(io.BytesIO(read_bytes(path)), formats=_FORMATS) as image:
            yield image
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        is_unknown = isinstance(error, UnidentifiedImageError)
        said = "its kind is unknown" if is_unknown else str(error)
        raise ArticleUnreadableError(
            "picture_damaged", "the picture is damaged or too large: {said}", said=said
        ) from error


def _frame(image: Any, number: int) -> Any:  # noqa: ANN401
    """Return a frame as it is seen: upright, on white, not too large."""
    from PIL import Image, ImageOps

    image.seek(number)
    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError(f"{image.width} × {image.height} pixels")
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    frame = Image.new("RGB", upright.size, "white")  # below what can be seen through
    frame.paste(upright, mask=upright.getchannel("A"))
    frame.thumbnail((recognition.MAX_SIDE, recognition.MAX_SIDE))
    return frame
