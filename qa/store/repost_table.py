"""Stored reposts: articles that say what another one says, which is indexed in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from qa.errors import ArticleDamagedError
from qa.store.article_rows import COLUMNS, as_article
from qa.store.databases import Database
from qa.types import Article

_RESEMBLING = 20  # articles that are compared with a new one


class RepostTable:
    """The reposts among the articles in a database, and the sketches by which they are found."""

    def __init__(self, database: Database) -> None:
        """Use the tables in ``database``."""
        self._database = database

    def of(self, ids: Iterable[int]) -> dict[int, list[Article]]:
        """Map those of the articles that have reposts to these, in the order of their paths.

        Unsettled ones are among them: an index that is still in force knows no other.
        """
        wanted = list(ids)
        found: dict[int, list[Article]] = {}
        for of, *fields in self._database.select(
            f"SELECT abs(repost_of), {COLUMNS} FROM articles WHERE live AND repost_of IN ({{}})"
            " ORDER BY path",
            [*wanted, *(-number for number in wanted)],
        ):
            found.setdefault(of, []).append(as_article(tuple(fields)))
        return found

    def resembling(self, sketch: Sequence[int], shared: int) -> list[Article]:
        """Return the articles, no reposts, that share as many hashes of ``sketch``; most first.

        One that is damaged stands for no other, and is left out.
        """
        counts: dict[int, int] = {}
        for (version,) in self._database.select(
            "SELECT version FROM sketches WHERE hash IN ({})", sketch
        ):
            counts[version] = counts.get(version, 0) + 1
        wanted = sorted(
            (version for version, count in counts.items() if count >= shared),
            key=lambda version: (-counts[version], version),
        )[:_RESEMBLING]
        found: dict[int, Article] = {}
        for version, *fields in self._database.select(
            f"SELECT version, {COLUMNS} FROM articles WHERE live AND repost_of IS NULL"
            " AND version IN ({})",
            wanted,
        ):
            with suppress(ArticleDamagedError):
                found[version] = as_article(tuple(fields))
        return [found[version] for version in wanted if version in found]

    def unsettled(self) -> Iterator[tuple[str, Article]]:
        """Yield file and article of the reposts that lost what they repeat: to be put again.

        One that is damaged has to be mended first, and is left out.
        """
        rows = self._database.execute("SELECT id, file FROM articles WHERE live AND repost_of <= 0")
        for number, file in rows:
            found = self._database.execute(
                f"SELECT {COLUMNS} FROM articles WHERE id = ? AND live", (number,)
            )
            if found:  # else it went in between
                with suppress(ArticleDamagedError):
                    yield file, as_article(found[0])

    def has_unsettled(self) -> bool:
        """Tell whether there are some."""
        statement = "SELECT id FROM articles WHERE live AND repost_of <= 0 LIMIT 1"
        return bool(self._database.execute(statement))

    def paths(self) -> dict[str, int]:
        """Map the paths of the articles that are reposts to the ids of what they repeat."""
        return dict(
            self._database.execute(
                "SELECT path, repost_of FROM articles WHERE live AND repost_of IS NOT NULL"
            )
        )
