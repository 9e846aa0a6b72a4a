"""The articles as a list: sorted, filtered, counted, and looked through for names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from qa.store.article_rows import COLUMNS, as_article, as_day, unchecked
from qa.store.databases import Database
from qa.store.filtering import admits_fields
from qa.text import fold
from qa.types import Article, Filters

Order = Literal["published", "title", "source", "path"]
MAX_PAGE = 500  # entries of one page
_AT_ONCE = 100  # articles in memory


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """What a list tells of an article: ``file`` holds it, ``length`` is in characters.

    ``repost_of`` is the id of the article that says the same and is indexed in its place.
    """

    id: int
    path: str
    file: str
    title: str
    source: str
    published: date | None
    url: str
    length: int
    repost_of: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, of how many."""

    entries: tuple[CatalogEntry, ...]
    total: int


class Catalog:
    """Lists and counts the articles in a database."""

    def __init__(self, database: Database) -> None:
        """Use the table in ``database``."""
        self._database = database

    def page(
        self,
        words: str = "",
        filters: Filters | None = None,
        order: Order = "published",
        *,
        descending: bool = True,
        offset: int = 0,
        limit: int = 50,
    ) -> Page:
        """Return the entries from ``offset`` on, ``limit`` at most, and how many match.

        ``words`` have to stand, each of them, in title, source or path.  Articles without a date
        or source come last whatever the direction, and equal ones in the order of their paths.
        """
        wanted = fold(words).split()
        found = []
        for number, path, title, source, published in self._rows():
            day = as_day(published)
            if filters is not None and not admits_fields(filters, path, title, source, day):
                continue
            where = fold(f"{title}\n{source}\n{path}")
            if all(word in where for word in wanted):
                keys = {"path": path, "title": title, "source": source, "published": published}
                found.append((keys[order] or "", path, number))
        found.sort(key=lambda item: item[1])
        found.sort(key=lambda item: item[0], reverse=descending)
        found.sort(key=lambda item: not item[0])
        limit = max(0, min(limit, MAX_PAGE))
        chosen = [number for *_, number in found[max(0, offset) :][:limit]]
        return Page(self._entries(chosen), len(found))

    def containing(
        self, pattern: re.Pattern[str] | None, filters: Filters
    ) -> tuple[list[Article], int]:
        """Return the articles in which ``pattern`` is found, and how many were looked through.

        Title and text of every article that ``filters`` admit are looked through, so that nothing
        is missed: page furniture, reposts and what no index has are among it.  A million
        characters take some five milliseconds.  Without a pattern all of them are returned.

        Raises:
            ArticleDamagedError: if one of those found is not what was stored.
        """
        admitted = self._admitted(filters)
        found = []
        for row in self._database.select(
            f"SELECT {COLUMNS} FROM articles WHERE live AND id IN ({{}})", admitted
        ):
            seen = unchecked(row)
            if pattern is None or pattern.search(seen.title) or pattern.search(seen.text):
                found.append(as_article(row))
        return found, len(admitted)

    def articles(self, ids: Sequence[int]) -> Iterator[Article]:
        """Yield those of the articles that exist, in the order of ``ids``, a few in memory at once.

        Raises:
            ArticleDamagedError: if one of them is not what was stored.
        """
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            rows = self._database.select(
                f"SELECT {COLUMNS} FROM articles WHERE live AND id IN ({{}})", part
            )
            found = {article.id: article for article in map(as_article, rows)}
            yield from (found[number] for number in part if number in found)

    def texts(self, filters: Filters) -> Iterator[str]:
        """Yield title and text of the articles that ``filters`` admit: to be counted in."""
        for title, text in self._database.select(
            "SELECT title, text FROM articles WHERE live AND id IN ({})", self._admitted(filters)
        ):
            yield f"{title}\n{text}"

    def _admitted(self, filters: Filters) -> list[int]:
        return [
            number
            for number, path, title, source, published in self._rows()
            if admits_fields(filters, path, title, source, as_day(published))
        ]

    def months(self) -> tuple[tuple[str, int], ...]:
        """Return how many articles are of each month ("2023-11"), oldest first; "" is undated."""
        counted = Counter((published or "")[:7] for *_, published in self._rows())
        return tuple(sorted(counted.items()))

    def sources(self) -> tuple[tuple[str, int], ...]:
        """Return how many articles are from each source, most first; "" is unknown."""
        counted = Counter(source for *_, source, _ in self._rows())
        return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    def _rows(self) -> list[tuple[int, str, str, str, str | None]]:
        statement = "SELECT id, path, title, source, published FROM articles WHERE live"
        return self._database.execute(statement)

    def _entries(self, numbers: list[int]) -> tuple[CatalogEntry, ...]:
        rows = self._database.select(
            "SELECT id, path, file, title, source, published, url, length(text), repost_of"
            " FROM articles WHERE live AND id IN ({})",
            numbers,
        )
        found = {}
        for number, path, file, title, source, published, url, length, of in rows:
            day = as_day(published)
            original = abs(of) or None if of is not None else None
            found[number] = CatalogEntry(
                number, path, file, title, source, day, url, length, original
            )
        return tuple(found[number] for number in numbers if number in found)
