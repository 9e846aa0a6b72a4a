"""The list of articles on the library's page: the form that restricts it, and its pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import urlencode

from qa.store.catalog import CatalogEntry, Order, Page
from qa.types import Filters
from ui.escaping import escape, isolate
from ui.page.layout import choices, field
from ui.page.query import day, filters_of
from ui.texts.languages import Messages

ENTRIES = 50  # on a page of the list
_ORDERS: dict[str, tuple[Order, bool]] = {  # what the form offers: field, and whether descending
    "newest": ("published", True),
    "oldest": ("published", False),
    "title": ("title", False),
    "source": ("source", False),
    "path": ("path", False),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Which articles are listed: the fields of the form."""

    words: str = ""
    source: str = ""
    since: str = ""
    until: str = ""
    order: str = "newest"
    number: int = 1  # of the page, from 1

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Listing:
        """Return what an address's query asks for; what makes no sense counts as left out."""
        number = fields.get("page", "")
        order = fields.get("order", "")
        return cls(
            words=fields.get("q", "").strip(),
            source=fields.get("source", "").strip(),
            since=day(fields.get("since", "")),
            until=day(fields.get("until", "")),
            order=order if order in _ORDERS else "newest",
            number=max(1, int(number)) if re.fullmatch("[0-9]{1,8}", number) else 1,
        )

    @property
    def filters(self) -> Filters:
        """What the list is restricted to."""
        return filters_of(self.source, self.since, self.until)

    @property
    def ordering(self) -> tuple[Order, bool]:
        """The field to sort by, and whether in descending order."""
        return _ORDERS[self.order]

    def address(self, number: int) -> str:
        """Return the query of another page of the same list."""
        fields = {
            "q": self.words, "source": self.source, "since": self.since, "until": self.until,
            "order": self.order if self.order != "newest" else "", "page": str(number),
        }  # fmt: skip
        kept = {name: text.encode("utf-8", "replace") for name, text in fields.items() if text}
        return "?" + urlencode(cast("dict[str, str]", kept)) + "#yj-list"


def last_page(listing: Listing, total: int) -> Listing:
    """Return the listing, on its last page if it is beyond that."""
    last = max(1, -(-total // ENTRIES))
    return replace(listing, number=min(listing.number, last))


def list_html(
    listing: Listing, page: Page, sources: Sequence[str], messages: Messages, *, read_only: bool
) -> str:
    """Return the form, and what it asks for; ``sources`` are those to choose from."""
    offered = {"": messages.any_source} | {name: name for name in sources if name}
    if listing.source and listing.source not in offered:
        offered[listing.source] = listing.source
    orders = dict(
        zip(
            _ORDERS,
            (
                messages.newest,
                messages.oldest,
                messages.by_title,
                messages.by_source,
                messages.by_path,
            ),
            strict=True,
        )
    )

    def value(name: str, held: str, kind: str) -> str:
        return f'<input type="{kind}" name="{name}" value="{escape(held)}">'

    columns = (
        messages.article,
        messages.source,
        messages.published,
        messages.length,
        messages.file,
    )
    titles = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    if not read_only:
        titles += f'<th scope="col"><span class="yj-unseen">{escape(messages.remove)}</span></th>'
    rows = "".join(_row(entry, messages, read_only=read_only) for entry in page.entries)
    table = (
        '<div class="yj-scroll" tabindex="0" role="region" '
        f'aria-label="{escape(messages.list)}"><table class="yj-table"><thead><tr>{titles}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )
    return (
        f'<section id="yj-list" aria-labelledby="yj-list-title">'
        f'<h2 id="yj-list-title">{escape(messages.list)}</h2>'
        '<form class="yj-list-form" method="get" action="#yj-list" role="search">'
        f"{field(messages.find, value('q', listing.words, 'search'))}"
        f"{field(messages.source, choices('source', offered, listing.source))}"
        f"{field(messages.since, value('since', listing.since, 'date'))}"
        f"{field(messages.until, value('until', listing.until, 'date'))}"
        f"{field(messages.order, choices('order', orders, listing.order))}"
        f'<button type="submit" class="yj-button">{escape(messages.search)}</button></form>'
        f'<p class="yj-count-line" role="status">'
        f"{escape(messages.matching.format(n=f'{page.total:,}'))}</p>"
        f"{table if page.entries else ''}{_pager(listing, page, messages)}</section>"
    )


def _row(entry: CatalogEntry, messages: Messages, *, read_only: bool) -> str:
    date_text = entry.published.isoformat() if entry.published else messages.no_date
    mark = (
        f' <span class="yj-tag">{escape(messages.repost)}</span>'
        if entry.repost_of is not None
        else ""
    )
    button = ""
    if not read_only:
        table = entry.path != entry.file
        button = (
            f'<td><button type="button" class="yj-button yj-quiet" data-remove="{entry.id}" '
            f'data-file="{escape(entry.file)}"{" data-table" if table else ""} '
            f'aria-label="{escape(messages.remove)}: {escape(entry.title or entry.path)}">'
            f"{escape(messages.remove)}</button></td>"
        )
    length = messages.characters.format(n=f"{entry.length:,}")
    return (
        f'<tr><th scope="row"><a href="article/{entry.id}">{isolate(entry.title or entry.path)}</a>'
        f'{mark}</th><td class="yj-source">{isolate(entry.source)}</td>'
        f'<td class="yj-nowrap">{escape(date_text)}</td>'
        f'<td class="yj-nowrap yj-right">{escape(length)}</td>'
        f'<td class="yj-file">{isolate(entry.path)}</td>{button}</tr>'
    )


def _pager(listing: Listing, page: Page, messages: Messages) -> str:
    last = max(1, -(-page.total // ENTRIES))
    if last == 1:
        return ""
    number = min(listing.number, last)
    links = []
    if number > 1:
        links.append(
            f'<a class="yj-button" rel="prev" href="{escape(listing.address(number - 1))}">'
            f"{escape(messages.previous)}</a>"
        )
    links.append(f"<span>{number} / {last}</span>")
    if number < last:
        links.append(
            f'<a class="yj-button" rel="next" href="{escape(listing.address(number + 1))}">'
            f"{escape(messages.next)}</a>"
        )
    return f'<nav class="yj-pager" aria-label="{escape(messages.pages)}">{"".join(links)}</nav>'
