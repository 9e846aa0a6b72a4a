"""Which articles a question is about: a source and a period that it names, and the rest of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from qa.asking.asked import Asked
from qa.language.days import find_days
from qa.store.catalog import Catalog
from qa.text import fold
from qa.types import Filters

_NAME = 2  # characters that a source's name has at least to be one in a question


def scope(asked: Asked, catalog: Catalog, filters: Filters, today: date) -> tuple[Filters, str]:
    """Return filters as the question narrows them, and what is left of its topic.

    A source is one that the catalogue has, named beside the topic or as all of it.  A period is
    one that is named so; one in the middle of a topic, 2023年预算报告, belongs to that.
    """
    topic = asked.topic_text.strip()
    start, end = asked.topic or (0, 0)
    beside = asked.question[:start] + "\n" + asked.question[end:]
    months = catalog.months()
    since, until, _ = find_days(fold(beside), today, months)
    own_since, own_until, left = find_days(fold(topic), today, months)
    if topic and (own_since or own_until) and not left:
        since, until, topic = since or own_since, until or own_until, ""
    names = [name for name, _ in catalog.sources() if len(name) >= _NAME]
    source = _named(names, fold(beside))
    if not source and fold(topic) in map(fold, names):
        source, topic = topic, ""
    narrowed = replace(
        filters,
        source=filters.source or source,
        since=max(filter(None, (filters.since, since)), default=None),
        until=min(filter(None, (filters.until, until)), default=None),
    )
    return narrowed, topic


def _named(names: Sequence[str], folded: str) -> str:
    """Return the longest of ``names`` that stands in a folded text."""
    return max((name for name in names if fold(name) in folded), key=len, default="")
