"""Candidates put together: what several articles say alike, and what they say differently."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from qa.answering.candidates import Candidate
from qa.answering.quotes import quoted_sentences
from qa.language.names import base
from qa.language.numbers import figures
from qa.language.questions import Question
from qa.text import fold
from qa.types import Citation

MAX_CITATIONS = 5
# Share of the best candidate's confidence from which another is shown too; on the development
# questions .5 and .3 quote the same first, .2 a newer report that is wrong.
SHOWN_BESIDE = 0.3
# Share of it from which one is as sure: a newer report of something else is not to stand first.
AS_SURE = 0.5
_DATE = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(?:(\d{1,2})[日号])?(?<!^)")
_NAME = 3  # characters of a name, one more of which makes it another's
_DEFINITE = frozenset({"number", "date", "person", "place", "entity"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that is said, with the candidates that say it, the surest first."""

    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate:
        """The candidate that stands for the others."""
        return self.candidates[0]

    @property
    def newest(self) -> date:
        """The day of the newest article that says it."""
        return max(candidate.hit.article.published or date.min for candidate in self.candidates)


def gather(question: Question, candidates: Sequence[Candidate]) -> list[Statement]:
    """Return what is said in answer, given candidates that hold, the surest first.

    What agrees with the best candidate is one statement.  Another article's candidate that is sure
    enough and says otherwise is one of its own.  Of those about as sure as the surest the newest
    comes first, then come the others.
    """
    groups: list[list[Candidate]] = []
    heard: dict[int, list[Candidate]] = {}  # by article: each speaks for one statement only
    for candidate in candidates:
        article = candidate.hit.article.id
        group = next((group for group in groups if agree(group[0], candidate)), None)
        if group is None and (
            not groups
            or (
                question.kind in _DEFINITE
                and article not in heard
                and candidate.confidence >= SHOWN_BESIDE * candidates[0].confidence
            )
        ):
            group = []
            groups.append(group)
        if group is not None and heard.setdefault(article, group) is group:
            group.append(candidate)
    said = [Statement(tuple(group)) for group in groups]
    least = AS_SURE * max((statement.best.confidence for statement in said), default=0.0)
    return sorted(said, key=lambda statement: _order(statement, least), reverse=True)


def _order(statement: Statement, least: float) -> tuple[bool, float]:
    sure = statement.best.confidence
    return (True, statement.newest.toordinal()) if sure >= least else (False, sure)


def agree(one: Candidate, other: Candidate) -> bool:
    """Tell whether two say the same: 1.5亿元 is 15000万元, 1963年 leaves open the day."""
    left, right = (re.sub(r"\s+", "", fold(candidate.text)) for candidate in (one, other))
    day, other_day = _DATE.fullmatch(left), _DATE.fullmatch(right)
    if day and other_day:
        parts = zip(day.groups(), other_day.groups(), strict=True)
        return all(part is None or also is None or int(part) == int(also) for part, also in parts)
    amounts = [{(figure.kind, figure.value) for figure in figures(text)} for text in (left, right)]
    if any(amounts):
        return amounts[0] == amounts[1]
    short, long = sorted((left, right), key=len)
    if len(short) <= _NAME:  # 鹤山 is 鹤山市, 李明 is 书记李明, but not 李明明
        return base(short) == base(long) or long.endswith(short)
    return short in long


def cite(statements: Sequence[Statement], *, whole: bool) -> tuple[Citation, ...]:
    """Quote every statement once, then what else says the same, up to ``MAX_CITATIONS``."""
    ordered = [statement.best for statement in statements]
    ordered += [candidate for statement in statements for candidate in statement.candidates[1:]]
    citations: list[Citation] = []
    seen: set[tuple[int, int]] = set()
    for candidate in ordered:
        article, passage = candidate.hit.article, candidate.hit.passage
        start, end = quoted_sentences(
            article.text, (passage.start, passage.end), candidate.span, whole=whole
        )
        if (article.id, start) not in seen and len(citations) < MAX_CITATIONS:
            seen.add((article.id, start))
            quote = article.text[start:end]
            citations.append(Citation(len(citations) + 1, article, quote, start, end))
    return tuple(citations)
