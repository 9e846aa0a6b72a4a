"""Questions over tables: a folder of CSV files, asked what RETQA's people asked of them.

One command, of the development part (``validation``)::

    python -m tests.benchmarks.retqa ../shared/data LIBRARY [--questions 300] [--show]

It writes the tables of the chosen questions into ``LIBRARY/tables`` and syncs them.  Executing a
question's SQL gives ``result``.  A question is right if the program says all of that and nothing
else: the values, each quoted; or what is computed of them, a name or a difference.  What the
question says itself, a year beside its value, is not asked for.

RETQA: Wang et al. 2024, arXiv:2412.10104.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from embeddings.training.datasets import read_lines
from qa import Library
from qa.text import fold
from qa.types import Answer
from tests.benchmarks.tables import shown

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
Row = Mapping[str, Any]


def chosen(data: Path, number: int) -> list[Row]:
    """Return so many questions, the same ones every time."""
    rows = list(read_lines(data / "retqa" / "validation.jsonl.xz"))
    return random.Random("retqa").sample(rows, number)  # noqa: S311 - the same every time


def write_tables(data: Path, rows: Sequence[Row], folder: Path) -> None:
    """Write the tables that questions are asked of, a CSV file each."""
    wanted = {name for row in rows for name in row["tables"]}
    folder.mkdir(parents=True, exist_ok=True)
    for table in read_lines(data / "retqa" / "tables.jsonl.xz"):
        if table["name"] in wanted:
            with (folder / f"{table['name']}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([table["columns"], *table["rows"]])


def kind_of(row: Row) -> str:
    """Return what a question's SQL does."""
    sql = row["sql"].casefold()
    if "abs(" in sql or "count(" in sql or "between" in sql:
        return "computed"
    if "order by" not in sql and "max(" not in sql and "min(" not in sql:
        return "looked up"
    return "compared" if " in (" in sql and "select" not in sql.split("from", 1)[1] else "ranked"


def wanted(row: Row) -> set[str]:
    """Return what executing the SQL gives, without what the question says."""
    cells = {value_of(str(cell)) for line in row["result"] for cell in line if cell is not None}
    asked = set(map(value_of, _NUMBER.findall(row["question"])))
    return (cells - asked) or cells


def value_of(text: str) -> str:
    """Return a number as it is written shortest, or the words, folded."""
    folded = fold(text).strip(" 。.")
    return f"{float(folded):.10g}" if _NUMBER.fullmatch(folded) else folded


def told(answer: Answer, kind: str) -> Iterator[str]:
    """Yield what an answer tells: its result, where it is not the values themselves."""
    computed = answer.table.computed if answer.table else None
    if kind != "looked up" and computed and computed.text:
        yield computed.text
        return
    for value in shown(answer):
        yield value.text


def is_right(row: Row, said: Sequence[str]) -> bool:
    """Tell whether what is said is all that is wanted."""
    left = wanted(row)
    for text in said:
        folded = fold(text).strip(" 。")
        numbers = set(map(value_of, _NUMBER.findall(folded)))
        found = {
            value
            for value in wanted(row)
            if (value in numbers if _NUMBER.fullmatch(value) else value in folded)
        }
        if not found:
            return False
        left = left - found
    return bool(said) and not left


def measure(library: Library, rows: Sequence[Row], *, show: bool) -> Counter[tuple[str, str]]:
    """Ask every question; return the counts by kind."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        kind = kind_of(row)
        answer = library.ask(row["question"])
        said = list(told(answer, kind))
        right = is_right(row, said)
        state = "right" if right else "wrong" if said else "refused"
        counts[kind, state] += 1
        if show and not right:
            print(f"\n{row['question']}\n  {kind}, wanted {sorted(wanted(row))}; {said}")
            for line in answer.table.rows if answer.table else ():
                print("   ", line.question, "→", line.cells[0].text, line.cells[0].confidence)
    return counts


def main() -> None:
    """Write, sync, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("library", type=Path)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--first", type=int, help="ask these alone, of all tables")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    arguments = parser.parse_args()
    rows = chosen(arguments.data, arguments.questions)
    write_tables(arguments.data, rows, arguments.library / "tables")
    with Library.open(arguments.library / "library") as library:
        library.sync(arguments.library / "tables")
        library.warm_up()
        started = time.perf_counter()
        rows = rows[: arguments.first]
        counts = measure(library, rows, show=arguments.show)
        seconds = (time.perf_counter() - started) / len(rows)
    for kind in sorted({kind for kind, _ in counts}):
        states = {state: counts[kind, state] for state in ("right", "wrong", "refused")}
        print(kind, states)
    right = sum(number for (_, state), number in counts.items() if state == "right")
    print(f"right: {right} of {len(rows)} ({right / len(rows):.3f}), {seconds:.2f} s a question")


if __name__ == "__main__":
    main()
