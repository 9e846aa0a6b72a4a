"""qa.store.catalog: the articles as a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qa.store.catalog import MAX_PAGE, Order
from qa.store.store import Store
from qa.types import Article, Filters

BASE = Article(0, "", "", "", None, "", "正文。", "00")
ARTICLES = [
    replace(BASE, path="a.txt", title="鹤山招商", source="江门日报", published=date(2023, 11, 16)),
    replace(BASE, path="b.txt", title="開平教育", source="开平电视台", published=date(2024, 1, 2)),
    replace(BASE, path="c.txt", title="无日期的", source="", text="十个字的正文在这里。"),
    replace(
        BASE, path="表.csv#1", title="鹤山又一篇", source="江门日报", published=date(2023, 11, 1)
    ),
]


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    store = Store(place)
    with store.transaction():
        for article in ARTICLES:
            store.put_article(article, [], file=article.path.split("#")[0])
        store.put_article(replace(BASE, path="old.txt", title="鹤山旧闻"), [])
        store.remove_article("old.txt")
    yield store
    store.close()


def paths(store: Store, *arguments: object, **options: object) -> list[str]:
    return [entry.path for entry in store.catalog.page(*arguments, **options).entries]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "descending", "expected"),
    [
        ("published", True, ["b.txt", "a.txt", "表.csv#1", "c.txt"]),
        ("published", False, ["表.csv#1", "a.txt", "b.txt", "c.txt"]),
        ("path", False, ["a.txt", "b.txt", "c.txt", "表.csv#1"]),
        ("path", True, ["表.csv#1", "c.txt", "b.txt", "a.txt"]),
        ("source", False, ["b.txt", "a.txt", "表.csv#1", "c.txt"]),
        ("title", False, ["c.txt", "b.txt", "表.csv#1", "a.txt"]),
    ],
)
def test_articles_are_sorted_and_what_is_unknown_comes_last(
    store: Store, order: Order, descending: bool, expected: list[str]
) -> None:
    # By code point: 开 U+5F00 before 江 U+6C5F; 无, 開, 鹤山又, 鹤山招.
    assert paths(store, order=order, descending=descending) == expected


def test_words_are_found_in_title_source_and_path_whatever_the_script(store: Store) -> None:
    assert paths(store, "鶴山") == ["a.txt", "表.csv#1"]
    assert paths(store, "鹤山 招商") == ["a.txt"]
    assert paths(store, "开平") == ["b.txt"]
    assert paths(store, "江门日报 CSV") == ["表.csv#1"]
    assert paths(store, "旧闻") == []


def test_filters_restrict_the_list(store: Store) -> None:
    assert paths(store, filters=Filters(source="江门")) == ["a.txt", "表.csv#1"]
    assert paths(store, filters=Filters(since=date(2023, 11, 2))) == ["b.txt", "a.txt"]
    assert paths(store, filters=Filters(until=date(2023, 11, 1))) == ["表.csv#1"]


def test_pages_are_parts_of_the_whole_list(store: Store) -> None:
    page = store.catalog.page(offset=1, limit=2)
    assert ([entry.path for entry in page.entries], page.total) == (["a.txt", "表.csv#1"], 4)
    assert store.catalog.page(offset=9).entries == ()
    assert store.catalog.page(offset=-5, limit=1).entries[0].path == "b.txt"
    assert store.catalog.page(limit=-1).entries == ()
    assert MAX_PAGE == 500


def test_an_entry_tells_everything_but_the_text(store: Store) -> None:
    with store.transaction():
        original = store.get_article("a.txt")
        assert original is not None
        repost = replace(ARTICLES[0], path="转载.txt", published=None)
        store.put_article(repost, [], repost_of=original.id)
    entries = {entry.path: entry for entry in store.catalog.page().entries}
    assert entries["c.txt"].length == 10
    assert entries["表.csv#1"].file == "表.csv"
    assert entries["a.txt"].published == date(2023, 11, 16)
    assert (entries["转载.txt"].repost_of, entries["a.txt"].repost_of) == (original.id, None)
    with store.transaction():
        store.remove_article("a.txt")
    assert store.catalog.page("转载").entries[0].repost_of == original.id


def test_months_and_sources_are_counted(store: Store) -> None:
    assert store.catalog.months() == (("", 1), ("2023-11", 2), ("2024-01", 1))
    assert store.catalog.sources() == (("江门日报", 2), ("", 1), ("开平电视台", 1))


def test_titles_and_texts_are_looked_through(store: Store) -> None:
    found, searched = store.catalog.containing(re.compile("招商|正文在"), Filters())
    assert [article.path for article in found] == ["a.txt", "c.txt"]
    assert searched == len(ARTICLES)
    found, searched = store.catalog.containing(None, Filters(source="江门"))
    assert [article.path for article in found] == ["a.txt", "表.csv#1"]
    assert searched == 2
    assert list(store.catalog.texts(Filters(path="c.txt"))) == ["无日期的\n十个字的正文在这里。"]


def test_articles_are_read_in_the_order_asked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.store.catalog._AT_ONCE", 2)
    of = {article.id: article for article in store.articles()}
    wanted = sorted(of, reverse=True)
    found = list(store.catalog.articles([*wanted, 999]))
    assert found == [of[number] for number in wanted]
    assert list(store.catalog.articles([])) == []
