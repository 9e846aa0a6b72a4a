"""An article as a sheet of the evidence panel."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from qa.articles.cleaning import lines
from qa.articles.passages import outline
from qa.types import Article, Span
from ui.escaping import escape, isolate
from ui.texts.languages import Messages

REACH = 30_000  # characters shown before and after a cited place of a very long article


def sheet_key(article: Article) -> str:
    """Return the name of an article's sheet; a changed article has another."""
    return f"{article.id}-{article.sha256[:12]}"


def byline(article: Article, messages: Messages, place: Span, title: str = "") -> str:
    """Return title, source and date of an article, and what is known of a place in it, as HTML.

    ``title`` is the title's own HTML, where that is more than its text.
    """
    title = title or escape(article.title or article.path)
    date = article.published.isoformat() if article.published else messages.no_date
    parts = [f'<cite class="yj-title"><bdi>{title}</bdi></cite>']
    if article.source:
        parts.append(isolate(article.source))
    parts.append(f"<span>{escape(date)}</span>")
    page = article.page(place[0])
    if page is not None:
        parts.append(f"<span>{escape(messages.page.format(n=page))}</span>")
    if article.is_recognized(*place):
        parts.append(f'<span class="yj-recognized">{escape(messages.recognized)}</span>')
    return '<span class="yj-dot"> · </span>'.join(parts)


def sheet(article: Article, places: Iterable[Span], messages: Messages) -> str:
    """Return the article as a hidden sheet, from which the page fills its evidence panel.

    Each paragraph names the offset of its first character; the page marks a quote by offsets.
    """
    return (
        f'<article class="yj-sheet" data-sheet="{escape(sheet_key(article))}">'
        f"{head(article, messages)}"
        f'<div class="yj-text">{_text(article, list(places), messages)}</div></article>'
    )


def head(article: Article, messages: Messages) -> str:
    """Return title, source, date, file and web address of an article."""
    date = article.published.isoformat() if article.published else messages.no_date
    facts = [isolate(article.source)] if article.source else []
    facts.append(f"<span>{escape(date)}</span>")
    facts.append(f'<span class="yj-path">{isolate(article.path)}</span>')
    if is_web_address(article.url):
        facts.append(
            f'<a href="{escape(article.url)}" target="_blank" rel="noopener noreferrer">'
            f"{escape(messages.link)}</a>"
        )
    return (
        f'<header class="yj-sheet-head"><h2>{isolate(article.title or article.path)}</h2>'
        f'<p class="yj-facts">{"".join(facts)}</p></header>'
    )


def _text(article: Article, places: list[Span], messages: Messages) -> str:
    text = article.text
    headings = {block.start for run in outline(text) for block in run if block.is_heading}
    shown: list[str] = []
    cut = False
    for line in lines(text):
        if not any(line.start < end + REACH and line.end > start - REACH for start, end in places):
            if not cut:
                shown.append(f'<p class="yj-cut">{escape(messages.cut)}</p>')
            cut = True
            continue
        cut = False
        kind = "" if line.body else "yj-furniture"
        if line.start in headings:
            kind = "yj-heading"
        shown.append(
            f'<p data-at="{line.start}" class="{kind}">{escape(text[line.start : line.end])}</p>'
        )
    return "".join(shown)


def is_web_address(url: str) -> bool:
    """Tell whether an article's address may become a link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
