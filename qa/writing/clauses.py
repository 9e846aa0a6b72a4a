"""Clauses: of a written sentence, and of the quotes that it is held against."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from qa.answering.place_scope import NAMED_AFTER
from qa.articles.passages import headings_at
from qa.language.names import places
from qa.language.periods import Period, periods
from qa.language.tokens import Word, tag
from qa.text import fold, sentences
from qa.types import Citation, Span
from qa.writing.amounts import amounts, days
from qa.writing.content_words import YEAR, content_words

_CLAUSE = re.compile(r"(?:(?<!\d),|,(?!\d{3}(?!\d))|[;。!?…\n])+")


class QuoteClause(NamedTuple):
    """A clause of a quote; offsets are in the citation's article."""

    citation: Citation
    start: int
    end: int
    text: str  # folded
    before: str  # the clause before it in the sentence
    lead: str  # all of the sentence before it
    sentence: str  # folded


@dataclass(frozen=True, slots=True)
class WrittenClause:
    """A clause of a written sentence, with the place and time that earlier ones give it.

    ``lasting`` is what of the setting holds for more than the figures beside it: a year that
    something else was said of does not, as in “1990年出生于甲地，现居乙地”.  ``said`` is the
    sentence up to the clause's end.
    """

    text: str
    setting: str
    lasting: str
    said: str


def sources(citation: Citation) -> Iterator[QuoteClause]:
    """Yield the clauses of a quote."""
    quote = fold(citation.quote)
    for first, last in sentences(quote):
        before = ""
        for start, end in clauses(quote[first:last]):
            text = quote[first + start : first + end]
            at = citation.start + first + start
            lead = quote[first : first + start]
            yield QuoteClause(citation, at, at + len(text), text, before, lead, quote[first:last])
            before = text


def clauses(text: str) -> Iterator[Span]:
    """Yield the clauses of a folded text, those of nothing but white space excepted."""
    start = 0
    for match in (*_CLAUSE.finditer(text), None):
        end = match.start() if match else len(text)
        if text[start:end].strip():
            yield start, end
        start = match.end() if match else end


def setting_of(said: str) -> str:
    """Return the year and the place of which a folded sentence speaks, where it is only one."""
    bases = {place.base: said[place.start : place.end] for place in places(said)}
    years = dict.fromkeys(YEAR.findall(said))
    year = next(iter(years)) if len(years) == 1 else ""
    return year + (next(iter(bases.values())) if len(bases) == 1 else "")


def claims(said: str, before: str) -> Iterator[WrittenClause]:
    """Yield the clauses of a sentence, each with the place, year and period said before it."""
    period = ""
    year = lasting = match[0] if (match := YEAR.search(before)) else ""
    place = before.removeprefix(year)
    for start, end in clauses(said):
        text = said[start:end]
        here = [found for found in places(text) if not NAMED_AFTER.match(text, found.end)]
        own = YEAR.search(text)
        own_period = periods(text)
        if own:
            year, period, lasting = own[0], "", "" if content_words(text) else own[0]
        if own_period:
            period = period_text(own_period[0])
        when = "" if own else year
        part = "" if own_period or days(text) else period
        where = "" if here else place
        if here:
            place = text[here[0].start : here[0].end]
        still = "" if own else lasting
        yield WrittenClause(text, f"{when}{part}{where}", f"{still}{part}{where}", said[:end])


def period_text(period: Period) -> str:
    """Return a period as it is written: the first half of a year is 1-6月."""
    first, last = period
    return f"{first}-{last}月" if first != last else f"{first}月"


@lru_cache(maxsize=256)
def context(citation: Citation, start: int) -> str:
    """Return title and headings, which tell what a quote is about."""
    article = citation.article
    headings = [article.text[a:b] for a, b in headings_at(article.text, start)]
    return fold("\n".join([article.title, *headings]))


def subject_of(clause: str) -> list[Word]:
    """Return the content words before the verb of a clause; none where a figure comes first."""
    first = min((amount.start for amount in amounts(clause)), default=len(clause))
    verb = next((word.start for word in tag(clause) if word.flag == "v"), len(clause))
    return [word for word in content_words(clause) if word.end <= verb < first]
