"""Where the time of a question goes: encoder, retrieval, reader, and all the rest.

One command, after ``python -m tests.benchmarks.systems.corpus build/bench --news N`` made the
vectors::

    python -m tests.benchmarks.asking [--cache build/bench] [--news 12000] [--questions 200]

The library holds the contexts of CMRC2018 dev and DRCD test among that many news articles, and is
asked questions spread over both sets, whole: retrieval, reading, and holding what was read against
the question.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from embeddings import SentenceTransformerEncoder
from qa.text import simplify
from tests.benchmarks.data import DEFAULT_FOLDER
from tests.benchmarks.systems.compare import ROOT, write_data
from tests.benchmarks.systems.corpus import VectorFiles, read_corpus
from tests.benchmarks.systems.harness import read_documents, read_lines
from tests.benchmarks.systems.yinju import Reranked

WARM = 20  # questions asked before


class Clock:
    """Adds up the seconds spent in a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Take the function; the clock is called in its place."""
        self._function = function
        self.seconds = 0.0

    def __call__(self, *values: Any, **named: Any) -> Any:
        """Call it."""
        started = time.perf_counter()
        try:
            return self._function(*values, **named)
        finally:
            self.seconds += time.perf_counter() - started


def measure(system: Reranked, questions: list[str]) -> dict[str, list[float]]:
    """Ask every question once; return the milliseconds of each part."""
    encoder = SentenceTransformerEncoder()
    library, reader = system.library, system.library.answerer.reader
    retrieve = library.retrieve = Clock(library.retrieve)  # type: ignore[method-assign]
    read = reader.alternatives = Clock(reader.alternatives)  # type: ignore[method-assign]
    answer = library.answerer.answer = Clock(library.answerer.answer)  # type: ignore[method-assign]
    clocks = {"retrieval": retrieve, "reader": read, "judging": answer}
    found: dict[str, list[float]] = {"encoder": [], **{name: [] for name in clocks}, "all": []}
    for question in questions:
        started = time.perf_counter()
        system._given.question = encoder.encode_queries([simplify(question)])[0]
        found["encoder"].append(1e3 * (time.perf_counter() - started))
        for clock in clocks.values():
            clock.seconds = 0.0
        library.ask(question)
        answer.seconds -= read.seconds
        for name, clock in clocks.items():
            found[name].append(1e3 * clock.seconds)
        found["all"].append(1e3 * (time.perf_counter() - started))
    return found


def main() -> None:
    """Build, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--news", type=int, default=12_000)
    parser.add_argument("--questions", type=int, default=200)
    arguments = parser.parse_args()
    cache = arguments.cache.resolve()
    data = cache / f"data-{arguments.news:06d}"
    corpus = read_corpus(arguments.data, arguments.news)
    write_data(corpus, VectorFiles(cache / "vectors"), data)
    asked = [line["question"] for line in read_lines(data / "questions.jsonl")]
    step = len(asked) // (arguments.questions + WARM)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        system = Reranked(Path(scratch))
        documents = read_documents(data, "vectors-simplified")
        system.prepare(documents)
        system.build(documents)
        found = measure(system, asked[::step][: arguments.questions + WARM])
    print(f"{len(documents.texts):,} passages, {arguments.questions} questions\n")
    print("| ms | half of the questions | 95 % |\n|---|---|---|")
    for name, values in found.items():
        half, most = np.percentile(values[WARM:], (50, 95))
        print(f"| {name} | {half:.1f} | {most:.1f} |")


if __name__ == "__main__":
    main()
