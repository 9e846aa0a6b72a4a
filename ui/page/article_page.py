"""An article on a page of its own, opened at a quote."""

from __future__ import annotations

from urllib.parse import urlencode

from qa.articles.cleaning import lines
from qa.articles.passages import outline
from qa.presenting.citing import state_of
from qa.types import Article, Span
from ui.escaping import escape
from ui.page.evidence import head
from ui.texts.languages import Messages


def article_html(
    article: Article, quote: Span | None, messages: Messages, *, stale: bool = False
) -> str:
    """Return the article with ``quote`` marked; ``stale`` if the link's quote holds no more."""
    warning = f'<p class="yj-error" role="alert">{escape(messages.quote_gone)}</p>' if stale else ""
    query = urlencode({"article": article.path}, errors="replace")
    only = (
        f'<p class="yj-ask-only"><a class="yj-button" href="../?{escape(query)}">'
        f"{escape(messages.ask_this_only)}</a></p>"
    )
    return (
        f'<article class="yj-article">{head(article, messages)}{only}{warning}'
        f'<div class="yj-text">{_text(article, quote)}</div></article>'
    )


def parse_quote(value: str | None, of: str | None, article: Article) -> Span | None:
    """Return the span that "12,34" names; None if it is none of the article.

    ``of`` is the state of the article that the link was made for: in another one the span would
    be of something else.
    """
    if of != state_of(article):
        return None
    start, _, end = (value or "").partition(",")
    if not (start.isdecimal() and end.isdecimal() and len(start) < 10 and len(end) < 10):
        return None
    span = int(start), int(end)
    return span if span[0] < span[1] <= len(article.text) else None


def _text(article: Article, quote: Span | None) -> str:
    text = article.text
    headings = {block.start for run in outline(text) for block in run if block.is_heading}
    shown = []
    marked = False
    for line in lines(text):
        kind = "" if line.body else "yj-furniture"
        if line.start in headings:
            kind = "yj-heading"
        content, has_mark = _line(text, (line.start, line.end), quote, first=not marked)
        marked |= has_mark
        shown.append(f'<p class="{kind}">{content}</p>')
    return "".join(shown)


def _line(text: str, span: Span, quote: Span | None, *, first: bool) -> tuple[str, bool]:
    """Return a line with its part of the quote marked, and whether it has one."""
    start, end = span
    if quote is None or quote[0] >= end or quote[1] <= start:
        return escape(text[start:end]), False
    at, to = max(start, quote[0]), min(end, quote[1])
    name = ' id="quote" tabindex="-1"' if first else ""
    return (
        f'{escape(text[start:at])}<mark class="yj-quoted"{name}>{escape(text[at:to])}'
        f"</mark>{escape(text[to:end])}"
    ), True
