"""Where things stand on a page to the order in which they are read: columns, tables, paragraphs.

Coordinates are PDF's: points, y upwards from the bottom of the page.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from qa.articles.layout.tables import table_lines
from qa.text import HAN, is_sentence_end

_GUTTER = 0.8  # character heights of nothing between two columns of text
_CROSSING = 0.34  # share of a page's rows that may cross the gutter: headlines, wide tables
_COLUMN_ROWS = 3  # rows that a column has at least
_COLUMN_LENGTH = 7  # characters in a typical line of a column; the cells of a table have fewer
_INDENT = 0.8  # character heights by which a paragraph's first line is set in
_RAGGED = 2.2  # character heights that a line which goes on may end before the margin
_SAME_SIZE = 0.1  # share by which the heights of one paragraph's lines may differ
_BEGINNING = re.compile(
    r"第[一二三四五六七八九十百\d]+[章节条]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[)）]|\d{1,2}[.、．]"
    r"|[表图]\s*\d|附件|附表|注[：:]"
)
# How a line begins that goes on with a figure, 9 | .5 and 45 | %.  What follows a point or a comma
# at the end of a line may as well be another figure.
_FIGURE_REST = re.compile(r"[.,:/]?\d|[%‰℃]")
_WIDE = f"[{HAN}，。、；：？！“”‘’（）《》【】—…]"


@dataclass(frozen=True, slots=True)
class Segment:
    """Characters in a row with no wide gap between them, and their box."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        """Height of the box, which is about that of a character."""
        return self.top - self.bottom


Row = list[Segment]


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together; ``goes_on`` if the last one was full and did not end."""

    text: str
    height: float
    goes_on: bool = False
    is_set_in: bool = False  # begins as a new paragraph does
    is_table: bool = False


def paragraphs(segments: Sequence[Segment]) -> list[Paragraph]:
    """Return what stands on a page in reading order."""
    found: list[Paragraph] = []
    for column in _columns(list(segments)):
        _read_column(_rows(column), found)
    return found


def join(before: str, after: str) -> str:
    """Put the pieces of a broken line together: Chinese as it is, words with a space or whole."""
    if re.search(r"[A-Za-z]-$", before) and re.match(r"[a-z]", after):
        return before[:-1] + after
    if not before or not after or re.search(rf"{_WIDE}$", before) or re.match(_WIDE, after):
        return before + after
    if before[-1].isdigit() and _FIGURE_REST.match(after):
        return before + after  # a figure that the margin cut in two
    return f"{before} {after}"


def _columns(segments: list[Segment]) -> Iterator[list[Segment]]:
    """Yield the columns of text in the order in which they are read.

    What goes over a gutter, a headline, ends the columns above it and begins new ones below.
    """
    gutter = _gutter(segments)
    if gutter is None:
        if segments:
            yield segments
        return
    band: list[Segment] = []
    for segment in sorted(segments, key=lambda item: -item.top):
        if segment.left < gutter < segment.right:
            yield from _sides(band, gutter)
            band = []
            yield [segment]
        else:
            band.append(segment)
    yield from _sides(band, gutter)


def _sides(band: list[Segment], gutter: float) -> Iterator[list[Segment]]:
    yield from _columns([segment for segment in band if segment.right <= gutter])
    yield from _columns([segment for segment in band if segment.left >= gutter])


def _gutter(segments: Sequence[Segment]) -> float | None:
    """Return where a page's columns part, None if it has one column only."""
    if len(segments) < 2 * _COLUMN_ROWS:
        return None
    height = median(segment.height for segment in segments)
    best: tuple[int, float] | None = None
    lefts = sorted(segment.left for segment in segments)
    for edge in sorted({segment.right for segment in segments}):
        after = bisect_right(lefts, edge)
        if after == len(lefts) or lefts[after] - edge < _GUTTER * height:
            continue
        gutter = (edge + lefts[after]) / 2
        left = [segment for segment in segments if segment.right <= gutter]
        right = [segment for segment in segments if segment.left >= gutter]
        crossing = len(segments) - len(left) - len(right)
        if _is_column(left) and _is_column(right) and crossing <= _CROSSING * len(segments):
            best = min(best or (crossing, gutter), (crossing, gutter))
    return best[1] if best else None


def _is_column(segments: Sequence[Segment]) -> bool:
    return (
        len(segments) >= _COLUMN_ROWS
        and median(len(segment.text) for segment in segments) >= _COLUMN_LENGTH
    )


def _rows(segments: Sequence[Segment]) -> list[Row]:
    """Return the segments row by row from the top, each row from the left."""
    rows: list[Row] = []
    for segment in sorted(segments, key=lambda item: -(item.top + item.bottom)):
        middle = (segment.top + segment.bottom) / 2
        if rows and min(item.bottom for item in rows[-1]) <= middle:
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda item: item.left) for row in rows]


def _read_column(rows: list[Row], found: list[Paragraph]) -> None:
    """Add the paragraphs and tables of a column to ``found``."""
    if not rows:
        return
    left = min(row[0].left for row in rows)
    right = max(row[-1].right for row in rows)
    at = 0
    while at < len(rows):
        table = _table(rows, at)
        if table:
            above = found[-1].text if found else ""
            lines = table_lines(_cells(rows[at : at + table]), above)
            found.append(Paragraph("\n".join(lines), rows[at][0].height, is_table=True))
            at += table
            continue
        _add_line(rows[at], left, right, found)
        at += 1


def _add_line(row: Row, left: float, right: float, found: list[Paragraph]) -> None:
    text = ""
    for segment in row:
        text = f"{text} {segment.text}" if text else segment.text
    height = max(segment.height for segment in row)
    line = Paragraph(
        text,
        height,
        goes_on=row[-1].right > right - _RAGGED * height,
        is_set_in=row[0].left > left + _INDENT * height,
    )
    if found and continues(found[-1], line):
        found[-1].text = join(found[-1].text, text)
        found[-1].goes_on = line.goes_on
    else:
        found.append(line)


def continues(before: Paragraph, after: Paragraph) -> bool:
    """Tell whether a line goes on what stands before it, be it on the page before."""
    same_size = abs(before.height - after.height) < _SAME_SIZE * max(before.height, after.height)
    return (
        before.goes_on
        and not before.is_table
        and not after.is_table
        and not after.is_set_in
        and same_size
        # Where first lines are not set in, a full line that ends as a sentence ends its paragraph.
        and not (
            is_sentence_end(before.text[-3:])
            and (not before.is_set_in or _BEGINNING.match(after.text))
        )
    )


def _table(rows: Sequence[Row], at: int) -> int:
    """Return how many rows from ``at`` on are a table's."""
    count = 0
    while at + count < len(rows) and len(rows[at + count]) > 1:
        count += 1
    if count < 2:
        return 0
    return count if len(_column_edges(rows[at : at + count])) > 1 else 0


def _column_edges(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Return left and right of every column of a table: what overlaps is one column."""
    edges: list[tuple[float, float]] = []
    # Narrow cells first: one that goes over several columns must not join these.
    widest = [row for row in rows if len(row) == max(map(len, rows))]
    for segment in sorted((item for row in widest for item in row), key=lambda item: item.left):
        if edges and segment.left < edges[-1][1]:
            edges[-1] = (edges[-1][0], max(edges[-1][1], segment.right))
        else:
            edges.append((segment.left, segment.right))
    return edges


def _cells(rows: Sequence[Row]) -> list[list[str]]:
    """Return the texts of a table's cells; one that goes over several columns stands in each."""
    edges = _column_edges(rows)
    grid = []
    for row in rows:
        cells = [""] * len(edges)
        for segment in row:
            covered = [
                column
                for column, (left, right) in enumerate(edges)
                if segment.left < right and left < segment.right
            ] or [min(range(len(edges)), key=lambda column: _distance(segment, edges[column]))]
            for column in covered:
                cells[column] = join(cells[column], segment.text)
        grid.append(cells)
    return grid


def _distance(segment: Segment, edge: tuple[float, float]) -> float:
    return abs((segment.left + segment.right) / 2 - (edge[0] + edge[1]) / 2)
