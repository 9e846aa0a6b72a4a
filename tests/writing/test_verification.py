"""qa.writing.verification: what the quotes bear out, and what of a sentence they do not."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qa.articles.passages import outline
from qa.text import fold, sentences
from qa.types import Article, Citation
from qa.writing.verification import verify
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


def told(text: str) -> tuple[Citation, ...]:
    article = Article(1, "b.txt", "消息", "日报", date(2024, 6, 11), "", text, "0" * 64)
    return (Citation(1, article, text, 0, len(text)),)


@pytest.mark.parametrize(
    ("quote", "true", "false"),
    [
        # lists read in parallel, ranges
        ("东川市和西川市分别有60户和50户。", "西川市有50户。", "西川市有60户。"),
        ("东川、西川分别有6户、5户。", "东川、西川分别有6户、5户。", "西川、东川分别有6户、5户。"),
        ("每村补助10万元至20万元，共5年。", "每村补助10万元至20万元。", "每村补助10万元。"),
        # base, trend, level and difference
        ("销量同比增长6%，环比下降3%。", "销量同比增长6%。", "销量环比增长6%。"),
        ("销量同比增长6%，环比下降3%。", "环比下降3%。", "同比下降3%。"),
        ("与2019年相比，客流增长15%，收入持平。", "与2019年相比，客流增长15%。", "客流增长15%。"),
        ("客流较2019年增长15%，收入持平。", "客流较2019年增长15%。", "2019年客流增长15%。"),
        ("该厂工人增加到60人，占地5亩。", "该厂工人增加到60人。", "该厂工人增加60人。"),
        ("该厂工人增加60人，占地5亩。", "该厂工人增加60人。", "该厂工人增至60人。"),
        # signs
        ("最低气温为-12.5℃，有雪。", "最低气温为-12.5℃。", "最低气温为12.5℃。"),
        ("降水概率≥80%。", "降水概率≥80%。", "降水概率≤80%。"),
        ("售价为$350，已售罄。", "售价为$350。", "售价为￥350。"),
        # offices
        ("市委书记张强、市长李伟出席会议。", "市长李伟出席会议。", "张强市长出席会议。"),
        ("原局长何涛受贿，已被捕。", "原局长何涛受贿。", "局长何涛受贿。"),
        # what cancels or hedges
        ("甲公司放弃建设电厂。", "甲公司放弃建设电厂。", "甲公司建设电厂。"),
        ("甲公司申请建设电厂。", "甲公司申请建设电厂。", "甲公司建设电厂。"),
        ("甲公司险些被摘牌。", "甲公司险些被摘牌。", "甲公司被摘牌。"),
        ("居民或将搬迁。", "居民或将搬迁。", "居民将搬迁。"),
        ("甲镇6月举办书展，后因暴雨取消。", "甲镇6月举办书展，后因暴雨取消。", "甲镇6月举办书展。"),
        ("据传，甲公司裁员。乙公司招工。", "据传，甲公司裁员。", "甲公司裁员。"),
        ("议会否决了修建公园的议案。", "议会否决了修建公园的议案。", "议会修建公园。"),
        # who and whom
        ("甲公司被乙公司收购，员工留任。", "甲公司被乙公司收购。", "甲公司收购乙公司。"),
        ("甲队积分高于乙队，丙队垫底。", "甲队积分高于乙队。", "乙队积分高于甲队。"),
        ("张伟向李娜借款，王磊担保。", "张伟向李娜借款。", "李娜向张伟借款。"),
        # denominators
        ("稻谷每亩产量650公斤，质优。", "稻谷每亩产量650公斤。", "稻谷产量650公斤。"),
        ("职工月收入6200元，有年假。", "职工月收入6200元。", "职工日收入6200元。"),
        # times
        ("去年用水36万吨，今年降至29万吨。", "去年用水36万吨。", "今年用水36万吨。"),
        ("到2026年，将建成地铁3条。", "到2026年，将建成地铁3条。", "2026年，将建成地铁3条。"),
        ("截至2023年底，绿地12公顷。", "截至2023年底，绿地12公顷。", "截至2023年初，绿地12公顷。"),
        ("治理前，水质五类；治理后，水质三类。", "治理后，水质三类。", "治理前，水质三类。"),
        # what had been taken for weightless
        ("空气质量居全市第一、全省第九。", "空气质量居全省第九。", "空气质量居全省第一。"),
        ("湖区候鸟增12种，垃圾减200吨。", "湖区候鸟增12种。", "湖区候鸟减12种。"),
    ],
)  # fmt: skip
def test_what_turns_a_statement_is_kept(quote: str, true: str, false: str) -> None:
    assert verify(true, told(quote)) == ""
    assert verify(false, told(quote)) != ""


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
        "turned": 101,
        "crafted": 379,
        "turned-held-out": 96,
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


GROWTH = Article(
    2,
    "b.txt",
    "鹤山提速",
    "日报",
    date(2023, 11, 16),
    "",
    "鹤山提速\n2023年1月至9月，鹤山市引进亿元以上项目60个，计划总投资209亿元。\n"
    "1—9月，鹤山市引进项目60个。鹤山今年新建学校3所。前三季度鹤山市财政收入20亿元。\n"
    "鹤山市与江海区联合招商，鹤山市区有公园5个。",
    "0" * 64,
)


@pytest.mark.parametrize(
    ("written", "quote", "found"),
    [
        ("鹤山区引进项目60个。", "1—9月，鹤山市引进项目60个。", "鹤山区"),
        ("鹤山县引进项目60个。", "1—9月，鹤山市引进项目60个。", "鹤山县"),
        ("鹤山区新建学校3所。", "鹤山今年新建学校3所。", "鹤山区"),  # which the article tells
        ("鹤山市新建学校3所。", "鹤山今年新建学校3所。", ""),
        ("鹤山新建学校3所。", "鹤山今年新建学校3所。", ""),
        ("鹤山市有公园5个。", "鹤山市区有公园5个。", ""),
        ("鹤山市全年引进项目60个。", "1—9月，鹤山市引进项目60个。", "1—12月"),
        ("全年，鹤山市引进项目60个。", "1—9月，鹤山市引进项目60个。", "1—12月"),
        ("鹤山市上半年引进项目60个。", "1—9月，鹤山市引进项目60个。", "1—6月"),
        ("鹤山市全年新建学校3所。", "鹤山今年新建学校3所。", "1—12月"),
        ("全年鹤山市财政收入20亿元。", "前三季度鹤山市财政收入20亿元。", "1—12月"),
        ("前三季度，鹤山市引进项目60个。", "1—9月，鹤山市引进项目60个。", ""),
        (
            "2023年1—9月，鹤山市引进亿元以上项目60个。",
            "2023年1月至9月，鹤山市引进亿元以上项目60个，计划总投资209亿元。",
            "",
        ),
    ],
)
def test_another_level_and_another_period_are_struck(written: str, quote: str, found: str) -> None:
    assert verify(written, cited(quote, GROWTH)) == found
