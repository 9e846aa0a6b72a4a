"""qa.writing.pairing: whose figure it is, where a sentence lists several."""

from __future__ import annotations

import pytest

from qa.language.questions import parse
from qa.text import fold
from qa.writing.pairing import is_anothers

PLACES = "梅江区和梅县区分别引进项目60个和50个。"
CITIES = "广州、深圳、佛山规上工业增加值分别增长1.0%、3.3%和2.1%。"
NAMES = "全市营业收入、利润总额分别增长8%和12%。"
YEARS = "2021年、2022年产值分别为30亿元、40亿元。"


@pytest.mark.parametrize(
    ("sentence", "question", "figures", "own"),
    [
        (PLACES, "梅江区引进项目多少个", ("60个", "50个"), "60个"),
        (PLACES, "梅县区引进项目多少个", ("60个", "50个"), "50个"),
        (CITIES, "广州规上工业增加值增长多少", ("1.0%", "3.3%", "2.1%"), "1.0%"),
        (CITIES, "深圳规上工业增加值增长多少", ("1.0%", "3.3%", "2.1%"), "3.3%"),
        (CITIES, "佛山规上工业增加值增长多少", ("1.0%", "3.3%", "2.1%"), "2.1%"),
        (NAMES, "利润总额增长多少", ("8%", "12%"), "12%"),
        (NAMES, "营业收入增长多少", ("8%", "12%"), "8%"),
        (YEARS, "2022年产值是多少", ("30亿元", "40亿元"), "40亿元"),
    ],
)
def test_of_parallel_lists_each_has_its_own_figure(
    sentence: str, question: str, figures: tuple[str, ...], own: str
) -> None:
    folded = fold(sentence)
    for figure in figures:
        start = folded.index(figure)
        span = (start, start + len(figure))
        assert is_anothers(parse(question), folded, span) is (figure != own), figure


@pytest.mark.parametrize(
    ("sentence", "question", "figure"),
    [
        ("鹤山引进项目60个。", "鹤山引进项目多少个", "60个"),
        ("项目分别引进60个。", "鹤山引进项目多少个", "60个"),
        ("两区分别引进项目60个和50个。", "梅江区引进项目多少个", "60个"),
    ],
)
def test_without_a_list_that_names_what_is_asked_nothing_is_told(
    sentence: str, question: str, figure: str
) -> None:
    start = fold(sentence).index(figure)
    assert not is_anothers(parse(question), fold(sentence), (start, start + len(figure)))


def test_lists_that_cannot_be_paired_give_no_figure() -> None:
    sentence = fold("梅江区、梅县区和大埔县分别引进项目60个和50个。")
    start = sentence.index("60个")
    assert is_anothers(parse("梅江区引进项目多少个"), sentence, (start, start + 3))
