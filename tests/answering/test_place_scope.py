"""qa.answering.place_scope: of which of the question's places a span does not speak."""

from __future__ import annotations

import pytest

from qa.answering.place_scope import missing_places
from qa.answering.span_context import SpanContext
from qa.language.questions import parse
from qa.types import Article


def missing(question: str, title: str, text: str, span: str, *, is_read: bool = True) -> list[str]:
    article = Article(1, "a.txt", title, "", None, "", text, "0" * 64)
    start = text.index(span)
    context = SpanContext(article, start, start + len(span))
    return missing_places(parse(question), context, is_read=is_read)


REPORT = (
    "我们保护生态。与四川、青海共建补偿机制。城市空气优良天数比率93.5%，耕地安全利用率96.5%。\n"
)


@pytest.mark.parametrize("title", ["2026甘肃省政府工作报告", "甘肃这五年"])
def test_a_figure_without_a_place_is_that_of_its_title(title: str) -> None:
    assert missing("甘肃耕地安全利用率是多少", title, REPORT, "96.5%") == []
    assert missing("青海耕地安全利用率是多少", title, REPORT, "96.5%") == []  # named before it
    assert missing("广东耕地安全利用率是多少", title, REPORT, "96.5%") == ["广东"]


def test_under_a_title_that_names_no_place_it_is_that_of_the_nearest_named_before() -> None:
    text = "鹤山引进项目60个。开平加大招商。引进项目25个。\n"
    assert missing("开平引进了多少个项目", "招商工作通报", text, "25个") == []
    assert missing("鹤山引进了多少个项目", "招商工作通报", text, "25个") == ["鹤山"]


def test_a_clause_that_names_another_place_is_that_places_whatever_the_title_says() -> None:
    text = "全年招商见效。开平引进项目25个，鹤山引进项目60个。\n"
    assert missing("鹤山引进了多少个项目", "鹤山招商工作通报", text, "25个") == ["鹤山"]
    assert missing("鹤山引进了多少个项目", "鹤山招商工作通报", text, "60个") == []


def test_a_heading_tells_as_a_title_does() -> None:
    text = (
        "各地招商\n一、鹤山市\n与开平合办展会。引进项目60个。\n"
        "二、恩平市\n与开平合办展会。引进项目9个。\n"
    )
    assert missing("鹤山市引进了多少个项目", "各地招商", text, "60个") == []
    assert missing("鹤山市引进了多少个项目", "各地招商", text, "9个") == ["鹤山市"]
    assert missing("恩平市引进了多少个项目", "各地招商", text, "9个") == []


def test_what_nobody_read_belongs_to_the_nearest_place_whatever_the_title_says() -> None:
    title = "甘肃这五年"
    assert missing("甘肃耕地安全利用率是多少", title, REPORT, "96.5%", is_read=False) == ["甘肃"]


def test_a_place_in_a_name_is_spoken_of_in_the_sentence_with_that_name_alone() -> None:
    text = "企业名称：安徽省高速地产集团，收入：70.88。\n企业名称：陕西建工集团，收入：11.7。\n"
    asked = "安徽省高速地产集团的收入是多少"
    assert missing(asked, "企业财务表", text, "70.88") == []
    assert missing(asked, "企业财务表", text, "11.7") == ["安徽省"]
    assert missing(asked, "企业财务表", text, "70.88", is_read=False) == ["安徽省"]
    # What is named after a place in the question alone is no name that the text has.
    parks = "潮州市有省级农业产业园10个。\n"
    assert missing("鹤山省级农业产业园有多少个", "产业园", parks, "10个") == ["鹤山"]


def test_a_place_is_named_without_what_it_belongs_to() -> None:
    text = "区域：浦东新区，建筑密度：30.0%。\n"
    assert missing("上海市浦东新区的建筑密度是多少", "土地表", text, "30.0%") == []
    assert missing("上海市黄浦区的建筑密度是多少", "土地表", text, "30.0%") != []
