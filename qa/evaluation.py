"""Figures for a set of questions: is the answer in the quote, and is no answer given without."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from qa.errors import QuestionSetError, refusal
from qa.library import Library
from qa.text import fold
from qa.types import Answer, Filters

# Confidences at which the curve is taken.
STEPS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99)


class Case(BaseModel):
    """A question with its accepted answers; none means that the articles do not answer it."""

    question: str
    answers: list[str] = []
    kind: str = "other"
    history: list[str] = []
    doc: str | None = None
    filters: Filters = Filters()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case."""

    case: Case
    answer: Answer

    @property
    def in_first_quote(self) -> bool:
        """Tell whether an accepted answer stands in the first quote."""
        return _holds(self.case, [citation.quote for citation in self.answer.citations[:1]])

    @property
    def in_any_quote(self) -> bool:
        """Tell whether an accepted answer stands in any quote."""
        return _holds(self.case, [citation.quote for citation in self.answer.citations])

    @property
    def in_span(self) -> bool:
        """Tell whether the answer given is, or contains, an accepted one."""
        return self.answer.status == "answered" and _holds(self.case, [self.answer.text])

    @property
    def abstained(self) -> bool:
        """Tell whether no answer was given."""
        return self.answer.status == "no_evidence"

    @property
    def right(self) -> bool:
        """Tell whether the outcome is what was wanted."""
        return self.in_first_quote if self.case.answers else self.abstained


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over the cases of one kind; None where a count does not apply."""

    kind: str
    cases: int
    first_quote: int | None
    any_quote: int | None
    span: int | None
    abstained: int
    mean_seconds: float


@dataclass(frozen=True, slots=True)
class Point:
    """What answering only from some confidence on would give.

    ``coverage`` is the share of the answerable questions that would be answered, ``precision`` the
    share of right ones among all answers given, ``unfounded`` the share of the unanswerable
    questions that would be answered; None where there is nothing to take a share of.
    """

    confidence: float
    coverage: float
    precision: float | None
    unfounded: float | None


def read_cases(path: Path) -> list[Case]:
    """Read a JSON list of questions.

    Raises:
        QuestionSetError: if the file is not there or is not such a list.
    """
    try:
        return TypeAdapter(list[Case]).validate_json(path.read_bytes())
    except OSError as error:
        raise QuestionSetError(
            "questions_unreadable", "{path} cannot be read: {why}", path=path, why=refusal(error)
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the top level"
        raise QuestionSetError(
            "questions_invalid",
            "{path} is not a list of questions: at {place}: {said}",
            path=path,
            place=place,
            said=first["msg"],
        ) from error


def evaluate(
    library: Library, cases: Sequence[Case], progress: Callable[[], None] | None = None
) -> list[Outcome]:
    """Ask every case."""
    outcomes = []
    for case in cases:
        outcomes.append(Outcome(case, library.ask(case.question, case.history, case.filters)))
        if progress is not None:
            progress()
    return outcomes


def summarise(outcomes: Sequence[Outcome]) -> list[Figures]:
    """Return figures by kind, then over all answerable and all unanswerable cases."""
    kinds = sorted({outcome.case.kind for outcome in outcomes})
    rows = [_figures(kind, [o for o in outcomes if o.case.kind == kind]) for kind in kinds]
    answerable = [outcome for outcome in outcomes if outcome.case.answers]
    others = [outcome for outcome in outcomes if not outcome.case.answers]
    return [*rows, *_totals("all answerable", answerable), *_totals("all unanswerable", others)]


def curve(outcomes: Sequence[Outcome]) -> list[Point]:
    """Return the precision/coverage curve, one point for each of ``STEPS``."""
    answerable = [outcome for outcome in outcomes if outcome.case.answers]
    others = [outcome for outcome in outcomes if not outcome.case.answers]
    points = []
    for step in STEPS:
        given = [o for o in outcomes if not o.abstained and o.answer.confidence >= step]
        founded = [outcome for outcome in given if outcome.case.answers]
        points.append(
            Point(
                confidence=step,
                coverage=len(founded) / len(answerable) if answerable else 0.0,
                precision=sum(o.right for o in given) / len(given) if given else None,
                unfounded=(len(given) - len(founded)) / len(others) if others else None,
            )
        )
    return points


def _totals(name: str, outcomes: Sequence[Outcome]) -> Iterator[Figures]:
    if outcomes:
        yield _figures(name, outcomes)


def _figures(kind: str, outcomes: Sequence[Outcome]) -> Figures:
    answerable = any(outcome.case.answers for outcome in outcomes)
    return Figures(
        kind=kind,
        cases=len(outcomes),
        first_quote=sum(o.in_first_quote for o in outcomes) if answerable else None,
        any_quote=sum(o.in_any_quote for o in outcomes) if answerable else None,
        span=sum(o.in_span for o in outcomes) if answerable else None,
        abstained=sum(o.abstained for o in outcomes),
        mean_seconds=round(sum(o.answer.seconds for o in outcomes) / len(outcomes), 4),
    )


def _holds(case: Case, texts: Sequence[str]) -> bool:
    return any(fold(answer) in fold(text) for answer in case.answers for text in texts)


def dump(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return every outcome in a form for ``json.dumps``."""
    return [
        {
            "question": outcome.case.question,
            "kind": outcome.case.kind,
            "expected": outcome.case.answers,
            "status": outcome.answer.status,
            "text": outcome.answer.text,
            "first_quote": next((c.quote for c in outcome.answer.citations), None),
            "missing_terms": list(outcome.answer.missing_terms),
            "confidence": outcome.answer.confidence,
            "right": outcome.right,
            "seconds": outcome.answer.seconds,
        }
        for outcome in outcomes
    ]


def to_json(outcomes: Sequence[Outcome], summary: Sequence[Figures]) -> str:
    """Return figures and outcomes as one JSON document."""
    from qa.representation import as_json

    document = {
        "summary": as_json(list(summary)),
        "curve": as_json(curve(outcomes)),
        "outcomes": dump(outcomes),
    }
    return json.dumps(document, ensure_ascii=False, indent=2)
