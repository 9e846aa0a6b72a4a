"""What the search page is asked for, as the address of the page says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from qa.library import MAX_QUERY
from qa.search.findings import Order, Unit
from qa.types import Filters

SHOWN = 10  # articles or passages on a page
_LONGEST = 4_096  # characters of a filter, as those of a path
_ORDERS: tuple[Order, ...] = ("relevance", "newest", "oldest")
_UNITS: tuple[Unit, ...] = ("article", "passage")


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for, in which order, and which page of it is shown, from 1."""

    query: str = ""
    source: str = ""
    since: str = ""
    until: str = ""
    title: str = ""
    path: str = ""
    article: str = ""
    order: Order = "relevance"
    by: Unit = "article"
    rerank: bool = False
    number: int = 1

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Search:
        """Return what an address's query asks for; what makes no sense counts as left out."""

        def text(name: str) -> str:
            return fields.get(name, "").strip()[:_LONGEST]

        number = fields.get("page", "")
        return cls(
            query=text("q")[:MAX_QUERY],
            source=text("source"),
            since=day(fields.get("since", "")),
            until=day(fields.get("until", "")),
            title=text("title"),
            path=text("path"),
            article=text("article"),
            order=next((one for one in _ORDERS if one == fields.get("order")), "relevance"),
            by=next((one for one in _UNITS if one == fields.get("by")), "article"),
            rerank=fields.get("rerank") == "on",
            number=max(1, int(number)) if re.fullmatch("[0-9]{1,8}", number) else 1,
        )

    @property
    def filters(self) -> Filters:
        """What the search is restricted to."""
        filters = filters_of(self.source, self.since, self.until, self.title)
        return replace(filters, path=self.path, article=self.article)

    def address(self, **changes: Any) -> str:  # noqa: ANN401 - what a field can be
        """Return the query of the address of another search: its first page, if none is named."""
        other = replace(self, **({"number": 1} | changes))
        fields = {
            "q": other.query, "source": other.source, "since": other.since, "until": other.until,
            "title": other.title, "path": other.path, "article": other.article,
            "order": other.order if other.order != "relevance" else "",
            "by": other.by if other.by != "article" else "", "rerank": "on" if other.rerank else "",
            "page": str(other.number) if other.number > 1 else "",
        }  # fmt: skip
        kept = {name: text.encode("utf-8", "replace") for name, text in fields.items() if text}
        return "?" + urlencode(cast("dict[str, str]", kept))


def filters_of(source: str, since: str, until: str, title: str = "") -> Filters:
    """Return the filters of a form, whose dates are those of :func:`day`."""
    first, last = (date.fromisoformat(value) if value else None for value in (since, until))
    return Filters(source=source, since=first, until=last, title=title)


def day(value: str) -> str:
    """Return a date as it was given, "" if it is none."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return ""
