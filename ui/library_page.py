"""The library's page: what is held, what is missing, adding and taking out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from qa.catalog import Entry, Order, Page
from qa.formats import READERS
from qa.types import Filters, LibraryStatus
from ui import plots
from ui.escaping import escape, isolate
from ui.freshness import MAX_LISTED, can_update, state_text
from ui.search_page import day, filters_of
from ui.settings import ServerSettings
from ui.shell import choices, field
from ui.words import Words

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


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page tells of the library as a whole; sizes are in bytes."""

    status: LibraryStatus
    months: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, int], ...]
    database: int
    index: int


def library_html(
    overview: Overview, listing: Listing, page: Page, words: Words, settings: ServerSettings
) -> str:
    """Return the page; where it is read-only, without anything that changes the library."""
    read_only = settings.read_only
    add = "" if read_only else _add(overview.status, words, settings.max_upload_bytes)
    return (
        f"<h1>{escape(words.library_title)}</h1>"
        f"{_state(overview, words, read_only=read_only)}{add}{_failures(overview.status, words)}"
        f"{_plots(overview, words)}{_list(overview, listing, page, words, read_only=read_only)}"
        f"{'' if read_only else _dialog(words)}"
    )


def size_text(size: int) -> str:
    """Return a number of bytes as people say it."""
    value, units = float(size), ("B", "KiB", "MiB", "GiB", "TiB")
    for unit in units:
        if value < 1000 or unit == units[-1]:
            return f"{value:.3g} {unit}"
        value /= 1024
    raise AssertionError


def _state(overview: Overview, words: Words, *, read_only: bool) -> str:
    status = overview.status
    disk = words.disk_use.format(
        database=size_text(overview.database), index=size_text(overview.index)
    )
    rows = [
        (words.list, escape(f"{status.articles:,}")),
        (words.passages, escape(f"{status.passages:,}")),
        (words.index, escape(state_text(status, words))),
        (words.model, f"<code>{isolate(Path(status.model).name)}</code>"),
        (words.disk, escape(disk)),
    ]
    if not read_only:  # where the folder lies is for those who may change it
        rows.insert(2, (words.folder, f"<code>{isolate(status.folder or '—')}</code>"))
    facts = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in rows)
    button = ""
    if not read_only and status.folder is not None and status.changes is not None:
        primary = " yj-primary" if can_update(status) else ""
        button = (
            f'<p><button type="button" class="yj-button{primary}" id="yj-sync">'
            f"{escape(words.update)}</button> "
            '<span id="yj-sync-said" role="status"></span></p>'
        )
    return (
        f'<section aria-labelledby="yj-state"><h2 id="yj-state">{escape(words.state)}</h2>'
        f'<dl class="yj-facts-list" data-fresh="{str(status.fresh).lower()}">{facts}</dl>'
        f"{button}</section>"
    )


def _add(status: LibraryStatus, words: Words, limit: int) -> str:
    if status.folder is None or status.changes is None:
        return ""
    limits = words.add_limits.format(kinds=" ".join(sorted(READERS)), size=limit >> 20)
    said = {
        "uploaded": words.uploaded,
        "there": words.already_there,
        "error": words.error,
        "updating": words.updating,
        "progress": words.progress,
    }
    said |= {"limit": str(limit), "large": words.too_large.format(size=limit >> 20)}
    data = "".join(f' data-{name}="{escape(text)}"' for name, text in said.items())
    return (
        f'<section aria-labelledby="yj-add"><h2 id="yj-add">{escape(words.add)}</h2>'
        f'<div class="yj-drop" id="yj-drop"{data}><p>{escape(words.add_hint)} '
        f'<label class="yj-button" for="yj-files">{escape(words.choose_files)}</label>'
        f'<input type="file" id="yj-files" class="yj-unseen" multiple '
        f'accept="{",".join(sorted(READERS))}"></p><p class="yj-hint">{escape(limits)}</p></div>'
        '<ul class="yj-uploads" id="yj-uploads" aria-live="polite"></ul></section>'
    )


def _failures(status: LibraryStatus, words: Words) -> str:
    if not status.failed:
        return ""
    items = "".join(
        f"<li><code>{isolate(failure.path)}</code> {isolate(failure.reason)}</li>"
        for failure in status.failed[:MAX_LISTED]
    )
    more = "<li>…</li>" if len(status.failed) > MAX_LISTED else ""
    return (
        f'<section aria-labelledby="yj-failed"><h2 id="yj-failed">{escape(words.failures)} '
        f"({len(status.failed)})</h2>"
        f'<p class="yj-hint">{escape(words.failures_hint)}</p>'
        f'<ul class="yj-failed-list">{items}{more}</ul></section>'
    )


def _plots(overview: Overview, words: Words) -> str:
    if not overview.months:
        return ""
    undated = dict(overview.months).get("", 0)
    note = f'<p class="yj-hint">{escape(words.undated.format(n=undated))}</p>' if undated else ""
    return (
        f'<section class="yj-plots"><div><h2>{escape(words.timeline)}</h2>'
        f"{plots.timeline(overview.months, words)}{note}</div>"
        f"<div><h2>{escape(words.sources)}</h2>{plots.sources(overview.sources, words)}</div>"
        "</section>"
    )


def _list(
    overview: Overview, listing: Listing, page: Page, words: Words, *, read_only: bool
) -> str:
    offered = {"": words.any_source} | {name: name for name, _ in overview.sources if name}
    if listing.source and listing.source not in offered:
        offered[listing.source] = listing.source
    orders = dict(
        zip(
            _ORDERS,
            (words.newest, words.oldest, words.by_title, words.by_source, words.by_path),
            strict=True,
        )
    )

    def value(name: str, held: str, kind: str) -> str:
        return f'<input type="{kind}" name="{name}" value="{escape(held)}">'

    columns = (words.article, words.source, words.published, words.length, words.file)
    titles = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    if not read_only:
        titles += f'<th scope="col"><span class="yj-unseen">{escape(words.remove)}</span></th>'
    rows = "".join(_row(entry, words, read_only=read_only) for entry in page.entries)
    table = (
        '<div class="yj-scroll" tabindex="0" role="region" '
        f'aria-label="{escape(words.list)}"><table class="yj-table"><thead><tr>{titles}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )
    return (
        f'<section id="yj-list" aria-labelledby="yj-list-title">'
        f'<h2 id="yj-list-title">{escape(words.list)}</h2>'
        '<form class="yj-list-form" method="get" action="#yj-list" role="search">'
        f"{field(words.find, value('q', listing.words, 'search'))}"
        f"{field(words.source, choices('source', offered, listing.source))}"
        f"{field(words.since, value('since', listing.since, 'date'))}"
        f"{field(words.until, value('until', listing.until, 'date'))}"
        f"{field(words.order, choices('order', orders, listing.order))}"
        f'<button type="submit" class="yj-button">{escape(words.search)}</button></form>'
        f'<p class="yj-count-line" role="status">'
        f"{escape(words.matching.format(n=f'{page.total:,}'))}</p>"
        f"{table if page.entries else ''}{_pager(listing, page, words)}</section>"
    )


def _row(entry: Entry, words: Words, *, read_only: bool) -> str:
    date_text = entry.published.isoformat() if entry.published else words.no_date
    mark = (
        f' <span class="yj-tag">{escape(words.repost)}</span>'
        if entry.repost_of is not None
        else ""
    )
    button = ""
    if not read_only:
        table = entry.path != entry.file
        button = (
            f'<td><button type="button" class="yj-button yj-quiet" data-remove="{entry.id}" '
            f'data-file="{escape(entry.file)}"{" data-table" if table else ""} '
            f'aria-label="{escape(words.remove)}: {escape(entry.title or entry.path)}">'
            f"{escape(words.remove)}</button></td>"
        )
    length = words.characters.format(n=f"{entry.length:,}")
    return (
        f'<tr><th scope="row"><a href="article/{entry.id}">{isolate(entry.title or entry.path)}</a>'
        f"{mark}</th><td>{isolate(entry.source)}</td>"
        f'<td class="yj-nowrap">{escape(date_text)}</td>'
        f'<td class="yj-nowrap yj-right">{escape(length)}</td>'
        f'<td class="yj-file">{isolate(entry.path)}</td>{button}</tr>'
    )


def _pager(listing: Listing, page: Page, words: Words) -> str:
    last = max(1, -(-page.total // ENTRIES))
    if last == 1:
        return ""
    number = min(listing.number, last)
    links = []
    if number > 1:
        links.append(
            f'<a class="yj-button" rel="prev" href="{escape(listing.address(number - 1))}">'
            f"{escape(words.previous)}</a>"
        )
    links.append(f"<span>{number} / {last}</span>")
    if number < last:
        links.append(
            f'<a class="yj-button" rel="next" href="{escape(listing.address(number + 1))}">'
            f"{escape(words.next)}</a>"
        )
    return f'<nav class="yj-pager" aria-label="{escape(words.pages)}">{"".join(links)}</nav>'


def _dialog(words: Words) -> str:
    return (
        '<dialog id="yj-ask" aria-labelledby="yj-ask-text"><form method="dialog">'
        f'<p id="yj-ask-text">{escape(words.remove_ask)}</p>'
        '<p><code id="yj-ask-file"></code></p>'
        f'<p id="yj-ask-table" class="yj-error" hidden>{escape(words.remove_table)}</p>'
        '<p id="yj-ask-error" class="yj-error" role="alert" hidden></p><p class="yj-actions">'
        f'<button type="submit" value="cancel" class="yj-button" autofocus>'
        f"{escape(words.cancel)}</button> "
        '<button type="button" class="yj-button yj-primary" id="yj-ask-yes">'
        f"{escape(words.remove)}</button></p></form></dialog>"
    )


def last_page(listing: Listing, total: int) -> Listing:
    """Return the listing, on its last page if it is beyond that."""
    last = max(1, -(-total // ENTRIES))
    return replace(listing, number=min(listing.number, last))
