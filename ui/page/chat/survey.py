"""Answers about the articles themselves as HTML: listings and overviews; and greetings."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from qa.presenting.citing import as_link
from qa.representation import as_json
from qa.surveying.mentions import pattern_of
from qa.types import SURVEYED, Answer, Citation
from ui.escaping import escape, isolate
from ui.page.chat.filters import within_html
from ui.page.chat.render import answer_html, citation_button, marked, quote_html, small_print
from ui.page.evidence import byline
from ui.texts.languages import Messages

LISTED = 200  # articles of a listing on the page; the sheet has all
_PAGE = 20  # of these at a time


def survey_html(answer: Answer, messages: Messages) -> str:
    """Return an answer of any kind as HTML; one that is about no article itself as it is."""
    if answer.kind in messages.talk:
        return _talk(answer, messages)
    if answer.kind not in SURVEYED:
        return answer_html(answer, messages)
    if answer.status == "no_evidence":
        return _listing(answer, messages) + answer_html(answer, messages)
    within = answer.listing.within if answer.listing else answer.filters
    return within_html(within, messages) + _quotes(answer, messages) + small_print(answer, messages)


def _talk(answer: Answer, messages: Messages) -> str:
    """Return what is said to who greets, thanks or asks for help, with questions to ask."""
    offered = "".join(
        f'<li><button type="button" class="yj-example" lang="zh-CN" '
        f'data-question="{escape(question)}">{isolate(question)}</button></li>'
        for question in answer.suggestions
    )
    asking = f"<h3>{escape(messages.examples)}</h3><ul>{offered}</ul>" if offered else ""
    return f'<p class="yj-talk">{escape(messages.talk[answer.kind])}</p>{asking}'


def _quotes(answer: Answer, messages: Messages) -> str:
    """Return quotes that say what articles say in the main, or of a name, and which these are."""
    listing = answer.listing
    if answer.kind == "articles":
        return _listing(answer, messages)
    quotes = "".join(quote_html(answer, cited, messages) for cited in answer.citations)
    if answer.kind == "entity":
        return quotes + _listing(answer, messages)
    articles = messages.looked_over.format(n=listing.total) if listing else ""
    return f'{quotes}<p class="yj-small">{escape(articles)}</p>'


def _listing(answer: Answer, messages: Messages) -> str:
    """Return the articles of a listing, some at a time, and where all of them can be had."""
    listing = answer.listing
    if listing is None:
        return ""
    names = messages.separator.join(listing.terms)
    said = messages.listed if names else messages.all_listed
    told = said.format(n=listing.total, searched=listing.searched, names=names)
    pattern = pattern_of(listing.terms)
    rows = [_entry(answer, entry, pattern, messages) for entry in listing.entries[:LISTED]]
    shown = ""
    for start in reversed(range(0, len(rows), _PAGE)):
        page = "".join(rows[start : start + _PAGE])
        more = messages.more_articles.format(n=min(_PAGE, len(rows) - start - _PAGE))
        rest = f"<details><summary>{escape(more)}</summary>{shown}</details>" if shown else ""
        shown = f'<ol class="yj-listing" start="{start + 1}">{page}</ol>{rest}'
    asked = {name: str(value) for name, value in as_json(listing.within).items() if value}
    query = urlencode(
        [*asked.items(), ("compute", listing.compute), *(("term", term) for term in listing.terms)],
        errors="replace",
    )
    sheet = (
        f'<p class="yj-small"><a href="conversation/listing.csv?{escape(query)}" download>'
        f"{escape(messages.sheet)}</a></p>"
    )
    return f'<p class="yj-listed">{isolate(told)}</p>{shown}{sheet if rows else ""}'


def _entry(
    answer: Answer, entry: Citation, pattern: re.Pattern[str] | None, messages: Messages
) -> str:
    """Return an article of a listing with its quote; the first ones open beside the chat."""
    found = pattern.search(entry.quote) if pattern else None
    if answer.kind == "articles" and entry in answer.citations:
        opens = citation_button(answer, entry, messages)
    else:
        opens = (
            f'<a class="yj-cite" href="{escape(as_link(entry))}" target="_blank" rel="noopener">'
            f"[{entry.number}]</a>"
        )
    return (
        f"<li>{byline(entry.article, messages, (entry.start, entry.end))} {opens}"
        f"<blockquote>{marked(entry.quote, found.span() if found else None)}</blockquote></li>"
    )
