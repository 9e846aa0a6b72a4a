"""Shown cells: which cells of a workbook show a share or a day, and in which format.

The values are read by another library, which tells no formats.  So the XML of the workbook is read
beside it, cell by cell, for this alone.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from qa.articles.workbooks.number_formats import BUILTIN, as_shown, day_of, is_clear, share

_BOOK, _STYLES, _RELATIONS = "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"
_CONTENT = "content.xml"
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_LONGEST = 255  # characters that a format has in Excel


class Shown(NamedTuple):
    """Cells, counted from 0, and the format in which they show what they hold.

    ``text`` is what they show, where the file tells that itself.
    """

    rows: range
    columns: range
    code: str = ""
    text: str = ""
    is_share: bool = False


class ShownCells:
    """The cells of a workbook that show a share or a day."""

    def __init__(self, archive: zipfile.ZipFile | None) -> None:
        """Read from ``archive``; in workbooks that are none the formats are not known."""
        self._archive = archive
        self._names = frozenset(archive.namelist()) if archive is not None else frozenset()
        self.from_1904 = False
        self._codes: dict[str, str] | None = None
        self._sheets: dict[str, str] = {}

    def of(self, sheet: str) -> Iterator[Shown]:
        """Yield those of a sheet.

        Raises:
            LxmlError, KeyError, ValueError, OSError: and what else damaged archives raise.
        """
        if self._archive is None:
            return
        if _BOOK in self._names:
            if self._codes is None:
                self._codes = self._read_codes(self._archive)
                self._sheets = self._read_book(self._archive)
            yield from _excel(self._archive, self._sheets[sheet], self._codes)
        elif _CONTENT in self._names:
            yield from _open_document(self._archive, sheet)

    def text(self, cell: Shown, value: Any) -> str | None:  # noqa: ANN401 - a number, a day …
        """Return what a cell shows that holds ``value``; None if that tells less than the value."""
        if cell.text:
            has_day = hasattr(value, "year")
            return cell.text if not has_day or is_clear(cell.text, value) else None
        if cell.is_share:
            return share(value) if isinstance(value, int | float) else None
        return as_shown(value, cell.code, from_1904=self.from_1904)

    def value(self, cell: Shown, value: Any) -> Any:  # noqa: ANN401
        """Return the day of a cell that holds a number and shows a day, and else its value."""
        return day_of(value, cell.code, from_1904=self.from_1904) or value

    def _read_codes(self, archive: zipfile.ZipFile) -> dict[str, str]:
        """Map the numbers of styles to their formats, where these may be of shares or days."""
        if _STYLES not in self._names:
            return {}
        root = _root(archive, _STYLES)
        own = {
            item.get("numFmtId", ""): item.get("formatCode", "") for item in root.iter("{*}numFmt")
        }
        codes = {**{str(number): code for number, code in BUILTIN.items()}, **own}
        found = {}
        for styles in root.iter("{*}cellXfs"):
            for number, style in enumerate(styles.iterchildren("{*}xf")):
                code = codes.get(style.get("numFmtId", ""), "")
                if re.search("[%ymde]", code, re.I) and len(code) <= _LONGEST:
                    found[str(number)] = code
        return found

    def _read_book(self, archive: zipfile.ZipFile) -> dict[str, str]:
        """Map the names of sheets to the members that hold them; tell when days begin."""
        book = _root(archive, _BOOK)
        about = next(book.iter("{*}workbookPr"), None)
        self.from_1904 = about is not None and about.get("date1904") in {"1", "true"}
        targets = {
            item.get("Id"): item.get("Target", "")
            for item in _root(archive, _RELATIONS).iter("{*}Relationship")
        }
        return {
            sheet.get("name", ""): posixpath.normpath(
                posixpath.join("/xl", targets.get(_attribute(sheet, "id"), ""))
            ).lstrip("/")
            for sheet in book.iter("{*}sheet")
        }


def _excel(archive: zipfile.ZipFile, member: str, codes: dict[str, str]) -> Iterator[Shown]:
    """Yield the cells of a sheet that have one of the formats."""
    if not codes:
        return
    row = column = -1
    with archive.open(member) as file:
        for event, element in _elements(file, ("{*}row", "{*}c")):
            is_row = element.tag.endswith("}row")
            if event == "start" and is_row:
                number = element.get("r", "")
                row, column = int(number) - 1 if number.isdecimal() else row + 1, -1
            elif event == "end" and not is_row:
                place = _PLACE.fullmatch(element.get("r", ""))
                column = _column(place[1]) if place else column + 1
                row = int(place[2]) - 1 if place else row
                code = codes.get(element.get("s", ""))
                if code:
                    yield Shown(range(row, row + 1), range(column, column + 1), code)
            elif event == "end":
                _forget(element)


def _open_document(archive: zipfile.ZipFile, sheet: str) -> Iterator[Shown]:
    """Yield the shares, days and times of a sheet, of which the file tells what they show."""
    row, is_here = 0, False
    with archive.open(_CONTENT) as file:
        for event, element in _elements(file, ("{*}table", "{*}table-row")):
            if element.tag.endswith("}table"):
                row, is_here = 0, event == "start" and _attribute(element, "name") == sheet
            elif event == "end":
                rows = range(row, row + _count(element, "number-rows-repeated"))
                row = rows.stop
                if is_here:
                    yield from _shown_in(element, rows)
                _forget(element)


def _shown_in(row: Any, rows: range) -> Iterator[Shown]:  # noqa: ANN401
    column = 0
    for cell in row.iterchildren("{*}table-cell", "{*}covered-table-cell"):
        columns = range(column, column + _count(cell, "number-columns-repeated"))
        column = columns.stop
        kind = _attribute(cell, "value-type")
        if kind in {"percentage", "date", "time"}:
            lines = ("".join(line.itertext()) for line in cell.iterchildren("{*}p"))
            text = " ".join(" ".join(lines).split())
            yield Shown(rows, columns, text=text, is_share=kind == "percentage")


def _elements(file: Any, tags: tuple[str, ...]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    from lxml import etree

    yield from etree.iterparse(
        file, ("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False
    )


def _forget(element: Any) -> None:  # noqa: ANN401
    """Let go of a row that was read, and of what stands before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _root(archive: zipfile.ZipFile, member: str) -> Any:  # noqa: ANN401
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(archive.read(member), parser)


def _attribute(element: Any, name: str) -> str:  # noqa: ANN401
    return next((value for key, value in element.items() if key.endswith("}" + name)), "")


def _count(element: Any, name: str) -> int:  # noqa: ANN401
    value = _attribute(element, name)
    return int(value) if value.isdecimal() and len(value) < 8 else 1


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
