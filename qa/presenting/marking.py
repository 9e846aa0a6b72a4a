"""Which words of a text are the question's: for marking them in the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.language.matching import find
from qa.language.questions import parse
from qa.language.tokens import is_word, tag
from qa.text import HAN, fold
from qa.types import Span

_FULL = 0.999
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_STICKS = re.compile(r"[\w.%]", re.ASCII)


def matched_terms(question: str, text: str) -> tuple[Span, ...]:
    """Return the spans of ``text``, in order and apart, that are words of ``question``.

    Words are compared folded (width, case, traditional or simplified).  A compound that the text
    does not have whole is marked where at least half of its pairs of characters stand together;
    single characters, numbers inside longer ones and words of grammar are never marked.
    """
    folded = fold(text)
    marked = [False] * len(folded)
    for start, end in _spans(question, folded):
        marked[start:end] = [True] * (end - start)
    return tuple(match.span() for match in re.finditer("1+", "".join("01"[on] for on in marked)))


def _spans(question: str, folded: str) -> Iterator[Span]:
    parsed = parse(question)
    words = [term.text for term in parsed.terms]
    words += [name for place in parsed.places for name in (place.base, *place.parents, place.name)]
    words += [*parsed.names, *parsed.quoted, *parsed.relative_years]
    words += [bound for bound, _ in parsed.conditions]
    words += [match[0] for match in _NUMBER.finditer(parsed.stem)]
    for word in dict.fromkeys(words):
        if len(word) < 2 and not word.isdigit():
            continue
        for match in find(word, folded):
            part = folded[match.start : match.end]
            if match.degree < _FULL and not _is_piece(word, part):
                continue
            if not _is_cut(folded, match.start, match.end):
                yield match.start, match.end


def _is_piece(word: str, part: str) -> bool:
    """Tell a pair of characters that is one of the words of a compound from one across two."""
    return is_word(part) and any(part in piece.text for piece in tag(word))


def _is_cut(folded: str, start: int, end: int) -> bool:
    """Tell whether a Latin word or a number would be marked in part only: 60 in 160."""
    if re.match(f"[{HAN}]", folded[start]) and re.match(f"[{HAN}]", folded[end - 1]):
        return False
    before, after = folded[start - 1 : start], folded[end : end + 1]
    joined_before = bool(_STICKS.match(before)) and bool(_STICKS.match(folded[start]))
    joined_after = bool(re.match(r"\w", after, re.ASCII)) and bool(
        re.match(r"\w", folded[end - 1], re.ASCII)
    )
    decimal = bool(re.match(r"\.\d", folded[end : end + 2])) and folded[end - 1].isdigit()
    return joined_before or joined_after or decimal
