"""A sheet of questions: which of its columns holds them, and what else stands beside them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.articles.decoding import decode
from qa.articles.formats import READERS, Cell, open_regular
from qa.articles.sandbox import Sandbox
from qa.errors import ArticleUnreadableError, SheetError, refusal
from qa.language.questions import parse
from qa.presenting.answer_rows import QUESTION
from qa.presenting.spreadsheet import LONGEST
from qa.text import fold

MAX_BYTES = 16 << 20  # of the file
MAX_ROWS = 10_000  # which are some hours of asking
MAX_COLUMNS = 100
_HEADS = frozenset({QUESTION, "question"})
_NONE = "\x1f"  # a character that no question has
_SEPARATORS = ",;\t"  # not the Chinese comma: a question without a head may have one


@dataclass(frozen=True, slots=True)
class QuestionSheet:
    """The heads and rows of a sheet, all of one width; the questions stand in ``column``."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    column: int

    def question(self, row: tuple[Cell, ...]) -> str:
        """Return the question in a row; empty where there is none."""
        return str(row[self.column]).strip()

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions in their order, those that are the same once."""
        return tuple(filter(None, dict.fromkeys(map(self.question, self.rows))))


def read_questions(path: Path) -> QuestionSheet:
    """Read a workbook's first sheet, or comma-separated values.

    The questions stand in the column whose head is 问题 or question, or else in the first one.
    Where no head is such, and the first row asks something already, the sheet has no heads.

    Raises:
        SheetError: if the file cannot be read, is too large, or has no questions.
    """
    try:
        rows = _bounded(path, _rows(path))
    except ArticleUnreadableError as error:
        raise SheetError(
            "sheet_unreadable", "{path} cannot be read: {why}", path=path, why=error
        ) from error
    except OSError as error:
        raise SheetError(
            "sheet_unreadable", "{path} cannot be read: {why}", path=path, why=refusal(error)
        ) from error
    sheet = _sheet(rows)
    if not sheet.questions:
        raise SheetError(
            "sheet_without_questions",
            "{path} has no questions; write them below each other, in a column headed 问题",
            path=path,
        )
    return sheet


def _rows(path: Path) -> Iterable[list[Cell]]:
    reader = READERS.get(path.suffix.lower())
    if reader not in {"csv", "spreadsheet"}:
        raise SheetError(
            "questions_kind_unknown",
            "{path} is no sheet of questions; save it as .xlsx or .csv",
            path=path,
        )
    with open_regular(path) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SheetError(
            "sheet_too_large",
            "{path} has more than {limit} MiB; split it",
            path=path,
            limit=MAX_BYTES >> 20,
        )
    if reader == "csv":
        return _values(decode(data))
    with Sandbox(articles=path.parent) as sandbox:
        return sandbox.cells(path.absolute())


def _values(text: str) -> Iterator[list[Cell]]:
    first = text.lstrip("\ufeff \r\n").split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    if separator not in first:
        separator = _NONE  # it is one column, and a comma in it is one of a question
    lines = io.StringIO(text.lstrip("\ufeff"), newline="")
    # The module's limit is one for the process, and whoever set it last would decide: how long a
    # cell may be is said by _bounded.
    csv.field_size_limit(MAX_BYTES)
    try:
        for row in csv.reader(lines, delimiter=separator):
            yield [*row]
    except csv.Error as error:
        raise ArticleUnreadableError(
            "table_damaged", "the file is no table of values: {said}", said=error
        ) from error


def _bounded(path: Path, rows: Iterable[list[Cell]]) -> list[tuple[Cell, ...]]:
    """Return the rows, all of one width, without empty ones before the first and after the last."""
    kept: list[list[Cell]] = []
    empty = 0
    for number, row in enumerate(rows, start=1):
        filled = [place for place, cell in enumerate(row, start=1) if str(cell).strip()]
        if not filled:
            empty += bool(kept)
            continue
        if len(kept) + empty > MAX_ROWS:  # beside the head
            raise SheetError(
                "sheet_too_long",
                "{path} has more than {limit:,} rows; split it",
                path=path,
                limit=MAX_ROWS,
            )
        if filled[-1] > MAX_COLUMNS:
            raise SheetError(
                "sheet_too_wide",
                "{path} has more than {limit} columns; leave some out",
                path=path,
                limit=MAX_COLUMNS,
            )
        if any(len(cell) > LONGEST for cell in row if isinstance(cell, str)):
            raise SheetError(
                "sheet_cell_too_long",
                "row {row} of {path} has a cell of more than {limit:,} characters; shorten it",
                row=number,
                path=path,
                limit=LONGEST,
            )
        kept += [[] for _ in range(empty)]
        kept.append(row[: filled[-1]])
        empty = 0
    width = max(map(len, kept), default=0)
    return [(*row, *[""] * (width - len(row))) for row in kept]


def _sheet(rows: list[tuple[Cell, ...]]) -> QuestionSheet:
    if not rows:
        return QuestionSheet((), (), 0)
    heads = [str(head).strip() for head in rows[0]]
    column = next((n for n, head in enumerate(heads) if fold(head) in _HEADS), None)
    if column is None and _asks(heads[0]):
        return QuestionSheet((QUESTION, *[""] * (len(heads) - 1)), tuple(rows), 0)
    return QuestionSheet(tuple(heads), tuple(rows[1:]), column or 0)


def _asks(text: str) -> bool:
    """Tell a question from the head of a column."""
    return text.endswith(("?", "？")) or parse(text).kind != "text"
