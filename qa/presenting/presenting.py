"""What every way of showing an answer has to decide alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from qa.language.numbers import figures
from qa.text import answer_span, fold
from qa.types import Answer, Citation, Filters, Span, Table

Sureness = Literal["high", "fair", "low"]

# Of the answers called "high" (可靠) to development questions that a folder of 1,585 documents was
# asked at least 95 % quote the right sentence, of those called "fair" three in four
# (qa.training.calibrate prints the curve): no word here may promise more.
HIGH = 0.91
FAIR = 0.7
SURENESS: Mapping[Sureness, str] = {
    "high": "可靠",
    "fair": "把握较大，请核对原文",
    "low": "把握不大，请核对原文",
}


class Said(NamedTuple):
    """One of the things that an answer says, and the citations that say it."""

    text: str
    citations: tuple[Citation, ...]


def sureness(confidence: float) -> Sureness:
    """Return how sure an answer with this confidence is."""
    return "high" if confidence >= HIGH else "fair" if confidence >= FAIR else "low"


def where(citation: Citation) -> list[str]:
    """Return the page that a quote begins on, and whether it was read from a picture, if so."""
    page = [f"第{citation.page}页"] if citation.page is not None else []
    return page + (["识别自图片"] if citation.recognized else [])


def within(filters: Filters) -> list[str]:
    """Return what filters restrict, each in words."""
    forms = {
        "source": "来源：{}",
        "title": "标题含有：{}",
        "since": "{} 起",
        "until": "{} 止",
        "path": "路径：{}",
        "article": "只问：{}",
    }
    held = ((form, getattr(filters, name)) for name, form in forms.items())
    return [form.format(value) for form, value in held if value]


def said(answer: Answer) -> list[Said]:
    """Return what an answer says: one thing, or several where articles differ.

    Each is a line of the answer's text, and the citations begin with one for each, in that order;
    or it is a value of the answer's table.
    """
    if answer.table is not None:
        return _tabled(answer, answer.table)
    lines = answer.text.split("\n") if answer.citations else []
    of: list[list[Citation]] = [[] for _ in lines]
    for place, citation in enumerate(answer.citations):
        speaking = (n for n, line in enumerate(lines) if _says_exactly(citation.quote, line))
        of[place if place < len(lines) else next(speaking, 0)].append(citation)
    return [Said(line, tuple(found)) for line, found in zip(lines, of, strict=True)]


def _tabled(answer: Answer, table: Table) -> list[Said]:
    """Return each value of a table with its citation, and the others that say what it does."""
    cells = [cell for row in table.rows for cell in row.cells if cell.citation]
    own = {cell.citation for cell in cells}
    others = [citation for citation in answer.citations if citation.number not in own]
    return [
        Said(
            cell.text,
            tuple(
                citation
                for citation in answer.citations
                if citation.number == cell.citation
                or (citation in others and cell.text in citation.quote)
            ),
        )
        for cell in cells
    ]


def marked_span(answer: Answer, citation: Citation) -> Span | None:
    """Return where a citation's quote says the answer, or the same figure in another spelling."""
    own = next((item.text for item in said(answer) if citation in item.citations), answer.text)
    return said_span(citation.quote, own)


def said_span(quote: str, text: str) -> Span | None:
    """Return where a quote says ``text``, or the same figure in another spelling."""
    return _says_exactly(quote, text) or answer_span(fold(quote), fold(text))


@lru_cache(maxsize=1024)  # one answer asks for the same again and again
def _says_exactly(quote: str, text: str) -> Span | None:
    """Return where the quote says ``text``, in whatever script, or the same amount."""
    span = answer_span(fold(quote), fold(text), whole=True)
    if span is not None:
        return span
    wanted = {(figure.kind, figure.value) for figure in figures(fold(text))}
    same = (item for item in figures(fold(quote)) if (item.kind, item.value) in wanted)
    return next(((figure.start, figure.end) for figure in same), None)
