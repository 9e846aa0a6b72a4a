"""Which articles a search is restricted to."""

from __future__ import annotations

from datetime import date

from qa.text import fold
from qa.types import Article, Filters


def admits(filters: Filters, article: Article) -> bool:
    """Tell whether filters admit an article."""
    return admits_fields(filters, article.path, article.title, article.source, article.published)


def admits_fields(filters: Filters, path: str, title: str, source: str, day: date | None) -> bool:
    """Tell whether filters admit an article of which this is known."""
    wanted = ((filters.title, title), (filters.source, source))
    return (
        (not filters.article or filters.article == path)
        and _is_at(filters.path, path)
        and all(fold(part) in fold(whole) for part, whole in wanted if part)
        and (filters.since is None or (day is not None and day >= filters.since))
        and (filters.until is None or (day is not None and day <= filters.until))
    )


def _is_at(part: str, path: str) -> bool:
    """Tell whether a path has this part; one after a slash is where it begins."""
    part, path = fold(part), fold(path)
    return path.startswith(part[1:]) if part.startswith("/") else part in path
