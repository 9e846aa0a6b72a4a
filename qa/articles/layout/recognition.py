"""Text recognition (OCR): what the lines of a picture say, and where they stand."""

from __future__ import annotations

import math
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa.articles import formats
from qa.articles.layout.paragraphs import Paragraph, Segment, paragraphs
from qa.errors import ArticleUnreadableError

PACKAGES = "rapidocr onnxruntime"
DPI = 200  # at which pages are drawn
MAX_SIDE = 2_800  # pixels; a square of 4,000 takes more memory than a reader is allowed
_UPRIGHT = 0.85  # mean score from which a page need not be tried turned
_TALL = 1.5  # times as high as wide is a line that runs upwards
_SAME_HEIGHT = 0.3  # share by which heights may differ from the usual one and be taken for it

Picture = NDArray[np.uint8]  # height, width, 3 colours


class _Line(NamedTuple):
    corners: NDArray[np.float64]  # 4 × 2 pixels, clockwise from the top left of the text
    text: str
    score: float

    @property
    def width(self) -> float:
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def height(self) -> float:
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))


def is_installed() -> bool:
    """Tell whether pictures can be read."""
    return all(find_spec(name) is not None for name in PACKAGES.split())


def missing() -> ArticleUnreadableError:
    """Return the error for pictures of text where recognition is not installed."""
    return ArticleUnreadableError(
        "ocr_missing",
        "it holds pictures of text, which text recognition (OCR) can read; run: "
        "pip install {packages}",
        packages=PACKAGES,
    )


def read_picture(picture: Picture) -> list[Paragraph]:
    """Return what stands on a picture in reading order, whichever way it lies."""
    lines = _lines(picture)
    if lines and (_score(lines) < _UPRIGHT or _is_tall(lines)):
        turned = (_lines(np.ascontiguousarray(np.rot90(picture, times))) for times in (1, 2, 3))
        # A line that runs upwards can be read as well, but not in its place among the others.
        level = (found for found in (lines, *turned) if not _is_tall(found))
        lines = max(level, key=_score, default=[])
    formats.on_page()
    return paragraphs(_segments(lines))


@lru_cache(maxsize=1)
def _engine() -> Any:  # noqa: ANN401 - imported late
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"  # in the wheel: nothing is fetched
    found = {kind: sorted(models.glob(f"*_{kind}_*.onnx")) for kind in ("det", "rec")}
    if not all(found.values()):
        raise missing()
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # pages are turned as a whole
            "Global.max_side_len": MAX_SIDE,
            "Det.model_path": str(found["det"][0]),
            "Rec.model_path": str(found["rec"][0]),
        }
    )


def _lines(picture: Picture) -> list[_Line]:
    found = _engine()(picture)
    if found.boxes is None or found.txts is None:
        return []
    return [
        _Line(np.asarray(box, dtype=np.float64), text.strip(), float(score))
        for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        if text.strip()
    ]


def _score(lines: list[_Line]) -> float:
    """Return the mean score of a character."""
    letters = sum(len(line.text) for line in lines)
    return sum(line.score * len(line.text) for line in lines) / letters if letters else 0.0


def _is_tall(lines: list[_Line]) -> bool:
    long = [line for line in lines if len(line.text) > 2]
    tall = sum(line.height > _TALL * line.width for line in long)
    return 2 * tall > len(long)  # of no lines none is


def _segments(lines: list[_Line]) -> list[Segment]:
    """Return the lines as they would stand on a straight page, in pixels, y upwards."""
    if not lines:
        return []
    long = [line for line in lines if line.width > 2 * line.height] or lines
    across = [line.corners[1] - line.corners[0] for line in long]
    angle = median(math.atan2(y, x) for x, y in across)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    usual = median(line.height for line in lines)
    segments = []
    for line in lines:
        corners = line.corners @ turn
        left, right = corners[:, 0].min(), corners[:, 0].max()
        middle = -corners[:, 1].mean()
        # A box is as high as its highest character: lines of one size differ by that.
        height = usual if abs(line.height - usual) < _SAME_HEIGHT * usual else line.height
        segments.append(
            Segment(line.text, float(left), middle - height / 2, float(right), middle + height / 2)
        )
    return segments
