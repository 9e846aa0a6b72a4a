"""A reader's span brought into the form that the question asks for."""

from __future__ import annotations

import re

from qa.numbers import figures
from qa.questions import Question
from qa.spans import candidates
from qa.text import fold, sentences, trim
from qa.types import Span

MAX_SENTENCES = 3  # of a longer answer
_EXACT = frozenset({"number", "date", "person", "place"})
_NUMERAL = re.compile(
    "[0-9]|第[一二三四五六七八九十]|[零一二三四五六七八九十百千万亿两]{2}|[几数][十百千万个家名位]"
)
_ENUMERATED = re.compile(
    r"^(?:[二三四五六]是|其[二三四五]|第[二三四五][,是]|[(（]?[二三四五2-5][)）、.]|另外|此外|同时|还有|再次|最后|其次)"
)


def fit(question: Question, text: str, span: Span) -> Span | None:
    """Return the part of ``text`` that says exactly what is asked for, near a reader's span.

    A figure, date, person or place is cut out of a longer span; a list is given whole.  None where
    a figure is asked for and the span holds none.
    """
    start, end = _within_line(text, span, figure=question.kind == "number")
    if question.kind in _EXACT or question.kind == "list":
        found = [
            (item.fit, min(end, stop) - max(start, begin), begin, stop)
            for first, last in _sentences_at(text, start, end)
            for item in candidates(question, fold(text[first:last]))
            for begin, stop in [(first + item.start, first + item.end)]
            if begin < end and start < stop
        ]
        if found:
            _, _, begin, stop = max(found, key=lambda item: (item[0], item[1], -item[2]))
            return begin, stop
    if question.kind == "number" and not _has_figure(text[start:end]):
        return None
    return start, end


def _has_figure(text: str) -> bool:
    folded = fold(text)
    return bool(_NUMERAL.search(folded) or figures(folded))


def _within_line(text: str, span: Span, *, figure: bool) -> Span:
    """Return the longest part of a span that stands in one line: an answer is of one paragraph.

    Where a figure is asked for, a part that has one goes before those that have none.
    """
    parts = []
    at = span[0]
    for line in text[span[0] : span[1]].split("\n"):
        parts.append(trim(text, at, at + len(line)))
        at += len(line) + 1
    return max(
        parts,
        key=lambda part: (figure and _has_figure(text[slice(*part)]), part[1] - part[0]),
    )


def _sentences_at(text: str, start: int, end: int) -> list[Span]:
    """Return the sentences of a line that ``text[start:end]`` touches."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    around = sentences(text, first, len(text) if last < 0 else last)
    return [(a, b) for a, b in around if a < end and start < b]


def quoted_sentences(text: str, passage: Span, span: Span, *, whole: bool) -> Span:
    """Return the sentences of ``passage`` that a quote of ``span`` has to show.

    With ``whole``, an enumeration that goes on (“二是…”) is followed, up to ``MAX_SENTENCES``.
    """
    around = list(sentences(text, *passage))
    touched = [number for number, (a, b) in enumerate(around) if a < span[1] and span[0] < b]
    if not touched:
        return span
    first, last = touched[0], touched[-1]
    while whole and last + 1 < len(around) and last - first + 1 < MAX_SENTENCES:
        start, end = around[last + 1]
        if "\n" in text[around[last][1] : start] or not _ENUMERATED.match(fold(text[start:end])):
            break
        last += 1
    return around[first][0], around[last][1]
