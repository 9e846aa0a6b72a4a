"""The reader's figures: exact match and F1, and whether it knows that there is no answer.

One command::

    python -m tests.benchmarks.reading            # CMRC2018 dev and DRCD test: never trained on

A question's own context gives EM and F1 by CMRC2018's rules.  For the second figure the question
is also put to the wrong context that looks best: the one that retrieval ranks first among the
set's contexts without the answer in them.  AUC is the chance that a context with the answer gets
the higher score than such a one, of whatever questions.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from qa import Reader
from qa.search.lexical import LexicalIndex
from qa.text import fold
from qa.training.scoring import area_under_curve, exact, f1
from tests.benchmarks.data import DEFAULT_FOLDER, Row, read_rows

NEAREST = 50  # contexts among which the best wrong one is looked for


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured on a set; all but ``milliseconds`` in [0, 1]."""

    exact: float
    f1: float
    auc: float
    milliseconds: float


def wrong_contexts(rows: Sequence[Row], contexts: Sequence[str]) -> list[str]:
    """Return for each question the best-ranked context without one of its answers."""
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        index = LexicalIndex(Path(scratch))
        index.update([], enumerate(contexts))
        for row in rows:
            ranked = (contexts[number] for number, _ in index.search(row.question, NEAREST))
            # An answer such as “1” stands in whatever is near: then any without it will do.
            found = chain(ranked, contexts)
            wrong.append(next(text for text in found if not _has_answer(row, text)))
    return wrong


def _has_answer(row: Row, text: str) -> bool:
    folded = fold(text)
    return text == row.context or any(fold(answer) in folded for answer in row.answers)


def measure(reader: Reader, rows: Sequence[Row], contexts: Sequence[str]) -> Figures:
    """Read every question's own context and its best wrong one among ``contexts``."""
    started = time.perf_counter()
    own = [reader.read(row.question, [row.context])[0] for row in rows]
    spent = time.perf_counter() - started
    other = [
        reader.read(row.question, [context])[0]
        for row, context in zip(rows, wrong_contexts(rows, contexts), strict=True)
    ]
    references = [[fold(answer) for answer in row.answers] for row in rows]
    said = [fold(reading.text) for reading in own]
    return Figures(
        exact=float(np.mean([exact(*pair) for pair in zip(references, said, strict=True)])),
        f1=float(np.mean([f1(*pair) for pair in zip(references, said, strict=True)])),
        auc=area_under_curve(
            np.array([reading.score for reading in own]),
            np.array([reading.score for reading in other]),
        ),
        milliseconds=1000 * spent / len(rows),
    )


def main() -> None:
    """Measure the sets that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["cmrc2018_dev", "drcd_test"])
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--reader", type=Path, help="another reader's folder")
    parser.add_argument("--limit", type=int, help="questions of each set")
    arguments = parser.parse_args()
    reader = Reader.load(arguments.reader) if arguments.reader else Reader.load()
    print("| set | questions | EM | F1 | AUC | ms a context |\n|---|---|---|---|---|---|")
    for name in arguments.sets:
        rows = [row for row in read_rows(arguments.data, name) if row.answers]
        contexts = list(dict.fromkeys(row.context for row in rows))
        if arguments.limit and arguments.limit < len(rows):  # spread over the set
            rows = rows[:: len(rows) // arguments.limit][: arguments.limit]
        found = measure(reader, rows, contexts)
        print(
            f"| {name} | {len(rows)} | {100 * found.exact:.1f} | {100 * found.f1:.1f} |"
            f" {found.auc:.4f} | {found.milliseconds:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
