"""Answers with citations, or the statement that there is no evidence."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence

from qa.answering.candidates import Candidate, compare, lead, weigh
from qa.answering.quotes import quoted_sentences
from qa.answering.reranking import rerank
from qa.answering.statements import SHOWN_BESIDE, cite, gather
from qa.language.asking import asks_to_explain
from qa.language.questions import Question, parse
from qa.reading.reader import Reader
from qa.reading.reading import PassageReader
from qa.text import fold
from qa.types import SMALL_TALK, Answer, Citation, Hit, Span

DEPTH = 10  # passages read for a question
RELATED = 3  # passages shown when there is no evidence
# From where on an answer is likelier right than not; qa.training.calibrate prints what others give.
MIN_CONFIDENCE = 0.5
LEAST_CONFIDENCE = MIN_CONFIDENCE / 2  # of the surest of several that differ
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
        holding = [candidate for candidate in candidates if candidate.fits]
        surest = max((candidate.confidence for candidate in holding), default=0.0)
        # Where there is an answer, what is said otherwise, and about as surely, is shown with it.
        least = min(MIN_CONFIDENCE, SHOWN_BESIDE * surest)
        holding = [candidate for candidate in holding if candidate.confidence >= least]
        statements = gather(parsed, holding)
        # Reports that differ each make the other less sure: together they are the answer, unless
        # they are many and none is sure.
        together = sum(statement.best.confidence for statement in statements)
        if (
            together < MIN_CONFIDENCE
            or surest < LEAST_CONFIDENCE
            or not (parsed.terms or parsed.quoted)
        ):
            return _no_evidence(question, parsed, candidates, hits)
        explains = asks_to_explain(parsed.kind, parsed.text)
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
            confidence=statements[0].best.confidence,
            seconds=0.0,
        )

    def read(self, parsed: Question, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        """Read the hits; what fits comes first, then the surest."""
        read = self.reader.alternatives(question, [lead(hit) + hit.text for hit in hits])
        found = [
            weigh(parsed, hit, readings, rank)
            for rank, (hit, readings) in enumerate(zip(hits, read, strict=True))
        ]
        rated = compare(found)
        return sorted(rated, key=lambda candidate: (-candidate.fits, -candidate.confidence))

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits in the order in which they answer."""
        return rerank(question, hits, self.reader)

    def finish(self, answer: Answer, question: str, seconds: float) -> Answer:
        """Check every quote against its article and put in what was asked and how long it took."""
        listed = answer.listing.entries if answer.listing else ()
        for citation in (
            *answer.citations,
            *listed,
            *([answer.nearest] if answer.nearest else []),
        ):
            if citation.article.text[citation.start : citation.end] != citation.quote:
                raise AssertionError(f"quote {citation.number} is not what its article says")
        # What is counted or said in greeting is the program's own word.
        if answer.status == "answered" and answer.kind not in {"articles", *SMALL_TALK}:
            quotes = [citation.quote for citation in answer.citations]
            for said in answer.text.split("\n"):
                if not any(said in quote for quote in quotes):
                    raise AssertionError(f"no quote says {said!r}")
        _check_cells(answer)
        sure = answer.confidence
        if any(citation.recognized for citation in answer.citations):
            sure = min(sure, RECOGNIZED)
        return dataclasses.replace(
            answer, question=question, confidence=sure, seconds=round(seconds, 4)
        )


def _check_cells(answer: Answer) -> None:
    """Check that every value of a table stands in the quote that it names."""
    quotes = {citation.number: citation.quote for citation in answer.citations}
    for row in answer.table.rows if answer.table else ():
        for cell in row.cells:
            if cell.text and cell.text not in quotes.get(cell.citation or 0, ""):
                raise AssertionError(f"no quote says {cell.text!r}")


def not_found(question: str) -> Answer:
    """Return the answer to a question for which nothing was read."""
    return Answer(question, "no_evidence", NO_EVIDENCE, (), (), (), 0.0, 0.0)


def _no_evidence(
    question: str, parsed: Question, candidates: Sequence[Candidate], hits: Sequence[Hit]
) -> Answer:
    """Say that there is none, what comes nearest, and which words of the question that lacks."""
    related = tuple(hits[:RELATED])
    surest = max(candidates, key=lambda candidate: candidate.confidence, default=None)
    nearest = _quoted(surest) if surest else None
    missing = [(0, len(question))] if surest is None else _lacking(question, surest)
    shown = [f"{hit.article.title}\n{hit.text}" for hit in related]
    shown += [nearest.quote] if nearest else []
    return Answer(
        question=question,
        status="no_evidence",
        text=NO_EVIDENCE,
        citations=(),
        related=related,
        missing_terms=_missing(question, parsed, missing, shown),
        confidence=0.0,
        seconds=0.0,
        nearest=nearest,
    )


def _lacking(question: str, candidate: Candidate) -> list[Span]:
    """Return what of the question the reader, or the places around its span, do not bear out."""
    folded = fold(question)
    places = [(folded.find(place), len(place)) for place in candidate.elsewhere]
    return [*candidate.lacking, *((at, at + length) for at, length in places if at >= 0)]


def _quoted(candidate: Candidate) -> Citation:
    article, passage = candidate.hit.article, candidate.hit.passage
    start, end = quoted_sentences(
        article.text, (passage.start, passage.end), candidate.span, whole=False
    )
    return Citation(1, article, article.text[start:end], start, end)


def _missing(
    question: str, parsed: Question, lacking: Sequence[Span], shown: Sequence[str]
) -> tuple[str, ...]:
    """Return the question's words that the evidence does not bear out, in their order.

    Half of a word's characters at least stand in what is ``lacking``.  What a text that is shown
    has is left out: who reads it would see that it stands there.
    """
    folded, texts = fold(question), [fold(text) for text in shown]
    without = {at for start, end in lacking for at in range(start, end)}
    found: dict[str, int] = {}
    for word in parsed.words:
        at = folded.find(word)
        inside = sum(place in without for place in range(at, at + len(word)))
        if at >= 0 and 2 * inside >= len(word) and not any(word in text for text in texts):
            found[question[at : at + len(word)]] = at
    return tuple(sorted(found, key=found.__getitem__))
