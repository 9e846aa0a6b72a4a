"""What the pages beside the chat share: one document, one header, one style."""

from __future__ import annotations

from typing import Literal

from ui.escaping import escape
from ui.texts.languages import Messages

Place = Literal["chat", "search", "library", "watchlist", "article"]


def nav_html(messages: Messages, here: Place, base: str = "") -> str:
    """Return the links between the pages; ``base`` leads from the page back to the root."""
    links = (
        ("chat", base or "./", messages.chat_page),
        ("search", f"{base}search", messages.search_page),
        ("library", f"{base}library", messages.library_page),
        ("watchlist", f"{base}watchlist", messages.watchlist_page),
    )
    items = "".join(
        f'<a href="{href}"{current}>{escape(name)}</a>'
        for place, href, name in links
        for current in [' aria-current="page"' if place == here else ""]
    )
    return f'<nav class="yj-nav" aria-label="{escape(messages.pages)}">{items}</nav>'


def document(messages: Messages, here: Place, title: str, body: str, base: str = "") -> str:
    """Return a whole page: ``body`` is HTML, ``title`` is text."""
    names = ("pages", "uploads") if here == "library" else ("pages",)
    scripts = "".join(f'<script src="{base}yinju/{name}.js" defer></script>' for name in names)
    feed = (
        '<link rel="alternate" type="application/atom+xml" href="watchlist.atom" '
        f'title="{escape(messages.watchlist_title)}">'
    )
    # A form's answer keeps the address of its page, so that links in it lead where they do here.
    return (
        f'<!doctype html><html lang="{messages.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · {escape(messages.name)}</title>"
        f'<link rel="icon" type="image/svg+xml" href="{base}yinju/seal.svg">'
        f'<link rel="stylesheet" href="{base}yinju/yinju.css">'
        f'<link rel="stylesheet" href="{base}yinju/pages.css">'
        f"{scripts}{feed if here == 'watchlist' else ''}</head>"
        f'<body class="yj-document" data-base="{base}"><div id="yj-page"><header class="yj-bar">'
        f'<a class="yj-brand" href="{base or "./"}">'
        '<span class="yj-seal" aria-hidden="true" lang="zh-CN"><i>引</i><i>据</i></span>'
        f'<span class="yj-name">{escape(messages.name)}</span></a>'
        f"{nav_html(messages, here, base)}</header>"
        f'<main class="yj-main" id="yj-main-part">{body}</main></div></body></html>'
    )


def field(label: str, control: str) -> str:
    """Return a form control with its label."""
    return f'<label class="yj-field"><span>{escape(label)}</span>{control}</label>'


def choices(name: str, options: dict[str, str], chosen: str) -> str:
    """Return a list to choose from: ``options`` map values to what is shown."""
    items = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(shown)}</option>"
        for value, shown in options.items()
    )
    return f'<select name="{name}">{items}</select>'
