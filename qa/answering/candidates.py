"""What reading a passage came to: a span of an article, and how likely it answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from qa.answering.place_scope import missing_places
from qa.answering.quotes import within_line
from qa.answering.rows import grid_at
from qa.answering.span_context import SpanContext
from qa.language.questions import Question
from qa.reading.reading import Reading
from qa.text import fold
from qa.types import Hit, Span

_ROWS = 200  # of a table that are looked at, before a span and after
_LEAST = 1e-6  # probabilities are kept away from 0 and 1 by that


class Weights(NamedTuple):
    """Of what a candidate's confidence is made: log odds."""

    bias: float
    reader: float  # of the log odds that the reader gives its span
    rank: float  # of the binary logarithm of the passage's rank, the first being 1
    rival: float  # of the reader's highest log odds for a span that says something else


# Fitted by qa.training.calibrate.
WEIGHTS = Weights(bias=0.345, reader=1.193, rank=-0.77, rival=-0.288)
# Log odds of a rival where there is none or a weaker one, as of one development question in ten.
UNRIVALLED = -4.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of a hit's article, ``start`` and ``end`` in the article, and how far it holds.

    ``score`` is the reader's, ``rank`` the passage's (0 for the first), and ``confidence`` is the
    probability that all of this makes it right, which :func:`compare` finds out.  ``fits`` tells
    whether it is a span at all, in a table in the row that is named, and speaks of the places that
    are named;
    ``lacking`` are the stretches of the question that the passage does not bear out, ``elsewhere``
    the places that are named, folded, of which the span does not speak.
    """

    hit: Hit
    start: int
    end: int
    score: float
    rank: int
    confidence: float
    fits: bool
    lacking: tuple[Span, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What the article says there."""
        return self.hit.article.text[self.start : self.end]

    @property
    def span(self) -> Span:
        """Where it stands in the article."""
        return self.start, self.end


def lead(hit: Hit) -> str:
    """Return what a reader is shown before a passage: the title tells what it is about."""
    title = hit.article.title.strip()
    return "" if not title or title in hit.text else f"{title}\n"


def weigh(question: Question, hit: Hit, readings: Sequence[Reading], rank: int) -> Candidate:
    """Return the best reading of :func:`lead` and passage that fits the question.

    If none does, the best of all is returned.
    """
    found = [_candidate(question, hit, reading, rank) for reading in readings]
    return next((candidate for candidate in found if candidate.fits), found[0])


def _candidate(question: Question, hit: Hit, reading: Reading, rank: int) -> Candidate:
    passage = (hit.passage.start, hit.passage.end)
    shift = passage[0] - len(lead(hit))
    start, end = max(passage[0], reading.start + shift), reading.end + shift
    figure = question.kind == "number"
    span = within_line(hit.article.text, (start, end), figure=figure) if start < end else None
    context = SpanContext(hit.article, *(span or passage))
    elsewhere = missing_places(question, context, is_read=True)
    fits = span is not None and not elsewhere and _is_in_its_row(question, hit, span)
    start, end = span or passage
    return Candidate(
        hit=hit,
        start=start,
        end=end,
        score=reading.score,
        rank=rank,
        confidence=0.0,
        fits=fits,
        lacking=reading.lacking,
        elsewhere=tuple(elsewhere),
    )


def _is_in_its_row(question: Question, hit: Hit, span: Span) -> bool:
    """Tell whether a span is no cell of a row beside those that the question names."""
    grid = grid_at(hit.article, span[0], _ROWS)
    return grid is None or grid.speaks_of(span[0], question.text)


def compare(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates of a question with their confidence."""
    return [
        replace(candidate, confidence=_confidence(values))
        for candidate, values in zip(candidates, features(candidates), strict=True)
    ]


def features(candidates: Sequence[Candidate]) -> list[tuple[float, ...]]:
    """Return for each candidate of a question what ``WEIGHTS`` after the bias multiply."""
    said = [(fold(candidate.text), log_odds(candidate.score)) for candidate in candidates]
    return [
        (
            odds,
            math.log2(1 + candidate.rank),
            max([UNRIVALLED, *(other for words, other in said if words != text)]),
        )
        for candidate, (text, odds) in zip(candidates, said, strict=True)
    ]


def log_odds(probability: float) -> float:
    """Return the logarithm of the odds, finite for 0 and 1 too."""
    likely = min(1 - _LEAST, max(_LEAST, probability))
    return math.log(likely / (1 - likely))


def _confidence(values: Sequence[float]) -> float:
    bias, *weights = WEIGHTS
    odds = bias + sum(weight * value for weight, value in zip(weights, values, strict=True))
    return round(1 / (1 + math.exp(-odds)), 4)
