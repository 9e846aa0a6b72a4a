"""qa.articles.reposts: the same article under another name is known again, another one is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qa.articles.reposts import counterpart, is_repost, needed, sketch
from qa.types import Article

SENTENCES = (
    "鹤山市组建由市四套班子领导牵头挂帅的25支招商小组，大力开展产业链招商",
    "1月至9月引进亿元以上项目60个，计划总投资209亿元，均创近五年新高",
    "市招商局有关负责人表示，下一步将继续围绕主导产业开展招商",
    "全市上下坚持把招商引资作为经济工作的生命线，一刻不停抓项目",
    "各镇街主动上门服务，帮助企业解决用工、用地和融资等方面的难题",
    "项目建成后，将带动上下游配套企业集聚，进一步做强产业链",
    "有关部门还将定期走访企业，听取意见，把政策送到车间和田头",
)
ARTICLE = Article(
    id=1,
    path="a.txt",
    title="鹤山招商引资创新高",
    source="江门日报",
    published=date(2023, 11, 16),
    url="",
    text="鹤山招商引资创新高\n\n来源:江门日报 时间:2023-11-16\n\n"
    + "。\n".join(SENTENCES)
    + "。\n",
    sha256="",
)


def repost(text: str, title: str = ARTICLE.title) -> Article:
    return replace(ARTICLE, id=2, path="b.txt", text=text, title=title, source="某网")


def alike(one: Article, other: Article) -> bool:
    """Tell whether the two are reposts, having been found to be worth comparing."""
    shared = len(set(sketch(one)) & set(sketch(other)))
    assert is_repost(one, other) == is_repost(other, one)
    return shared >= needed(sketch(one)) and is_repost(one, other)


@pytest.mark.parametrize(
    "other",
    [
        repost(ARTICLE.text),
        repost(
            ARTICLE.text.replace(
                "来源:江门日报 时间:2023-11-16", "转自某网 2023-12-01 10:00 阅读:12"
            )
        ),
        repost(ARTICLE.text.replace("\n", "\r\n\r\n")),
        repost(ARTICLE.text.replace("，", ",").replace("1月", "１月")),
        repost(ARTICLE.text.replace("招商引资创新高", "招商又传喜讯"), title="鹤山招商又传喜讯"),
        repost(ARTICLE.text + "（记者 张三 通讯员 李四）\n责任编辑：王五\n"),
        repost(ARTICLE.text.replace("一刻不停抓项目", "不停抓项目")),
        repost(ARTICLE.text.replace("鹤山市组建", "本报讯（记者 张三）鹤山市组建")),
    ],
)
def test_what_says_the_same_is_a_repost(other: Article) -> None:
    assert alike(ARTICLE, other)


@pytest.mark.parametrize(
    "other",
    [
        repost(ARTICLE.text.replace("60个", "61个")),
        repost(ARTICLE.text.replace("209亿元", "20.9亿元")),
        repost(ARTICLE.text.replace("鹤山", "开平"), title="开平招商引资创新高"),
        repost(ARTICLE.text, title="开平招商引资创新高"),
        repost(ARTICLE.text, title="2022年鹤山招商引资创新高"),
        repost(ARTICLE.text + "台山市也是这样，" + "大家都要学习这个做法" + "。"),
        repost("。\n".join(SENTENCES[:4])),
        repost(
            ARTICLE.text
            + "\n"
            + "。\n".join(f"另外一件事情是这样的第{n}句话" for n in "甲乙丙丁戊己庚辛")
        ),
        repost("鹤山招商引资创新高"),
        repost(ARTICLE.text.replace(SENTENCES[2], "开平用电量增长很快，市民们都说好，" * 2)),
    ],
)
def test_what_says_something_else_of_weight_is_none(other: Article) -> None:
    assert not alike(ARTICLE, other)


def test_figures_differ_by_their_marks() -> None:
    one = repost(ARTICLE.text.replace("60个", "增长3.5%"))
    other = repost(ARTICLE.text.replace("60个", "增长35%"))
    assert not is_repost(one, other)
    assert not is_repost(one, repost(ARTICLE.text.replace("60个", "增长-3.5%")))


def test_what_is_too_short_has_no_sketch() -> None:
    assert sketch(repost("鹤山引进项目60个。")) == ()
    assert sketch(repost("")) == ()


def test_a_sketch_is_of_numbers_that_sqlite_takes() -> None:
    values = sketch(ARTICLE)
    assert len(values) == len(SENTENCES) + 1  # with the title
    assert all(-(1 << 63) <= value < 1 << 63 for value in values)
    assert values == tuple(sorted(values))


@pytest.mark.parametrize(
    ("quote", "text", "expected"),
    [
        ("项目60个", "引进项目60个。", "项目60个"),
        ("项目60个，投资", "引进\n项目 60个，\r\n投资", "项目 60个，\r\n投资"),
        ("項目60個", "引进项目60个。", "项目60个"),
        ("项目６０个", "引进项目60个。", "项目60个"),
        ("项目60个", "引进项目61个。", None),
        ("项目60个，", "引进项目60个；", None),
        ("", "引进", ""),
        (" ", "引进", None),
    ],
)
def test_a_quote_is_found_where_the_same_is_said(
    quote: str, text: str, expected: str | None
) -> None:
    span = counterpart(quote, text)
    assert (None if span is None else text[slice(*span)]) == expected
