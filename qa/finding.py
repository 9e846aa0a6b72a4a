"""What reading a passage came to: a span of an article, held against the question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qa.evidence import Verdict, judge
from qa.fitting import fit
from qa.questions import Question
from qa.reading import Reading
from qa.types import Hit, Span

_LEAST = 1e-6  # probabilities are kept away from 0 and 1 by that


class Weights(NamedTuple):
    """Of what a finding's confidence is made: log odds."""

    bias: float
    reader: float  # of the log odds that the reader gives its span
    coverage: float  # of the share of the question's words that the evidence has
    nearness: float  # of the passage's rank, from 1 for the first to 0 for the last


# Set by hand: there is no built-in reader yet to fit them to.
WEIGHTS = Weights(bias=-2.0, reader=0.8, coverage=2.0, nearness=0.5)


@dataclass(frozen=True, slots=True)
class Finding:
    """A span of a hit's article, ``start`` and ``end`` in the article, and how far it holds.

    ``score`` is the reader's, ``confidence`` the probability that all of it makes it right;
    ``fits`` tells whether it has the form that is asked for.
    """

    hit: Hit
    start: int
    end: int
    verdict: Verdict
    score: float
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


def weigh(question: Question, hit: Hit, readings: Sequence[Reading], nearness: float) -> Finding:
    """Hold the readings of :func:`lead` and passage against the question.

    The first of them, which are ordered by score, against which nothing speaks is the finding; the
    first of all if there is none.
    """
    found = []
    for reading in readings:
        found.append(_weigh(question, hit, reading, nearness))
        if found[-1].holds:
            return found[-1]
    return found[0]


def _weigh(question: Question, hit: Hit, reading: Reading, nearness: float) -> Finding:
    passage = (hit.passage.start, hit.passage.end)
    shift = passage[0] - len(lead(hit))
    start, end = max(passage[0], reading.start + shift), reading.end + shift
    fitted = fit(question, hit.article.text, passage, (start, end)) if start < end else None
    start, end = fitted or passage
    verdict = judge(question, hit.article, passage, (start, end))
    return Finding(
        hit=hit,
        start=start,
        end=end,
        verdict=verdict,
        score=reading.score,
        confidence=_confidence(reading.score, verdict.coverage, nearness),
        fits=fitted is not None,
    )


def log_odds(probability: float) -> float:
    """Return the logarithm of the odds, finite for 0 and 1 too."""
    likely = min(1 - _LEAST, max(_LEAST, probability))
    return math.log(likely / (1 - likely))


def _confidence(score: float, coverage: float, nearness: float) -> float:
    odds = (
        WEIGHTS.bias
        + WEIGHTS.reader * log_odds(score)
        + WEIGHTS.coverage * coverage
        + WEIGHTS.nearness * nearness
    )
    return round(1 / (1 + math.exp(-odds)), 4)
