r"""Fit what turns the reader's scores into probabilities, on development questions of a folder.

Call::

    python -m qa.training.calibrate ../shared/data FOLDER [--questions 600] [--reader READER]

``FOLDER`` is the one that ``tests.benchmarks.folder`` makes.  It writes ``calibration.json`` beside
the reader's weights, and prints the weights that belong into ``qa/answering/candidates.py``, with
what answering from each confidence on would give.  For that table every question is judged by
weights fitted on nine tenths of the others.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa import Hit, Library
from qa.answering.answering import Answerer
from qa.answering.candidates import Weights, features, lead
from qa.answering.quotes import quoted_sentences
from qa.language.questions import parse
from qa.reading.reader import ALTERNATIVES, BUILTIN_FOLDER, Calibration, Reader, Scored
from qa.text import fold
from qa.training.questions.cases import Case, read_cases
from qa.training.saving import save_calibration
from qa.training.scoring import f1
from qa.types import Span

RIDGE = 1e-3  # keeps weights finite where a feature separates the cases
SELECTIONS = 4  # rounds of fitting and choosing the surest candidate anew
FOLDS = 10
CUTS = (0.0, 0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
MARGIN = 6.0  # a margin in units of what the support head says, before either is fitted
NEAR = 0.5  # F1 from which a span says what was asked for
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """The candidates of a question that fit it, and which of them are right."""

    inputs: Matrix  # shape (candidates, features)
    right: NDArray[np.bool_]  # its sentence answers
    answerable: bool


class Remembering(Reader):
    """A reader that reads a passage once, so that it can be calibrated and asked again."""

    def __init__(self, *parts: Any) -> None:  # noqa: ANN401 - what a reader is made of
        """Take what a reader takes."""
        super().__init__(*parts)
        self._known: dict[tuple[str, str, int], list[Scored]] = {}

    def margins(self, question: str, passages: Sequence[str], n: int = 1) -> list[list[Scored]]:
        """Return what :meth:`Reader.margins` does."""
        new = [text for text in passages if (question, text, n) not in self._known]
        for text, spans in zip(new, super().margins(question, new, n), strict=True):
            self._known[question, text, n] = spans
        return [self._known[question, text, n] for text in passages]


def fit_logistic(inputs: Matrix, right: Matrix) -> Matrix:
    """Return bias and weights of a logistic regression by Newton's method.

    Shapes: ``inputs`` ``(cases, n)``, ``right`` ``(cases,)`` of 0 and 1, the result ``(n + 1,)``.
    """
    inputs = np.hstack([np.ones((len(inputs), 1)), inputs])
    weights = np.zeros(inputs.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (right - likely) - RIDGE * weights
        curvature = (inputs * (likely * (1 - likely))[:, None]).T @ inputs
        step = np.linalg.solve(curvature + RIDGE * np.eye(len(weights)), slope)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-9:
            break
    return weights


def fit_reader(
    reader: Reader, cases: Sequence[Case], found: Sequence[Sequence[Hit]]
) -> Calibration:
    """Return the reader's calibration.

    Of every question the best right span and the best wrong one count.  The threshold is where
    passages that answer and the best of those that do not are told apart most evenly.
    """
    inputs, spans, quotes = [], [], []
    for case, hits in zip(cases, found, strict=True):
        read = reader.margins(case.question, [lead(hit) + hit.text for hit in hits], ALTERNATIVES)
        best: dict[bool, tuple[float, list[float], bool]] = {}
        for hit, (span, *_) in zip(hits, read, strict=True):
            at = hit.passage.start - len(lead(hit))
            where = max(hit.passage.start, span.start + at), span.end + at
            if where[0] >= where[1]:
                continue
            is_right = case.has(_quote(hit, where))
            is_span = is_right and f1(case.answers, hit.article.text[slice(*where)]) >= NEAR
            order = span.margin / MARGIN + span.borne
            if is_right not in best or order > best[is_right][0]:
                best[is_right] = order, [span.margin, span.borne], is_span
        for is_right, (_, scores, is_span) in best.items():
            inputs.append(scores)
            spans.append(is_span)
            quotes.append(is_right)
    shift, scale, support = fit_logistic(np.array(inputs), np.array(spans, dtype=float))
    fitted = Calibration(round(float(scale), 4), round(float(support), 4), round(float(shift), 4))
    likely = np.array([fitted.probability(*scores) for scores in inputs])
    right = np.array(quotes)
    cuts = np.arange(0.02, 0.9, 0.01)
    even = [(likely[right] >= cut).mean() + (likely[~right] < cut).mean() for cut in cuts]
    return fitted._replace(threshold=round(float(cuts[int(np.argmax(even))]), 2))


def _quote(hit: Hit, span: Span) -> str:
    passage = hit.passage.start, hit.passage.end
    text = hit.article.text
    return fold(text[slice(*quoted_sentences(text, passage, span, whole=False))])


def judge(
    answerer: Answerer, cases: Sequence[Case], found: Sequence[Sequence[Hit]]
) -> Iterator[Judged]:
    """Read what was found, and hold it against the answers."""
    for case, hits in zip(cases, found, strict=True):
        candidates = answerer.read(parse(case.question), case.question, hits)
        rows = np.array(features(candidates)).reshape(-1, len(Weights._fields) - 1)
        holding = [at for at, candidate in enumerate(candidates) if candidate.fits]
        right = [case.has(_quote(candidates[at].hit, candidates[at].span)) for at in holding]
        yield Judged(rows[holding], np.array(right, dtype=bool), bool(case.answers))


def fit_weights(cases: Sequence[Judged]) -> Matrix:
    """Return bias and weights, of the candidates that are the surest by them."""
    weights = np.array([0.0, *(name == "reader" for name in Weights._fields[1:])])
    for _ in range(SELECTIONS):
        inputs, right = [], []
        for case in cases:
            if len(case.inputs):
                at = _surest(case, weights)
                inputs.append(case.inputs[at])
                right.append(case.right[at])
        weights = fit_logistic(np.array(inputs), np.array(right, dtype=float))
    return weights


def _surest(case: Judged, weights: Matrix) -> int:
    return int(np.argmax(case.inputs @ weights[1:]))


def curve(cases: Sequence[Judged]) -> Iterator[str]:
    """Yield a table of what answering from each confidence on would give."""
    given = []
    for fold_number in range(FOLDS):
        weights = fit_weights([c for at, c in enumerate(cases) if at % FOLDS != fold_number])
        for case in cases[fold_number::FOLDS]:
            likely, is_right = 0.0, False
            if len(case.inputs):
                at = _surest(case, weights)
                odds = weights[0] + case.inputs[at] @ weights[1:]
                likely, is_right = float(1 / (1 + np.exp(-odds))), bool(case.right[at])
            given.append((likely, is_right, case.answerable))
    sure, right, asked = map(np.array, zip(*given, strict=True))
    yield "| confidence ≥ | right | wrong | near misses refused | right of all answers |"
    yield "|---|---|---|---|---|"
    for cut in CUTS:
        said = sure >= cut
        shares = (
            (said & right)[asked].mean(),
            (said & ~right)[asked].mean(),
            (~said)[~asked].mean(),
            right[said].mean() if said.any() else float("nan"),
        )
        yield f"| {cut:.2f} | {' | '.join(f'{share:.3f}' for share in shares)} |"


def main() -> None:
    """Calibrate the reader, then the candidates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reader", type=Path, default=BUILTIN_FOLDER)
    parser.add_argument("--questions", type=int, default=600)
    arguments = parser.parse_args()
    cases = random.Random("folder").sample(read_cases(arguments.data), arguments.questions)
    reader = Remembering.load(arguments.reader)
    answerer = Answerer(reader)
    with Library.open(arguments.folder / "library") as library:
        found = [library.retrieve(case.question, answerer.depth) for case in cases]
    reader.calibration = fit_reader(reader, cases, found)
    save_calibration(reader.calibration, arguments.reader)
    print(reader.calibration)
    judged = list(judge(answerer, cases, found))
    weights = Weights(*(round(float(value), 3) for value in fit_weights(judged)))
    print(weights)
    for line in curve(judged):
        print(line)


if __name__ == "__main__":
    main()
