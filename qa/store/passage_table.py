"""Stored passages: which there are, what they say, and which of them filters admit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from qa.store.article_rows import COLUMNS, as_article, as_day, unchecked
from qa.store.databases import Database
from qa.store.filtering import admits_fields
from qa.types import Article, Filters, Passage


class PassageTable:
    """The passages of the articles in a database."""

    def __init__(self, database: Database) -> None:
        """Use the tables in ``database``."""
        self._database = database

    def ids(self) -> list[int]:
        """Return the ids of the passages of all articles."""
        rows = self._database.execute(
            "SELECT passages.id FROM passages JOIN articles USING (version) WHERE live"
            " ORDER BY passages.id"
        )
        return [number for (number,) in rows]

    def get(self, ids: Iterable[int]) -> dict[int, tuple[Passage, Article]]:
        """Return those of the passages that exist, each with its article as it was cut from it.

        Retired ones exist until they are purged, though for an undo they may be kept.

        Raises:
            ArticleDamagedError: if one of the articles is not what was stored.
        """
        return self._get(ids, as_article)

    def to_index(self, ids: Iterable[int]) -> dict[int, tuple[Passage, Article]]:
        """Return the same, be articles damaged: what is found by their words is not shown."""
        return self._get(ids, unchecked)

    def _get(
        self, ids: Iterable[int], read: Callable[[tuple[Any, ...]], Article]
    ) -> dict[int, tuple[Passage, Article]]:
        articles: dict[int, Article] = {}
        found: dict[int, tuple[Passage, Article]] = {}
        rows = list(
            self._database.select(
                'SELECT id, version, start, "end" FROM passages WHERE id IN ({})', ids
            )
        )
        wanted = dict.fromkeys(version for _, version, _, _ in rows)
        for version, *fields in self._database.select(
            f"SELECT version, {COLUMNS} FROM articles WHERE NOT shelved AND version IN ({{}})",
            wanted,
        ):
            articles[version] = read(tuple(fields))
        for number, version, start, end in rows:
            if version in articles:  # else it was purged in between
                article = articles[version]
                found[number] = (Passage(number, article.id, start, end), article)
        return found

    def of(self, article: int) -> list[tuple[int, int, bytes]]:
        """Return start, end and the hash of the text of an article's passages, in their order."""
        return self._database.execute(
            'SELECT start, "end", text_hash FROM passages JOIN articles USING (version)'
            " WHERE live AND articles.id = ? ORDER BY start, passages.id",
            (article,),
        )

    def admitted(self, filters: Filters) -> list[int] | None:
        """Return the ids of the passages that ``filters`` admit, None if they admit all.

        A passage is admitted if its article is, or a repost of that.
        """
        if filters == Filters():
            return None
        rows = self._database.execute(
            "SELECT version, id, repost_of, path, title, source, published FROM articles"
            " WHERE NOT shelved"
        )
        admitted = [
            (version, number, of)
            for version, number, of, path, title, source, published in rows
            if admits_fields(filters, path, title, source, as_day(published))
        ]
        originals = {abs(of) for _, _, of in admitted if of is not None}
        versions = {version for version, _, _ in admitted}
        versions |= {version for version, number, *_ in rows if number in originals}
        found = self._database.select("SELECT id FROM passages WHERE version IN ({})", versions)
        return sorted(number for (number,) in found)
