"""Where articles mention a name, and the sentence that tells most about it there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from qa.answering.aliases import others
from qa.text import is_sentence_end, sentences, spelled, trim
from qa.types import Article, Citation, Span

MAX_QUOTE = 300  # characters of a quote; of a longer sentence it is the part around the name
_LOOKED_AT = 20  # mentions in one article of which the best is quoted
_SHORT = 12  # characters of a sentence that tells something; a shorter one is a label
_MARKUP = re.compile(r"[<>{}]|\]\(")  # what files hold that were never cleaned of it


def names_of(topic: str) -> tuple[str, ...]:
    """Return a topic and the names that mean the same: GDP and 生产总值."""
    bare = topic.strip()
    return tuple(dict.fromkeys((bare, *others(bare)))) if bare else ()


def pattern_of(names: Sequence[str]) -> re.Pattern[str] | None:
    """Return what finds one of ``names`` in a text, in whatever script, width and case."""
    return re.compile("|".join(map(spelled, names))) if names else None


def cite(number: int, article: Article, pattern: re.Pattern[str] | None) -> Citation:
    """Quote what ``pattern`` finds in an article; what it begins with where that says nothing."""
    text = article.text
    start, end = (_mention(text, pattern) if pattern else None) or _lead(text)
    return Citation(number, article, text[start:end], start, end)


def is_prose(text: str) -> bool:
    """Tell a sentence that can be quoted by itself from a heading, a label, a cell or markup."""
    return len(text) >= _SHORT and is_sentence_end(text) and not _MARKUP.search(text)


def _mention(text: str, pattern: re.Pattern[str]) -> Span | None:
    """Return the sentence that tells most of what ``pattern`` finds.

    That is a whole sentence rather than a heading or a cell, and one that begins with the name
    rather than one that comes to it at its end.
    """
    found = [
        (is_prose(text[start:end]), start - match.start(), -start, (start, end), match)
        for match in islice(pattern.finditer(text), _LOOKED_AT)
        for start, end in [_sentence(text, match.span())]
    ]
    if not found:
        return None
    *_, (start, end), match = max(found, key=lambda item: item[:3])
    if end - start > MAX_QUOTE:
        start = max(start, match.start() - MAX_QUOTE // 3)
        start, end = trim(text, start, max(match.end(), min(end, start + MAX_QUOTE)))
    return start, end


def _sentence(text: str, span: Span) -> Span:
    """Return the sentence around a span, or those that it runs through."""
    first = text.rfind("\n", 0, span[0]) + 1
    last = text.find("\n", span[1])
    around = [
        (start, end)
        for start, end in sentences(text, first, len(text) if last < 0 else last)
        if start < span[1] and span[0] < end
    ]
    return (around[0][0], around[-1][1]) if around else span


def _lead(text: str) -> Span:
    """Return the first sentence of a text that tells something, or its first line."""
    first: Span | None = None
    for start, end in sentences(text):
        if is_prose(text[start:end]):
            first = start, end
            break
        first = first or (start, end)
    start, end = first or (0, 0)
    return start, min(end, start + MAX_QUOTE)
