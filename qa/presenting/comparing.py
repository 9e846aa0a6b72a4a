"""What several articles say to one question, side by side, where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qa.presenting.presenting import marked_span, said
from qa.types import SURVEYED, Answer, Citation


@dataclass(frozen=True, slots=True)
class Row:
    """What one article says: ``says`` stands in the quote of citation ``number``."""

    published: date | None
    source: str
    title: str
    says: str
    number: int


def compare(answer: Answer) -> tuple[Row, ...]:
    """Return what the cited articles say, the newest first, those without a date last.

    There is nothing to compare, and no row, where all say the same or one article speaks alone, and
    where they were not asked for one fact.
    """
    if answer.kind in SURVEYED:
        return ()
    speaking = {citation.article.id for citation in answer.citations}
    lines = said(answer)
    if answer.table is not None or len(speaking) < 2 or len({line.text for line in lines}) < 2:
        return ()
    rows = [
        Row(
            published=citation.article.published,
            source=citation.article.source,
            title=citation.article.title,
            says=_says(answer, citation, line.text),
            number=citation.number,
        )
        for line in lines
        for citation in line.citations
    ]
    rows.sort(key=lambda row: row.number)
    return tuple(sorted(rows, key=lambda row: row.published or date.min, reverse=True))


def _says(answer: Answer, citation: Citation, line: str) -> str:
    """Return the article's own words for it: 六十个 where another has 60个."""
    span = marked_span(answer, citation)
    return citation.quote[slice(*span)] if span else line
