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
from qa.articles.workbooks import number_formats
from qa.articles.workbooks.shown_cells import ShownCells
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
    rows = (
        ods_row(
            *(
                ods_cell("float", str(cell))
                if isinstance(cell, (int, float))
                else ods_cell("string", "", cell)
                for cell in row
            )
        )
        for row in ROWS
    )
    opened(tmp_path / "a.ods", *rows)
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
        (datetime(2023, 1, 2, 8, 30), "2023-01-02 8:30:00"),  # noqa: DTZ001 - a cell has no zone
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


def formatted(path: Path, cells: Sequence[tuple[Any, str]]) -> Path:
    """Write a workbook of a row for each cell, which is shown in a format."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["名", "值"])
    for number, (cell, code) in enumerate(cells, start=2):
        sheet.append([f"第{number}", cell])
        sheet.cell(number, 2).number_format = code
    book.save(path)
    return path


def shown(path: Path) -> list[str]:
    (document,) = read(path)
    assert isinstance(document, Document)
    return [line.partition("值：")[2].removesuffix("。") for line in document.text.split("\n")]


DAY = datetime(2023, 8, 2, 9, 5)  # noqa: DTZ001 - a cell has no zone
SHOWN: list[tuple[Any, str, str]] = [
    (0.125, "0.0%", "12.5%"),
    (0.125, "0%", "13%"),  # as Excel rounds
    (0.125, "0.00%", "12.50%"),
    (0.125, "0.0##%", "12.5%"),
    (-0.0345, "0.0%;[Red]-0.0%", "-3.5%"),
    (12.5, "#,##0%", "1250%"),
    (1, '"同比"0%', "100%"),
    (12.5, '0.0"%"', "12.5%"),
    (12.5, "0.0\\%", "12.5%"),
    (0.125, "[<1]0.0%;0%", "12.5%"),
    (0.125, "0.00", "0.125"),
    (0.125, "General", "0.125"),
    (0.125, '0.00"元"', "0.125"),
    ("一半", "0%", "一半"),
    (True, "0%", "是"),
    (date(2023, 8, 2), 'yyyy"年"m"月"d"日"', "2023年8月2日"),
    (date(2023, 8, 1), 'yyyy"年"m"月"', "2023年8月"),
    (date(2023, 8, 1), 'yyyy"年"m"月";@', "2023年8月"),
    (date(2023, 8, 2), '[$-804]yyyy"年"mm"月"dd"日"', "2023年08月02日"),
    (date(2023, 8, 2), 'm"月"d"日"', "8月2日"),
    (date(2023, 8, 2), "yyyy/m/d", "2023/8/2"),
    (date(2023, 8, 2), "yy/m/d", "2023-08-02"),  # nobody knows which of them is the year
    (date(2023, 8, 2), "m/d", "2023-08-02"),
    (date(2023, 8, 2), "mmm-yy", "2023-08-02"),
    (date(2023, 8, 2), "mm-dd-yy", "2023-08-02"),  # number 14: shown as whoever looks likes it
    (DAY, "yyyy-mm-dd hh:mm", "2023-08-02 09:05"),
    (DAY, 'yyyy"年"m"月"d"日" h"时"mm"分"', "2023年8月2日 9时05分"),
    (45140, "0", "45140"),
]


def test_shares_and_days_are_read_as_their_cells_show_them(tmp_path: Path) -> None:
    path = formatted(tmp_path / "a.xlsx", [(cell, code) for cell, code, _ in SHOWN])
    assert dict(zip(SHOWN, shown(path), strict=True)) == {item: item[2] for item in SHOWN}


def rewritten(path: Path, member: str, old: str, new: str) -> None:
    """Replace what stands in a member of a workbook."""
    with zipfile.ZipFile(path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    text = members[member].decode()
    assert old in text
    members[member] = text.replace(old, new).encode()
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)


@pytest.mark.parametrize(
    ("number", "text"),
    [(31, "2023年8月2日"), (57, "2023年8月"), (58, "8月2日"), (14, "2023-08-02"), (1, "45140")],
)
def test_formats_that_have_a_number_only_are_those_of_chinese_programs(
    tmp_path: Path, number: int, text: str
) -> None:
    path = formatted(tmp_path / "a.xlsx", [(45140, 'd"号"')])
    rewritten(path, "xl/styles.xml", 'numFmtId="164" fontId', f'numFmtId="{number}" fontId')
    assert shown(path) == [text]


def test_days_counted_from_1904_are_those_that_the_cell_shows(tmp_path: Path) -> None:
    path = formatted(tmp_path / "a.xlsx", [(45140 - 1462, 'd"号"')])
    rewritten(path, "xl/styles.xml", 'numFmtId="164" fontId', 'numFmtId="31" fontId')
    rewritten(path, "xl/workbook.xml", "<workbookPr/>", '<workbookPr date1904="1"/>')
    assert shown(path) == ["2023年8月2日"]


def test_cells_that_do_not_tell_their_place_follow_each_other(tmp_path: Path) -> None:
    path = formatted(tmp_path / "a.xlsx", [(0.125, "0.0%"), (0.5, "0%")])
    for place in ("A1", "B1", "A2", "B2", "A3", "B3"):
        rewritten(path, "xl/worksheets/sheet1.xml", f' r="{place}"', "")
    assert shown(path) == ["12.5%", "50%"]


def test_a_share_in_a_merged_cell_stands_in_each_that_it_covers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["镇", "占比"], ["甲", 0.125], ["乙", None], [None, None], ["丙", 2]):
        sheet.append(row)
    sheet["B2"].number_format = "0.0%"
    sheet.merge_cells("B2:B3")
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx") == [
        Document("镇：甲，占比：12.5%。\n镇：乙，占比：12.5%。\n镇：丙，占比：2。", title="a")
    ]


def test_the_day_of_an_article_in_a_row_stays_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["正文", "日期"])
    sheet.append(["引进项目60个。", date(2023, 8, 2)])
    sheet["B2"].number_format = 'yyyy"年"m"月"'
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx") == [
        Document("引进项目60个。", published=date(2023, 8, 2), key="1")
    ]


def test_formats_that_cannot_be_read_are_told_and_values_read(tmp_path: Path) -> None:
    path = formatted(tmp_path / "a.xlsx", [(0.125, "0.0%")])
    rewritten(path, "xl/worksheets/sheet1.xml", "<pageMargins", "<a:b/><pageMargins")
    document, told = read(path)
    assert isinstance(document, Document)
    assert isinstance(told, Unreadable)
    assert document.text.startswith("名：第2，值：")
    assert (told.key, told.error.code) == ("Sheet", "workbook_formats_unread")


def test_entities_in_a_workbook_are_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("秘密", encoding="utf-8")
    path = opened(
        tmp_path / "a.ods",
        ods_row(ods_cell("string", "", "镇"), ods_cell("string", "", "占比")),
        ods_row(ods_cell("string", "", "甲"), ods_cell("percentage", "0.125", "&e;12.5%")),
    )
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    rewritten(path, "content.xml", "<office:document-content", f"{entity}<office:document-content")
    with zipfile.ZipFile(path) as packed:
        (cell,) = ShownCells(packed).of("表一")
    assert cell.text == "&e;12.5%"
    assert "秘密" not in str(read(path))


def opened(path: Path, *rows: str) -> Path:
    """Write a workbook of LibreOffice with these rows."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as packed:
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
            f'<table:table table:name="表一">{"".join(rows)}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def ods_cell(kind: str, value: str, text: str = "", more: str = "") -> str:
    name = "date-value" if kind == "date" else "value"
    held = "" if kind == "string" else f' office:{name}="{value}"'
    said = f"<text:p>{text}</text:p>" if text else ""
    return f'<table:table-cell office:value-type="{kind}"{held}{more}>{said}</table:table-cell>'


def ods_row(*cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


def test_shares_and_days_of_libreoffice_are_what_the_file_says(tmp_path: Path) -> None:
    twice = ' table:number-rows-repeated="2"'
    path = opened(
        tmp_path / "a.ods",
        ods_row(*(ods_cell("string", "", name) for name in ("镇", "占比", "日"))),
        ods_row(
            ods_cell("string", "", "甲"),
            ods_cell("percentage", "0.125", "12.50%"),
            ods_cell("date", "2023-08-01", "2023年8月"),
            more=twice,
        ),
        ods_row(
            ods_cell("string", "", "乙"),
            ods_cell("percentage", "0.125"),
            ods_cell("date", "2023-08-02", "08/02/23"),
        ),
        ods_row(
            ods_cell("string", "", "丙"),
            ods_cell("float", "0.125", "0.13"),
            ods_cell("percentage", "1.5", "150%"),
        ),
    )
    assert read(path) == [
        Document(
            "镇：甲，占比：12.50%，日：2023年8月。\n"
            * 2
            + "镇：乙，占比：12.5%，日：2023-08-02。\n"
            "镇：丙，占比：0.125，日：150%。",
            title="a",
        )
    ]


@pytest.mark.parametrize("repeated", ["99999999999999999999", "9999999", "-1", "x"])
def test_repeated_shares_are_bounded_by_the_table(tmp_path: Path, repeated: str) -> None:
    path = opened(
        tmp_path / "a.ods",
        ods_row(ods_cell("string", "", "镇"), ods_cell("string", "", "占比")),
        ods_row(ods_cell("string", "", "甲"), ods_cell("percentage", "0.125", "12.5%")),
        ods_row(
            '<table:table-cell office:value-type="percentage"/>',
            more=f' table:number-rows-repeated="{repeated}"',
        ),
    )
    with zipfile.ZipFile(path) as packed:
        cells = ShownCells(packed)
        found = list(cells.of("表一"))
        assert len(found) == 2
        grid = [["镇", "占比"], ["甲", "0.125"]]
        values: list[list[Any]] = [["镇", "占比"], ["甲", 0.125]]
        assert spreadsheet._show(values, grid, "表一", cells)
    assert grid == [["镇", "占比"], ["甲", "12.5%"]]


@given(
    st.floats() | st.integers() | st.text(),
    st.text(alphabet='ymdhse0#.%;"[]\\-年月/<1', max_size=12),
)
def test_any_format_shows_something_or_nothing(value: float | int | str, code: str) -> None:
    found = number_formats.as_shown(value, code)
    assert found is None or isinstance(found, str)


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
