"""Stored passages: which there are, what they say, and which of them filters admit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from qa.store.article_rows import COLUMNS, as_article, as_day, unchecked
from qa.store.databases import Database
from qa.store.filtering import admits_fields
from qa.types import Article, Filters, Passage


class Holder(NamedTuple):
    """An article that has passages: what it is filtered and sorted by, without its text."""

    id: int
    path: str
    file: str
    title: str
    source: str
    published: date | None


@dataclass(frozen=True, slots=True)
class Held:
    """Some passages of an article, as (start, id) in their order.

    ``holders`` are the article, and its reposts in the order of their paths.
    """

    holders: tuple[Holder, ...]
    places: tuple[tuple[int, int], ...]


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

    def held(self, ids: Iterable[int]) -> list[Held]:
        """Return those of the passages that exist, article by article; no text is read.

        Retired ones exist until they are purged.
        """
        places: dict[int, list[tuple[int, int]]] = {}
        for number, version, start in self._database.select(
            "SELECT id, version, start FROM passages WHERE id IN ({})", ids
        ):
            places.setdefault(version, []).append((start, number))
        fields = "id, path, file, title, source, published"
        articles = list(
            self._database.select(
                f"SELECT version, {fields} FROM articles WHERE NOT shelved AND version IN ({{}})",
                places,
            )
        )
        numbers = [number for _, number, *_ in articles]
        reposts: dict[int, list[Holder]] = {}
        for of, *row in self._database.select(
            f"SELECT abs(repost_of), {fields} FROM articles WHERE live AND repost_of IN ({{}})",
            [*numbers, *(-number for number in numbers)],
        ):
            reposts.setdefault(of, []).append(_holder(row))
        return [
            Held(
                (
                    _holder(row),
                    *sorted(reposts.get(row[0], ()), key=lambda holder: holder.path),
                ),
                tuple(sorted(places[version])),
            )
            for version, *row in articles
        ]

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


def _holder(row: Sequence[Any]) -> Holder:
    number, path, file, title, source, published = row
    return Holder(number, path, file, title, source, as_day(published))
