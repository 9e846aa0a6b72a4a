"""Where the words of a question stand in a text, wholly or in part."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from qa.questions import Term

_PART = 0.5  # share of a word's bigrams below which it is not a match in part


class Match(NamedTuple):
    """One occurrence of a term: its place and how much of the term it is, in (0, 1]."""

    start: int
    end: int
    degree: float


def find(term: str, text: str) -> list[Match]:
    """Find ``term`` in ``text``; where it is not there whole, the stretches of it that are."""
    whole = [Match(match.start(), match.end(), 1.0) for match in re.finditer(re.escape(term), text)]
    if whole or len(term) < 3 or term.isascii():
        return whole
    pairs = [term[index : index + 2] for index in range(len(term) - 1)]
    present = [pair for pair in pairs if pair in text]
    degree = len(present) / len(pairs)
    if degree < _PART:
        return []
    return [
        Match(match.start(), match.end(), degree)
        for pair in present
        for match in re.finditer(re.escape(pair), text)
    ]


def degree(term: str, text: str) -> float:
    """Return how much of ``term`` stands in ``text``, in [0, 1]."""
    return max((match.degree for match in find(term, text)), default=0.0)


def coverage(terms: Iterable[Term], text: str) -> float:
    """Return the weighted share of ``terms`` that stand in ``text``; 1 if there are none."""
    total = found = 0.0
    for term in terms:
        total += term.weight
        found += term.weight * degree(term.text, text)
    return found / total if total else 1.0
