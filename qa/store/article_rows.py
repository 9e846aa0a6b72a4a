"""Articles as rows of the database: the one place where what is stored becomes an article."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import Any

from qa.errors import ArticleDamagedError
from qa.store.databases.checksums import CHECKED, checksum
from qa.types import Article

# What as_article takes, in this order.
COLUMNS = ", ".join(f"articles.{name}" for name in ("id", "path", *CHECKED, "checksum"))


def checked_fields(article: Article) -> tuple[str | None, ...]:
    """Return what the columns of which a checksum is taken hold for an article."""
    published = article.published.isoformat() if article.published else None
    return (
        *(article.title, article.source, published, article.url, article.text, article.sha256),
        *(json.dumps(article.pages), json.dumps(article.recognized)),
    )


def as_article(row: tuple[Any, ...]) -> Article:
    """Return the article of a row of :data:`COLUMNS`.

    Raises:
        ArticleDamagedError: if it is not what was stored: nothing may be quoted from it.
    """
    number, path, *fields, stored = row
    if checksum(fields) != stored:
        raise ArticleDamagedError(
            "article_damaged",
            "the stored article {path} is damaged: its checksum is wrong; run"
            " 'yinju verify --mend'",
            path=path,
        )
    title, source, published, url, text, sha256, pages, recognized = fields
    starts, spans = tuple(json.loads(pages)), tuple(map(tuple, json.loads(recognized)))
    day = as_day(published)
    return Article(number, path, title, source, day, url, text, sha256, starts, spans)


def unchecked(row: tuple[Any, ...]) -> Article:
    """Return what a row of :data:`COLUMNS` says now, be it damaged: to be named, never quoted.

    An index takes its words from it as well, so that one damaged article keeps no other away.
    """
    number, path, title, source, published, url, text, sha256, *_ = row
    day = None
    with suppress(ValueError, TypeError):  # it is damaged, too
        day = as_day(published)
    return Article(number, path, str(title), str(source), day, str(url), str(text), str(sha256))


def as_day(published: str | None) -> date | None:
    """Return the day of the column ``published``."""
    return date.fromisoformat(published) if published else None
