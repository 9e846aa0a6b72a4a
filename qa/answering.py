"""Answers with citations, or the statement that there is no evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from qa.evidence import Verdict, judge
from qa.presenting import answer_span
from qa.questions import Question, parse
from qa.reading import PassageReader, Reading
from qa.rules import RuleReader
from qa.text import fold, sentences
from qa.types import Answer, Citation, Hit, Span

DEPTH = 10  # passages read for a question
MAX_CITATIONS = 3
RELATED = 3  # passages shown when there is no evidence
# Chosen on CMRC2018 trial and DRCD dev; tests/benchmarks/answering.py prints the curve.
MIN_COVERAGE = 0.62  # of the question's words, in the passage, its headings and title
MIN_SCORE = 0.45  # of the answer as a whole
MIN_FIGURE = 0.5  # confidence in a figure: a wrong one is the worst error there is
_RANK_WEIGHT = 0.15  # what the passage's rank adds: the first gets it whole, the last nothing
NO_EVIDENCE = "没有找到依据"


@dataclass(frozen=True, slots=True)
class _Found:
    """A reading of a hit with the verdict on it; ``start`` and ``end`` are in the article."""

    hit: Hit
    reading: Reading
    verdict: Verdict
    start: int
    end: int
    score: float
    is_figure: bool

    @property
    def holds(self) -> bool:
        """Tell whether this may be given as an answer."""
        return (
            self.reading.answerable
            and not self.verdict.conflict
            and self.verdict.coverage >= MIN_COVERAGE
            and self.score >= MIN_SCORE
            and self.confidence >= (MIN_FIGURE if self.is_figure else 0.0)
        )

    @property
    def confidence(self) -> float:
        """The answer's confidence, in [0, 1]."""
        return round(max(0.0, min(1.0, self.score * self.verdict.coverage)), 3)


class Answerer:
    """Reads the retrieved passages and decides."""

    depth = DEPTH

    def __init__(self, reader: PassageReader | None = None) -> None:
        """Use ``reader``, or the one that needs no trained model."""
        self._reader: PassageReader = reader or RuleReader()

    def warm_up(self) -> None:
        """Load what the first question needs."""
        self._reader.read("预热", ["预热"])

    def answer(self, question: str, hits: Sequence[Hit]) -> Answer:
        """Answer a question that stands on its own from the passages retrieved for it."""
        parsed = parse(question)
        found = self._read(parsed, question, hits)
        holding = [item for item in found if item.holds]
        if not holding or not (parsed.terms or parsed.quoted):
            return self._no_evidence(question, parsed, found, hits)
        best = holding[0]
        return Answer(
            question=question,
            status="answered",
            text=best.hit.article.text[best.start : best.end],
            citations=_cite(best, holding),
            related=(),
            missing_terms=(),
            confidence=best.confidence,
            seconds=0.0,
        )

    def finish(self, answer: Answer, question: str, seconds: float) -> Answer:
        """Check every quote against its article and put in what was asked and how long it took."""
        for citation in answer.citations:
            if citation.article.text[citation.start : citation.end] != citation.quote:
                raise AssertionError(f"quote {citation.number} is not what its article says")
        return dataclasses.replace(answer, question=question, seconds=round(seconds, 4))

    def _read(self, parsed: Question, question: str, hits: Sequence[Hit]) -> list[_Found]:
        """Read the hits; what holds comes first, then by score."""
        readings = self._reader.read(question, [hit.text for hit in hits])
        found = []
        for rank, (hit, reading) in enumerate(zip(hits, readings, strict=True)):
            start = hit.passage.start + reading.start
            end = hit.passage.start + reading.end
            passage = (hit.passage.start, hit.passage.end)
            verdict = judge(parsed, hit.article, passage, (start, end))
            nearness = 1.0 - rank / max(1, len(hits) - 1)
            score = reading.score + _RANK_WEIGHT * nearness - 0.3 * (1 - verdict.coverage)
            is_figure = parsed.kind == "number"
            found.append(_Found(hit, reading, verdict, start, end, score, is_figure))
        return sorted(found, key=lambda item: (-item.holds, -item.score))

    def _no_evidence(
        self, question: str, parsed: Question, found: Sequence[_Found], hits: Sequence[Hit]
    ) -> Answer:
        """Say that there is none, and which words of the question the evidence lacks."""
        missing: tuple[str, ...] = ()
        if found:
            nearest = min(found, key=lambda item: (item.verdict.conflict, -item.verdict.coverage))
            missing = nearest.verdict.missing
        elif not hits:
            missing = tuple(term.text for term in parsed.terms)
        return Answer(
            question=question,
            status="no_evidence",
            text=NO_EVIDENCE,
            citations=(),
            related=tuple(hits[:RELATED]),
            missing_terms=missing,
            confidence=0.0,
            seconds=0.0,
        )


def _cite(best: _Found, holding: Sequence[_Found]) -> tuple[Citation, ...]:
    """Quote the best evidence first, then what else says the same."""
    citations: list[Citation] = []
    said = fold(best.hit.article.text[best.start : best.end])
    for item in holding:
        text = item.hit.article.text
        if item is not best and not answer_span(
            fold(text[item.start : item.end]), said, whole=True
        ):
            continue
        start, end = _sentence_around(item)
        if any(
            (cited.article.id, cited.start) == (item.hit.article.id, start) for cited in citations
        ):
            continue
        citations.append(
            Citation(len(citations) + 1, item.hit.article, text[start:end], start, end)
        )
        if len(citations) == MAX_CITATIONS:
            break
    return tuple(citations)


def _sentence_around(item: _Found) -> Span:
    """Return the whole sentences, within the passage, that the span stands in."""
    passage = item.hit.passage
    spans = [
        span
        for span in sentences(item.hit.article.text, passage.start, passage.end)
        if span[0] < item.end and item.start < span[1]
    ]
    return (spans[0][0], spans[-1][1]) if spans else (item.start, item.end)
