"""qa.questionnaire.questions: the questions of a sheet, what stands beside them, and bounds."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from qa.errors import SheetError
from qa.presenting.spreadsheet import LONGEST
from qa.questionnaire import questions
from qa.questionnaire.questions import QuestionSheet, read_questions

HESHAN, CHAOZHOU = "鹤山引进了多少亿元以上项目", "潮州有多少省级农业产业园"


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def workbook(path: Path, *rows: tuple[Any, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def code(path: Path) -> str:
    with pytest.raises(SheetError) as told:
        read_questions(path)
    return told.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("head", ["问题", "question", "QUESTION", " Question "])
def test_questions_stand_under_their_head(tmp_path: Path, head: str, encoding: str) -> None:
    text = f"编号,{head},备注\r\n1,{HESHAN},甲\r\n2,{CHAOZHOU},乙\r\n"
    assert read_questions(written(tmp_path / "a.csv", text, encoding)) == QuestionSheet(
        ("编号", head.strip(), "备注"), (("1", HESHAN, "甲"), ("2", CHAOZHOU, "乙")), 1
    )


def test_without_that_head_they_stand_in_the_first_column(tmp_path: Path) -> None:
    sheet = read_questions(written(tmp_path / "a.csv", f"\n要查的;备注\n{HESHAN};甲\n"))
    assert sheet == QuestionSheet(("要查的", "备注"), ((HESHAN, "甲"),), 0)


@pytest.mark.parametrize("first", [HESHAN, "鹤山，潮州分别引进多少？", "Really?"])
def test_a_sheet_that_begins_with_a_question_has_no_heads(tmp_path: Path, first: str) -> None:
    sheet = read_questions(written(tmp_path / "a.csv", f"{first}\t1\n{CHAOZHOU}\n"))
    assert sheet == QuestionSheet(("问题", ""), ((first, "1"), (CHAOZHOU, "")), 0)


def test_empty_rows_are_kept_between_questions_and_the_same_is_asked_once(tmp_path: Path) -> None:
    text = f"\n\n问题\n{HESHAN}\n\n  \n{CHAOZHOU}\n {HESHAN} \n\n\n"
    sheet = read_questions(written(tmp_path / "a.csv", text))
    rows = [(HESHAN,), ("",), ("",), (CHAOZHOU,), (f" {HESHAN} ",)]
    assert sheet == QuestionSheet(("问题",), tuple(rows), 0)
    assert sheet.questions == (HESHAN, CHAOZHOU)


def test_a_comma_in_a_sheet_of_one_column_is_one_of_the_question(tmp_path: Path) -> None:
    sheet = read_questions(written(tmp_path / "a.csv", '问题\n鹤山,开平分别引进多少\n"甲;\n乙"\n'))
    assert sheet == QuestionSheet(("问题",), (("鹤山,开平分别引进多少",), ("甲;\n乙",)), 0)


def test_a_workbook_is_read_as_it_shows_its_cells(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        ("问题", "编号", "占比", "日期", "公式", "款"),
        (HESHAN, 7, 0.125, date(2023, 8, 2), "=1+1", True),
        (None, None, None, None, None, None),
        (CHAOZHOU, 2.5, -3, None, None, "=x"),
    )
    book = openpyxl.load_workbook(path)
    book.active["C2"].number_format = "0.0%"
    book.active["D2"].number_format = 'yyyy"年"m"月"d"日"'
    book.save(path)
    assert read_questions(path) == QuestionSheet(
        ("问题", "编号", "占比", "日期", "公式", "款"),
        (
            (HESHAN, 7, "12.5%", "2023年8月2日", "", "是"),
            ("", "", "", "", "", ""),
            (CHAOZHOU, 2.5, -3, "", "", ""),
        ),
        0,
    )


def test_hidden_and_empty_sheets_are_passed_over(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(("问题",))
    book.active.append(("隐藏的",))
    book.active.sheet_state = "hidden"
    book.create_sheet("空")
    book.create_sheet("问").append((HESHAN,))
    book.save(tmp_path / "a.xlsx")
    assert read_questions(tmp_path / "a.xlsx").questions == (HESHAN,)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"", "sheet_without_questions"),
        ("a.csv", "编号,问题\n1,\n".encode(), "sheet_without_questions"),
        ("a.csv", bytes(range(256)) * 9, "sheet_unreadable"),
        ("a.csv", b'\xe9\x97\xae,"' + b"a" * 200_000 + b'"\n', "sheet_cell_too_long"),
        ("a.xlsx", b"no workbook", "sheet_unreadable"),
        ("a.xlsx", b"PK\x03\x04 cut off", "sheet_unreadable"),
        ("a.txt", b"?", "questions_kind_unknown"),
        ("a", b"?", "questions_kind_unknown"),
    ],
)
def test_what_is_no_sheet_of_questions_is_told(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert code(tmp_path / name) == told


def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path: Path) -> None:
    assert code(tmp_path / "none.csv") == "sheet_unreadable"
    (tmp_path / "a.csv").mkdir()
    assert code(tmp_path / "a.csv") == "sheet_unreadable"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rows_columns_and_cells_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(questions, "MAX_ROWS", 3)
    monkeypatch.setattr(questions, "MAX_COLUMNS", 2)

    def sheet(*rows: tuple[str, ...]) -> Path:
        if kind == "xlsx":
            return workbook(tmp_path / "a.xlsx", *rows)
        return written(tmp_path / "a.csv", "".join(",".join(row) + "\n" for row in rows))

    fits = [("问题", "甲"), ("一",), ("",), ("二", "乙"), ("", ""), ("",)]
    assert len(read_questions(sheet(*fits)).rows) == 3
    assert code(sheet(*fits, ("三",))) == "sheet_too_long"
    assert code(sheet(("问题", "", "丙"), ("一",))) == "sheet_too_wide"
    monkeypatch.setattr(questions, "LONGEST", 5)
    assert code(sheet(("问题",), ("一二三四五六",))) == "sheet_cell_too_long"
    monkeypatch.setattr(questions, "MAX_BYTES", 10)
    assert code(sheet(("问题",), ("一二三四五",))) == "sheet_too_large"
    assert LONGEST == 32_767


def test_a_workbook_that_would_fill_memory_costs_only_its_reader(tmp_path: Path) -> None:
    """One cell in the last corner: what is between would be 17 thousand million cells."""
    path = workbook(tmp_path / "a.xlsx", ("问题",), (HESHAN,))
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(packed, "w") as made:
        for name in book.namelist():
            data = book.read(name)
            if name == "xl/worksheets/sheet1.xml":
                corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                data = data.replace(b"</sheetData>", corner)
                assert corner in data
            made.writestr(name, data)
    path.write_bytes(packed.getvalue())
    assert code(path) == "sheet_unreadable"
