"""Workbooks of Excel and LibreOffice: a table of articles, or an article for each sheet.

Shares and days are read as their cells show them, 12.5% and 2023年8月, where the format is known;
other numbers as they are stored.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from qa.articles.formats import Cell, Document, Unreadable, missing, read_bytes
from qa.articles.formats.archives import DAMAGED, open_archive
from qa.articles.formats.article_tables import document, fields_of
from qa.articles.layout.tables import table_lines
from qa.articles.workbooks.number_formats import DIGITS
from qa.articles.workbooks.shown_cells import ShownCells
from qa.errors import ArticleUnreadableError

MAX_SHEETS = 1_000
MAX_CELLS = 5_000_000  # of all sheets together, empty ones between others included
_ZIP = b"PK"

_EXACT = 1e15  # beyond it a number has more digits than are stored of it

Grid = list[list[str]]


def read(path: Path) -> Iterator[Document | Unreadable]:
    """Yield the article in every row of a sheet that has a column for the text, or in the sheet.

    Hidden sheets are left out where others are not hidden.
    """
    unread: list[str] = []
    with _opened(path) as (book, names, cells):
        yield from _documents(path.stem, _grids(book, names, cells, unread))
        yield from (Unreadable(name, _without_formats()) for name in unread)


def first_sheet(path: Path) -> list[list[Cell]]:
    """Return the rows of the first sheet that is not hidden and not empty.

    Of each cell it is what it shows; a number that is shown as such stays one.

    Raises:
        ArticleUnreadableError: as readers do.
    """
    with _opened(path) as (book, names, cells):
        for name in names:
            sheet = book.get_sheet_by_name(name)
            values, grid = _held(sheet, MAX_CELLS)
            _show(values, grid, name, cells)
            _merge(sheet, grid)
            if any(map(any, grid)):
                return [
                    [_number(value, text) for value, text in zip(held, texts, strict=True)]
                    for held, texts in zip(values, grid, strict=True)
                ]
    return []


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Sequence[str], ShownCells]]:
    """Open a workbook: yield it, the names of the sheets to read, and what their cells show."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum
    except ImportError as error:
        raise missing(path.suffix, "python-calamine") from error
    data = read_bytes(path)
    archive = open_archive(data) if data.startswith(_ZIP) else None
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if len(book.sheets_metadata) > MAX_SHEETS:
            raise ArticleUnreadableError(
                "too_many_sheets", "the workbook has more than {limit:,} sheets", limit=MAX_SHEETS
            )
        shown = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible is SheetVisibleEnum.Visible
        ]
        yield book, shown or book.sheet_names, ShownCells(archive)
    except PasswordError as error:
        raise ArticleUnreadableError(
            "file_encrypted", "the file is encrypted; save it without a password"
        ) from error
    except CalamineError as error:
        raise ArticleUnreadableError(
            "workbook_damaged", "the file is no workbook, or damaged: {said}", said=error
        ) from error


def _without_formats() -> ArticleUnreadableError:
    return ArticleUnreadableError(
        "workbook_formats_unread",
        "the formats of the sheet's cells cannot be read: shares and days are as they are stored",
    )


def _grids(
    book: Any,  # noqa: ANN401 - imported late
    names: Sequence[str],
    cells: ShownCells,
    unread: list[str],
) -> dict[str, Grid]:
    """Return the cells of every sheet as text, those of empty sheets left out.

    The names of sheets whose formats cannot be read go to ``unread``.
    """
    left = MAX_CELLS
    grids: dict[str, Grid] = {}
    for name in names:
        sheet = book.get_sheet_by_name(name)
        values, grid = _held(sheet, left)
        left -= sum(map(len, grid))
        # In a table of articles a day stays whole, for it is that of an article.
        of_articles = "text" in fields_of(next((row for row in grid if any(row)), []))
        if not _show(values, grid, name, cells, whole=of_articles):
            unread.append(name)
        _merge(sheet, grid)
        grid = [row for row in grid if any(row)]
        if grid:
            grids[name] = grid
    return grids


def _held(sheet: Any, most: int) -> tuple[list[list[Any]], Grid]:  # noqa: ANN401
    """Return what the cells of a sheet hold, ``most`` of them at most, and the same as text."""
    bottom, right = sheet.end or (-1, -1)
    if (bottom + 1) * (right + 1) > most:
        raise ArticleUnreadableError(
            "too_many_cells", "the table has more than {limit:,} cells", limit=MAX_CELLS
        )
    values = sheet.to_python(skip_empty_area=False)
    return values, [[_text(cell) for cell in row] for row in values]


def _show(
    values: list[list[Any]], grid: Grid, name: str, cells: ShownCells, *, whole: bool = False
) -> bool:
    """Write what the cells of a sheet show in place of what they hold; tell False if unknown.

    With ``whole`` days stay whole, and shares are as they are stored.
    """
    from lxml.etree import LxmlError

    try:
        for cell in cells.of(name):
            for row in range(cell.rows.start, min(cell.rows.stop, len(grid))):
                for column in range(cell.columns.start, min(cell.columns.stop, len(grid[row]))):
                    value = cells.value(cell, values[row][column])
                    shown = None if whole else cells.text(cell, value)
                    grid[row][column] = _text(value) if shown is None else shown
    except (LxmlError, *DAMAGED):
        return False
    return True


def _merge(sheet: Any, grid: Grid) -> None:  # noqa: ANN401
    """Write what the merged cells of a sheet say into each cell that they cover."""
    for (top, left_most), (last, right_most) in sheet.merged_cell_ranges or ():
        _repeat(grid, range(top, last + 1), range(left_most, right_most + 1))


def _number(value: Any, text: str) -> Cell:  # noqa: ANN401
    """Return the number that a cell holds, if that is what it shows, and else its text."""
    if isinstance(value, bool) or not isinstance(value, int | float) or text != _text(value):
        return text
    if not abs(value) < _EXACT:  # nor is what is no number
        return text
    return int(value) if value == int(value) else value


def _repeat(grid: Grid, rows: range, columns: range) -> None:
    """Write what a merged cell says into each cell that it covers."""
    if rows.start < len(grid) and columns.start < len(grid[rows.start]):
        said = grid[rows.start][columns.start]
        for row in grid[rows.start : rows.stop]:
            row[columns.start : columns.stop] = [said] * len(row[columns.start : columns.stop])


def _text(cell: Any) -> str:  # noqa: ANN401 - a number, a text, a day …
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return format(cell, DIGITS)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell).strip()


def _documents(stem: str, grids: Mapping[str, Grid]) -> Iterator[Document | Unreadable]:
    seen: set[str] = set()
    for name, grid in grids.items():
        header, *rows = grid
        if "text" in fields_of(header):
            for number, row in enumerate(rows, start=1):
                yield document(dict(zip(header, row, strict=True)), number, seen)
            continue
        titles = _titles(grid)
        lines = [*titles, *table_lines(grid[len(titles) :], "\n".join(titles))]
        alone = len(grids) == 1
        seen.add(name)
        yield Document(
            "\n".join(lines),
            title=lines[0] if titles else stem if alone else name,
            key="" if alone else name,
        )


def _titles(grid: Grid) -> list[str]:
    """Return what stands above the table: rows of one text, in the first cell or over all."""
    titles = []
    for first, *others in grid[:-1]:
        if not first or not others or {*others} not in ({""}, {first}):
            break
        titles.append(first)
    return titles
