"""Answer the questions of a spreadsheet, with quotes and sources.

python docs/examples/batch.py LIBRARY QUESTIONS.csv ANSWERS.csv

'yinju ask --file' does more of this: workbooks, too, and it goes on where it was stopped.
QUESTIONS.csv is what a spreadsheet saves as CSV; it has a column 问题 or question, and its other
columns are kept.  Excel opens ANSWERS.csv by a double click.  The library is one that 'yinju sync'
made.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from qa import Library, YinjuError

QUESTION = ("问题", "question")
ADDED = ("答案", "引文", "标题", "来源", "日期", "文件", "把握")


def answered(library: Library, question: str) -> dict[str, str]:
    """Return what is to be written beside a question; the answer is empty without evidence."""
    answer = library.ask(question)
    if answer.status == "no_evidence":
        return dict.fromkeys(ADDED, "")
    first = answer.citations[0]
    article = first.article
    day = article.published.isoformat() if article.published else ""
    sure = f"{answer.confidence:.2f}"
    cells = (answer.text, first.quote, article.title, article.source, day, article.path, sure)
    return dict(zip(ADDED, map(harmless, cells), strict=True))


def harmless(cell: str) -> str:
    """Return a cell that a spreadsheet shows and does not compute: articles are not ours."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table in UTF-8, or in what Excel writes on a Chinese Windows."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def main(arguments: Sequence[str]) -> int:
    """Answer every row, and return the exit status."""
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    place, questions, answers = map(Path, arguments)
    rows = rows_of(questions)
    column = next((name for name in QUESTION if rows and name in rows[0]), None)
    if column is None:
        print(f"{questions} has no column {' or '.join(QUESTION)}", file=sys.stderr)
        return 2
    try:
        with Library.open(place) as library:
            done = [{**row, **answered(library, row[column])} for row in rows if row[column]]
    except YinjuError as error:
        print(error, file=sys.stderr)
        return 2
    with answers.open("w", encoding="utf-8-sig", newline="") as file:  # the mark tells Excel
        writer = csv.DictWriter(file, [*rows[0], *ADDED], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(done)
    print(f"{sum(bool(row['答案']) for row in done)} / {len(done)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
