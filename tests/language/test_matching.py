"""qa.language.matching: words of a question in a text, wholly or in part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.matching import Match, coverage, degree, find
from qa.language.questions import Term


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("项目", "项目和项目", [Match(0, 2, 1.0), Match(3, 5, 1.0)]),
        ("项目", "工程", []),
        ("项目", "项和目", []),
        ("a.b", "axb a.b", [Match(4, 7, 1.0)]),
        ("招商引资", "招商与引资", [Match(0, 2, 2 / 3), Match(3, 5, 2 / 3)]),
        ("总产值", "产值", [Match(0, 2, 0.5)]),
        ("生产总值", "总值", []),
        ("总产值", "总产值和产值", [Match(0, 3, 1.0)]),
    ],
)
def test_a_term_is_found_whole_or_in_the_larger_part(
    term: str, text: str, expected: list[Match]
) -> None:
    assert find(term, text) == expected


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("项目", "引进项目60个", 1.0),
        ("总产值", "产值", 0.5),
        ("招商引资", "招商与引资", 2 / 3),
        ("生产总值", "总值", 0.0),
        ("项目", "", 0.0),
    ],
)
def test_the_degree_is_that_of_the_best_match(term: str, text: str, expected: float) -> None:
    assert degree(term, text) == pytest.approx(expected)


def test_coverage_weighs_the_terms() -> None:
    terms = [Term("项目", 0.6), Term("总产值", 0.2), Term("企业", 0.2)]
    assert coverage(terms, "项目的产值") == pytest.approx(0.7)  # .6 + half of .2
    assert coverage(terms, "项目、企业、总产值") == pytest.approx(1.0)
    assert coverage(terms, "别的") == 0.0


def test_no_terms_are_wholly_covered() -> None:
    assert coverage([], "任何") == 1.0


@given(st.text("甲乙丙丁", min_size=1, max_size=6), st.text("甲乙丙丁", max_size=30))
def test_every_match_is_part_of_the_term(term: str, text: str) -> None:
    for match in find(term, text):
        assert text[match.start : match.end] in term
        assert 0.5 <= match.degree <= 1.0
    if term in text:
        assert {match.end - match.start for match in find(term, text)} == {len(term)}
        assert degree(term, text) == 1.0
