"""Articles as rows of the database."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from qa.types import Article

_NAMES = (
    *("id", "path", "title", "source", "published", "url", "text"),
    *("sha256", "pages", "recognized"),
)
COLUMNS = ", ".join(f"articles.{name}" for name in _NAMES)  # what as_article takes, in this order


def as_article(row: tuple[Any, ...]) -> Article:
    """Return the article of a row of :data:`COLUMNS`."""
    number, path, title, source, published, url, text, sha256, pages, recognized = row
    day = as_day(published)
    starts, spans = tuple(json.loads(pages)), tuple(map(tuple, json.loads(recognized)))
    return Article(number, path, title, source, day, url, text, sha256, starts, spans)


def as_day(published: str | None) -> date | None:
    """Return the day of the column ``published``."""
    return date.fromisoformat(published) if published else None
