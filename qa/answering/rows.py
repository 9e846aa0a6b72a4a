"""The rows of a table as articles have them: a line each, in which every column is named.

``qa.articles.layout.tables`` writes them, “镇：甲镇，引进项目（个）：6个。”, so a cell is a stretch
of the article like any other, and can be quoted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from qa.text import answer_span, fold
from qa.types import Answer, Article, Citation, Span

SHOWN = 100  # rows that a table of an answer has at most
MOST_ROWS = 2_000  # of a table, before a line of it and after
_COLUMN = re.compile("(?:^|，)([^，：]{1,60})：")
_SHARED = 2  # columns that lines have in common if they are rows of one table
_SUMMED = 4  # rows, the total among them
_FIGURE = re.compile(r"([-+]?\d[\d,]*(?:\.\d+)?)(.*)")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")  # 09月 is 9月


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line of an article, and where in the article each column's cell stands."""

    line: Span
    cells: Mapping[str, Span]


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """Rows of one table of an article."""

    article: Article
    rows: Sequence[TableRow]

    @property
    def columns(self) -> list[str]:
        """The columns' names, in their order."""
        return list(dict.fromkeys(name for row in self.rows for name in row.cells))

    def text(self, row: TableRow, column: str) -> str:
        """Return what a cell says, nothing where there is none."""
        start, end = row.cells.get(column, (0, 0))
        return self.article.text[start:end]

    def column_of(self, span: Span) -> str:
        """Return the column in one of whose cells a span lies; nothing if it lies in none."""
        for row in self.rows:
            if row.line[0] <= span[0] < row.line[1]:
                for name, (start, end) in row.cells.items():
                    if start <= span[0] and span[1] <= end:
                        return name
        return ""

    def named(self, column: str) -> dict[str, TableRow]:
        """Return the rows by what they have in a column; nothing if two have the same."""
        found = {name: row for row in self.rows if (name := self.text(row, column))}
        return found if len(found) == sum(column in row.cells for row in self.rows) else {}

    def alike(self, column: str, name: str, answer: Answer) -> dict[str, Answer]:
        """Return an answer for each row, by what it has in ``column``, like that for ``name``.

        Empty unless the answer is a cell of the row that has that name.
        """
        rows = self.named(column)
        if name not in rows or answer.status != "answered":
            return {}
        cited = answer.citations[0]
        said = answer_span(cited.quote, answer.text.split("\n")[0])
        if said is None or cited.article.id != self.article.id:
            return {}
        place = cited.start + said[0], cited.start + said[1]
        told = self.column_of(place)
        if told in {"", column} or not rows[name].line[0] <= place[0] < rows[name].line[1]:
            return {}
        found = {other: self._answer(answer, row, told) for other, row in rows.items()}
        return {other: each for other, each in found.items() if each is not None}

    def _answer(self, answer: Answer, row: TableRow, column: str) -> Answer | None:
        said = self.text(row, column)
        if not said:
            return None
        text, end = self.article.text, row.line[1]
        # The quote begins behind what could be taken for the cell: the 6 of 6月.
        starts = [row.line[0], *(at - len(f"{name}：") for name, (at, _) in row.cells.items())]
        start = next(
            at
            for at in sorted(starts)
            if (found := answer_span(text[at:end], said)) and at + found[0] == row.cells[column][0]
        )
        cited = Citation(1, self.article, text[start:end], start, end)
        return replace(answer, text=said, citations=(cited,), related=())

    def speaks_of(self, place: int, question: str) -> bool:
        """Tell whether a place is in a row of which a question speaks: 何嘉's, if it names her.

        Of 84 questions over tables kept back, the reader pointed into a wrong row for seven that
        this tells, and this is wrong for two of the others.  The columns that are named tell less.
        """
        rows = self.admitted(question).rows
        return any(row.line[0] <= place < row.line[1] for row in rows)

    def without_total(self) -> Grid:
        """Return the rows but for the first or the last, if that is the sum of all others.

        合计 is no department.  In every column of figures that are no shares it has to be, as far
        as they are rounded; of fewer than ``_SUMMED`` rows one can be by chance.
        """
        for total, others in ((self.rows[-1], self.rows[:-1]), (self.rows[0], self.rows[1:])):
            sums = [
                _is_sum(self.text(total, column), [self.text(row, column) for row in others])
                for column in self.columns
            ]
            if True in sums and False not in sums and len(self.rows) >= _SUMMED:
                return Grid(self.article, others)
        return self

    def admitted(self, question: str) -> Grid:
        """Return the rows of which a question speaks: 广州市 or 9月, where columns have such cells.

        A cell counts that has more than a figure or a character, and that not all rows have.
        """
        asked = _plain(question)
        rows = list(self.rows)
        for column in self.columns:
            said = {self.text(row, column) for row in rows}
            meant = {text for text in said if _is_named(text, asked)}
            if meant and len(said) > len(meant):
                rows = [row for row in rows if self.text(row, column) in meant]
        return Grid(self.article, rows)


def grid_at(article: Article, place: int, most: int = MOST_ROWS) -> Grid | None:
    """Return the table in one of whose rows a place of an article stands; None if it does not.

    Of a long one it has at most so many rows before that row and after.
    """
    text = article.text
    own = text.rfind("\n", 0, place) + 1, _end(text, place)
    names = set(_columns(text, own))
    if len(names) < _SHARED:
        return None
    lines = [*_above(text, own[0], names, most), own, *_below(text, own[1], names, most)]
    counts = Counter(name for line in lines for name in set(_columns(text, line)))
    # What is in a few lines only may be a part of a cell: “备注：同意，说明：见附件”.
    common = {name for name, count in counts.items() if 2 * count >= len(lines)}
    if len(lines) < _SHARED or len(common) < _SHARED:
        return None
    return Grid(article, [TableRow(line, dict(_cells(text, line, common))) for line in lines])


def _above(text: str, start: int, names: set[str], most: int) -> list[Span]:
    found: list[Span] = []
    while start > 0 and len(found) < most:
        line = text.rfind("\n", 0, start - 1) + 1, start - 1
        if len(names & set(_columns(text, line))) < _SHARED:
            break
        found.append(line)
        start = line[0]
    return found[::-1]


def _below(text: str, end: int, names: set[str], most: int) -> Iterator[Span]:
    for _ in range(most):
        line = end + 1, _end(text, end + 1)
        if line[0] >= len(text) or len(names & set(_columns(text, line))) < _SHARED:
            return
        yield line
        end = line[1]


def _end(text: str, place: int) -> int:
    found = text.find("\n", place)
    return len(text) if found < 0 else found


def _columns(text: str, line: Span) -> Iterator[str]:
    return (match[1] for match in _COLUMN.finditer(text[slice(*line)]))


def _cells(text: str, line: Span, names: set[str]) -> Iterator[tuple[str, Span]]:
    start, end = line
    found = [match for match in _COLUMN.finditer(text[start:end]) if match[1] in names]
    last = end - text[start:end].endswith("。")
    stops = [*(start + match.start() for match in found[1:]), last]
    for match, stop in zip(found, stops, strict=False):
        yield match[1], (start + match.end(), stop)


def _is_sum(total: str, others: Sequence[str]) -> bool | None:
    """Tell whether a cell is the sum of others; None where not all of them are figures."""
    found = [_FIGURE.match(fold(text)) for text in (total, *others)]
    figures = [match for match in found if match is not None]
    if len(figures) < len(found) or len({match[2] for match in figures}) > 1:
        return None
    if figures[0][2].startswith("%"):
        return None
    first, *rest = (Decimal(match[1].replace(",", "")) for match in figures)
    exponents = [value.as_tuple().exponent for value in (first, *rest)]
    unit = Decimal(1).scaleb(min(int(exponent) for exponent in exponents))
    return abs(first - sum(rest)) <= unit * len(rest) / 2 if min(exponents) else first == sum(rest)


def _plain(text: str) -> str:
    return _ZEROS.sub("", fold(text))


def _is_named(cell: str, asked: str) -> bool:
    return len(cell) > 1 and not _is_figure(cell) and _plain(cell) in asked


def _is_figure(text: str) -> bool:
    return not any(character.isalpha() for character in text)
