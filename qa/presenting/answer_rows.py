"""Answers as rows of a sheet: each thing that is said, with its own quote and where that stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import NamedTuple

from qa.presenting import tables
from qa.presenting.citing import as_gbt7714
from qa.presenting.presenting import SURENESS, said, sureness
from qa.presenting.transcript import Unanswered
from qa.types import SMALL_TALK, SURVEYED, Answer, Citation

QUESTION = "问题"
HEADS = ("分项", "答案", "把握", "原文", "文章", "来源", "日期", "出处", "最接近的原文")
LISTED = 100  # articles of a listing; how many there are, its text says
_COMPUTED = "计算"
_MARK = re.compile(r" ?\[\d+\]")  # of a citation: rows have their quotes and no numbers


class AnswerRow(NamedTuple):
    """What stands under :data:`HEADS`.

    Without evidence there is no quote and no citation; article, source and day are then those of
    the ``nearest`` text, if there is one.
    """

    part: str = ""
    answer: str = ""
    sureness: str = ""
    quote: str = ""
    article: str = ""
    source: str = ""
    published: str = ""
    citation: str = ""
    nearest: str = ""


def answer_rows(answer: Answer, accessed: date) -> tuple[AnswerRow, ...]:
    """Return the rows of an answer, one at least; ``accessed`` is the day that references name.

    A table has a row a part, and one for what was computed.  Articles that differ have a row each,
    those that agree are cited together.
    """
    rows = list(_rows(answer, accessed)) or [AnswerRow(answer=answer.text)]
    if answer.nearest is not None:
        nearest = answer.nearest
        rows[0] = rows[0]._replace(**_place(nearest), nearest=nearest.quote)
    return tuple(rows)


def conversation_rows(
    answers: Sequence[Answer | Unanswered], accessed: date
) -> list[tuple[str, ...]]:
    """Return the rows of answers, each behind its question."""
    return [
        (answer.question, *row)
        for answer in answers
        for row in (
            [AnswerRow(answer=answer.happened)]
            if isinstance(answer, Unanswered)
            else answer_rows(answer, accessed)
        )
    ]


def _rows(answer: Answer, accessed: date) -> Iterator[AnswerRow]:
    if answer.table is not None:
        yield from _tabled(answer, accessed)
    elif answer.status == "no_evidence" or answer.kind in SMALL_TALK:
        return
    elif answer.kind in SURVEYED:
        yield from _surveyed(answer, accessed)
    else:
        sure = SURENESS[sureness(answer.confidence)]
        for thing in said(answer):
            yield _cited(AnswerRow(answer=thing.text, sureness=sure), thing.citations, accessed)


def _tabled(answer: Answer, accessed: date) -> Iterator[AnswerRow]:
    for line in tables.lines(answer):
        row = AnswerRow(part=line.part, answer=line.value)
        if line.citation is None:
            yield row
        else:
            sure = SURENESS[sureness(line.confidence)]
            yield _cited(row._replace(sureness=sure), [line.citation], accessed)
    if answer.table is not None and (computed := tables.computed(answer.table)):
        yield AnswerRow(part=_COMPUTED, answer=_MARK.sub("", computed))


def _surveyed(answer: Answer, accessed: date) -> Iterator[AnswerRow]:
    """Yield the articles that are listed, or else what is quoted of them."""
    listing = answer.listing if answer.kind == "articles" else None
    for citation in islice(listing.entries if listing else answer.citations, LISTED):
        text = answer.text if listing else citation.quote
        yield _cited(AnswerRow(answer=text), [citation], accessed)


def _cited(row: AnswerRow, citations: Sequence[Citation], accessed: date) -> AnswerRow:
    """Return a row with the first of its citations, and the references of all."""
    references = dict.fromkeys(as_gbt7714(citation, accessed) for citation in citations)
    first = citations[0]
    return row._replace(**_place(first), quote=first.quote, citation="\n".join(references))


def _place(citation: Citation) -> dict[str, str]:
    article = citation.article
    return {
        "article": article.title.strip() or article.path,
        "source": article.source,
        "published": article.published.isoformat() if article.published else "",
    }
