"""Tables to lines that can be read, found and quoted: every row names its columns.

``地区 | 引进项目（个）`` over ``鹤山市 | 60`` becomes “地区：鹤山市，引进项目（个）：60个。”
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.errors import ArticleUnreadableError
from qa.text import HAN, fold

MAX_TABLES = 20_000_000  # characters in a document's tables, a cell counting for some more
_CELL = 20  # characters that a cell costs beside those that stand in it
MAX_HEADERS = 3  # rows that can head a table
_FIGURE = re.compile(r"[-+<>≤≥约]?\d[\d,. ]*%?")
_UNIT = re.compile(r"\(([^()]{1,8})\)$")
_CAPTION_UNIT = re.compile(r"单位\s*:\s*([^\s,;。()]{1,8})")
# What stands in parentheses after a name and counts something; 不含税 or 修订 does not.
_COUNTS = re.compile(
    r"[%‰]|[十百千万亿]*(?:元|美元|港元|欧元|人|人次|个|家|户|亩|吨|公里|千米|米|平方米|平方公里|立方米|公顷|千瓦时?|台|辆|套|"
    r"项|件|次|篇|所|座|张|头|只|株|名|位|岁|年|月|天|日|时|小时|分|分钟|秒|度|倍|公斤|千克|克|升|毫米|厘米|℃|摄氏度|度电)"
)


class Room:
    """What is left for the tables of a document.

    A cell is repeated wherever it spans, and a small file can say that it spans a lot.
    """

    def __init__(self) -> None:
        """Begin with all there is."""
        self._left = MAX_TABLES

    def take(self, *cells: str, times: int = 1) -> None:
        """Take what cells need that are repeated so many ``times``.

        Raises:
            ArticleUnreadableError: if there is no more.
        """
        self._left -= times * sum(_CELL + len(cell) for cell in cells)
        if self._left < 0:
            raise ArticleUnreadableError(
                "tables_too_large",
                "its tables have too many cells: they would be more than {limit:,} characters",
                limit=MAX_TABLES,
            )


def table_lines(rows: Sequence[Sequence[str]], caption: str = "") -> list[str]:
    """Return a line for every row of a table's body, or the rows as they are without a header.

    A cell that spans several columns or rows has to be repeated in each.  ``caption`` is what
    stands above the table, where the unit of all figures may be named (单位：亿元).
    """
    grid = [[_one_line(cell) for cell in row] for row in rows]
    grid = [row for row in grid if any(row)]
    if not grid:
        return []
    width = max(len(row) for row in grid)
    grid = [row + [""] * (width - len(row)) for row in grid]
    titles = 0
    while titles < len(grid) and width > 1 and len(set(grid[titles])) == 1:
        titles += 1  # one cell over all columns
    lines = [row[0] for row in grid[:titles]]
    return lines + _body_lines(grid[titles:], caption)


def _body_lines(grid: Sequence[Sequence[str]], caption: str) -> list[str]:
    """Return the lines of a table below its title; all rows have the same length."""
    headers = _count_headers(grid)
    if not headers:
        return ["，".join(_distinct(row)) for row in grid]
    width = len(grid[0])
    names = [
        "·".join(_distinct([row[column] for row in grid[:headers]])) for column in range(width)
    ]
    common = _CAPTION_UNIT.search(fold(caption))
    lines = []
    for row in grid[headers:]:
        if len(set(row)) == 1:  # a row of one cell over all columns heads those below it
            lines.append(row[0])
        else:
            lines.append(_row_line(names, row, common[1] if common else ""))
    return lines


def _one_line(cell: str) -> str:
    """Join the lines of a cell, without a space where both sides are Chinese."""
    text = re.sub(r"\s+", " ", cell).strip()
    return re.sub(rf"(?<=[{HAN}，。、；：（）]) (?=[{HAN}，。、；：（）])", "", text)


def _distinct(cells: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(cell for cell in cells if cell))


def _count_headers(grid: Sequence[Sequence[str]]) -> int:
    """Return how many rows head the table: those before the first with figures, if any has."""
    if len(grid) < 2 or len(grid[0]) < 2:
        return 0
    for index, row in enumerate(grid[: MAX_HEADERS + 1]):
        if any(_FIGURE.fullmatch(fold(cell)) for cell in row[1:]) or len(set(row)) == 1:
            return index
    # Words only: one header, if no cell of it is empty or twice there.
    return int(len(set(grid[0])) == len(grid[0]) and all(grid[0]))


def _row_line(names: Sequence[str], row: Sequence[str], common: str) -> str:
    label_unit = _unit_of(row[0])  # “地区生产总值（亿元）” before figures of several years
    parts = []
    for name, cell in zip(names, row, strict=True):
        if not cell:
            continue
        unit = _unit_of(name) or label_unit or common
        is_bare = bool(_FIGURE.fullmatch(fold(cell))) and not cell.endswith(("%", "％"))
        # A year or a running number in a column without a unit of its own stays as it is.
        shown = cell + unit if is_bare and unit and not _numbers_rows(name) else cell
        parts.append(f"{name}：{shown}" if name else shown)
    return "，".join(parts) + "。"


def _unit_of(name: str) -> str:
    match = _UNIT.search(fold(name).strip())
    if not match or not _COUNTS.fullmatch(match[1]):
        return ""
    return name.strip()[match.start(1) : match.end(1)]


def _numbers_rows(name: str) -> bool:
    return bool(
        re.fullmatch(r"序号|编号|年份|年度|年|月份|排名|名次|位次|代码|no\.?", fold(name).strip())
    )
