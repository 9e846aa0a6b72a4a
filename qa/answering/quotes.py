"""A reader's span in one line, and the sentences that a quote of it shows."""

from __future__ import annotations

import re

from qa.language.numbers import figures
from qa.text import fold, sentences, trim
from qa.types import Span

MAX_SENTENCES = 3  # of a longer answer
_NUMERAL = re.compile(
    "[0-9]|第[一二三四五六七八九十]|[零一二三四五六七八九十百千万亿两]{2}|[几数][十百千万个家名位]"
)
_ENUMERATED = re.compile(
    r"^(?:[二三四五六]是|其[二三四五]|第[二三四五][,是]|[(（]?[二三四五2-5][)）、.]|另外|此外|同时|还有|再次|最后|其次)"
)


def has_figure(text: str) -> bool:
    """Tell whether a text has a figure in it, in whatever form it is written."""
    folded = fold(text)
    return bool(_NUMERAL.search(folded) or figures(folded))


def within_line(text: str, span: Span, *, figure: bool) -> Span:
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
        key=lambda part: (figure and has_figure(text[slice(*part)]), part[1] - part[0]),
    )


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
