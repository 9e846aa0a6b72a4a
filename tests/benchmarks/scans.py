"""How well scans are read: pages of official text, drawn and then spoilt as scanners and phones do.

Call::

    python -m tests.benchmarks.scans [--data ../shared/data] [--pages 24]

Prints for each way of spoiling the characters that are wrong, as edits for each character of the
page, and the share of its figures that stand in what was read.  Both are compared folded, without
spaces: 全角 and 半角 are the same.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from embeddings.training.datasets import read_lines
from qa.articles.layout.recognition import read_picture
from qa.text import fold
from tests.benchmarks.data import DEFAULT_FOLDER

FONTS = "/usr/share/fonts/opentype/noto/Noto{}CJK-Regular.ttc"
SIMPLIFIED = 2  # the face of the collection
WIDTH, HEIGHT, MARGIN = 1654, 2339, 160  # pixels of A4 at 200 dpi
FIGURE = re.compile(r"\d+(?:[.,]\d+)*%?")


def page_texts(data: Path, count: int, dice: random.Random) -> Iterator[list[str]]:
    """Yield paragraphs that fill about a page, of documents drawn at random."""
    documents = list(read_lines(data / "official.jsonl.xz"))
    while count:
        lines = [line.strip() for line in dice.choice(documents)["text"].split("\n")]
        lines = [line for line in lines if 20 < len(line) < 300]
        start = dice.randrange(max(1, len(lines) - 8))
        chosen, total = [], 0
        for line in lines[start:]:
            if total + len(line) > 700:
                break
            chosen.append(line)
            total += len(line)
        if total > 300:
            count -= 1
            yield chosen


def drawn(paragraphs: list[str], dice: random.Random) -> Any:
    """Return the paragraphs as a page: first lines set in, lines broken at the margin."""
    size = dice.choice((34, 38, 44))
    font = ImageFont.truetype(FONTS.format(dice.choice(("Serif", "Sans"))), size, index=SIMPLIFIED)
    page = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(page)
    y = MARGIN
    for paragraph in paragraphs:
        left, line = MARGIN + 2 * size, ""
        for character in paragraph:
            if left + draw.textlength(line + character, font=font) > WIDTH - MARGIN:
                draw.text((left, y), line, font=font, fill=20)
                y += int(size * 1.7)
                left, line = MARGIN, ""
            line += character
        draw.text((left, y), line, font=font, fill=20)
        y += int(size * 1.7)
    return page


def _noisy(page: Any, dice: random.Random) -> Any:
    noise = np.random.default_rng(dice.randrange(1 << 30)).normal(0, 35, (HEIGHT, WIDTH))
    return Image.fromarray(np.clip(np.asarray(page) * 0.85 + noise, 0, 255).astype(np.uint8))


def _compressed(page: Any, _: random.Random) -> Any:
    held = io.BytesIO()
    page.filter(ImageFilter.GaussianBlur(1.2)).save(held, "JPEG", quality=25)
    return Image.open(held)


SPOILT: dict[str, Callable[[Any, random.Random], Any]] = {
    "clean": lambda page, _: page,
    "askew": lambda page, dice: page.rotate(dice.uniform(-3, 3), fillcolor=255, resample=3),
    "turned": lambda page, dice: page.rotate(dice.choice((90, 180, 270)), expand=True),
    "noisy": _noisy,
    "compressed": _compressed,
    "100 dpi": lambda page, _: page.resize((WIDTH // 2, HEIGHT // 2), resample=3),
}


def edits(wanted: str, found: str) -> int:
    """Return the Levenshtein distance."""
    before = np.arange(len(found) + 1)
    other = np.array(list(found))
    places = np.arange(len(found) + 1)
    for number, character in enumerate(wanted, start=1):
        row = np.minimum(before[1:] + 1, before[:-1] + (other != character))
        row = np.concatenate(([number], row))
        before = np.minimum.accumulate(row - places) + places  # insertions
    return int(before[-1])


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--pages", type=int, default=24)
    arguments = parser.parse_args()
    dice = random.Random("scans")  # noqa: S311 - pages, not secrets
    counts: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for number, paragraphs in enumerate(page_texts(arguments.data, arguments.pages, dice)):
        name = list(SPOILT)[number % len(SPOILT)]
        picture = SPOILT[name](drawn(paragraphs, dice), dice).convert("RGB")
        started = time.perf_counter()
        said = "\n".join(item.text for item in read_picture(np.asarray(picture)))
        seconds = time.perf_counter() - started
        wanted, found = (re.sub(r"\s", "", fold(text)) for text in ("".join(paragraphs), said))
        figures = FIGURE.findall(wanted)
        left = list(FIGURE.findall(found))
        right = 0
        for figure in figures:
            if figure in left:
                left.remove(figure)
                right += 1
        for key in (name, "all"):
            row = (len(wanted), edits(wanted, found), len(figures), right, seconds)
            counts[key] = [a + b for a, b in zip(counts[key], row, strict=True)]
    for name, (letters, wrong, figures, right, seconds) in counts.items():
        pages = arguments.pages / (1 if name == "all" else len(SPOILT))
        print(
            f"{name:10}  characters wrong {wrong / letters:.4f} of {letters:.0f}   "
            f"figures right {right / figures:.4f} of {figures:.0f}   {seconds / pages:.1f} s a page"
        )


if __name__ == "__main__":
    main()
