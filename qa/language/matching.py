"""Where the words of a question stand in a text, wholly or in part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from qa.language.questions import Term

_PART = 0.5  # share of a word's bigrams below which it is not a match in part


class Match(NamedTuple):
    """One occurrence of a term: its place and how much of the term it is, in (0, 1]."""

    start: int
    end: int
    degree: float


def find(term: str, text: str) -> list[Match]:
    """Find ``term`` in ``text``; where it is not there whole, the stretches of it that are."""
    part, pieces = _present(term, text)
    return [
        Match(start, start + len(piece), part)
        for piece in pieces
        for start in _occurrences(piece, text)
    ]


def degree(term: str, text: str) -> float:
    """Return how much of ``term`` stands in ``text``, in [0, 1]."""
    return _present(term, text)[0]


def _present(term: str, text: str) -> tuple[float, Sequence[str]]:
    """Return how much of a term stands in a text, and the pieces of it that do."""
    if term in text:
        return 1.0, [term]
    if len(term) < 3 or term.isascii():
        return 0.0, []
    pairs = [term[index : index + 2] for index in range(len(term) - 1)]
    present = [pair for pair in pairs if pair in text]
    part = len(present) / len(pairs)
    return (part, present) if part >= _PART else (0.0, [])


def _occurrences(piece: str, text: str) -> Iterator[int]:
    at = text.find(piece)
    while at >= 0:
        yield at
        at = text.find(piece, at + max(1, len(piece)))


def coverage(terms: Iterable[Term], text: str) -> float:
    """Return the weighted share of ``terms`` that stand in ``text``; 1 if there are none."""
    total = found = 0.0
    for term in terms:
        total += term.weight
        found += term.weight * degree(term.text, text)
    return found / total if total else 1.0
