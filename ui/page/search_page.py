"""The page for people who want to look rather than ask: passages, filters, both scores."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from qa.presenting.citing import place_link
from qa.types import Filters, Hit
from ui.escaping import escape
from ui.page.evidence import byline
from ui.page.layout import choices, field
from ui.texts.languages import Messages

FIRST, MOST = 10, 100  # passages shown at first, and at most


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for: the fields of the form."""

    query: str = ""
    source: str = ""
    since: str = ""
    until: str = ""
    title: str = ""
    rerank: bool = False
    count: int = FIRST

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Search:
        """Return what an address's query asks for; what makes no sense counts as left out."""
        count = fields.get("count", "")
        return cls(
            query=fields.get("q", "").strip(),
            source=fields.get("source", "").strip(),
            since=day(fields.get("since", "")),
            until=day(fields.get("until", "")),
            title=fields.get("title", "").strip(),
            rerank=fields.get("rerank") == "on",
            count=max(FIRST, min(int(count), MOST))
            if re.fullmatch("[0-9]{1,30}", count)
            else FIRST,
        )

    @property
    def filters(self) -> Filters:
        """What the search is restricted to."""
        return filters_of(self.source, self.since, self.until, self.title)


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


def search_html(
    search: Search, hits: Sequence[Hit], sources: Sequence[str], messages: Messages, error: str = ""
) -> str:
    """Return form and results; ``sources`` are offered as filters."""
    found = _results(search, hits, messages) if search.query and not error else ""
    alert = f'<p class="yj-error" role="alert"><bdi>{escape(error)}</bdi></p>' if error else ""
    return (
        f"<h1>{escape(messages.search_title)}</h1>"
        f'<p class="yj-lede">{escape(messages.search_lede)}</p>'
        f"{_form(search, sources, messages)}{alert}{found}"
    )


def _form(search: Search, sources: Sequence[str], messages: Messages) -> str:
    def value(name: str, held: str, kind: str = "text") -> str:
        return f'<input type="{kind}" name="{name}" value="{escape(held)}">'

    offered = {"": messages.any_source} | {source: source for source in sources if source}
    if search.source and search.source not in offered:
        offered[search.source] = search.source
    used = any((search.source, search.since, search.until, search.title, search.rerank))
    return (
        '<form class="yj-search" method="get" role="search">'
        f'<div class="yj-search-line"><input type="search" name="q" required maxlength="2000" '
        f'value="{escape(search.query)}" aria-label="{escape(messages.search_words)}" '
        f'placeholder="{escape(messages.search_words)}"{" autofocus" if not search.query else ""}>'
        '<button type="submit" class="yj-button yj-primary">'
        f"{escape(messages.search)}</button></div>"
        f'<details class="yj-filters"{" open" if used else ""}>'
        f"<summary>{escape(messages.filters)}</summary><div>"
        f"{field(messages.source, choices('source', offered, search.source))}"
        f"{field(messages.since, value('since', search.since, 'date'))}"
        f"{field(messages.until, value('until', search.until, 'date'))}"
        f"{field(messages.title, value('title', search.title))}"
        f'<label class="yj-check"><input type="checkbox" name="rerank"'
        f"{' checked' if search.rerank else ''}> {escape(messages.rerank)}</label>"
        "</div></details></form>"
    )


def _results(search: Search, hits: Sequence[Hit], messages: Messages) -> str:
    if not hits:
        return f'<p class="yj-none" role="status">{escape(messages.nothing_found)}</p>'
    highest = max((hit.lexical for hit in hits), default=0.0)
    items = "".join(_hit(hit, highest, messages) for hit in hits)
    more = ""
    if len(hits) == search.count < MOST:
        again = {
            "q": search.query, "source": search.source, "since": search.since,
            "until": search.until, "title": search.title, "rerank": "on" if search.rerank else "",
            "count": str(min(MOST, search.count * 2)),
        }  # fmt: skip
        kept = {name: text.encode("utf-8", "replace") for name, text in again.items() if text}
        link = escape(urlencode(kept))
        more = f'<p><a class="yj-button" href="?{link}">{escape(messages.more)}</a></p>'
    return (
        f'<p class="yj-count-line" role="status">'
        f"{escape(messages.passages_found.format(n=len(hits)))}</p>"
        f'<p class="yj-hint">{escape(messages.scores_hint)}</p>'
        f'<ol class="yj-results">{items}</ol>{more}'
    )


def _hit(hit: Hit, highest: float, messages: Messages) -> str:
    place = (hit.passage.start, hit.passage.end)
    link = place_link(hit.article, place)
    return (
        f'<li class="yj-result"><a class="yj-result-link" '
        f'href="{escape(link)}">'
        f"{byline(hit.article, messages, place)}</a>"
        f'<p class="yj-result-text">{escape(hit.text)}</p>'
        f'<p class="yj-scores">{_score(messages.meaning, hit.dense, max(0.0, hit.dense), 1.0)}'
        f"{_score(messages.keywords, hit.lexical, hit.lexical, highest or 1.0)}</p></li>"
    )


def _score(name: str, shown: float, value: float, top: float) -> str:
    return (
        f'<span class="yj-score"><span>{escape(name)}</span>'
        f'<meter min="0" max="{top:.4f}" value="{min(value, top):.4f}" aria-hidden="true"></meter>'
        f"<b>{shown:.2f}</b></span>"
    )
