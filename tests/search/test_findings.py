"""qa.search.findings: what is counted, sorted and shown, against a look through the articles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from qa import Filters, Library
from qa.search.findings import Findings, Order
from qa.store.catalog import Catalog
from qa.store.filtering import admits
from qa.store.passage_table import PassageTable
from qa.text import fold
from qa.types import Article
from tests.articles.test_reposts import ARTICLE
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader

PLACES = ("鹤山", "潮州", "开平", "恩平")
SOURCES = ("广州日报", "江门日报", "江门日报社", "")
WORDS = ("项目", "学位", "产业园")
QUERIES = ("项目", "鹤山 项目", "潮州 学位 产业园", "产業園", "鹤山 潮州", "60", "熊猫 学位")


def written(folder: Path) -> None:
    """Write articles in which words, sources, days and folders are mixed in every way."""
    for number, (place, source, words) in enumerate(
        product(PLACES, SOURCES, (*((word,) for word in WORDS), WORDS))
    ):
        year = 2020 + number % 5
        byline = f"来源：{source} {year}-0{1 + number % 9}-11\n\n" if source else "\n"
        told = "".join(f"这里说到了{word},大家都很高兴。\n\n" for word in words)
        path = folder / str(year) / ("要闻" if number % 2 else "简报") / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"{place}来的第{number}号消息\n{byline}{told}共有{number}件事情。\n"
        path.write_text(text, encoding="utf-8")
    (folder / "顶层.txt").write_text("顶层文章\n\n不在文件夹里的项目。\n", encoding="utf-8")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    place = tmp_path_factory.mktemp("findings")
    written(place / "articles")
    with Library.open(place / "library", encoder=HashEncoder(), reader=RuleReader()) as opened:
        opened.sync(place / "articles")
        yield opened


def articles(library: Library) -> list[Article]:
    return list(library.store.articles())


def has(article: Article, word: str) -> bool:
    """Tell whether an article has a word: the plain way."""
    text = fold(f"{article.title}\n{article.text}")
    at = text.find(word)
    while at >= 0:
        around = text[max(0, at - 1) : at] + text[at + len(word) : at + len(word) + 1]
        if not (word.isdigit() and any(letter.isdigit() for letter in around)):
            return True
        at = text.find(word, at + 1)
    return False


def expected(library: Library, query: str, filters: Filters) -> set[str]:
    """Return the paths of the articles that a search should find."""
    words = fold(query).split()
    everything = articles(library)
    with_all = {article.path for article in everything if all(has(article, w) for w in words)}
    with_any = {article.path for article in everything if any(has(article, w) for w in words)}
    found = with_all or with_any
    return {one.path for one in everything if one.path in found and admits(filters, one)}


def paths(found: Findings) -> list[str]:
    return [item.hit.article.path for item in found.items]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(source="江门日报"),
        Filters(since=date(2022, 1, 1), until=date(2023, 12, 31)),
        Filters(path="/2021/"),
        Filters(title="鹤山", source="广州"),
        Filters(title="没有这样的"),
    ],
)
def test_all_articles_with_the_words_are_counted(
    library: Library, query: str, filters: Filters
) -> None:
    found = library.find(query, filters, limit=100)
    assert set(paths(found)) == expected(library, query, filters)
    assert found.articles == len(found.items)
    assert found.passages == library.find(query, filters, by="passage").passages
    assert {one.article.path for one in library.find_all(query, filters)} == set(paths(found))


def test_what_an_article_lacks_is_told(library: Library) -> None:
    assert library.find("鹤山 学位").match == "all"
    found = library.find("鹤山 熊猫 学位", limit=100)
    assert (found.match, found.absent) == ("any", ("熊猫",))
    for item in found.items:
        assert item.lacking == tuple(
            word for word in found.words if not has(item.hit.article, word)
        )


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("filters", [Filters(), Filters(path="/2021/"), Filters(source="日报")])
def test_a_facet_counts_what_its_filter_leaves(
    library: Library, query: str, filters: Filters
) -> None:
    found = library.find(query, filters)
    for facet in found.sources if not filters.source else ():
        assert library.find(query, replace(filters, source=facet.value)).articles == facet.count
    for facet in found.folders:
        assert library.find(query, replace(filters, path=facet.value)).articles == facet.count
    for facet in found.years:
        year = int(facet.value)
        period = replace(filters, since=date(year, 1, 1), until=date(year, 12, 31))
        assert library.find(query, period).articles == facet.count
    dated = [one for one in articles(library) if one.published]
    wanted = {
        str(one.published.year)
        for one in dated
        if one.published and one.path in expected(library, query, filters)
    }
    assert {facet.value for facet in found.years} == wanted


def test_folders_are_those_right_below(library: Library) -> None:
    top = library.find("项目").folders
    assert {facet.value for facet in top} == {f"/{year}/" for year in range(2020, 2025)}
    below = library.find("项目", Filters(path="/2021/")).folders
    assert {facet.value for facet in below} == {"/2021/要闻/", "/2021/简报/"}
    assert library.find("项目", Filters(path="/2021/要闻/")).folders == ()
    assert library.find("项目", Filters(path="2021/")).folders == ()


@pytest.mark.parametrize("order", ["relevance", "newest", "oldest"])
@pytest.mark.parametrize("by", ["article", "passage"])
@pytest.mark.parametrize("size", [1, 7, 10])
def test_pages_are_the_whole_and_nothing_twice(
    library: Library, order: Order, by: Any, size: int
) -> None:
    def page(offset: int, limit: int) -> list[tuple[str, int, int]]:
        found = library.find("项目 学位", order=order, by=by, offset=offset, limit=limit)
        return [(item.hit.article.path, item.hit.passage.start, item.more) for item in found.items]

    found = library.find("项目 学位", by=by)
    total = found.articles if by == "article" else found.passages
    whole = page(0, 1_000)
    assert len(set(whole)) == len(whole) == total > 10
    assert [one for start in range(0, total, size) for one in page(start, size)] == whole
    assert page(total, size) == []


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_by_date_those_without_come_last_and_equal_ones_by_path(
    library: Library, order: Order
) -> None:
    of = {one.path: one.published for one in articles(library)}
    dated = sorted(path for path in of if of[path] and path in expected(library, "项目", Filters()))
    dated.sort(key=lambda path: str(of[path]), reverse=order == "newest")
    found = paths(library.find("项目", order=order, limit=100))
    assert found[: len(dated)] == dated
    assert found[len(dated) :] == sorted(found[len(dated) :])
    assert not any(of[path] for path in found[len(dated) :])
    assert [one.article.path for one in library.find_all("项目", order=order)] == found


def test_of_an_article_the_passages_with_all_its_words_are_found(library: Library) -> None:
    every = library.find("项目", by="passage", limit=1_000)
    assert all("项目" in item.hit.text for item in every.items)
    first = library.find("项目", limit=1_000)
    for item in first.items:
        own = [one for one in every.items if one.hit.article == item.hit.article]
        assert item.more == len(own) - 1
        assert item.hit == own[0].hit


def test_a_word_that_no_article_has_finds_nothing(library: Library) -> None:
    found = library.find("zzzz")
    assert (found.articles, found.items, found.absent) == (0, (), ("zzzz",))
    assert found.suggestions == ()
    assert list(library.find_all("zzzz")) == []
    assert library.find("").items == library.find("，。").items == ()


def test_a_near_name_is_offered_and_what_is_near_in_meaning(library: Library) -> None:
    for typed, meant in (("贺山", "鹤山"), ("heshan", "鹤山"), ("賀山 熊猫", "鹤山 熊猫")):
        assert library.find(typed).suggestions == (meant,)
    found = library.find("熊猫", limit=3)
    assert (found.match, found.articles, len(found.items)) == ("meaning", 0, 3)
    assert library.find("熊猫", offset=3).items == ()


def test_reranking_changes_the_order_and_not_what_is_found(library: Library) -> None:
    plain = library.find("哪里有产业园", by="passage", limit=1_000)
    other = library.find("哪里有产业园", by="passage", limit=1_000, rerank=True)
    assert plain.passages == other.passages

    def ids(found: Findings) -> list[int]:
        return [item.hit.passage.id for item in found.items]

    assert sorted(ids(plain)) == sorted(ids(other))
    depth = library.answerer.depth
    assert ids(plain)[depth:] == ids(other)[depth:]


def test_a_repost_counts_with_its_original_and_is_shown_where_only_that_is_admitted(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, source in (("甲", "江门日报"), ("乙", "广州日报")):
        text = f"{ARTICLE.title}\n来源：{source} 2023-11-16\n\n{ARTICLE.text}"
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    with Library.open(tmp_path / "library", encoder=HashEncoder(), reader=RuleReader()) as library:
        assert len(library.sync(folder).reposts) == 1
        found = library.find("鹤山 项目")
        assert (found.articles, len(found.items)) == (1, 1)
        assert {facet.value for facet in found.sources} == {"江门日报", "广州日报"}
        for source, path in (("江门", "甲.txt"), ("广州", "乙.txt")):
            (item,) = library.find("鹤山 项目", Filters(source=source)).items
            hit = item.hit
            assert hit.article.path == path
            assert hit.text == hit.article.text[hit.passage.start : hit.passage.end]
            assert "项目" in hit.text
            (cited,) = library.find_all("鹤山 项目", Filters(source=source))
            assert cited.article.path == path


def test_no_text_is_read_but_what_the_page_shows(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    get = PassageTable.get

    def noting(self: PassageTable, ids: Any) -> Any:
        wanted = list(ids)
        read.extend(wanted)
        return get(self, wanted)

    def none(*_: object) -> None:
        raise AssertionError("all texts are looked through")

    monkeypatch.setattr(PassageTable, "get", noting)
    monkeypatch.setattr(Catalog, "texts", none)
    monkeypatch.setattr(Catalog, "containing", none)
    for order in ("relevance", "newest"):
        found = library.find("项目", order=order, limit=10)
        assert found.articles > 20
        assert read == [item.hit.passage.id for item in found.items]
        read.clear()
