"""qa.verification: what the quotes bear out, and what of a sentence they do not."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qa.passages import outline
from qa.text import fold, sentences
from qa.types import Article, Citation
from qa.verification import verify
from tests.benchmarks.prose import SETS, Case, cases, problem, seed

SEEDS = (
    "000_a13956db188b6957.txt",
    "001_435b19c470948ce6.txt",
    "002_c5f575c94ab56164.txt",
    "003_b871c692167c7342.txt",
    "004_d6bc51ccf7696407.txt",
)
TEXT = (
    "石滩镇举办龙舟赛\n"
    "2024年6月10日，石滩镇举办龙舟赛，32支队伍参赛，观众超过1.5万人。镇长李明宣布比赛开始。\n"
    "去年的比赛因暴雨取消。南湖镇也有28支队伍参赛，观众约9000人。甲公司起诉了乙厂，法院没有受理。"
)
ARTICLE = Article(1, "a.txt", "石滩镇举办龙舟赛", "日报", date(2024, 6, 11), "", TEXT, "0" * 64)


def cited(quote: str, article: Article = ARTICLE) -> tuple[Citation, ...]:
    start = article.text.index(quote)
    return (Citation(1, article, quote, start, start + len(quote)),)


RACE = cited(
    "2024年6月10日，石滩镇举办龙舟赛，32支队伍参赛，观众超过1.5万人。镇长李明宣布比赛开始。"
)
OTHER = cited("去年的比赛因暴雨取消。南湖镇也有28支队伍参赛，观众约9000人。")
SUIT = cited("甲公司起诉了乙厂，法院没有受理。")


@pytest.mark.parametrize(
    ("written", "citations"),
    [
        ("石滩镇举办龙舟赛，32支队伍参赛。", RACE),
        ("6月10日，石滩镇举办龙舟赛。", RACE),
        ("2024-06-10，石滩镇举办龙舟赛。", RACE),
        ("石滩镇龙舟赛观众超1.5万人。", RACE),
        ("石滩镇龙舟赛观众超过15000人。", RACE),
        ("石灘鎮龍舟賽觀眾超過一萬五千人。", RACE),
        ("镇长李明宣布比赛开始。", RACE),
        ("石滩镇有３２支队伍参赛。", RACE),
        ("南湖镇有28支队伍参赛，观众约9000人。", OTHER),
        ("2023年的比赛因暴雨取消。", OTHER),
        ("甲公司起诉了乙厂。", SUIT),
        ("法院没有受理。", SUIT),
        ("石滩镇有32支队伍参赛，南湖镇有28支队伍参赛。", RACE + OTHER),
    ],
)
def test_what_the_quotes_say_is_verified(written: str, citations: tuple[Citation, ...]) -> None:
    assert verify(written, citations) == ""


@pytest.mark.parametrize(
    ("written", "citations", "found"),
    [
        ("石滩镇举办龙舟赛，33支队伍参赛。", RACE, "33支"),
        ("石滩镇举办龙舟赛，28支队伍参赛。", RACE, "28支"),
        ("石滩镇有28支队伍参赛。", OTHER, "石滩镇"),
        ("石滩镇龙舟赛观众1.5万人。", RACE, "1.5万人"),
        ("石滩镇龙舟赛观众不足1.5万人。", RACE, "1.5万人"),
        ("石滩镇龙舟赛观众超过1.5亿人。", RACE, "1.5亿人"),
        ("石滩镇龙舟赛观众超过1.5万户。", RACE, "1.5万户"),
        ("2024年6月11日，石滩镇举办龙舟赛。", RACE, "2024年6月11日"),
        ("6月12日，石滩镇举办龙舟赛。", RACE, "6月12日"),
        ("2023年6月10日，石滩镇举办龙舟赛。", RACE, "2023年6月10日"),
        ("南湖镇举办龙舟赛，32支队伍参赛。", RACE, "南湖镇"),
        ("石滩镇未举办龙舟赛。", RACE, "未"),
        ("石滩镇计划举办龙舟赛。", RACE, "计划"),
        ("石滩镇举办国际龙舟赛。", RACE, "国际"),
        ("石滩镇举办首届龙舟赛。", RACE, "首届"),
        ("镇长李亮宣布比赛开始。", RACE, "李亮"),
        ("副镇长李明宣布比赛开始。", RACE, "副镇"),
        ("石滩镇举办“金龙杯”龙舟赛。", RACE, "金龙杯"),
        ("石滩镇举办龙舟赛，见evil.example。", RACE, "evil"),
        ("石滩镇举办龙舟赛，全镇一半居民观看。", RACE, "一半"),
        ("去年的比赛如期举行。", OTHER, "如期举行"),
        ("2024年的比赛因暴雨取消。", OTHER, "2024年"),
        ("乙厂起诉了甲公司。", SUIT, "起诉"),
        ("法院受理。", SUIT, "没有"),
        ("甲公司没有起诉乙厂。", SUIT, "没有"),
        ("2024年。", RACE, "2024年。"),
        ("……", RACE, "……"),
    ],
)
def test_what_they_do_not_say_is_named(
    written: str, citations: tuple[Citation, ...], found: str
) -> None:
    assert verify(written, citations) == found


def test_the_place_and_year_said_before_hold_on() -> None:
    assert verify("32支队伍参赛。", RACE, "2024年石滩镇") == ""
    assert verify("32支队伍参赛。", RACE, "石滩镇") == ""
    assert verify("32支队伍参赛。", RACE, "南湖镇") == "南湖镇"
    assert verify("32支队伍参赛。", RACE, "2022年") == "2022年"


FALSE = [case for name in SETS for case in cases(name) if not case.faithful]


@pytest.mark.parametrize("case", FALSE, ids=lambda case: case.written)
def test_no_false_sentence_passes(case: Case) -> None:
    assert problem(case) != ""


@pytest.mark.parametrize("name", SETS)
def test_few_true_sentences_are_held_back(name: str) -> None:
    true = [case for case in cases(name) if case.faithful]
    held = [case.written for case in true if problem(case)]
    assert len(held) <= 0.15 * len(true), held


def test_the_sets_are_what_they_should_be() -> None:
    sets = {name: list(cases(name)) for name in SETS}
    assert {name: len(found) for name, found in sets.items()} == {
        "development": 160,
        "held-out": 72,
        "fresh": 76,
    }
    written = [case.written for found in sets.values() for case in found]
    assert len(set(written)) == len(written)
    for found in sets.values():
        assert 0.2 < sum(case.faithful for case in found) / len(found) < 0.5


def _stated() -> list[tuple[Article, int, int]]:
    """Return the sentences of the sample articles with a figure."""
    return [
        (article, start, end)
        for article in map(seed, SEEDS)
        for run in outline(article.text)
        for block in run
        for start, end in sentences(article.text, block.start, block.end)
        if end - start <= 200 and re.search(r"\d", article.text[start:end])
    ]


STATED = _stated()


@given(st.sampled_from(STATED), st.sampled_from(["", "据报道，", "根据资料，"]), st.booleans())
def test_a_copied_sentence_is_verified(
    stated: tuple[Article, int, int], lead: str, wide: bool
) -> None:
    article, start, end = stated
    quote = article.text[start:end]
    written = quote.translate({c: c + 0xFEE0 for c in b"0123456789%"}) if wide else quote
    citations = (Citation(1, article, quote, start, end),)
    assert verify(written, citations) == ""
    if not lead:
        assert verify(fold(quote), citations) == ""


@given(st.sampled_from(STATED), st.data())
def test_a_changed_digit_is_never_verified(
    stated: tuple[Article, int, int], data: st.DataObject
) -> None:
    article, start, end = stated
    quote = article.text[start:end]
    at = data.draw(st.sampled_from([match.start() for match in re.finditer(r"\d", quote)]))
    digit = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != quote[at]]))
    changed = quote[:at] + digit + quote[at + 1 :]
    assume(fold(changed) != fold(quote))
    assert verify(changed, (Citation(1, article, quote, start, end),)) != ""


@given(st.text(max_size=60))
def test_any_text_can_be_held_against_a_quote(written: str) -> None:
    assert isinstance(verify(written, RACE), str)
