"""Rows of cells as spreadsheets open them: comma-separated values, and Excel's workbooks.

What a cell says is data.  Nothing in it becomes a formula, a link or an error.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from qa.errors import SheetError, refusal
from qa.store.durable import put_in_place, scratch_folder
from qa.text import visible, xml_text

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

Cell = str | int | float
Row = Sequence[Cell]
Kind = Literal["csv", "xlsx"]

LONGEST = 32_767  # characters that a cell has in Excel
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NARROWEST, _WIDEST = 8, 60  # digits side by side, as Excel counts
_MEASURED = 1_000  # rows whose texts say how wide a column is


def kind_of(path: Path) -> Kind:
    """Return what is to be written to ``path``, by its suffix.

    Raises:
        SheetError: if it is neither .xlsx nor .csv.
    """
    kinds: dict[str, Kind] = {".csv": "csv", ".xlsx": "xlsx"}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise SheetError(
            "sheet_kind_unknown", "{path} is neither .xlsx nor .csv; name one of these", path=path
        )
    return kind


def write(path: Path, heads: Row, rows: Sequence[Row]) -> None:
    """Write a sheet to ``path``; whatever goes wrong, that stays as it was.

    Raises:
        SheetError: if the kind is unknown, or the system refuses.
    """
    xlsx = kind_of(path) == "xlsx"
    # Excel takes values without the mark for some in the system's own encoding.
    content = to_xlsx(heads, rows) if xlsx else to_csv(heads, rows).encode("utf-8-sig")
    try:
        with scratch_folder(path.parent, ".yinju-sheet-") as scratch:
            (scratch / "sheet").write_bytes(content)
            put_in_place(scratch / "sheet", path)
    except OSError as error:
        raise SheetError(
            "sheet_not_written", "{path} cannot be written: {why}", path=path, why=refusal(error)
        ) from error


def to_csv(heads: Row, rows: Sequence[Row]) -> str:
    """Return comma-separated values.

    What a spreadsheet would take for a formula gets an apostrophe before it.
    """
    written = io.StringIO(newline="")
    csv.writer(written).writerows([_said(cell) for cell in row] for row in (heads, *rows))
    return written.getvalue()


def _said(cell: Cell) -> str:
    shown = visible(_text(cell))
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _text(cell: Cell) -> str:
    return format(cell, ".15g") if isinstance(cell, float) else str(cell)


def to_xlsx(heads: Row, rows: Sequence[Row]) -> bytes:
    """Return a workbook of one sheet, whose head stays in sight and filters the rows."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    book.properties.creator = "引据 Yinju"
    sheet = book.create_sheet("引据")
    sheet.freeze_panes = "A2"
    letters = [get_column_letter(number + 1) for number in range(len(heads))]
    for letter, width in zip(letters, _widths(heads, rows), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append(list(_cells(sheet, heads, bold=True)))
    for row in rows:
        sheet.append(list(_cells(sheet, row)))
    if letters:
        sheet.auto_filter.ref = f"A1:{letters[-1]}{len(rows) + 1}"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cells(sheet: object, row: Row, *, bold: bool = False) -> Iterator[WriteOnlyCell]:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    alignment = Alignment(vertical="top", wrap_text=True)
    for value in row:
        shown = _fitting(value) if isinstance(value, str) else value
        cell = WriteOnlyCell(sheet, shown)
        if isinstance(shown, str):
            cell.data_type = "s"  # whatever it begins with, and though it may say #N/A
            # As if it were typed behind an apostrophe: it stays text when somebody edits it.
            cell.quotePrefix = shown.startswith(_FORMULA)
        cell.alignment = alignment
        if bold:
            cell.font = Font(name="Calibri", size=11, bold=True)  # as the others are, but for that
        yield cell


def _fitting(text: str) -> str:
    """Return what a cell can hold: what XML allows, as much as Excel opens."""
    allowed = xml_text(text)
    return allowed if len(allowed) <= LONGEST else f"{allowed[: LONGEST - 1]}…"


def _widths(heads: Row, rows: Sequence[Row]) -> Iterator[int]:
    """Yield how wide each column is to be read well: as its longest line, within bounds."""
    from rich.cells import cell_len

    for column in range(len(heads)):
        texts = (_text(row[column])[:LONGEST] for row in (heads, *rows[:_MEASURED]))
        longest = max(cell_len(line) for text in texts for line in text.split("\n"))
        yield min(max(longest + 2, _NARROWEST), _WIDEST)
