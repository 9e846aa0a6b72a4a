"""Answers to the parts of a question, put together as a table; and what is computed of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from qa.answering.answering import not_found
from qa.answering.computing import COMPUTABLE, compute, operands, ranked
from qa.answering.parts import RANKING, Part
from qa.answering.rows import SHOWN
from qa.asking.asked import Asked
from qa.types import Answer, Cell, Citation, Computed, Row, Table


@dataclasses.dataclass(frozen=True, slots=True)
class _Line:
    """A part with its answer, and the value that stands for it with its quote, if there is one."""

    part: Part
    answer: Answer
    value: str
    citation: Citation | None

    @property
    def confidence(self) -> float:
        return self.answer.confidence if self.citation else 0.0


def tabulate(asked: Asked, answered: Sequence[tuple[Part, Answer]]) -> Answer:
    """Return one answer of those to its parts, with a table; without any there is no evidence."""
    lines = [_line(part, answer) for part, answer in answered]
    if asked.kind == "series":  # a gap is a year between two that are told of
        told = [number for number, line in enumerate(lines) if line.citation]
        lines = lines[told[0] : told[-1] + 1] if told else lines
    if asked.compute in RANKING:
        lines = _in_order(asked.compute, lines)[:SHOWN]
    quoted: dict[tuple[int, int, int], Citation] = {}
    for line in lines:
        if line.citation is not None:
            key = (line.citation.article.id, line.citation.start, line.citation.end)
            quoted.setdefault(key, dataclasses.replace(line.citation, number=len(quoted) + 1))
    rows = tuple(_row(line, quoted) for line in lines)
    table = Table(_columns(asked, [line.part for line in lines]), rows)
    values = [line for line in lines if line.citation]
    if not values:
        nothing = next((line.answer for line in lines), None) or not_found(asked.question)
        return dataclasses.replace(nothing, question=asked.question, reading="", table=table)
    sure = [line.confidence for line in values]
    table = dataclasses.replace(
        table, computed=computed_of(asked.compute, rows, tuple(quoted.values()))
    )
    return Answer(
        question=asked.question,
        status="answered",
        text=values[0].value,
        citations=tuple(quoted.values()),
        related=(),
        missing_terms=(),
        # A result is as sure as the least sure of its values, a row as it is by itself.
        confidence=min(sure) if table.computed else round(sum(sure) / len(sure), 4),
        seconds=0.0,
        table=table,
    )


def says_more(asked: Asked, single: Answer, tabled: Answer) -> bool:
    """Tell whether the answer to a question as one is to be given, instead of that to its parts.

    It is where the parts have no evidence; and where an article states itself, and more surely,
    what would be computed: it has the words that make the question one of several, the superlative,
    and names all the parts.
    """
    if single.status != "answered" or tabled.status != "answered":
        return single.status == "answered"
    quote = single.citations[0].quote
    words = (*asked.part_texts, *asked.dropped_texts)
    is_stated = bool(words) and all(word in quote for word in words)
    return is_stated and single.confidence > tabled.confidence


def computed_of(what: str, rows: Sequence[Row], citations: Sequence[Citation]) -> Computed | None:
    """Return what comes of the rows' values by computing ``what``; None if that is nothing."""
    if what not in COMPUTABLE:
        return None
    quotes = {citation.number: citation.quote for citation in citations}
    given = [
        (row.part, cell.citation, quotes[cell.citation], cell.text)
        for row in rows
        for cell in row.cells
        if cell.citation in quotes
    ]
    return compute(what, operands(given), len(rows))


def _line(part: Part, answer: Answer) -> _Line:
    if answer.status != "answered":
        return _Line(part, answer, "", None)
    first = answer.text.split("\n")[0]
    return _Line(part, answer, first, answer.citations[0])


def _row(line: _Line, quoted: dict[tuple[int, int, int], Citation]) -> Row:
    if line.citation is None:
        cell = Cell(missing=line.answer.missing_terms)
    else:
        key = (line.citation.article.id, line.citation.start, line.citation.end)
        cell = Cell(line.value, quoted[key].number, line.confidence)
    return Row(line.part.name, line.part.question, (cell,))


def _in_order(what: str, lines: Sequence[_Line]) -> list[_Line]:
    """Return lines in the order of their values; those without one, or without a figure, last."""
    told = {number: line for number, line in enumerate(lines) if line.citation}
    given = operands(
        [
            (line.part.name, number, line.citation.quote, line.value)
            for number, line in told.items()
            if line.citation
        ]
    )
    if given is None or len({operand.common for operand in given}) > 1:
        order = list(told)
    else:
        order = [operand.number for operand in ranked(what, given)]
    return [lines[number] for number in order] + [
        line for number, line in enumerate(lines) if number not in told
    ]


def _columns(asked: Asked, parts: Sequence[Part]) -> tuple[str, str]:
    """Return the group's word, and what of its question is said of the first part."""
    if asked.kind == "several" or not parts:
        return asked.group_text, ""
    name, question = parts[0]
    return asked.group_text, question.replace(name, "", 1)
