"""Answers with citations, or the statement that there is no evidence."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence

from qa.answering.candidates import Candidate, lead, weigh
from qa.answering.evidence import may_hold
from qa.answering.reranking import rerank
from qa.answering.rules import RuleReader
from qa.answering.statements import cite, gather
from qa.language.asking import asks_to_explain
from qa.language.matching import coverage
from qa.language.questions import Question, parse
from qa.reading.reader import Reader
from qa.reading.reading import UNREAD, PassageReader
from qa.text import fold, sentences
from qa.types import Answer, Citation, Hit

DEPTH = 10  # passages read for a question
RELATED = 3  # passages shown when there is no evidence
# Chosen on the development sets, where qa.training.calibrate prints what others would give: from
# there on none of the questions about our own articles is answered that has no answer.
MIN_CONFIDENCE = 0.4
MIN_COVERAGE = 0.4  # of the question's words, in the passage, its headings and title
# The most that an answer read from a picture is sure of: it may be right in every word and have
# one digit taken for another.
RECOGNIZED = 0.84
NO_EVIDENCE = "没有找到依据"


class Answerer:
    """Reads the retrieved passages and decides."""

    depth = DEPTH

    def __init__(self, reader: PassageReader | None = None) -> None:
        """Use ``reader``, or the built-in one, which is loaded when the first question comes."""
        self._reader = reader
        self._rules = RuleReader()
        self._loading = threading.Lock()

    def warm_up(self) -> None:
        """Load what the first question needs."""
        self.reader.read("预热", ["预热"])

    @property
    def reader(self) -> PassageReader:
        """The reader in use.

        Raises:
            ModelError: if the built-in one is damaged.
        """
        with self._loading:
            if self._reader is None:
                self._reader = Reader.load()
            return self._reader

    def answer(self, question: str, hits: Sequence[Hit]) -> Answer:
        """Answer a question that stands on its own from the passages retrieved for it."""
        parsed = parse(question)
        candidates = self.read(parsed, question, hits)
        holding = [
            candidate
            for candidate in candidates
            if candidate.holds
            and candidate.confidence >= MIN_CONFIDENCE
            and candidate.verdict.coverage >= MIN_COVERAGE
        ]
        if not holding or not (parsed.terms or parsed.quoted):
            read = {candidate.hit.passage for candidate in candidates}
            candidates += [
                weigh(parsed, hit, [UNREAD], UNREAD, rank)
                for rank, hit in enumerate(hits)
                if hit.passage not in read
            ]
            return _no_evidence(question, parsed, candidates, hits)
        explains = asks_to_explain(parsed.kind, parsed.text)
        statements = gather(parsed, holding)
        citations = cite(statements, whole=explains)
        said = [
            citation.quote if explains else statement.best.text
            for statement, citation in zip(statements, citations, strict=False)
        ]
        return Answer(
            question=question,
            status="answered",
            text="\n".join(said),
            citations=citations,
            related=(),
            missing_terms=(),
            confidence=holding[0].confidence,
            seconds=0.0,
        )

    def read(self, parsed: Question, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        """Read the hits that may answer; what holds comes first, then the surest."""
        # Reading takes most of the time that a question does; where it cannot help it is left out.
        ranked = [
            (rank, hit)
            for rank, hit in enumerate(hits)
            if may_hold(parsed, hit.article, MIN_COVERAGE)
        ]
        read = self.reader.alternatives(question, [lead(hit) + hit.text for _, hit in ranked])
        sensed = self._rules.read(question, [hit.text for _, hit in ranked])
        found = [
            weigh(parsed, hit, readings, other, rank)
            for (rank, hit), readings, other in zip(ranked, read, sensed, strict=True)
        ]
        return sorted(found, key=lambda candidate: (-candidate.holds, -candidate.confidence))

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits in the order in which they answer."""
        return rerank(question, hits, self.reader)

    def finish(self, answer: Answer, question: str, seconds: float) -> Answer:
        """Check every quote against its article and put in what was asked and how long it took."""
        for citation in (*answer.citations, *([answer.nearest] if answer.nearest else [])):
            if citation.article.text[citation.start : citation.end] != citation.quote:
                raise AssertionError(f"quote {citation.number} is not what its article says")
        if answer.status == "answered":
            quotes = [citation.quote for citation in answer.citations]
            for said in answer.text.split("\n"):
                if not any(said in quote for quote in quotes):
                    raise AssertionError(f"no quote says {said!r}")
        sure = answer.confidence
        if any(citation.recognized for citation in answer.citations):
            sure = min(sure, RECOGNIZED)
        return dataclasses.replace(
            answer, question=question, confidence=sure, seconds=round(seconds, 4)
        )


def _no_evidence(
    question: str, parsed: Question, candidates: Sequence[Candidate], hits: Sequence[Hit]
) -> Answer:
    """Say that there is none, what comes nearest, and which words of the question that lacks."""
    missing: tuple[str, ...] = ()
    related = tuple(hits[:RELATED])
    if candidates:
        nearest = min(candidates, key=lambda item: (item.verdict.conflict, -item.verdict.coverage))
        missing = _unmentioned(candidates, hits) or _unsaid(nearest.verdict.missing, related)
    elif not hits:
        missing = tuple(term.text for term in parsed.terms)
    return Answer(
        question=question,
        status="no_evidence",
        text=NO_EVIDENCE,
        citations=(),
        related=related,
        missing_terms=missing,
        confidence=0.0,
        seconds=0.0,
        nearest=_nearest(parsed, related),
    )


def _nearest(parsed: Question, hits: Sequence[Hit]) -> Citation | None:
    """Quote the sentence that has most of the question, of several the one found first."""
    places = [
        (hit.article, start, end)
        for hit in hits
        for start, end in sentences(hit.article.text, hit.passage.start, hit.passage.end)
    ]
    if not places:
        return None
    article, start, end = max(
        places, key=lambda place: coverage(parsed.terms, fold(place[0].text[place[1] : place[2]]))
    )
    return Citation(1, article, article.text[start:end], start, end)


def _unsaid(terms: Sequence[str], shown: Sequence[Hit]) -> tuple[str, ...]:
    """Return the terms that no passage shown has: who reads it would see that it stands there."""
    texts = [fold(f"{hit.article.title}\n{hit.text}") for hit in shown]
    return tuple(term for term in terms if not any(fold(term) in text for text in texts))


def _unmentioned(candidates: Sequence[Candidate], hits: Sequence[Hit]) -> tuple[str, ...]:
    """Return what the evidence lacks and none of the articles found so much as mentions."""
    lacking = dict.fromkeys(term for candidate in candidates for term in candidate.verdict.missing)
    articles = {hit.article.id: fold(f"{hit.article.title}\n{hit.article.text}") for hit in hits}
    return tuple(
        term for term in lacking if not any(fold(term) in text for text in articles.values())
    )
