"""qa.presenting.answer_rows: everything that an answer says, each with its own quote."""

from __future__ import annotations

import dataclasses
from datetime import date

from qa.presenting.answer_rows import HEADS, LISTED, AnswerRow, answer_rows, conversation_rows
from qa.presenting.transcript import Unanswered
from qa.types import Answer, Article, Cell, Citation, Computed, Listing, Row, Table

DAY = date(2026, 11, 22)
NAMED = ("南方日报", "2026-11-22")


def citation(number: int, quote: str, key: int = 0) -> Citation:
    key = key or number
    article = Article(key, f"{key}.txt", f"题{key}", "南方日报", DAY, "", quote, f"{key:064}")
    return Citation(number, article, quote, 0, len(quote))


def answered(text: str, *cited: Citation, kind: str = "single") -> Answer:
    return Answer("问", "answered", text, cited, (), (), 0.95, 0.1, kind=kind)


def reference(key: int) -> str:
    return f"题{key}[N]. 南方日报, 2026-11-22."


def test_there_is_a_head_for_every_field() -> None:
    assert len(HEADS) == len(AnswerRow._fields) == 9


def test_an_answer_is_a_row_with_its_quote_and_all_who_say_it() -> None:
    found = answered("60个", citation(1, "引进60个。"), citation(2, "引进项目60个。"))
    assert answer_rows(found, DAY) == (
        AnswerRow(
            "", "60个", "可靠", "引进60个。", "题1", *NAMED, f"{reference(1)}\n{reference(2)}"
        ),
    )


def test_articles_that_differ_have_a_row_each() -> None:
    found = answered("45个\n40个", citation(1, "引进45个。"), citation(2, "引进40个。"))
    assert answer_rows(dataclasses.replace(found, confidence=0.8), DAY) == (
        AnswerRow("", "45个", "把握较大，请核对原文", "引进45个。", "题1", *NAMED, reference(1)),
        AnswerRow("", "40个", "把握较大，请核对原文", "引进40个。", "题2", *NAMED, reference(2)),
    )


def test_a_refusal_names_the_nearest_text_and_cites_nothing() -> None:
    none = Answer("问", "no_evidence", "没有找到依据", (), (), ("开平",), 0.0, 0.1)
    assert answer_rows(none, DAY) == (AnswerRow(answer="没有找到依据"),)
    near = dataclasses.replace(none, nearest=citation(1, "鹤山引进60个。"))
    assert answer_rows(near, DAY) == (
        AnswerRow("", "没有找到依据", "", "", "题1", *NAMED, "", "鹤山引进60个。"),
    )


def test_a_table_has_a_row_a_part_and_one_for_what_was_computed() -> None:
    table = Table(
        ("", "引进"),
        (
            Row("沙坪", "沙坪引进多少", (Cell("60个", 1, 0.95),)),
            Row("宅梧", "宅梧引进多少", (Cell(missing=("宅梧",)),)),
            Row("古劳", "古劳引进多少", (Cell("25个", 2, 0.5),)),
        ),
        Computed("difference", "35个", "60个[1] − 25个[2] = 35个", (1, 2)),
    )
    found = dataclasses.replace(
        answered("60个", citation(1, "沙坪60个。"), citation(2, "古劳25个。")), table=table
    )
    assert answer_rows(found, DAY) == (
        AnswerRow("沙坪", "60个", "可靠", "沙坪60个。", "题1", *NAMED, reference(1)),
        AnswerRow("宅梧", "没有依据（没有提到：宅梧）"),
        AnswerRow(
            "古劳", "25个", "把握不大，请核对原文", "古劳25个。", "题2", *NAMED, reference(2)
        ),
        AnswerRow("计算", "35个（60个 − 25个 = 35个）"),
    )


def test_a_listing_has_a_row_an_article_up_to_a_bound() -> None:
    entries = tuple(citation(number, f"提到{number}。") for number in range(1, LISTED + 2))
    listing = Listing(len(entries), entries, 500)
    found = dataclasses.replace(
        answered("101 篇提到。", *entries[:3], kind="articles"), listing=listing
    )
    rows = answer_rows(found, DAY)
    assert len(rows) == LISTED
    assert {row.answer for row in rows} == {"101 篇提到。"}
    assert rows[-1] == AnswerRow(
        "", "101 篇提到。", "", "提到100。", "题100", *NAMED, reference(100)
    )


def test_an_overview_says_its_quotes_and_a_greeting_itself() -> None:
    overview = answered("甲。\n乙。", citation(1, "甲。"), citation(2, "乙。"), kind="overview")
    assert [(row.answer, row.quote) for row in answer_rows(overview, DAY)] == [
        ("甲。", "甲。"),
        ("乙。", "乙。"),
    ]
    assert answer_rows(answered("你好！", kind="greeting"), DAY) == (AnswerRow(answer="你好！"),)


def test_a_conversation_repeats_the_question_of_every_row() -> None:
    found = answered("45个\n40个", citation(1, "引进45个。"), citation(2, "引进40个。"))
    rows = conversation_rows([found, Unanswered("又问", "太多")], DAY)
    assert [row[:3] for row in rows] == [
        ("问", "", "45个"),
        ("问", "", "40个"),
        ("又问", "", "太多"),
    ]
