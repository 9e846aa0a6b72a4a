"""qa.answering.rows: tables as articles have them, and questions over all of their rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Library
from qa.answering.candidates import weigh
from qa.answering.rows import Grid, grid_at
from qa.articles.layout.tables import table_lines
from qa.language.questions import parse
from qa.reading.reading import Reading
from qa.types import Answer, Article, Citation, Hit, Passage

HEADER = ["部门", "负责人", "2024年支出（万元）", "项目数（个）", "备注"]
ROWS = [
    ["办公室", "王洋", "498.9", "24", "6月调整"],
    ["财务部", "赵洋", "77.7", "1", "含外包"],
    ["市场部", "李洋", "226.2", "31", ""],
    ["采购部", "陈磊", "868.4", "9", "同意，说明：见附件"],
    ["质量部", "张伟", "139.7", "14", ""],
]
CELL = st.text(st.sampled_from("鹤山甲乙12.-月"), max_size=6)


def article(*lines: str) -> Article:
    return Article(7, "a.csv", "", "", None, "", "\n".join(lines), "")


def grid(rows: list[list[str]], *before: str) -> Grid:
    lines = table_lines([HEADER, *rows])
    found = grid_at(article(*before, *lines, "以上。"), len("\n".join([*before, lines[0]])))
    assert found is not None
    return found


def texts(table: Grid) -> list[list[str]]:
    return [[table.text(row, name) for name in table.columns] for row in table.rows]


def test_every_cell_is_where_its_row_has_it() -> None:
    table = grid(ROWS, "集团支出，单位：万元", "来源：财务部，日期：2月。")
    assert table.columns == HEADER  # and not 说明, which is in one row
    assert texts(table)[2] == ["市场部", "李洋", "226.2万元", "31个", ""]
    assert texts(table)[3] == ["采购部", "陈磊", "868.4万元", "9个", "同意，说明：见附件"]


@given(st.lists(st.lists(CELL.map(str.strip), min_size=3, max_size=3), min_size=1, max_size=8))
def test_what_was_written_is_found_again(rows: list[list[str]]) -> None:
    whole = [[f"第{number}", f"{number}.5", *row] for number, row in enumerate(rows)]
    lines = table_lines([["镇", "产值", "甲", "乙", "丙"], *whole])
    found = grid_at(article(*lines), 0)
    if found is None:
        assert len(rows) == 1
        return
    for row, written, line in zip(found.rows, whole, lines, strict=True):
        assert found.article.text[slice(*row.line)] == line
        assert found.text(row, "镇") == written[0]
        for name, cell in zip("甲乙丙", written[2:], strict=True):
            assert not row.cells.get(name) or found.text(row, name).startswith(cell)


@pytest.mark.parametrize("text", ["鹤山引进项目60个。", "地点：鹤山。", "甲：1，乙：2。\n完。", ""])
def test_what_is_no_table_has_no_rows(text: str) -> None:
    assert grid_at(article(text), 0) is None


def test_a_stretch_is_of_the_column_whose_cell_holds_it() -> None:
    table = grid(ROWS)
    start, end = table.rows[3].cells["负责人"]
    assert table.column_of((start, end)) == table.column_of((start + 1, end)) == "负责人"
    assert table.column_of((start - 1, end)) == table.column_of((0, 10_000)) == ""


def test_names_tell_rows_apart_or_there_are_none() -> None:
    assert list(grid(ROWS).named("部门")) == [row[0] for row in ROWS]
    assert grid([*ROWS, ["法务部", "王洋", "1", "1", ""]]).named("负责人") == {}


@pytest.mark.parametrize(
    ("total", "is_left"),
    [
        (["合计", "", "1810.9", "79", ""], False),
        (["合计", "", "1810.8", "79", ""], False),  # of rounded figures
        (["合计", "", "1812.9", "79", ""], True),
        (["合计", "", "1810.9", "78", ""], True),
        (["研发中心", "周敏", "300", "8", ""], True),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_row_that_is_the_sum_of_all_others_is_none_of_them(
    total: list[str], is_left: bool, is_first: bool
) -> None:
    assert sum(Decimal(row[2]) for row in ROWS) == Decimal("1810.9")
    table = grid([total, *ROWS] if is_first else [*ROWS, total])
    assert len(table.without_total().rows) == len(ROWS) + is_left


def test_of_three_rows_one_may_be_the_sum_by_chance() -> None:
    rows = [["甲", "", "3", "2", ""], ["乙", "", "2", "1", ""], ["丙", "", "1", "1", ""]]
    assert len(grid(rows).without_total().rows) == 3


def test_a_question_speaks_of_the_rows_whose_cells_it_names() -> None:
    header = ["地块", "区", "月份", "价格"]
    rows = [
        ["甲", "鼓楼区", "2021年09月", "5"],
        ["乙", "鼓楼区", "2021年10月", "9"],
        ["丙", "玄武区", "2021年09月", "7"],
    ]
    table = grid_at(article(*table_lines([header, *rows])), 0)
    assert table is not None
    said = {
        "2021年9月鼓楼区哪块地最贵": ["甲"],
        "鼓楼区哪块地最贵": ["甲", "乙"],
        "5块以上的哪块最贵": ["甲", "乙", "丙"],  # a figure names no row
    }
    for question, names in said.items():
        assert list(table.admitted(question).named("地块")) == names


def test_a_place_is_in_the_row_that_is_named_where_one_is() -> None:
    table = grid(ROWS)
    places = [row.cells["2024年支出（万元）"][0] for row in table.rows]
    for question, rows in {
        "采购部支出多少": [3],
        "采购部和财务部支出多少": [1, 3],
        "王洋的部门支出多少": [0],
        "支出多少": [0, 1, 2, 3, 4],
        "法务部支出多少": [0, 1, 2, 3, 4],  # is no row's name
    }.items():
        assert [at for at in range(5) if table.speaks_of(places[at], question)] == rows


def test_what_is_read_in_another_row_than_the_named_one_gives_way() -> None:
    text = "\n".join(table_lines([HEADER, *ROWS]))
    hit = Hit(Passage(1, 7, 0, len(text)), article(text), text, 1.0, 1.0, 1.0)
    readings = [
        Reading(said, at := text.index(said), at + len(said), score, answerable=True)
        for said, score in (("77.7万元", 0.9), ("868.4万元", 0.6))
    ]
    for question, said in {"采购部支出多少": "868.4万元", "支出多少": "77.7万元"}.items():
        chosen = weigh(parse(question), hit, readings, 0)
        assert (chosen.text, chosen.fits) == (said, True)
    assert not weigh(parse("采购部支出多少"), hit, readings[:1], 0).fits


def answer(table: Grid, row: int, column: str) -> Answer:
    line, cell = table.rows[row].line, table.rows[row].cells[column]
    text = table.article.text
    cited = Citation(1, table.article, text[slice(*line)], *line)
    return Answer("问", "answered", text[slice(*cell)], (cited,), (), (), 0.7, 0.0)


def test_one_cell_tells_where_all_others_stand() -> None:
    table = grid(ROWS)
    found = table.alike("部门", "财务部", answer(table, 1, "2024年支出（万元）"))
    assert {name: each.text for name, each in found.items()} == {
        row[0]: f"{row[2]}万元" for row in ROWS
    }
    for each in found.values():
        (cited,) = each.citations
        assert table.article.text[cited.start : cited.end] == cited.quote
        assert each.confidence == 0.7


def test_another_row_or_column_tells_nothing() -> None:
    table = grid(ROWS)
    assert table.alike("部门", "财务部", answer(table, 2, "负责人")) == {}
    assert table.alike("部门", "法务部", answer(table, 2, "负责人")) == {}
    assert table.alike("部门", "市场部", answer(table, 2, "部门")) == {}


def test_a_quote_begins_behind_what_could_be_taken_for_its_cell() -> None:
    rows = [["甲", "", "9", "9", ""], ["乙", "", "9", "8", ""]]
    table = grid(rows)
    found = table.alike("部门", "乙", answer(table, 1, "项目数（个）"))
    assert (
        found["甲"].citations[0].quote == "部门：甲，2024年支出（万元）：9万元，项目数（个）：9个。"
    )
    lines = table_lines([["项", "月", "数"], ["甲", "6", "6"], ["乙", "5", "7"]])
    plain = grid_at(article(*lines), 0)
    assert plain is not None
    others = plain.alike("项", "乙", answer(plain, 1, "数"))
    assert [each.citations[0].quote for each in others.values()] == [
        "数：6。",
        "项：乙，月：5，数：7。",
    ]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("tables")
    rows = [*ROWS, ["合计", "", "1810.9", "79", ""]]
    with (folder / "集团各部门支出表.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    with Library.open(tmp_path_factory.mktemp("library") / "library") as opened:
        opened.sync(folder)
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize(
    ("question", "result"),
    [
        ("2024年哪个部门的支出最少", "财务部"),
        ("哪个部门项目数最多", "市场部"),
        ("各部门支出一共多少", "1810.9万元"),
    ],
)
def test_a_question_over_all_rows_is_answered_of_all_rows(
    library: Library, question: str, result: str
) -> None:
    found = library.ask(question)
    assert found.table is not None
    assert found.table.computed is not None
    assert found.table.computed.text == result
    assert sorted(row.part for row in found.table.rows) == sorted(row[0] for row in ROWS)
