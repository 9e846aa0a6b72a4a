r"""Fit what turns the reader's scores into probabilities, on the development sets.

Call::

    python -m qa.training.calibrate ../shared/data \
        --questions seeds ../shared/eval/seeds_dev.json tests/questions/*.json

It writes ``calibration.json`` beside the reader's weights, and prints the weights that belong into
``qa/answering/candidates.py`` with the curve from which its thresholds are chosen.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa import Hit, Library
from qa.answering.answer_form import quoted_sentences
from qa.answering.answering import MIN_COVERAGE, Answerer
from qa.answering.candidates import WEIGHTS, Candidate, features, log_odds
from qa.evaluation import read_cases
from qa.followups.followups import interpret
from qa.language.questions import parse
from qa.reading.reader import BUILTIN_FOLDER, Calibration, Reader
from qa.text import fold
from qa.training.questions.examples import DEVELOPMENT, read_examples
from qa.training.saving import save_calibration
from qa.training.scoring import f1

RIDGE = 1e-3  # keeps weights finite where a feature separates the cases
SELECTIONS = 6  # rounds of fitting and choosing the surest candidate anew
OWN = 2  # what a question about our own articles counts for; Wikipedia's count for 1
WIKIPEDIA = 350  # questions of the development set, each put with and without its article
CUTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """What was found for a question: the candidates that hold, and which of them are right."""

    candidates: tuple[Candidate, ...]
    in_quote: tuple[bool, ...]  # an accepted answer stands in the sentences that are quoted …
    is_span: tuple[bool, ...]  # … and is, or nearly is, the span
    answerable: bool
    weight: int


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


def wikipedia(reader: Reader, data: Path) -> Iterator[Case]:
    """Ask questions of a library of all contexts, each also with its own article left out."""
    examples = read_examples(data / f"{DEVELOPMENT}.jsonl.xz")
    contexts = list(dict.fromkeys(example.passage for example in examples))
    names = {context: f"{number:05}.txt" for number, context in enumerate(contexts)}
    answerer = Answerer(reader)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "articles")
        folder.mkdir()
        for context, name in names.items():
            (folder / name).write_text(context, encoding="utf-8")
        with Library.open(Path(scratch, "library"), reader=reader) as library:
            library.sync(folder)
            for example in random.Random(1).sample(examples, WIKIPEDIA):
                hits = library.retrieve(example.question, 2 * answerer.depth)
                answers = [example.passage[start:end] for start, end in example.answers]
                without = [hit for hit in hits if hit.article.path != names[example.passage]]
                yield _case(answerer, example.question, hits, answers, 1)
                yield _case(answerer, example.question, without, [], 1)


def own(reader: Reader, articles: Path, sets: Iterable[Path]) -> Iterator[Case]:
    """Ask the questions of files in the form of ``yinju eval`` of a folder of articles."""
    answerer = Answerer(reader)
    with (
        tempfile.TemporaryDirectory() as scratch,
        Library.open(scratch, reader=reader) as library,
    ):
        library.sync(articles)
        for case in (case for path in sets for case in read_cases(path)):
            question = next(interpret(case.question, case.history)).text
            hits = library.retrieve(question, answerer.depth)
            yield _case(answerer, question, hits, case.answers, OWN)


def _case(
    answerer: Answerer, question: str, hits: Sequence[Hit], answers: Sequence[str], weight: int
) -> Case:
    found = answerer.read(parse(question), question, hits[: answerer.depth])
    holding = tuple(candidate for candidate in found if candidate.holds)
    wanted = [fold(answer) for answer in answers]
    return Case(
        candidates=holding,
        in_quote=tuple(any(answer in _quote(item) for answer in wanted) for item in holding),
        is_span=tuple(f1(wanted, fold(item.text)) >= 0.5 if wanted else False for item in holding),
        answerable=bool(answers),
        weight=weight,
    )


def _quote(candidate: Candidate) -> str:
    text, passage = candidate.hit.article.text, candidate.hit.passage
    start, end = quoted_sentences(text, (passage.start, passage.end), candidate.span, whole=False)
    return fold(text[start:end])


def fit_reader(cases: Sequence[Case], used: Calibration) -> Calibration:
    """Return the reader's calibration, given its readings as ``used`` made them.

    Of every question the best right span and the best wrong one count.  The threshold is where
    passages that answer and the best of those that do not are told apart most evenly.
    """
    margins, spans, quotes = [], [], []
    for case in cases:
        for wanted in (True, False):
            scores = [
                (item.score, is_span)
                for item, in_quote, is_span in zip(
                    case.candidates, case.in_quote, case.is_span, strict=True
                )
                if in_quote is wanted
            ]
            if scores:
                score, is_span = max(scores)
                margins += [(log_odds(score) - used.shift) / used.scale] * case.weight
                spans += [is_span] * case.weight
                quotes += [wanted] * case.weight
    shift, scale = fit_logistic(np.array(margins)[:, None], np.array(spans, dtype=float))
    fitted = Calibration(scale=round(float(scale), 4), shift=round(float(shift), 4))
    likely = np.array([fitted.probability(margin) for margin in margins])
    right = np.array(quotes)
    cuts = np.arange(0.02, 0.9, 0.01)
    even = [(likely[right] >= cut).mean() + (likely[~right] < cut).mean() for cut in cuts]
    return fitted._replace(threshold=round(float(cuts[int(np.argmax(even))]), 2))


def fit_weights(cases: Sequence[Case]) -> tuple[Matrix, list[int | None]]:
    """Return bias and weights, and for each case which candidate is the surest by them."""
    inputs = [
        np.array(
            [
                features(item.score, item.verdict.coverage, item.rank, agreed=item.agreed)
                for item in case.candidates
            ]
        )
        for case in cases
    ]
    weights = np.array(WEIGHTS)
    for _ in range(SELECTIONS):
        surest = [int(np.argmax(rows @ weights[1:])) if len(rows) else None for rows in inputs]
        chosen, right = [], []
        for case, rows, at in zip(cases, inputs, surest, strict=True):
            if at is not None:
                chosen += [rows[at]] * case.weight
                right += [case.in_quote[at]] * case.weight
        weights = fit_logistic(np.array(chosen), np.array(right, dtype=float))
    return weights, surest


def print_curve(cases: Sequence[Case], surest: Sequence[int | None], weights: Matrix) -> None:
    """Print what answering from each confidence on would give, the coverage being enough."""
    wanted = sum(case.answerable for case in cases)
    print("| confidence ≥ | answered | right of all answers | answered without evidence |")
    print("|---|---|---|---|")
    for cut in CUTS:
        given = []
        for case, at in zip(cases, surest, strict=True):
            if at is not None and case.candidates[at].verdict.coverage >= MIN_COVERAGE:
                item = case.candidates[at]
                row = features(item.score, item.verdict.coverage, item.rank, agreed=item.agreed)
                if 1 / (1 + np.exp(-(weights[0] + weights[1:] @ np.array(row)))) >= cut:
                    given.append((case.answerable, case.in_quote[at]))
        founded = sum(answerable for answerable, _ in given)
        right = sum(is_right for _, is_right in given) / len(given) if given else float("nan")
        unfounded = (len(given) - founded) / max(1, len(cases) - wanted)
        print(f"| {cut:.2f} | {founded / max(1, wanted):.3f} | {right:.3f} | {unfounded:.3f} |")


def main() -> None:
    """Calibrate the reader, then the candidates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", type=Path, default=BUILTIN_FOLDER)
    parser.add_argument(
        "--questions", type=Path, nargs="+", required=True, help="a folder, then question sets"
    )
    arguments = parser.parse_args()
    articles, *sets = arguments.questions
    reader = Reader.load(arguments.reader)
    parts = {
        "own articles": list(own(reader, articles, sets)),
        "Wikipedia": list(wikipedia(reader, arguments.data)),
    }
    cases = [case for part in parts.values() for case in part]
    weights, surest = fit_weights(cases)
    # What the reader's log odds become by another calibration, the weights have to undo.
    calibration = fit_reader(cases, reader.calibration)
    stretch = reader.calibration.scale / calibration.scale
    offset = reader.calibration.shift - calibration.shift * stretch
    printed = [weights[0] + weights[1] * offset, weights[1] * stretch, *weights[2:]]
    save_calibration(calibration, arguments.reader)
    print(calibration)
    print(dict(zip(WEIGHTS._fields, (round(float(value), 3) for value in printed), strict=True)))
    at = 0
    for name, part in parts.items():
        print(f"\n{name}\n")
        print_curve(part, surest[at : at + len(part)], weights)
        at += len(part)


if __name__ == "__main__":
    main()
