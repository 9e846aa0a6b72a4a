"""qa.articles.formats.spreadsheet: workbooks as tables that name their columns, or as articles."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from qa import Library
from qa.articles.formats import Document, Unreadable, read_documents, spreadsheet
from qa.errors import ArticleUnreadableError
from tests.articles.test_formats import damaged, refused_or_read, written
from tests.conftest import HashEncoder

ROWS: list[list[Any]] = [
    ["镇", "引进项目（个）", "总投资"],
    ["桃源镇", 60, 209.5],
    ["古劳镇", 8, 0.1 + 0.2],
]
LINES = (
    "镇：桃源镇，引进项目（个）：60个，总投资：209.5。\n"
    "镇：古劳镇，引进项目（个）：8个，总投资：0.3。"
)


def workbook(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def read(path: Path) -> list[Document | Unreadable]:
    return list(read_documents(path))


def test_a_sheet_is_a_table_whose_rows_name_their_columns(tmp_path: Path) -> None:
    path = workbook(tmp_path / "各镇项目.xlsx", 表一=ROWS)
    assert read(path) == [Document(LINES, title="各镇项目")]


def test_old_workbooks_and_those_of_libreoffice_are_read_alike(tmp_path: Path) -> None:
    old = xlwt.Workbook()
    sheet = old.add_sheet("表一")
    for number, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    old.save(str(tmp_path / "a.xls"))
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
            if isinstance(cell, (int, float))
            else '<table:table-cell office:value-type="string">'
            f"<text:p>{cell}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in ROWS
    )
    space = "urn:oasis:names:tc:opendocument:xmlns"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as packed:
        packed.writestr("mimetype", kind)
        packed.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
            "</manifest:manifest>",
        )
        packed.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{space}:office:1.0"'
            f' xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0">'
            "<office:body><office:spreadsheet>"
            f'<table:table table:name="表一">{cells}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    (tmp_path / "a.et").write_bytes((tmp_path / "a.xls").read_bytes())  # WPS's own name for it
    for name in ("a.xls", "a.et", "a.ods"):
        assert read(tmp_path / name) == [Document(LINES, title="a")]


def test_titles_and_the_unit_above_a_table_are_read_with_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["各镇投资情况"], ["单位：万元"], [], ["镇", "投资", None], [None, "今年", "去年"]):
        sheet.append(row)
    sheet.append(["桃源镇", 60, 50])
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("B4:C4")
    sheet.merge_cells("A4:A5")
    book.save(tmp_path / "a.xlsx")
    text = "各镇投资情况\n单位：万元\n镇：桃源镇，投资·今年：60万元，投资·去年：50万元。"
    assert read(tmp_path / "a.xlsx") == [Document(text, title="各镇投资情况")]


def test_several_sheets_are_several_articles_and_hidden_ones_none(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", 甲=ROWS, 空=[], 乙=[["年", "数"], ["一", 5]], 丙=[["密", 1]]
    )
    book = openpyxl.load_workbook(path)
    book["丙"].sheet_state = "hidden"
    book.save(path)
    assert read(path) == [
        Document(LINES, title="甲", key="甲"),
        Document("年：一，数：5。", title="乙", key="乙"),
    ]


def test_a_sheet_with_a_column_of_texts_has_an_article_in_each_row(tmp_path: Path) -> None:
    rows = [
        ["编号", "标题", "正文", "日期"],
        ["a", "招商", "引进项目60个。", date(2023, 8, 2)],
        ["b", "空", "", None],
    ]
    first, second = read(workbook(tmp_path / "a.xlsx", 表=rows))
    assert first == Document("引进项目60个。", "招商", published=date(2023, 8, 2), key="a")
    assert isinstance(second, Unreadable)
    assert (second.key, second.error.code) == ("b", "row_without_text")


def test_a_row_is_told_from_a_sheet_of_its_name(tmp_path: Path) -> None:
    rows = [["编号", "正文"], ["甲", "引进项目60个。"]]
    found = read(workbook(tmp_path / "a.xlsx", 甲=ROWS, 乙=rows))
    assert [item.key for item in found] == ["甲", "甲#1"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (60, "60"),
        (1234567890123.5, "1234567890123.5"),
        (True, "是"),
        (date(2023, 1, 2), "2023-01-02"),
        (datetime(2023, 1, 2, 8, 30), "2023-01-02 08:30"),  # noqa: DTZ001 - a cell has no zone
        (time(8, 30), "08:30"),
        (" 甲\n乙 ", "甲乙"),
        ("=1+1", ""),  # nobody has computed it
    ],
)
def test_a_cell_is_its_value(tmp_path: Path, cell: Any, text: str) -> None:
    path = workbook(tmp_path / "a.xlsx", 表=[["名", "值"], ["量", 5], ["数", cell]])
    (document,) = read(path)
    assert isinstance(document, Document)
    last = document.text.split("\n")[-1]
    assert last == (f"名：数，值：{text}。" if text else "名：数。")


def test_a_table_that_begins_elsewhere_keeps_its_merged_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for place, cell in {"C4": "镇", "D4": "项目", "C5": "甲", "D5": 1, "D6": 2}.items():
        sheet[place] = cell
    sheet.merge_cells("C5:C6")
    book.save(tmp_path / "a.xlsx")
    (document,) = read(tmp_path / "a.xlsx")
    assert isinstance(document, Document)
    assert document.text == "镇：甲，项目：1。\n镇：甲，项目：2。"


@pytest.mark.parametrize(
    ("limit", "value", "code"),
    [("MAX_SHEETS", 1, "too_many_sheets"), ("MAX_CELLS", 10, "too_many_cells")],
)
def test_more_than_a_workbook_may_have_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, code: str
) -> None:
    path = workbook(tmp_path / "a.xlsx", 甲=ROWS, 乙=ROWS)
    monkeypatch.setattr(spreadsheet, limit, value)
    with pytest.raises(ArticleUnreadableError) as raised:
        read(path)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no workbook", "workbook_damaged"),
        (b"PK\x03\x04" + bytes(30), "file_damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "workbook_damaged"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    for name in ("a.xlsx", "a.xls", "a.ods"):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ArticleUnreadableError) as raised:
            read(tmp_path / name)
        assert raised.value.code == code


def test_a_workbook_without_a_cell_has_no_text(tmp_path: Path) -> None:
    with pytest.raises(ArticleUnreadableError, match="the file has no text"):
        read(workbook(tmp_path / "a.xlsx", 甲=[], 乙=[]))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A workbook's bytes: made once, for it tells when it was made."""
    return workbook(tmp_path_factory.mktemp("sound") / "a.xlsx", 甲=ROWS).read_bytes()


@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, sound: bytes, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    refused_or_read(written(folder / "a.xlsx", damaged(sound, data)))


def test_a_figure_in_a_workbook_is_quoted(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    workbook(folder / "鹤山各镇项目.xlsx", 表一=ROWS)
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        report = library.sync(folder)
        assert (report.added, report.failed) == (("鹤山各镇项目.xlsx",), ())
        (hit,) = library.retrieve("桃源镇引进了多少项目", 1)
        assert "镇：桃源镇，引进项目（个）：60个" in hit.text
