"""Questions of several parts over a folder: are the cells right and cited, and what is computed?

One command, where a library was made of the official documents::

    python -m tests.benchmarks.tables LIBRARY QUESTIONS.jsonl [--questions 40] [--show]

A question has the cells that its answer needs: the part, the value, and the sentence that says it;
and the parts of which the folder says nothing.  A cell is right if some value of the table is that
amount, or has those words, and is quoted from the article that has the sentence.  A value that
the table shows and that is none of those needed is wrong.  Questions that are answered as one have
shown that value alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from qa import Library
from qa.answering.computing import said_figures
from qa.presenting.presenting import said
from qa.text import fold
from qa.types import Answer, Citation


class Shown(NamedTuple):
    """A value that is shown, with the quote that it is cited from."""

    text: str
    citation: Citation


def shown(answer: Answer) -> Iterator[Shown]:
    """Yield every value that an answer shows."""
    if answer.status == "answered":
        for thing in said(answer):
            yield Shown(thing.text, thing.citations[0])


def amounts(quote: str, text: str) -> set[tuple[str, float]]:
    """Return the amounts that a text says."""
    return {(figure.kind, figure.value) for figure in said_figures(quote, text)}


def is_right(cell: Mapping[str, str], value: Shown) -> bool:
    """Tell whether a value is that of a cell, quoted from its article."""
    wanted, found = fold(cell["value"]), fold(value.text)
    quote = fold(value.citation.quote)
    same = wanted in found or bool(amounts(wanted, wanted) & amounts(quote, found))
    return same and cell["sentence"].strip() in value.citation.article.text


def is_computed(wanted: str, answer: Answer) -> bool:
    """Tell whether a result is what is wanted: the same amount, or the same words."""
    told = answer.table.computed.text if answer.table and answer.table.computed else ""
    if not told and not answer.table:
        told = answer.text
    wanted, told = fold(wanted), fold(told).replace("−", "")
    if not told:
        return False
    numbers = amounts(wanted, wanted)
    return told in wanted or wanted in told or bool(numbers & amounts(told, told))


def measure(library: Library, rows: Sequence[Mapping[str, Any]], *, show: bool) -> Counter[str]:
    """Ask every question; return the counts."""
    counts: Counter[str] = Counter()
    for row in rows:
        started = time.perf_counter()
        answer = library.ask(row["question"])
        counts["milliseconds"] += round(1e3 * (time.perf_counter() - started))
        values = list(shown(answer))
        right = [cell for cell in row["cells"] if any(is_right(cell, one) for one in values)]
        wrong = [one for one in values if not any(is_right(cell, one) for cell in row["cells"])]
        counts["questions"] += 1
        counts["tables"] += answer.table is not None
        counts["cells"] += len(row["cells"])
        counts["right"] += len(right)
        counts["shown"] += len(values)
        counts["wrong"] += len(wrong)
        if row["result"]:
            counts["results"] += 1
            counts["computed"] += is_computed(row["result"], answer)
        if show and (len(right) < len(row["cells"]) or wrong):
            _show(library, row, answer, wrong)
    return counts


def _show(library: Library, row: Mapping[str, Any], answer: Answer, wrong: Sequence[Shown]) -> None:
    asked = library.asking.read(row["question"])
    print(f"\n{row['question']} ({row['kind']}; {asked.kind} {asked.confidence:.2f})")
    print("  wanted", [(cell["part"], cell["value"]) for cell in row["cells"]])
    for line in answer.table.rows if answer.table else ():
        cell = line.cells[0]
        print("  ", line.question, "→", cell.text or cell.missing, cell.confidence)
    print("  wrong", [one.text for one in wrong])


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("questions", type=Path, help="one JSON object a line")
    parser.add_argument("--questions", dest="most", type=int, default=40)
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    arguments = parser.parse_args()
    lines = arguments.questions.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    rows = rows[:: max(1, len(rows) // arguments.most)][: arguments.most]
    with Library.open(arguments.library, create=False) as library:
        library.warm_up()
        counts = measure(library, rows, show=arguments.show)
    print(f"questions {counts['questions']}, of them answered by a table {counts['tables']}")
    for name, of in (("right", "cells"), ("wrong", "shown"), ("computed", "results")):
        share = counts[name] / max(1, counts[of])
        print(f"{name}: {counts[name]} of {counts[of]} {of} ({share:.3f})")
    print(f"seconds a question: {counts['milliseconds'] / 1e3 / counts['questions']:.2f}")


if __name__ == "__main__":
    main()
