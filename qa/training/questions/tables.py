"""Questions of tables, each for one cell: which table, which row, which column.

``tables.jsonl.xz`` has a set of two or three tables a line, the same columns of other months,
places or companies, and sixteen questions on them, written by hand; four of them no cell answers.
Others are RETQA's (Wang et al. 2024, arXiv:2412.10104), of which the SQL tells the cell.  Each is
asked of the passages that reading such files gives: of the one with the cell, of what comes nearest
to it in each of the other tables, and of another passage of its own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from embeddings.training.datasets import read_lines
from qa.articles.layout.tables import table_lines
from qa.articles.passages import split
from qa.text import fold
from qa.training.lessons import Lesson
from qa.training.questions.contrasts import HELD_BACK
from qa.types import Span

TABLES = Path(__file__).parent / "tables.jsonl.xz"
Table = Mapping[str, Any]
Set = Mapping[str, Any]
_AROUND = 8  # rows on either side of the one that is asked of
_SELECT = re.compile(
    r"""SELECT "(?P<column>[^"]+)" FROM "(?P<table>[^"]+)" """
    r"""WHERE "(?P<key>[^"]+)" = '(?P<value>[^']+)';"""
)


def read_sets(path: Path, *, held_back: bool) -> Iterator[Set]:
    """Yield sets of a file; one in ``HELD_BACK`` is kept to measure on."""
    for number, row in enumerate(read_lines(path)):
        if (number % HELD_BACK == 0) == held_back:
            yield row


def retqa_sets(data: Path, dice: random.Random, number: int) -> Iterator[Set]:
    """Yield so many training questions for one cell, each with its table and another like it.

    The other is one that has the row as well, another month's, where there is one.
    """
    tables = {row["name"]: row for row in read_lines(data / "retqa" / "tables.jsonl.xz")}
    alike: dict[tuple[str, ...], list[Table]] = {}
    having: dict[str, list[Table]] = {}
    for table in tables.values():
        alike.setdefault(tuple(table["columns"]), []).append(table)
        for cells in table["rows"]:
            having.setdefault(cells[0], []).append(table)
    rows = list(read_lines(data / "retqa" / "train.jsonl.xz"))
    for row in dice.sample(rows, len(rows)):
        found = _SELECT.fullmatch(row["sql"])
        if not found or found["table"] not in tables:
            continue
        table = tables[found["table"]]
        if {found["column"], found["key"]} - {*table["columns"]}:
            continue
        key, column = (table["columns"].index(found[name]) for name in ("key", "column"))
        held = [at for at, cells in enumerate(table["rows"]) if cells[key] == found["value"]]
        if len(held) != 1 or not table["rows"][held[0]][column]:
            continue
        name = table["rows"][held[0]][0]
        others = [other for other in having[name] if other is not table]
        other = dice.choice(others or alike[tuple(table["columns"])])
        if other is table:
            continue
        yield {
            "tables": [_few(table, held[0]), _few(other, _row_of(other, name))],
            "items": [
                {
                    "question": row["question"],
                    "table": 0,
                    "row": min(held[0], _AROUND),
                    "column": column,
                    "lacking": {"1": []},
                }
            ],
        }
        number -= 1
        if number == 0:
            return


def _few(table: Table, row: int) -> Table:
    """Return a table with the rows around one: some have hundreds."""
    rows = table["rows"][max(0, row - _AROUND) : row + _AROUND]
    return {"title": table["name"], "columns": table["columns"], "rows": rows}


def _row_of(table: Table, name: str) -> int:
    return next((at for at, cells in enumerate(table["rows"]) if cells[0] == name), 0)


def table_lessons(sets: Iterable[Set], name: str, dice: random.Random) -> Iterator[Lesson]:
    """Yield for each question a lesson of every passage that it is asked of, together in a group.

    ``name`` is that of the groups.
    """
    for number, row in enumerate(sets):
        texts = [_text(table) for table in row["tables"]]
        passages = [[text[slice(*span)] for span in split(text)] for text in texts]
        for at, item in enumerate(row["items"]):
            group = f"{name} {number} {at}"
            for which, table in enumerate(row["tables"]):
                title = table["title"] + "\n"
                others = sorted(passages[which], key=lambda text: -_shared(item["question"], text))
                if which == item["table"]:
                    passage, span = _cell(table, item["row"], item["column"], passages[which])
                    answer = tuple(place + len(title) for place in span)
                    yield Lesson(
                        item["question"],
                        title + passage,
                        heading=len(title),
                        answers=((answer[0], answer[1]),),
                        unsupported=(),
                        supported=True,
                        kind="table",
                        group=group,
                    )
                    others = [other for other in others if other != passage][:2]
                    if others:
                        yield _wrong(item["question"], title, dice.choice(others), group)
                else:
                    lacking = item["lacking"][str(which)]
                    yield _wrong(item["question"], title, others[0], group, lacking)


def _wrong(
    question: str, title: str, passage: str, group: str, lacking: Sequence[str] = ()
) -> Lesson:
    spans = tuple((question.index(words), question.index(words) + len(words)) for words in lacking)
    return Lesson(
        question,
        title + passage,
        heading=len(title),
        answers=(),
        unsupported=spans or None,
        supported=False,
        kind="table",
        group=group,
    )


def _text(table: Table) -> str:
    return "\n".join(table_lines([table["columns"], *table["rows"]]))


def _cell(table: Table, row: int, column: int, passages: Sequence[str]) -> tuple[str, Span]:
    """Return the passage in which a cell stands, and where there, with the unit of its column."""
    line = table_lines([table["columns"], *table["rows"]])[row]
    named = [name for name, cell in zip(table["columns"], table["rows"][row], strict=True) if cell]
    name = table["columns"][column]
    start = line.index(f"{name}：") + len(name) + 1
    following = named[named.index(name) + 1 :]
    end = line.index(f"，{following[0]}：", start) if following else len(line) - 1
    passage = next(text for text in passages if line in text)
    at = passage.index(line)
    return passage, (at + start, at + end)


def _shared(question: str, passage: str) -> int:
    """Return how many of a question's pairs of characters a passage has."""
    folded, said = fold(question), fold(passage)
    return sum(folded[at : at + 2] in said for at in range(len(folded) - 1))
