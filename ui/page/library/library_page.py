"""The library's page: what is held, what is missing, adding and taking out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qa.articles.formats import READERS
from qa.store.catalog import Page
from qa.types import LibraryStatus
from ui.escaping import escape, isolate
from ui.guard.settings import ServerSettings
from ui.page.drop_zone import drop_zone_html
from ui.page.library import plots
from ui.page.library.freshness import MAX_LISTED, can_update, state_text
from ui.page.library.listing import Listing, list_html
from ui.texts.errors import sentence
from ui.texts.languages import Messages


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page tells of the library as a whole; sizes are in bytes."""

    status: LibraryStatus
    months: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, int], ...]
    database: int
    index: int


def library_html(
    overview: Overview, listing: Listing, page: Page, messages: Messages, settings: ServerSettings
) -> str:
    """Return the page; where it is read-only, without anything that changes the library."""
    read_only = settings.read_only
    names = [name for name, _ in overview.sources]
    add = "" if read_only else _add(overview.status, messages, settings.max_upload_bytes)
    return (
        f"<h1>{escape(messages.library_title)}</h1>"
        f"{_state(overview, messages, read_only=read_only)}{add}"
        f"{_failures(overview.status, messages)}{_plots(overview, messages)}"
        f"{list_html(listing, page, names, messages, read_only=read_only)}"
        f"{'' if read_only else _dialog(messages)}"
    )


def size_text(size: int) -> str:
    """Return a number of bytes as people say it."""
    value, units = float(size), ("B", "KiB", "MiB", "GiB", "TiB")
    for unit in units:
        if value < 1000 or unit == units[-1]:
            return f"{value:.3g} {unit}"
        value /= 1024
    raise AssertionError


def _state(overview: Overview, messages: Messages, *, read_only: bool) -> str:
    status = overview.status
    disk = messages.disk_use.format(
        database=size_text(overview.database), index=size_text(overview.index)
    )
    rows = [
        (messages.list, escape(f"{status.articles:,}")),
        (messages.passages, escape(f"{status.passages:,}")),
        (messages.index, escape(state_text(status, messages))),
        (messages.model, f"<code>{isolate(Path(status.model).name)}</code>"),
        (messages.disk, escape(disk)),
    ]
    if not read_only:  # where the folder lies is for those who may change it
        rows.insert(2, (messages.folder, f"<code>{isolate(status.folder or '—')}</code>"))
    facts = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in rows)
    button = ""
    if not read_only and status.folder is not None and status.changes is not None:
        primary = " yj-primary" if can_update(status) else ""
        said = {
            "updating": messages.updating,
            "progress": messages.progress,
            "error": messages.error,
        }
        data = "".join(f' data-{name}="{escape(text)}"' for name, text in said.items())
        button = (
            f'<p><button type="button" class="yj-button{primary}" id="yj-sync"{data}>'
            f"{escape(messages.update)}</button> "
            '<span id="yj-sync-said" role="status"></span></p>'
        )
    return (
        f'<section aria-labelledby="yj-state"><h2 id="yj-state">{escape(messages.state)}</h2>'
        f'<dl class="yj-facts-list" data-fresh="{str(status.fresh).lower()}">{facts}</dl>'
        f"{button}</section>"
    )


def _add(status: LibraryStatus, messages: Messages, limit: int) -> str:
    if status.folder is None or status.changes is None:
        return ""
    limits = messages.add_limits.format(kinds=" ".join(sorted(READERS)), size=limit >> 20)
    return (
        f'<section aria-labelledby="yj-add"><h2 id="yj-add">{escape(messages.add)}</h2>'
        f"{drop_zone_html(messages, limit, limits)}</section>"
    )


def _failures(status: LibraryStatus, messages: Messages) -> str:
    if not status.failed:
        return ""
    items = "".join(
        f"<li><code>{isolate(failure.path)}</code> {isolate(sentence(failure, messages))}</li>"
        for failure in status.failed[:MAX_LISTED]
    )
    more = "<li>…</li>" if len(status.failed) > MAX_LISTED else ""
    return (
        f'<section aria-labelledby="yj-failed"><h2 id="yj-failed">{escape(messages.failures)} '
        f"({len(status.failed)})</h2>"
        f'<p class="yj-hint">{escape(messages.failures_hint)}</p>'
        f'<ul class="yj-failed-list">{items}{more}</ul></section>'
    )


def _plots(overview: Overview, messages: Messages) -> str:
    if not overview.months:
        return ""
    undated = dict(overview.months).get("", 0)
    note = f'<p class="yj-hint">{escape(messages.undated.format(n=undated))}</p>' if undated else ""
    return (
        f'<section class="yj-plots"><div><h2>{escape(messages.timeline)}</h2>'
        f"{plots.timeline(overview.months, messages)}{note}</div>"
        f"<div><h2>{escape(messages.sources)}</h2>{plots.sources(overview.sources, messages)}</div>"
        "</section>"
    )


def _dialog(messages: Messages) -> str:
    return (
        '<dialog id="yj-ask" aria-labelledby="yj-ask-text"><form method="dialog">'
        f'<p id="yj-ask-text">{escape(messages.remove_ask)}</p>'
        '<p><code id="yj-ask-file"></code></p>'
        f'<p id="yj-ask-table" class="yj-error" hidden>{escape(messages.remove_table)}</p>'
        '<p id="yj-ask-error" class="yj-error" role="alert" hidden></p><p class="yj-actions">'
        f'<button type="submit" value="cancel" class="yj-button" autofocus>'
        f"{escape(messages.cancel)}</button> "
        '<button type="button" class="yj-button yj-primary" id="yj-ask-yes">'
        f"{escape(messages.remove)}</button></p></form></dialog>"
        '<dialog id="yj-many" aria-labelledby="yj-many-text"><form method="dialog">'
        '<p id="yj-many-text"></p><p class="yj-actions">'
        f'<button type="submit" value="cancel" class="yj-button" autofocus>'
        f"{escape(messages.cancel)}</button> "
        '<button type="submit" value="yes" class="yj-button yj-primary">'
        f"{escape(messages.remove)}</button></p></form></dialog>"
    )
