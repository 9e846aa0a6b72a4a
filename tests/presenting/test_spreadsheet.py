"""qa.presenting.spreadsheet: cells are data, whatever they say, and can be read."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from qa.errors import SheetError
from qa.presenting.spreadsheet import LONGEST, kind_of, to_csv, to_xlsx, write

HEADS = ("编号", "原文")
HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://x.cn")',
    "=cmd|' /C calc'!A0",
    "#N/A",
)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def test_no_cell_of_a_workbook_is_a_formula_an_error_or_a_link() -> None:
    content = to_xlsx(("=A1", "原文"), [(text, text) for text in HOSTILE])
    sheet = opened(content)
    assert [cell.value for cell in sheet["A"]] == ["=A1", *HOSTILE]
    assert {cell.data_type for row in sheet for cell in row} == {"s"}
    assert [cell.quotePrefix for cell in sheet["B"]] == [False, *[True] * 6, False]
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert not [name for name in names if "externalLink" in name]
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")


def test_no_cell_of_a_csv_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(("=A1", "b"), [(text, 1.5) for text in HOSTILE]))))
    assert rows == [["'=A1", "b"], *([f"'{text}", "1.5"] for text in HOSTILE[:-1]), ["#N/A", "1.5"]]


def test_the_head_of_a_workbook_stays_in_sight_and_filters() -> None:
    sheet = opened(to_xlsx(HEADS, [(1, "鹤山" * 50), (2, "短")]))
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B3")
    fonts = [[(cell.font.name, cell.font.size, cell.font.bold) for cell in row] for row in sheet]
    assert fonts == [[("Calibri", 11, True)] * 2, *[[("Calibri", 11, False)] * 2] * 2]
    assert [sheet.column_dimensions[letter].width for letter in "AB"] == [8, 60]
    assert {cell.alignment.wrap_text for row in sheet for cell in row} == {True}
    assert {cell.alignment.vertical for row in sheet for cell in row} == {"top"}


def test_numbers_stay_numbers_and_characters_that_xml_lacks_are_shown_as_missing() -> None:
    sheet = opened(to_xlsx(HEADS, [(3, "a\x00b\u202ec\uffffd\ne"), (2.5, "字" * (LONGEST + 1))]))
    assert [cell.value for cell in sheet["A"]] == ["编号", 3, 2.5]
    assert sheet["B2"].value == "a\ufffdb\ufffdc\ufffdd\ne"
    assert sheet["B3"].value == "字" * (LONGEST - 1) + "…"


def test_a_sheet_without_rows_has_its_head() -> None:
    assert [[cell.value for cell in row] for row in opened(to_xlsx(HEADS, []))] == [[*HEADS]]


def test_a_csv_file_tells_excel_its_encoding(tmp_path: Path) -> None:
    write(tmp_path / "a.CSV", HEADS, [(1, "两行\n字")])
    data = (tmp_path / "a.CSV").read_bytes()
    assert data == '\ufeff编号,原文\r\n1,"两行\n字"\r\n'.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["a.CSV"]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match=r"neither \.xlsx nor \.csv") as told:
        kind_of(tmp_path / "a.xls")
    assert told.value.code == "sheet_kind_unknown"
    with pytest.raises(SheetError) as told:
        write(tmp_path / "none" / "a.csv", HEADS, [])
    assert told.value.code == "sheet_not_written"
