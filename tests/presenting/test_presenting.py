"""qa.presenting.presenting: which citation says which line of an answer, and where in its quote."""

from __future__ import annotations

import dataclasses

import pytest

from qa.answering.answering import NO_EVIDENCE
from qa.presenting.presenting import marked_span, said
from qa.types import Answer, Article, Citation


def answer(text: str, *quotes: str) -> Answer:
    """Return an answer whose quotes are all that their articles say."""
    citations = tuple(
        Citation(number, article, quote, 0, len(quote))
        for number, quote in enumerate(quotes, start=1)
        for article in [Article(number, f"{number}.txt", "", "", None, "", quote, "0" * 64)]
    )
    return Answer("引进了多少个项目", "answered", text, citations, (), (), 0.9, 0.1)


def numbers(shown: Answer) -> list[tuple[str, list[int]]]:
    return [(item.text, [citation.number for citation in item.citations]) for item in said(shown)]


def marked(shown: Answer) -> list[str | None]:
    spans = [marked_span(shown, citation) for citation in shown.citations]
    return [
        citation.quote[slice(*span)] if span else None
        for citation, span in zip(shown.citations, spans, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "quotes", "expected"),
    [
        ("60个", ["引进60个。"], [("60个", [1])]),
        ("60个", ["引进60个。", "引进６０个。", "引进六十个。"], [("60个", [1, 2, 3])]),
        ("67个\n60个", ["引进67个。", "引进60个。"], [("67个", [1]), ("60个", [2])]),
        (
            "67个\n60个",
            ["引进67个。", "引进60个。", "共引进六十个。", "共引进67个。"],
            [("67个", [1, 4]), ("60个", [2, 3])],
        ),
        ("甲\n乙", ["乙不说甲。", "甲不说乙。"], [("甲", [1]), ("乙", [2])]),  # by place
        ("甲\n乙", ["甲。", "乙。", "什么也不说。"], [("甲", [1, 3]), ("乙", [2])]),
        (
            "1.5亿元\n2亿元",
            ["投资1.5亿元。", "投资2亿元。", "投资两亿元。"],
            [("1.5亿元", [1]), ("2亿元", [2, 3])],
        ),
        pytest.param(
            "7个\n67个",
            ["引进7个。", "引进67个。", "共引进67个。"],
            [("7个", [1]), ("67个", [2, 3])],
        ),
    ],
)
def test_each_line_has_the_citations_that_say_it(
    text: str, quotes: list[str], expected: list[tuple[str, list[int]]]
) -> None:
    assert numbers(answer(text, *quotes)) == expected


def test_without_evidence_nothing_is_said() -> None:
    assert said(dataclasses.replace(answer(NO_EVIDENCE), status="no_evidence")) == []


@pytest.mark.parametrize(
    ("text", "quotes", "expected"),
    [
        ("60个", ["引进60个。", "引进６０个。"], ["60个", "６０个"]),
        (
            "1.5亿元",
            ["投资1.5亿元。", "去年投资2亿元，今年投资15000万元。", "投资一亿五千万元。"],
            ["1.5亿元", "15000万元", "一亿五千万元"],
        ),
        ("67个\n60个", ["引进67个，不是60个。", "引进60个，不是67个。"], ["67个", "60个"]),
        ("李明", ["书记李明说。", "书记说。"], ["李明", None]),
        ("8%", ["增长8%。", "增长百分之八。", "增长8个。"], ["8%", "百分之八", None]),
        pytest.param(
            "鹤山市",
            ["在鹤山市召开。", "在鶴山市召開。"],
            ["鹤山市", "鶴山市"],
        ),
    ],
)
def test_the_answer_is_marked_in_each_quote_as_it_is_spelt_there(
    text: str, quotes: list[str], expected: list[str | None]
) -> None:
    assert marked(answer(text, *quotes)) == expected


def test_the_text_is_marked_where_no_line_has_the_citation() -> None:
    shown = answer("60个", "引进60个。")
    other = answer("", "引进了60个。").citations[0]
    assert marked_span(shown, other) == (3, 6)
