"""What reading a passage came to: a span of an article, held against the question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qa.answering.answer_form import fit
from qa.answering.evidence import Verdict, judge
from qa.language.questions import Question
from qa.reading.reading import Reading
from qa.types import Hit, Span

DECIDING = 0.8  # log odds of the reader that the rules' choice of a span is worth
_LEAST = 1e-6  # probabilities are kept away from 0 and 1 by that


class Weights(NamedTuple):
    """Of what a candidate's confidence is made: log odds."""

    bias: float
    reader: float  # of the log odds that the reader gives its span
    coverage: float  # of the share of the question's words that the evidence has
    rank: float  # of the binary logarithm of the passage's rank, the first being 1
    agreement: float  # if rules, which read by other means, point at the span too


# Fitted by qa.training.calibrate.
WEIGHTS = Weights(bias=-2.433, reader=1.343, coverage=3.148, rank=-1.218, agreement=2.076)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of a hit's article, ``start`` and ``end`` in the article, and how far it holds.

    ``score`` is the reader's, ``rank`` the passage's (0 for the first), ``agreed`` tells whether
    rules point there too, and ``confidence`` is the probability that all of this makes it right.
    ``fits`` tells whether it has the form that is asked for.
    """

    hit: Hit
    start: int
    end: int
    verdict: Verdict
    score: float
    rank: int
    agreed: bool
    confidence: float
    fits: bool

    @property
    def text(self) -> str:
        """What the article says there."""
        return self.hit.article.text[self.start : self.end]

    @property
    def span(self) -> Span:
        """Where it stands in the article."""
        return self.start, self.end

    @property
    def holds(self) -> bool:
        """Tell whether nothing speaks against it."""
        return self.fits and not self.verdict.conflict


def lead(hit: Hit) -> str:
    """Return what a reader is shown before a passage: the title tells what it is about."""
    title = hit.article.title.strip()
    return "" if not title or title in hit.text else f"{title}\n"


def weigh(
    question: Question, hit: Hit, readings: Sequence[Reading], sensed: Reading, rank: int
) -> Candidate:
    """Hold the readings of :func:`lead` and passage against the question.

    The best of them against which nothing speaks is the candidate, or the best of all if there is
    none.  ``sensed`` is what rules read in the passage alone: where the reader is almost as sure
    of one span as of another, they decide.
    """
    fitted = [_fit(question, hit, reading, sensed) for reading in readings]
    fitted.sort(key=lambda item: -log_odds(item.score) - DECIDING * item.agreed)
    found = []
    for item in fitted:  # judging takes long beside the rest: the first that holds will do
        found.append(_judge(question, hit, item, rank))
        if found[-1].holds:
            return found[-1]
    return found[0]


class _Fitted(NamedTuple):
    """A reading's span in the article, trimmed to the form that is asked for if it has that."""

    span: Span
    score: float
    agreed: bool
    fits: bool


def _fit(question: Question, hit: Hit, reading: Reading, sensed: Reading) -> _Fitted:
    passage = (hit.passage.start, hit.passage.end)
    shift = passage[0] - len(lead(hit))
    start, end = max(passage[0], reading.start + shift), reading.end + shift
    fitted = fit(question, hit.article.text, passage, (start, end)) if start < end else None
    start, end = fitted or passage
    agreed = (
        sensed.answerable and sensed.start + passage[0] < end and start < sensed.end + passage[0]
    )
    return _Fitted((start, end), reading.score, agreed, fitted is not None)


def _judge(question: Question, hit: Hit, fitted: _Fitted, rank: int) -> Candidate:
    passage = (hit.passage.start, hit.passage.end)
    verdict = judge(question, hit.article, passage, fitted.span)
    values = features(fitted.score, verdict.coverage, rank, agreed=fitted.agreed)
    return Candidate(
        hit=hit,
        start=fitted.span[0],
        end=fitted.span[1],
        verdict=verdict,
        score=fitted.score,
        rank=rank,
        agreed=fitted.agreed,
        confidence=_confidence(values),
        fits=fitted.fits,
    )


def features(score: float, coverage: float, rank: int, *, agreed: bool) -> tuple[float, ...]:
    """Return what ``WEIGHTS`` after the bias are multiplied with."""
    return log_odds(score), coverage, math.log2(1 + rank), float(agreed)


def log_odds(probability: float) -> float:
    """Return the logarithm of the odds, finite for 0 and 1 too."""
    likely = min(1 - _LEAST, max(_LEAST, probability))
    return math.log(likely / (1 - likely))


def _confidence(values: Sequence[float]) -> float:
    bias, *weights = WEIGHTS
    odds = bias + sum(weight * value for weight, value in zip(weights, values, strict=True))
    return round(1 / (1 + math.exp(-odds)), 4)
