"""qa.presenting.tables: a table in words, in the terminal, in Markdown and in Word."""

from __future__ import annotations

import dataclasses
import io
from datetime import date
from typing import Any

import pytest

from qa.cli import printing
from qa.presenting import tables
from qa.presenting.comparing import compare
from qa.presenting.presenting import marked_span, said
from qa.presenting.transcript import to_docx, to_markdown
from qa.types import Answer, Article, Cell, Citation, Computed, Row, Table

USED = date(2026, 11, 22)


def citation(number: int, quote: str, title: str = "招商") -> Citation:
    article = Article(number, f"{number}.txt", title, "南方日报", USED, "", quote, f"{number:064}")
    return Citation(number, article, quote, 0, len(quote))


CITED = (citation(1, "沙坪镇引进项目60个。"), citation(2, "古劳镇引进项目25个。"))
TABLE = Table(
    ("", "引进多少项目"),
    (
        Row("沙坪镇", "沙坪镇引进多少项目", (Cell("60个", 1, 0.9),)),
        Row("宅梧|镇", "宅梧镇引进多少项目", (Cell(missing=("引进", "项目")),)),
        Row("古劳镇", "古劳镇引进多少项目", (Cell("25个", 2, 0.8),)),
    ),
    Computed("difference", "35个", "60个[1] − 25个[2] = 35个", (1, 2)),
)
ANSWER = Answer("各引进多少", "answered", "60个", CITED, (), (), 0.8, 0.1, table=TABLE)


def test_a_table_is_told_in_words() -> None:
    assert tables.heads(TABLE) == ("分项", "引进多少项目")
    assert [line[:3] for line in tables.lines(ANSWER)] == [
        ("沙坪镇", "60个", CITED[0]),
        ("宅梧|镇", "没有依据（没有提到：引进、项目）", None),
        ("古劳镇", "25个", CITED[1]),
    ]
    assert tables.counted(TABLE) == "查了 3 项，2 项有依据"
    assert tables.computed(TABLE) == "35个（60个[1] − 25个[2] = 35个）"


@pytest.mark.parametrize("reason", ["figures", "units", "inexact", "missing", "zero"])
def test_why_nothing_was_computed_is_told(reason: Any) -> None:
    table = dataclasses.replace(TABLE, computed=Computed("sum", reason=reason))
    assert tables.computed(table).startswith("没有计算")


def test_without_a_result_nothing_is_told_of_one() -> None:
    assert tables.computed(dataclasses.replace(TABLE, computed=None)) == ""


def test_every_value_is_marked_in_its_own_quote() -> None:
    assert [(item.text, item.citations) for item in said(ANSWER)] == [
        ("60个", CITED[:1]),
        ("25个", CITED[1:]),
    ]
    assert [marked_span(ANSWER, cited) for cited in CITED] == [(7, 10), (7, 10)]


def test_a_repost_goes_with_the_value_that_it_says() -> None:
    repost = citation(3, "古劳镇引进项目25个。")
    answer = dataclasses.replace(ANSWER, citations=(*CITED, repost))
    assert [len(item.citations) for item in said(answer)] == [1, 2]


def test_values_of_different_parts_are_not_compared_as_statements() -> None:
    assert compare(ANSWER) == ()


def test_the_terminal_shows_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    printing.answer(ANSWER)
    shown = capsys.readouterr().out
    for text in ("沙坪镇", "60个 [1]", "没有依据", "25个 [2]", "35个（", "查了 3 项"):
        assert text in shown


def test_the_terminal_shows_a_table_without_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    rows = tuple(dataclasses.replace(row, cells=(Cell(),)) for row in TABLE.rows)
    table = Table(TABLE.columns, rows)
    printing.answer(Answer("问", "no_evidence", "没有找到依据", (), (), (), 0.0, 0.1, table=table))
    assert "查了 3 项，0 项有依据" in capsys.readouterr().out


def test_markdown_has_a_table() -> None:
    shown = to_markdown([ANSWER], accessed=USED)
    assert (
        "| 分项 | 引进多少项目 |\n"
        "| --- | --- |\n"
        "| 沙坪镇 | 60个 \\[1\\] |\n"
        "| 宅梧\\|镇 | 没有依据（没有提到：引进、项目） |\n"
        "| 古劳镇 | 25个 \\[2\\] |\n\n"
        "35个（60个\\[1\\] − 25个\\[2\\] = 35个）"
    ) in shown


def test_references_of_a_formula_are_those_of_the_conversation() -> None:
    before = Answer("问", "answered", "五", (citation(9, "五。", "别的"),), (), (), 0.9, 0.1)
    before = dataclasses.replace(
        before, citations=(dataclasses.replace(before.citations[0], number=1),)
    )
    shown = to_markdown([before, ANSWER], accessed=USED)
    assert "35个（60个\\[2\\] − 25个\\[3\\] = 35个）" in shown


def test_word_has_a_table() -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document(io.BytesIO(to_docx([ANSWER], accessed=USED)))
    (table,) = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["分项", "引进多少项目"],
        ["沙坪镇", "60个[1]"],
        ["宅梧|镇", "没有依据（没有提到：引进、项目）"],
        ["古劳镇", "25个[2]"],
    ]


def test_a_notebook_shows_a_table() -> None:
    shown = ANSWER._repr_html_()
    assert "60个 [1]" in shown
    assert "60个[1] − 25个[2] = 35个" in shown
