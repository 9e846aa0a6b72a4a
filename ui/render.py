"""An answer as HTML."""

from __future__ import annotations

from qa.cleaning import lines
from qa.presenting import Said, marked_span, said, sureness
from qa.text import sentences
from qa.types import Answer, Article, Citation, Hit, Span
from ui.escaping import escape, isolate
from ui.sheet import byline, sheet_key
from ui.words import Words


def answer_html(answer: Answer, words: Words) -> str:
    """Return an answer, or the statement that there is no evidence, as HTML."""
    if answer.status == "answered":
        return _answered(answer, words)
    return _no_evidence(answer, words)


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


def _answered(answer: Answer, words: Words) -> str:
    things = said(answer)
    first = answer.citations[0]
    kind = "yj-exact" if len(things[0].text) < len(first.quote) else "yj-sentence"
    lines = "".join(_said(answer, thing, kind, words, dated=len(things) > 1) for thing in things)
    differ = f'<p class="yj-differ">{escape(words.differ)}</p>' if len(things) > 1 else ""
    quotes = "".join(_quote(answer, cited, words) for cited in answer.citations)
    return f"{differ}{lines}{quotes}{_small_print(answer, words)}"


def _said(answer: Answer, thing: Said, kind: str, words: Words, *, dated: bool) -> str:
    """Return one thing that is said, with its citations; where articles differ, with its date."""
    buttons = "".join(_citation_button(answer, cited, words) for cited in thing.citations)
    published = thing.citations[0].article.published
    day = published.isoformat() if published else words.no_date
    date = f' <span class="yj-day">{escape(day)}</span>' if dated else ""
    return (
        f'<p class="{kind}"><bdi>{escape(thing.text)}</bdi>'
        f'<span class="yj-cites">{buttons}</span>{date}</p>'
    )


def _quote(answer: Answer, citation: Citation, words: Words) -> str:
    origin = byline(citation.article, words, citation.page)
    return (
        f'<figure class="yj-figure"><blockquote class="yj-blockquote">'
        f"{marked(citation.quote, marked_span(answer, citation))}</blockquote>"
        f'<figcaption><span class="yj-number">[{citation.number}]</span> '
        f"{origin}</figcaption>{_excerpt(answer, citation)}</figure>"
    )


def _citation_button(answer: Answer, citation: Citation, words: Words) -> str:
    label = words.cite.format(n=citation.number) + (citation.article.title or citation.article.path)
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


def _excerpt(answer: Answer, citation: Citation) -> str:
    """Return the quote between its neighbours, hidden until the evidence panel shows it."""
    before, after = neighbours(citation.article.text, citation.start, citation.end)
    quote = marked(citation.quote, marked_span(answer, citation))
    return (
        f'<div class="yj-excerpt" data-excerpt="{citation.number}" hidden>'
        f'<span class="yj-near">{escape(before)}</span> <strong>{quote}</strong> '
        f'<span class="yj-near">{escape(after)}</span></div>'
    )


def _no_evidence(answer: Answer, words: Words) -> str:
    parts = [f'<p class="yj-none">{escape(words.no_evidence)}</p>']
    if answer.missing_terms:
        terms = escape(words.separator).join(
            f'<b class="yj-term">{isolate(term)}</b>' for term in answer.missing_terms
        )
        parts.append(f'<p class="yj-missing">{escape(words.missing)}{terms}</p>')
    if answer.related:
        items = "".join(f"<li>{_related(hit, words)}</li>" for hit in answer.related)
        parts.append(f'<h3 class="yj-related-title">{escape(words.related)}</h3>')
        parts.append(f'<ol class="yj-related">{items}</ol>')
    return "".join(parts) + _small_print(answer, words)


def _related(hit: Hit, words: Words) -> str:
    origin = byline(hit.article, words, hit.article.page(hit.passage.start))
    label = words.related_item + (hit.article.title or hit.article.path)
    place = (hit.passage.start, hit.passage.end)
    return (
        f'<button type="button" class="yj-hit" aria-label="{escape(label)}" '
        f"{_target(hit.article, place, None)}>"
        f'<span class="yj-hit-text">{escape(" ".join(hit.text.split()))}</span>'
        f'<span class="yj-hit-source">{origin}</span></button>'
    )


def _small_print(answer: Answer, words: Words) -> str:
    parts = [words.seconds.format(n=f"{answer.seconds:.2f}")]
    if answer.status == "answered":
        said = {"high": words.confident, "fair": words.fairly, "low": words.unsure}
        parts.insert(0, said[sureness(answer.confidence)])
    return f'<p class="yj-small">{escape(" · ".join(parts))}</p>'
