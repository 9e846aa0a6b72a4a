"""An answer as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from urllib.parse import urlencode

from qa.articles.cleaning import lines
from qa.presenting import tables
from qa.presenting.citing import as_gbt7714, as_link, as_text, picture_link
from qa.presenting.comparing import Row, compare
from qa.presenting.marking import matched_terms
from qa.presenting.presenting import Said, marked_span, said, sureness
from qa.representation import as_json
from qa.text import fold, sentences
from qa.types import SURVEYED, Answer, Article, Citation, Span, Table
from ui.escaping import escape, isolate
from ui.page.chat.filters import within_html
from ui.page.evidence import byline, sheet_key
from ui.texts.languages import Messages

_QUOTED = 6  # quotes that are open below an answer


def answer_html(answer: Answer, messages: Messages) -> str:
    """Return an answer, or the statement that there is no evidence, as HTML."""
    understood = understood_html(answer, messages) + within_html(answer.filters, messages)
    if answer.status == "answered":
        return understood + _answered(answer, messages)
    return understood + _no_evidence(answer, messages)


def marked(text: str, span: Span | None) -> str:
    """Return ``text`` escaped, with ``span`` marked."""
    if span is None:
        return escape(text)
    start, end = span
    return f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"


def neighbours(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the sentences of the article's body right before and after ``text[start:end]``."""
    before = after = ""
    for line in lines(text):
        if not line.body:
            continue
        for first, last in sentences(text, line.start, line.end):
            if last <= start:
                before = text[first:last]
            elif first >= end:
                return before, text[first:last]
    return before, after


def _answered(answer: Answer, messages: Messages) -> str:
    things = said(answer)
    first = answer.citations[0]
    kind = "yj-exact" if len(things[0].text) < len(first.quote) else "yj-sentence"
    rows = compare(answer)
    if answer.table is not None:
        lines = _tabled(answer, answer.table, messages)
    elif rows:
        lines = _compared(answer, rows, messages)
    else:
        lines = "".join(_said(answer, thing, kind, messages) for thing in things)
    quotes = [quote_html(answer, cited, messages) for cited in answer.citations]
    shown, others = "".join(quotes[:_QUOTED]), "".join(quotes[_QUOTED:])
    if others:  # those of a long table: each of its values leads to its own
        more = escape(messages.more_quotes.format(n=len(quotes) - _QUOTED))
        shown += f'<details class="yj-quotes"><summary>{more}</summary>{others}</details>'
    return f"{lines}{shown}{small_print(answer, messages)}"


def _said(answer: Answer, thing: Said, kind: str, messages: Messages) -> str:
    """Return one thing that is said, with its citations."""
    buttons = "".join(citation_button(answer, cited, messages) for cited in thing.citations)
    return (
        f'<p class="{kind}"><bdi>{escape(thing.text)}</bdi>'
        f'<span class="yj-cites">{buttons}</span></p>'
    )


def _compared(answer: Answer, rows: Sequence[Row], messages: Messages) -> str:
    """Return what several articles say differently, as a table with their dates."""
    cited = {citation.number: citation for citation in answer.citations}
    titles = "".join(
        f'<th scope="col">{escape(name)}</th>'
        for name in (messages.published, messages.says, messages.source)
    )
    body = "".join(
        f'<tr><td class="yj-day">{escape(row.published.isoformat() if row.published else "—")}</td>'
        f'<th scope="row"><bdi>{escape(row.says)}</bdi>'
        f"{citation_button(answer, cited[row.number], messages)}</th>"
        f"<td>{isolate(row.source or row.title)}</td></tr>"
        for row in rows
    )
    return (
        f'<table class="yj-compare"><caption>{escape(messages.differ)}</caption>'
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
    )


def _tabled(answer: Answer, table: Table, messages: Messages) -> str:
    """Return what answers several parts of a question, a row a part, and what was computed."""
    words = messages.table
    titles = "".join(f'<th scope="col">{isolate(head)}</th>' for head in tables.heads(table, words))
    body = "".join(
        f'<tr><td>{isolate(line.part)}</td><th scope="row"><bdi>{escape(line.value)}</bdi>'
        f"{citation_button(answer, line.citation, messages)}</th></tr>"
        if line.citation
        else f'<tr><td>{isolate(line.part)}</td><td class="yj-day">{escape(line.value)}</td></tr>'
        for line in tables.lines(answer, words)
    )
    computed = tables.computed(table, words)
    result = f'<p class="yj-sentence">{isolate(computed)}</p>' if computed else ""
    return (
        f'<table class="yj-compare"><caption>{escape(tables.counted(table, words))}</caption>'
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>{result}"
    )


def understood_html(answer: Answer, messages: Messages) -> str:
    """Return how a follow-up was understood, to be corrected; nothing where it is its own."""
    if fold(answer.reading) == fold(answer.question):
        return ""
    return (
        '<form class="yj-understood" autocomplete="off"><label>'
        f'<span>{escape(messages.understood)}</span><input type="text" maxlength="2000" '
        f'value="{escape(answer.reading)}"></label>'
        f'<button type="submit">{escape(messages.ask_so)}</button></form>'
    )


def quote_html(answer: Answer, citation: Citation, messages: Messages) -> str:
    """Return a quote with where it is from; one that is all that is said opens the article."""
    surveyed = answer.kind in SURVEYED
    mark = marked_span(answer, citation) if not surveyed else None
    number = (
        f'<span class="yj-number">[{citation.number}]</span>'
        if not surveyed
        else citation_button(answer, citation, messages)
    )
    origin = byline(citation.article, messages, (citation.start, citation.end))
    return (
        f'<figure class="yj-figure"><blockquote class="yj-blockquote">'
        f"{marked(citation.quote, mark)}</blockquote>"
        f"<figcaption>{number} "
        f"{origin}{_copies(citation, messages)}</figcaption>{_excerpt(answer, citation, messages)}"
        "</figure>"
    )


def _copies(citation: Citation, messages: Messages) -> str:
    """Return what copies a citation: in words, as a reference, as a link."""
    forms = (
        (messages.as_text, "copy", as_text(citation)),
        (messages.as_reference, "copy", as_gbt7714(citation, date.today())),  # noqa: DTZ011 - a day of use is the reader's
        (messages.as_link, "copy-link", as_link(citation)),
    )
    buttons = "".join(
        f'<button type="button" data-{kind}="{escape(text)}">{escape(name)}</button>'
        for name, kind, text in forms
    )
    return (
        f'<details class="yj-copy"><summary>{escape(messages.copy)}</summary>'
        f'<span data-copied="{escape(messages.copied)}">{buttons}</span></details>'
    )


def citation_button(answer: Answer, citation: Citation, messages: Messages) -> str:
    """Return the button that opens the article at the quote."""
    label = messages.cite.format(n=citation.number) + (
        citation.article.title or citation.article.path
    )
    place = (citation.start, citation.end)
    return (
        f'<button type="button" class="yj-cite" aria-label="{escape(label)}" '
        f"{_target(citation.article, place, marked_span(answer, citation))} "
        f'data-number="{citation.number}">[{citation.number}]</button>'
    )


def _target(article: Article, place: Span, inner: Span | None) -> str:
    """Return the attributes that tell the page which sheet to open and what to mark in it."""
    start, end = place
    marks = f' data-mark="{start + inner[0]},{start + inner[1]}"' if inner else ""
    return f'data-open="{escape(sheet_key(article))}" data-quote="{start},{end}"{marks}'


def _excerpt(answer: Answer, citation: Citation, messages: Messages) -> str:
    """Return the quote between its neighbours, hidden until the evidence panel shows it.

    The question's own words are underlined: they tell why it is this passage.
    """
    before, after = neighbours(citation.article.text, citation.start, citation.end)

    def why(text: str, span: Span | None = None) -> str:
        return _underlined(text, matched_terms(answer.reading, text), span)

    shown = [why(before), why(citation.quote, marked_span(answer, citation)), why(after)]
    hint = (
        f'<p class="yj-why">{escape(messages.why)}</p>'
        if any("<u>" in part for part in shown)
        else ""
    )
    return (
        f'<div class="yj-excerpt" data-excerpt="{citation.number}" hidden>'
        f'<span class="yj-near">{shown[0]}</span> <strong>{shown[1]}</strong> '
        f'<span class="yj-near">{shown[2]}</span>{hint}{_picture(citation, messages)}</div>'
    )


def _picture(citation: Citation, messages: Messages) -> str:
    """Return the page that a quote was read from as a picture, for its figures to be checked."""
    if not citation.recognized or citation.page is None:
        return ""
    link = escape(picture_link(citation.article, citation.page))
    return (
        f'<a class="yj-picture" href="{link}" target="_blank" rel="noopener">'
        f'<img src="{link}" alt="{escape(messages.original_picture)}" loading="lazy"></a>'
    )


def _underlined(text: str, terms: Sequence[Span], mark: Span | None) -> str:
    """Return ``text`` escaped, ``terms`` underlined and ``mark`` marked, overlapping or not."""
    cuts = sorted(
        {0, len(text), *(edge for span in (*terms, *filter(None, [mark])) for edge in span)}
    )
    shown = []
    for start, end in pairwise(cuts):
        piece = escape(text[start:end])
        if any(first <= start and end <= last for first, last in terms):
            piece = f"<u>{piece}</u>"
        if mark is not None and mark[0] <= start and end <= mark[1]:
            piece = f"<mark>{piece}</mark>"
        shown.append(piece)
    return "".join(shown)


def _no_evidence(answer: Answer, messages: Messages) -> str:
    parts = [f'<p class="yj-none">{escape(messages.no_evidence)}</p>']
    if answer.table is not None:
        parts.append(_tabled(answer, answer.table, messages))
    if answer.nearest is not None:
        place = (answer.nearest.start, answer.nearest.end)
        shown = _passage(answer.nearest.article, place, messages)
        parts.append(f'<h3 class="yj-related-title">{escape(messages.nearest)}</h3>{shown}')
    if answer.missing_terms:
        terms = escape(messages.separator).join(
            f'<b class="yj-term">{isolate(term)}</b>' for term in answer.missing_terms
        )
        parts.append(f'<p class="yj-missing">{escape(messages.missing)}{terms}</p>')
    # The page's script fetches what could be asked instead: that takes longer than the answer.
    parts.append(
        f'<div class="yj-suggest" data-suggest="{escape(_suggesting(answer))}" '
        f'data-title="{escape(messages.instead)}"></div>'
    )
    if answer.related:
        items = "".join(
            f"<li>{_passage(hit.article, (hit.passage.start, hit.passage.end), messages)}</li>"
            for hit in answer.related
        )
        parts.append(f'<h3 class="yj-related-title">{escape(messages.related)}</h3>')
        parts.append(f'<ol class="yj-related">{items}</ol>')
    return "".join(parts) + small_print(answer, messages)


def _suggesting(answer: Answer) -> str:
    """Return the query that asks what could be asked instead, within the same filters."""
    filters = {name: str(value) for name, value in as_json(answer.filters).items() if value}
    asked = {"question": answer.reading}
    if answer.question != answer.reading:
        asked["typed"] = answer.question
    return urlencode(asked | filters, errors="replace")


def _passage(article: Article, place: Span, messages: Messages) -> str:
    """Return a button that shows a part of an article and opens it there."""
    origin = byline(article, messages, place)
    label = messages.related_item + (article.title or article.path)
    return (
        f'<button type="button" class="yj-hit" aria-label="{escape(label)}" '
        f"{_target(article, place, None)}>"
        f'<span class="yj-hit-text">{escape(" ".join(article.text[slice(*place)].split()))}</span>'
        f'<span class="yj-hit-source">{origin}</span></button>'
    )


def small_print(answer: Answer, messages: Messages) -> str:
    """Return how sure an answer is, where that is a question, and how long it took."""
    parts = [messages.seconds.format(n=f"{answer.seconds:.2f}")]
    if answer.status == "answered" and answer.kind not in SURVEYED:
        said = {"high": messages.confident, "fair": messages.fairly, "low": messages.unsure}
        parts.insert(0, said[sureness(answer.confidence)])
    return f'<p class="yj-small">{escape(" · ".join(parts))}</p>'
