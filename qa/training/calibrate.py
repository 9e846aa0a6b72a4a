"""Fit what turns the reader's scores into probabilities, on the development set.

Call::

    python -m qa.training.calibrate ../shared/data

It writes ``calibration.json`` beside the reader's weights, and prints the weights that belong into
``qa/finding.py`` with the curve from which its thresholds are chosen.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa import Library
from qa.answering import Answerer
from qa.finding import Finding, log_odds
from qa.fitting import quoted_sentences
from qa.questions import parse
from qa.reader import BUILTIN_FOLDER, Calibration, Reader
from qa.text import fold
from qa.training.examples import DEVELOPMENT, Example, WrongContexts, read_examples
from qa.training.saving import save_calibration
from qa.training.scoring import f1

RIDGE = 1e-3  # keeps weights finite where a feature separates the cases
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """A question's surest finding: its features, and whether it is right."""

    reader: float
    coverage: float
    nearness: float
    right: bool


def fit_logistic(features: Matrix, right: Matrix) -> Matrix:
    """Return bias and weights of a logistic regression by Newton's method.

    Shapes: ``features`` ``(cases, n)``, ``right`` ``(cases,)`` of 0 and 1, the result ``(n + 1,)``.
    """
    inputs = np.hstack([np.ones((len(features), 1)), features])
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


def calibrate_reader(reader: Reader, examples: Sequence[Example]) -> Calibration:
    """Fit the reader's own probability: own contexts against the wrong ones that look right."""
    dice = random.Random(0)
    wrong = WrongContexts(examples)
    margins, right = [], []
    for example in examples:
        span = reader.margins(example.question, [example.passage])[0][0]
        said = example.passage[span.start : span.end]
        answers = [example.passage[start:end] for start, end in example.answers]
        margins.append(span.margin)
        right.append(f1(answers, said) >= 0.5)
        other = wrong.find(example, dice)
        if other is not None:
            margins.append(reader.margins(other.question, [other.passage])[0][0].margin)
            right.append(False)
    shift, scale = fit_logistic(np.array(margins)[:, None], np.array(right, dtype=float))
    return Calibration(scale=round(float(scale), 4), shift=round(float(shift), 4))


def cases(reader: Reader, examples: Sequence[Example]) -> Iterator[Case]:
    """Ask every question of a library of all contexts, with its own and without."""
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
            for example in examples:
                hits = library.retrieve(example.question, 2 * answerer.depth)
                own = names[example.passage]
                without = [hit for hit in hits if hit.article.path != own]
                for read in (hits[: answerer.depth], without[: answerer.depth]):
                    found = answerer.read(parse(example.question), example.question, read)
                    if found and found[0].holds:
                        yield _case(found[0], [hit.passage.id for hit in read], example)


def _case(finding: Finding, ranked: Sequence[int], example: Example) -> Case:
    passage = finding.hit.passage
    text = finding.hit.article.text
    start, end = quoted_sentences(text, (passage.start, passage.end), finding.span, whole=False)
    answers = [fold(example.passage[first:last]) for first, last in example.answers]
    return Case(
        reader=log_odds(finding.score),
        coverage=finding.verdict.coverage,
        nearness=1 - ranked.index(passage.id) / max(1, len(ranked) - 1),
        right=any(answer in fold(text[start:end]) for answer in answers),
    )


def main() -> None:
    """Calibrate the reader, then the findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", type=Path, default=BUILTIN_FOLDER)
    arguments = parser.parse_args()
    examples = read_examples(arguments.data / f"{DEVELOPMENT}.jsonl.xz")
    calibration = calibrate_reader(Reader.load(arguments.reader), examples)
    save_calibration(calibration, arguments.reader)
    print(calibration, flush=True)
    found = list(cases(Reader.load(arguments.reader), examples))
    features = np.array([[case.reader, case.coverage, case.nearness] for case in found])
    right = np.array([case.right for case in found], dtype=float)
    weights = fit_logistic(features, right)
    print("bias, reader, coverage, nearness:", [round(float(weight), 3) for weight in weights])
    odds = weights[0] + features @ weights[1:]
    print("| confidence ≥ | answered | of these right |\n|---|---|---|")
    for cut in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95):
        kept = right[1 / (1 + np.exp(-odds)) >= cut]
        share = kept.mean() if len(kept) else float("nan")
        print(f"| {cut:.2f} | {len(kept) / len(examples):.3f} | {share:.3f} |")


if __name__ == "__main__":
    main()
