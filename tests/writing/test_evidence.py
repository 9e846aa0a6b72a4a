"""qa.writing.evidence: another place's, year's, period's or indicator's figure is no answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from qa.answering.span_context import SpanContext
from qa.language.questions import parse
from qa.types import Article
from qa.writing.evidence import Verdict, judge

SEEDS = Path(__file__).parents[2] / "seeds"
QUESTIONS = Path(__file__).parents[1] / "questions" / "seeds.json"


def article(text: str, title: str = "", published: date | None = None) -> Article:
    return Article(1, "a.txt", title, "南方日报", published, "", text, "0" * 64)


def verdict(
    question: str, text: str, span: str, title: str = "", published: date | None = None
) -> Verdict:
    """Judge the only occurrence of ``span``, in the passage that is its paragraph."""
    start = text.index(span)
    assert text.count(span) == 1
    paragraph = text.rfind("\n", 0, start) + 1, (text + "\n").index("\n", start)
    found = article(text, title, published)
    return judge(parse(question), found, paragraph, (start, start + len(span)))


@pytest.mark.parametrize("said", ["新建", "建成", "建有", "现有", "新增", "已建成", "去年新建"])
def test_what_a_place_built_is_not_a_name_after_it(said: str) -> None:
    text = f"2022年，蓬江区{said}公园12个。"
    assert not verdict("2022年蓬江区有多少个公园", text, "12个").conflict


# -- places --------------------------------------------------------------------------------------

PROJECTS = "鹤山引进了多少个项目"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", "今年鹤山市引进项目60个。"),
        ("", "鹤山抓招商。全市引进项目60个。"),
        ("", "江门引进项目209个，其中鹤山引进项目60个。"),
        ("", "工作综述\n一、鹤山市\n全市引进项目60个。"),
        ("鹤山招商引资创新高", "全市引进项目60个。"),
        ("", "江门市鹤山市引进项目60个。"),
    ],
)
def test_evidence_that_speaks_of_the_place_fits(title: str, text: str) -> None:
    assert verdict(PROJECTS, text, "60个", title) == Verdict(1.0, (), conflict=False)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("潮州招商引资创新高", "全市引进项目60个。"),  # in the title
        ("", "工作综述\n一、潮州市\n全市引进项目60个。"),  # in the heading
        ("鹤山招商引资创新高", "工作综述\n一、潮州市\n全市引进项目60个。"),  # heading before title
        ("", "鹤山抓招商。潮州也抓招商。全市引进项目60个。"),  # in an earlier sentence
        ("鹤山招商引资创新高", "潮州市也抓招商。全市引进项目60个。"),
        ("", "鹤山引进项目209个，潮州引进项目60个。"),  # in the clause
        ("鹤山招商引资创新高", "潮州市引进项目60个。"),
        ("", "全市引进项目60个。"),  # nowhere
        ("", "鹤山中学校友回乡。全市引进项目60个。"),  # in a name only
    ],
)
def test_evidence_that_speaks_of_another_place_conflicts(title: str, text: str) -> None:
    found = verdict(PROJECTS, text, "60个", title)
    assert (found.missing, found.conflict) == (("鹤山",), True)


def test_a_place_of_the_same_name_in_another_division_is_another_place() -> None:
    question = "长沙引进了多少个项目"
    assert verdict(question, "长沙镇引进项目60个。", "60个").missing == ("长沙",)
    assert verdict(question, "长沙市引进项目60个。", "60个").missing == ()
    question = "长沙镇引进了多少个项目"
    assert verdict(question, "长沙市引进项目60个。", "60个").missing == ("长沙镇",)
    assert verdict(question, "长沙镇引进项目60个。", "60个").missing == ()


def test_a_parent_speaks_for_its_part_but_a_part_not_for_its_parent() -> None:
    text = "梅州市梅江区引进项目60个。"
    assert verdict("梅江区引进了多少个项目", text, "60个").missing == ()
    assert verdict("梅州市梅江区引进了多少个项目", text, "60个").missing == ()
    assert verdict("梅县区引进了多少个项目", text, "60个").missing == ("梅县区",)
    assert verdict("梅州市引进了多少个项目", text, "60个").missing == ("梅州市",)


def test_a_place_in_the_name_of_something_is_not_spoken_of() -> None:
    text = "鹤山抓招商。广州大学来访。全市引进项目60个。"
    assert verdict(PROJECTS, text, "60个").missing == ()


def test_each_of_several_places_has_to_be_spoken_of() -> None:
    text = "鹤山和江门引进项目60个。"
    assert verdict("鹤山和江门引进了多少个项目", text, "60个").missing == ()
    assert verdict("鹤山和潮州引进了多少个项目", text, "60个").missing == ("潮州",)


def test_other_answers_have_to_be_in_an_article_that_speaks_of_the_place() -> None:
    text = "潮州来访。鹤山招商。重点产业是电子、家具和水产。"
    question = "鹤山有哪些重点产业"
    assert verdict(question, text, "电子、家具和水产").missing == ()
    assert verdict("江门有哪些重点产业", text, "电子、家具和水产").missing == ("江门",)


# -- years ---------------------------------------------------------------------------------------

IN_2023 = "2023年鹤山引进了多少个项目"


@pytest.mark.parametrize(
    ("title", "published", "text"),
    [
        ("", None, "2023年鹤山引进项目60个。"),
        ("", date(2024, 3, 1), "2023年鹤山引进项目60个。"),
        ("", date(2023, 12, 1), "鹤山引进项目60个。"),
        ("", date(2023, 12, 1), "今年鹤山引进项目60个。"),
        ("", date(2024, 3, 1), "去年鹤山引进项目60个。"),
        ("", date(2025, 3, 1), "前年鹤山引进项目60个。"),
        ("", date(2022, 3, 1), "明年鹤山引进项目60个。"),
        ("", date(2025, 3, 1), "2023年总结。鹤山引进项目60个。"),
        ("", date(2025, 3, 1), "2022年引进209个，2023年鹤山引进项目60个。"),
        ("", date(2025, 3, 1), "工作综述\n一、2023年工作\n鹤山引进项目60个。"),
        ("鹤山市2023年政府工作报告", None, "鹤山引进项目60个。"),
        ("鹤山市2023年政府工作报告", date(2024, 1, 9), "鹤山引进项目60个。"),
    ],
)
def test_evidence_of_the_year_fits(title: str, published: date | None, text: str) -> None:
    found = verdict(IN_2023, text, "60个", title, published)
    assert (found.missing, found.conflict) == ((), False)


@pytest.mark.parametrize(
    ("title", "published", "text"),
    [
        ("", None, "2022年鹤山引进项目60个。"),
        ("", date(2023, 12, 1), "2022年鹤山引进项目60个。"),
        ("", date(2023, 12, 1), "去年鹤山引进项目60个。"),
        ("", date(2024, 3, 1), "今年鹤山引进项目60个。"),
        ("", date(2024, 3, 1), "鹤山引进项目60个。"),
        ("", date(2023, 12, 1), "2022年总结。鹤山引进项目60个。"),
        ("", date(2023, 12, 1), "2023年引进209个，2022年鹤山引进项目60个。"),
        ("", date(2023, 12, 1), "工作综述\n一、2022年工作\n鹤山引进项目60个。"),
        ("鹤山市2022年政府工作报告", date(2023, 1, 9), "鹤山引进项目60个。"),
        ("", None, "鹤山引进项目60个。"),
        ("", None, "今年鹤山引进项目60个。"),
    ],
)
def test_evidence_of_another_year_conflicts(title: str, published: date | None, text: str) -> None:
    found = verdict(IN_2023, text, "60个", title, published)
    assert (found.missing, found.conflict) == (("2023年",), True)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("去年鹤山引进项目60个。", ()),
        ("2023年鹤山引进项目60个。", ()),
        ("今年鹤山引进项目60个。", ("去年",)),
        ("2022年鹤山引进项目60个。", ("去年",)),
        ("鹤山引进项目60个。", ("去年",)),
    ],
)
def test_last_year_is_the_one_before_the_articles_own(text: str, missing: tuple[str, ...]) -> None:
    found = verdict("去年鹤山引进了多少个项目", text, "60个", "", date(2024, 3, 1))
    assert (found.missing[: len(missing)], found.conflict) == (missing, bool(missing))


# -- parts of a year -----------------------------------------------------------------------------

HALF = "鹤山上半年引进了多少个项目"


@pytest.mark.parametrize(
    "text",
    [
        "上半年，鹤山引进项目60个。",
        "1—6月，鹤山引进项目60个。",
        "1月至6月，鹤山引进项目60个。",
        "上半年形势好。鹤山引进项目60个。",
        "工作综述\n一、上半年工作\n鹤山引进项目60个。",
    ],
)
def test_the_same_period_may_be_written_otherwise(text: str) -> None:
    assert verdict(HALF, text, "60个").missing[:1] in {(), ("上半年",)}
    assert not verdict(HALF, text, "60个").conflict


@pytest.mark.parametrize(
    "text",
    [
        "三季度，鹤山引进项目60个。",
        "前三季度，鹤山引进项目60个。",
        "下半年，鹤山引进项目60个。",
        "1—9月，鹤山引进项目60个。",
        "上半年形势好。三季度，鹤山引进项目60个。",
        "鹤山引进项目60个。",
    ],
)
def test_another_period_conflicts(text: str) -> None:
    found = verdict(HALF, text, "60个")
    assert (found.missing[0], found.conflict) == ("1—6月", True)


def test_a_missing_month_is_named_as_a_month() -> None:
    found = verdict("鹤山6月引进了多少个项目", "5月，鹤山引进项目60个。", "60个")
    assert (found.missing[0], found.conflict) == ("6月", True)


# -- indicators ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "text", "span"),
    [
        ("潮州市的面积是多少", "潮州市新流转土地面积3.2万亩。", "3.2万亩"),
        ("潮州有多少个国家级产业园", "潮州建成3个省级产业园。", "3个"),
        ("梅江区规上工业增加值是多少", "梅江区规上工业总产值148亿元。", "148亿元"),
        ("梅江区规上工业总产值是多少", "梅江区规上工业增加值66亿元。", "66亿元"),
        ("鹤山的人口是多少", "鹤山引进项目60个。", "60个"),
    ],
)
def test_the_figure_of_another_indicator_conflicts(question: str, text: str, span: str) -> None:
    assert verdict(question, text, span).conflict


@pytest.mark.parametrize(
    ("question", "text", "span"),
    [
        ("潮州市的面积是多少", "潮州市面积3146平方公里。", "3146平方公里"),
        ("潮州市新流转土地面积是多少", "潮州市新流转土地面积3.2万亩。", "3.2万亩"),
        ("潮州有多少个省级产业园", "潮州建成3个省级产业园。", "3个"),
        ("潮州有多少个产业园", "潮州建成3个产业园。", "3个"),
        ("梅江区规上工业增加值是多少", "梅江区规上工业增加值66亿元。", "66亿元"),
    ],
)
def test_the_figure_of_the_indicator_fits(question: str, text: str, span: str) -> None:
    assert verdict(question, text, span) == Verdict(1.0, (), conflict=False)


# -- conditions, quotations, names, words --------------------------------------------------------


def test_a_figure_that_is_a_condition_has_to_be_there() -> None:
    question = "鹤山超100万元的项目有多少个"
    fits = verdict(question, "鹤山有77个项目超100万元。", "77个")
    assert (fits.missing, fits.conflict) == ((), False)
    same = verdict(question, "鹤山有77个项目超1,000,000元。", "77个")
    assert "100万元" not in same.missing
    other = verdict(question, "鹤山有4个项目超1000万元。", "4个")
    assert (other.missing[0], other.conflict) == ("100万元", True)


def test_what_is_quoted_has_to_be_in_the_article() -> None:
    question = "“免费梅江”行动盘活了多少套房"
    text = "实施“免费梅江”行动。\n行动盘活闲置房屋共330套房。"
    assert verdict(question, text, "330套").conflict is False
    other = verdict(question, "实施“绿美”行动，盘活闲置房屋共330套房。", "330套")
    assert (other.missing[0], other.conflict) == ("“免费梅江”", True)


def test_an_unknown_name_has_to_be_in_the_article() -> None:
    found = verdict("锦地罗的高度是多少", "茅膏菜的高度是20厘米。", "20厘米")
    assert ("锦地罗" in found.missing, found.conflict) == (True, True)
    found = verdict("锦地罗的高度是多少", "锦地罗的高度是20厘米。", "20厘米")
    assert (found.missing, found.conflict) == ((), False)


def test_lacking_words_are_missing_but_no_conflict_by_themselves() -> None:
    found = verdict("鹤山盘活了多少套房", "鹤山有330套房。", "330套")
    assert (found.missing, found.conflict) == (("盘活",), False)
    assert 0 < found.coverage < 1


def test_traditional_evidence_answers_a_simplified_question() -> None:
    text = "2023年鶴山市引進項目60個。"
    assert verdict(IN_2023, text, "60個") == Verdict(1.0, (), conflict=False)


# -- what stands around a span -------------------------------------------------------------------


def test_the_levels_run_from_the_clause_outwards() -> None:
    text = "一、招商\n鹤山来访。引进项目209个，其中亿元项目60个，占三成。"
    context = SpanContext(article(text, "江门新闻"), text.index("60个"), text.index("60个") + 3)
    assert context.levels[:-1] == [
        "引进项目209个,其中亿元项目60个",
        "鹤山来访。",
        "江门新闻",
    ]
    body = "开头是一段正文，说明了很多事情。\n一、招商\n鹤山来访。引进项目60个。"
    context = SpanContext(article(body, "江门新闻"), body.index("60个"), body.index("60个") + 3)
    assert context.levels[:-1] == ["引进项目60个", "鹤山来访。", "一、招商", "江门新闻"]
    assert context.levels[-1] == body.replace("，", ",")


def test_a_figure_two_clauses_away_from_the_indicator_is_of_another():
    text = "京东物流\n\n第二季度净利润8.3亿元,同比增长288%,创历史新高;营业收入410亿元。\n"
    article = Article(1, "a.txt", "京东物流", "", None, "", text, "")
    question = parse("京东物流第二季度营业收入多少")
    passage = (0, len(text))

    def conflict(span: str) -> bool:
        start = text.index(span)
        return judge(question, article, passage, (start, start + len(span))).conflict

    assert conflict("8.3亿元")
    assert not conflict("410亿元")


# -- a look without a span -----------------------------------------------------------------------
