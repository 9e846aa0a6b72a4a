"""What could be asked instead: questions that the nearest passages do answer.

A statement with a figure is turned into the question for that figure, a person named with an
office into the question for who holds it.  Only what is then answered, from that article and with
that figure or name, is suggested.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from qa.answering.span_context import SpanContext
from qa.language.counting import counted_after
from qa.language.matching import coverage
from qa.language.names import persons, places
from qa.language.numbers import Figure, figures
from qa.language.periods import times
from qa.language.questions import parse
from qa.language.tokens import tag
from qa.text import fold, sentences
from qa.types import Answer, Hit

MOST = 3  # suggestions
MAX_STARTERS_TRIED = 12  # questions to begin with that are asked for three
_SURE = 0.75  # confidence of an answer that somebody new shall see first
MAX_TRIES = 6  # suggestions that are asked for them: each costs the reading of two passages
_LENGTH = range(3, 25)  # characters of a statement's words before the figure
_CLAUSE_END = re.compile(r"[,;、。:!?()\n]")
_LINKS = re.compile(r"(?:达到?|为|是|约|共有?|超过?|近|有|到|至|已|了|首批|首期|:)+$")
_VAGUE = re.compile(r"(?:以上|以下|以内|左右|多)?$")
_ROLE = re.compile("[记长任席理]$")
_LEADING = ("t", "d", "c", "p", "r", "m", "q", "f", "x", "u", "y", "zg")
_NOT_ALONE = re.compile("全[省市县区镇]|其中|各地?")  # says something of what was named before
_UNFIT = re.compile(r"\d|[和与及跟]$")
_OF_DIVISION = re.compile("([省市县区镇乡村])(?:长|委|政府)")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question, what its answer must hold, and in which article.

    ``near`` tells how much it shares with what was asked.
    """

    question: str
    answer: str
    article: int
    near: float


def suggest(answer: Answer, ask: Callable[[str], Answer]) -> tuple[str, ...]:
    """Return up to ``MOST`` questions near one without evidence that ``ask`` answers.

    Those that share most with what was asked come first; there are none for an answered question.
    """
    if answer.status == "answered":
        return ()
    found: list[str] = []
    for suggestion in _chosen(answer):
        if _is_borne_out(suggestion, ask(suggestion.question)):
            found.append(suggestion.question)
        if len(found) == MOST:
            break
    return tuple(found)


def starters(samples: Iterable[Hit], ask: Callable[[str], Answer]) -> tuple[str, ...]:
    """Return up to ``MOST`` questions to begin with, of different articles as far as there are.

    They are made of the ``samples``, and ``ask`` answers each of them from its article.  One that
    is answered with little confidence stands in only where there are too few others.
    """
    by_article: dict[int, dict[str, Suggestion]] = {}
    for hit in samples:
        made = by_article.setdefault(hit.article.id, {})
        for suggestion in suggestions(hit):
            made.setdefault(suggestion.question, suggestion)
    # The first question of each article, then the second one of each, and so on; a short one tells
    # best at a glance what can be asked.
    rounds = zip_longest(*(sorted(made.values(), key=_length) for made in by_article.values()))
    found: dict[str, float] = {}
    tried = chain.from_iterable(rounds)
    for suggestion in islice(filter(None, tried), MAX_STARTERS_TRIED):
        given = ask(suggestion.question)
        if _is_borne_out(suggestion, given):
            found[suggestion.question] = given.confidence
        if sum(sure >= _SURE for sure in found.values()) == MOST:
            break
    return tuple(sorted(found, key=lambda question: found[question] < _SURE)[:MOST])


def _length(suggestion: Suggestion) -> int:
    return len(suggestion.question)


def _is_borne_out(suggestion: Suggestion, given: Answer) -> bool:
    """Tell whether a question is answered as it was meant: from its article, with its words."""
    first = given.citations[0] if given.citations else None
    right = first is not None and first.article.id == suggestion.article
    return right and fold(suggestion.answer) in fold(given.text)


def _chosen(answer: Answer) -> list[Suggestion]:
    """Return the suggestions to try: the nearest, but first one of each passage."""
    asked = parse(answer.reading)
    by_hit = []
    for hit in answer.related:
        made: dict[str, Suggestion] = {}
        for suggestion in suggestions(hit):
            near = coverage(asked.terms, fold(suggestion.question))
            named = any(place.base in fold(suggestion.question) for place in asked.places)
            made.setdefault(
                suggestion.question,
                Suggestion(
                    suggestion.question, suggestion.answer, suggestion.article, near + 0.5 * named
                ),
            )
        by_hit.append(sorted(made.values(), key=lambda item: -item.near))
    first = [made[0] for made in by_hit if made]
    rest = sorted((item for made in by_hit for item in made[1:]), key=lambda item: -item.near)
    ordered = {item.question: item for item in [*first, *rest]}
    return list(ordered.values())[:MAX_TRIES]


def suggestions(hit: Hit) -> Iterator[Suggestion]:
    """Yield the questions that the statements of a passage could answer, unchecked."""
    text = hit.article.text
    folded = fold(text)
    for start, end in sentences(text, hit.passage.start, hit.passage.end):
        sentence = folded[start:end]
        for figure in figures(sentence):
            question = _for_figure(hit, start, sentence, figure)
            if question:
                said = text[start + figure.start : start + figure.end]
                yield Suggestion(question, said, hit.article.id, 0.0)
        for first, last in persons(sentence):
            office = _statement(sentence[:first])
            if office and _ROLE.search(office):
                where = "" if places(office) else _place(hit, start + first, start + last)
                level = _OF_DIVISION.search(office)
                if not level or where.endswith(level[1]):
                    said = text[start + first : start + last]
                    yield Suggestion(_joined(where, f"{office}是谁"), said, hit.article.id, 0.0)


def _for_figure(hit: Hit, start: int, sentence: str, figure: Figure) -> str:
    """Return the question for a figure of a sentence, empty if none can be made of it."""
    written = sentence[figure.start : figure.end]
    unit = re.sub(r"^\d[\d,.]*\s*[多余]?", "", written)
    before = _LINKS.sub("", _statement(_LINKS.sub("", sentence[: figure.start])))
    rest = _CLAUSE_END.split(sentence[figure.end :])[0]
    counted = "" if _VAGUE.fullmatch(rest) else "".join(counted_after(sentence, figure.end))
    continues = bool(rest.strip()) and not counted and not _VAGUE.fullmatch(rest)
    words = len(tag(before))
    bare = words < 3 and bool(_CLAUSE_END.search(sentence[: figure.start]))  # 覆盖率: of what?
    if not written[0].isdigit() or not before or continues or bare:
        return ""
    if places(counted) or _UNFIT.search(before) or _NOT_ALONE.search(before):
        return ""
    asked = "是多少" if figure.kind == "percent" else f"多少{unit}{counted}"
    where = "" if places(before) else _place(hit, start + figure.start, start + figure.end)
    return _joined(where, before + asked)


def _statement(before: str) -> str:
    """Return the words that lead up to a figure or name, without what only joins or dates them."""
    clause = _CLAUSE_END.split(before)[-1].strip()
    for first, last in reversed(times(clause)):
        clause = clause[:first] + clause[last:]
    while clause:
        word = next(iter(tag(clause)))
        if _NOT_ALONE.match(word.text) or word.flag.startswith(_LEADING):
            clause = clause[word.end :]
        else:
            break
    clause = clause.strip()
    has_noun = any(word.flag[0] in "nljv" and len(word.text) > 1 for word in tag(clause))
    unbalanced = clause.count('"') % 2 or clause.count("《") != clause.count("》")
    return clause if len(clause) in _LENGTH and has_noun and not unbalanced else ""


def _place(hit: Hit, start: int, end: int) -> str:
    """Return the place that a statement is about, the nearest named before it."""
    levels = SpanContext(hit.article, start, end).levels
    return next((found[-1].name for level in levels if (found := places(level))), "")


def _joined(where: str, question: str) -> str:
    """Put a place before a question: 梅江区 and 区委书记 share their 区."""
    if where and where[-1] == question[0]:
        question = question[1:]
    return re.sub('"([^"]*)"', r"“\1”", where + question)
