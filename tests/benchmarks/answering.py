"""Answers and abstentions on public question sets, and the curve of precision over coverage.

One command::

    python -m tests.benchmarks.answering                 # CMRC2018 trial, the development set

Every context is an article of one library.  Each question is asked as it is, and a second time
with its own article left out of the results, when the only right answer is none.  The curve shows
what other thresholds on the confidence would give.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa import Library
from qa.language.questions import parse
from qa.text import fold
from tests.benchmarks.data import DEFAULT_FOLDER, Row, read_rows


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one question."""

    kind: str
    answered: bool
    in_quote: bool
    in_span: bool
    differing: bool
    confidence: float
    answered_without: bool
    confidence_without: float
    retrieved: bool


def run(library: Library, rows: Sequence[Row], names: dict[str, str]) -> Iterator[Result]:
    """Ask every question with and without its article."""
    answerer = library.answerer  # the threshold curve needs what the public calls hide
    for row in rows:
        question = row.question
        hits = library.retrieve(question, 2 * answerer.depth)
        own = names[row.context]
        found = answerer.answer(question, hits[: answerer.depth])
        without = [hit for hit in hits if hit.article.path != own][: answerer.depth]
        other = answerer.answer(question, without)
        quote = found.citations[0].quote if found.citations else ""
        wanted = [fold(answer) for answer in row.answers]
        yield Result(
            kind=parse(question).kind,
            answered=found.status == "answered",
            in_quote=any(answer in fold(quote) for answer in wanted),
            in_span=bool(found.citations) and any(answer in fold(found.text) for answer in wanted),
            differing="\n" in found.text,
            confidence=found.confidence,
            answered_without=other.status == "answered",
            confidence_without=other.confidence,
            retrieved=any(hit.article.path == own for hit in hits[: answerer.depth]),
        )


def report(results: Sequence[Result]) -> None:
    """Print figures by kind and the curve."""
    print(
        "| kind | n | retrieved | answered | right in first quote | in span | of answered, right |"
        " wrongly answered without article | several answers shown |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    kinds = [*sorted({result.kind for result in results}), "all"]
    for kind in kinds:
        part = [result for result in results if kind in (result.kind, "all")]
        count = len(part)
        answered = sum(r.answered for r in part)
        right = sum(r.in_quote for r in part)
        print(
            f"| {kind} | {count} | {sum(r.retrieved for r in part) / count:.3f} |"
            f" {answered / count:.3f} | {right / count:.3f} |"
            f" {sum(r.in_span for r in part) / count:.3f} | {right / max(1, answered):.3f} |"
            f" {sum(r.answered_without for r in part) / count:.3f} |"
            f" {sum(r.differing for r in part) / count:.3f} |"
        )
    print("\n| confidence ≥ | answered | of these right | answered without article |")
    print("|---|---|---|---|")
    for cut in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95):
        kept = [r for r in results if r.answered and r.confidence >= cut]
        wrong = sum(r.answered_without and r.confidence_without >= cut for r in results)
        print(
            f"| {cut:.2f} | {len(kept) / len(results):.3f} |"
            f" {sum(r.in_quote for r in kept) / max(1, len(kept)):.3f} |"
            f" {wrong / len(results):.3f} |"
        )


def main() -> None:
    """Build a library of the set's contexts and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="cmrc2018_trial")
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    rows = read_rows(arguments.data, arguments.name, arguments.limit)
    contexts = list(dict.fromkeys(row.context for row in rows))
    names = {context: f"{number:05}.txt" for number, context in enumerate(contexts)}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "articles")
        folder.mkdir()
        for context, name in names.items():
            (folder / name).write_text(context, encoding="utf-8")
        with Library.open(Path(scratch, "library")) as library:
            library.sync(folder)
            library.warm_up()
            started = time.perf_counter()
            results = list(run(library, rows, names))
            spent = time.perf_counter() - started
    print(f"{arguments.name}: {len(rows)} questions, {spent / len(rows) / 2:.3f} s an answer\n")
    report(results)


if __name__ == "__main__":
    main()
