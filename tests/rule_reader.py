"""A reader without a trained model: the evidence of words, and the form of the answer."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from qa.language.matching import coverage, degree, find
from qa.language.questions import Question, parse
from qa.reading.reading import Reading
from qa.text import fold, is_sentence_end, sentences
from qa.types import Span
from tests.rule_spans import Stretch, stretches

_REACH = 15.0  # characters over which a question word's pull on a stretch falls to 1/e
_CLAUSE = 8.0  # characters that a comma between them counts for
_CONTEXT = 0.4  # what a word counts that stands in the sentences before, not in the sentence
_HEADING = 0.75
_NAMED = 0.6  # of a name, from where on it counts as there
# Shares of the score; chosen on CMRC2018 trial and DRCD dev (tests/benchmarks/answering.py).
_COVERAGE, _NEARNESS, _FIT = 0.55, 0.25, 0.20
_FACTUAL = frozenset({"number", "date", "person"})
_MEANS = "通过|以(?![上下内外来及后前为便])|采取|实施|推进"
_REASONS = "因为|由于|为了|原因|旨在|以便"
_CUES = {"为什么": _REASONS, "为何": _REASONS, "如何": _MEANS, "怎": _MEANS}


class RuleReader:
    """Ranks the sentences of a passage and picks the likeliest span in the best one."""

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Return one reading for each passage, in the passages' order.

        Scores are in [0, 1].  A question for a figure, date or person is not answerable from a
        passage that has none; other answers are a whole sentence where no span fits.  No passage
        answers for a name, or for a year, that it does not have.
        """
        parsed = parse(question)
        return [self._read(parsed, passage) for passage in passages]

    def alternatives(self, question: str, passages: Sequence[str]) -> list[list[Reading]]:
        """Return the one reading of each passage."""
        return [[reading] for reading in self.read(question, passages)]

    def _read(self, question: Question, passage: str) -> Reading:
        folded = fold(passage)
        best: tuple[float, Span, bool] = (-1.0, (0, len(passage)), False)
        for start, end in sentences(passage):
            score, span, fits = self._read_sentence(question, folded[:start], folded[start:end])
            if not is_sentence_end(passage[start:end]):
                score *= _HEADING  # a heading announces, it does not say
            if (fits, score) > (best[2], best[0]):
                best = (score, (start + span[0], start + span[1]), fits)
        score, (start, end), fits = best
        if any(degree(name, folded) < _NAMED for name in (*question.names, *question.years)):
            score, fits = 0.0, False
        lacking = _lacking(question, folded)
        return Reading(
            passage[start:end], start, end, max(0.0, score), fits and start < end, lacking
        )

    def _read_sentence(
        self, question: Question, before: str, sentence: str
    ) -> tuple[float, Span, bool]:
        """Return score, span, and whether the span has the form that is asked for."""
        covered = _covered(question, before, sentence)
        rated = [
            (_NEARNESS * _nearness(question, sentence, found) + _FIT * found.fit, found)
            for found in stretches(question, sentence)
        ]
        if rated:
            bonus, found = max(rated, key=lambda pair: (pair[0], -pair[1].start))
            return _COVERAGE * covered + bonus, (found.start, found.end), True
        bonus = _NEARNESS * covered + _FIT * _cue(question, sentence)
        fits = question.kind not in _FACTUAL
        penalty = _FIT if question.kind in {"place", "entity", "list"} else 0.0
        return _COVERAGE * covered + bonus - penalty, (0, len(sentence)), fits


def _lacking(question: Question, passage: str) -> tuple[Span, ...]:
    """Return where in the question words stand that the passage does not have."""
    found = ((question.text.find(word), word) for word in question.words if word not in passage)
    return tuple((at, at + len(word)) for at, word in found if at >= 0)


def _covered(question: Question, before: str, sentence: str) -> float:
    """Return the share of the question that the sentence says, and in part what led up to it."""
    own = coverage(question.terms, sentence)
    both = coverage(question.terms, before + sentence)
    covered = own + _CONTEXT * max(0.0, both - own)
    named = [place.base for place in question.places]
    if named:
        here = sum(
            1.0 if name in sentence else _CONTEXT if name in before else 0.0 for name in named
        )
        covered = 0.85 * covered + 0.15 * here / len(named)
    return covered


def _nearness(question: Question, sentence: str, stretch: Stretch) -> float:
    """Return how near the words of the question stand to a stretch, in [0, 1].

    What is counted or asked for (the focus) and the question's own figures weigh most: they tell
    “60个” from “209亿元”, and “77个 … 超100万元” from “4个超1000万元”.
    """
    total = found = 0.0
    for term in question.terms:
        is_head = bool(question.focus) and question.focus.endswith(term.text)
        weight = term.weight * (2.0 if is_head else 1.5 if term.text in question.focus else 1.0)
        total += weight
        found += weight * max(
            (
                match.degree * _pull(sentence, stretch, match.start, match.end)
                for match in find(term.text, sentence)
            ),
            default=0.0,
        )
    for figure in question.figures:
        total += 1.0
        written = question.stem[figure.start : figure.end]
        place = sentence.find(written)
        if place >= 0:
            found += _pull(sentence, stretch, place, place + len(written))
    return found / total if total else 0.0


def _pull(sentence: str, stretch: Stretch, start: int, end: int) -> float:
    if start < stretch.end and stretch.start < end:
        return 1.0
    left, right = (end, stretch.start) if end <= stretch.start else (stretch.end, start)
    between = sentence[left:right]
    distance = len(between) + _CLAUSE * len(re.findall(r"[,;、:]", between))
    return math.exp(-distance / _REACH)


def _cue(question: Question, sentence: str) -> float:
    """Return 1 if the sentence has a word that answers of this kind are introduced with."""
    for asked, cues in _CUES.items():
        if asked in question.text:
            return 1.0 if re.search(cues, sentence) else 0.0
    if "什么是" in question.text or question.text.rstrip("?").endswith(("是什么", "什么意思")):
        subject = max((term.text for term in question.terms), key=len, default="")
        defined = rf"{re.escape(subject)}\"?(?:\(|,?(?:是|即|指|为))"
        return 1.0 if subject and re.search(defined, sentence) else 0.0
    return degree(question.focus, sentence) if question.focus else 0.5
