"""qa.answering.statements: what articles say alike is said once, what they say differently side by
side.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.candidates import Candidate
from qa.answering.statements import (
    AS_SURE,
    MAX_CITATIONS,
    SHOWN_BESIDE,
    Statement,
    agree,
    cite,
    gather,
)
from qa.language.questions import parse
from qa.types import Article, Hit, Passage

HOW_MANY = parse("鹤山引进了多少个项目")
WHY = parse("为什么要招商")


def candidate(
    text: str, said: str, number: int = 1, *, year: int | None = 2023, confidence: float = 0.9
) -> Candidate:
    """Return the candidate of ``said`` in article ``number``, all of whose text is one passage."""
    published = date(year, 8, 2) if year else None
    article = Article(number, f"{number}.txt", "", "", published, "", text, "0" * 64)
    start = text.index(said)
    return Candidate(
        hit=Hit(Passage(number, number, 0, len(text)), article, text, 1.0, 0.9, 9.0),
        start=start,
        end=start + len(said),
        score=0.9,
        rank=0,
        confidence=confidence,
        fits=True,
    )


def projects(figure: str, number: int, *, year: int | None = 2023, sure: float = 0.9) -> Candidate:
    return candidate(f"鹤山引进项目{figure}。", figure, number, year=year, confidence=sure)


def grouped(statements: Sequence[Statement]) -> list[list[tuple[str, int]]]:
    return [[(item.text, item.hit.article.id) for item in said.candidates] for said in statements]


def cited(statements: Sequence[Statement], *, whole: bool = False) -> list[tuple[int, int, str]]:
    citations = cite(statements, whole=whole)
    for citation in citations:
        assert citation.quote == citation.article.text[citation.start : citation.end]
    return [(citation.number, citation.article.id, citation.quote) for citation in citations]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1.5亿元", "15000万元", True),
        ("1.5亿元", "一亿五千万元", True),
        ("15000万元", "一亿五千万元", True),
        ("1.5亿元", "1.6亿元", False),
        ("８%", "百分之八", True),
        ("增长8%", "8%", True),
        ("8%", "8元", False),
        ("60個", "60个", True),
        ("60个", "67个", False),
        ("7个", "67个", False),
        ("60个、209亿元", "60个", False),
        ("李明", "市委书记李明", True),
        ("李明", "张明", False),
        ("8月2日", "2023年8月2日", True),
        ("1963年", "1964年4月5日", False),
        pytest.param(
            "1963年",
            "1963年4月5日",
            True,
        ),
        pytest.param(
            "2023 年 8 月",
            "2023年8月",
            True,
        ),
    ],
)
def test_two_agree_where_they_amount_to_the_same(one: str, other: str, *, same: bool) -> None:
    left, right = candidate(one, one, 1), candidate(other, other, 2)
    assert agree(left, right) is agree(right, left) is same


def test_what_agrees_with_the_surest_is_one_statement() -> None:
    first, second, third = (
        projects(figure, number, sure=sure)
        for number, (figure, sure) in enumerate([("60个", 0.9), ("６０個", 0.5), ("60个", 0.1)], 1)
    )
    (statement,) = gather(HOW_MANY, [first, second, third])
    assert statement.candidates == (first, second, third)
    assert statement.best is first


@pytest.mark.parametrize(
    ("years", "order"),
    [
        ((2022, 2023), [2, 1]),
        ((2023, 2022), [1, 2]),
        ((2023, 2023), [1, 2]),  # then the surer
        ((None, 2022), [2, 1]),
        ((None, None), [1, 2]),
    ],
)
def test_articles_that_differ_are_two_statements_the_newest_first(
    years: tuple[int | None, int | None], order: list[int]
) -> None:
    found = [projects("60个", 1, year=years[0]), projects("67个", 2, year=years[1], sure=0.8)]
    statements = gather(HOW_MANY, found)
    assert [said.best.hit.article.id for said in statements] == order


def test_a_newer_report_that_is_far_less_sure_comes_second() -> None:
    found = [projects("60个", 1, year=2023, sure=0.95), projects("25个", 2, year=2025, sure=0.3)]
    assert grouped(gather(HOW_MANY, found)) == [[("60个", 1)], [("25个", 2)]]


def test_a_statement_is_as_new_as_the_newest_article_that_says_it() -> None:
    found = [
        projects("60个", 1, year=2020),
        projects("67个", 2, year=2022),
        projects("60个", 3, year=2023),
    ]
    statements = gather(HOW_MANY, found)
    assert grouped(statements) == [[("60个", 1), ("60个", 3)], [("67个", 2)]]
    assert [said.newest for said in statements] == [date(2023, 8, 2), date(2022, 8, 2)]


def test_what_is_far_less_sure_than_the_best_is_not_said_beside_it() -> None:
    least = SHOWN_BESIDE * 0.9
    best = projects("60个", 1)
    assert len(gather(HOW_MANY, [best, projects("67个", 2, sure=least)])) == 2
    assert len(gather(HOW_MANY, [best, projects("67个", 2, sure=least - 0.01)])) == 1


def test_an_article_has_one_say() -> None:
    text = "鹤山引进项目60个，去年67个。"
    found = [candidate(text, "60个", 1), candidate(text, "67个", 1)]
    assert grouped(gather(HOW_MANY, found)) == [[("60个", 1)]]


def test_an_article_does_not_also_speak_for_what_another_says_against_it() -> None:
    text = "鹤山引进项目60个，去年67个。"
    found = [candidate(text, "60个", 1), projects("67个", 2), candidate(text, "67个", 1)]
    assert grouped(gather(HOW_MANY, found)) == [[("60个", 1)], [("67个", 2)]]


@pytest.mark.parametrize(
    "question", ["为什么要招商", "如何招商", "前三名是哪些镇街", "有哪些重点产业"]
)
def test_a_question_for_text_or_a_list_has_one_statement(question: str) -> None:
    found = [
        candidate("招商能带来就业。", "招商能带来就业。", 1, year=2020),
        candidate("招商能带来税收。", "招商能带来税收。", 2),
    ]
    assert grouped(gather(parse(question), found)) == [[("招商能带来就业。", 1)]]


def test_nothing_found_is_nothing_said() -> None:
    assert gather(HOW_MANY, []) == []
    assert cite([], whole=False) == ()


def test_every_statement_is_quoted_before_any_is_quoted_twice() -> None:
    found = [
        projects("60个", 1, year=2020),
        projects("60个", 2, year=2021),
        projects("67个", 3, year=2023),
        projects("67个", 4, year=2022),
    ]
    assert cited(gather(HOW_MANY, found)) == [
        (1, 3, "鹤山引进项目67个。"),
        (2, 1, "鹤山引进项目60个。"),
        (3, 4, "鹤山引进项目67个。"),
        (4, 2, "鹤山引进项目60个。"),
    ]


def test_there_are_only_so_many_citations() -> None:
    found = [projects("60个", number) for number in range(1, 9)]
    assert MAX_CITATIONS == 5
    assert [number for number, _, _ in cited(gather(HOW_MANY, found))] == [1, 2, 3, 4, 5]


def test_a_sentence_is_quoted_once() -> None:
    text = "近日，鹤山引进项目60个（60个）。共60个。"
    found = [candidate(text, "60个", 1), candidate(text, "60个）", 1), candidate(text, "共60个", 1)]
    assert cited(gather(HOW_MANY, found)) == [
        (1, 1, "近日，鹤山引进项目60个（60个）。"),
        (2, 1, "共60个。"),
    ]


def test_a_whole_answer_is_quoted_with_the_rest_of_its_enumeration() -> None:
    found = [candidate("原因如下。一是就业。二是税收。", "一是就业", 1)]
    assert cited(gather(WHY, found), whole=True) == [(1, 1, "一是就业。二是税收。")]
    assert cited(gather(WHY, found), whole=False) == [(1, 1, "一是就业。")]


@given(
    st.lists(
        st.builds(
            projects,
            st.sampled_from(["60个", "67个", "7个", "六十个"]),
            st.integers(1, 1000),
            year=st.sampled_from([None, 2021, 2022, 2023]),
            sure=st.floats(0.4, 1),
        ),
        max_size=8,
        unique_by=lambda item: item.hit.article.id,
    )
)
def test_the_first_citations_say_the_statements_in_order(found: list[Candidate]) -> None:
    found.sort(key=lambda item: -item.confidence)
    statements = gather(HOW_MANY, found)
    surest = max((said.best.confidence for said in statements), default=0.0)
    sure = [said for said in statements if said.best.confidence >= AS_SURE * surest]
    assert statements[: len(sure)] == sorted(sure, key=lambda said: said.newest, reverse=True)
    others = statements[len(sure) :]
    assert others == sorted(others, key=lambda said: said.best.confidence, reverse=True)
    citations = cited(statements)
    assert [number for number, _, _ in citations] == list(range(1, len(citations) + 1))
    assert [article for _, article, _ in citations[: len(statements)]] == [
        said.best.hit.article.id for said in statements
    ]
    for said in statements:
        assert all(agree(said.best, other) for other in said.candidates)
        assert said.best.confidence == max(item.confidence for item in said.candidates)
