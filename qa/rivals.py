"""What a quote says of one figure and not of another one beside it."""

from __future__ import annotations

from collections.abc import Iterable

from qa.amounts import Amount, amounts
from qa.clauses import Source, sources
from qa.wording import content_words
from qa.words import Word


def of_another(text: str, amount: Amount, source: Source, other: Amount) -> str:
    """Return a word that is said of the figure, and that the quote says only of another one."""
    rivals = [
        (clause, rival)
        for clause in sources(source.citation)
        if clause.sentence == source.sentence
        for rival in amounts(clause.text)
        if rival.kind == amount.kind and (clause.start, rival) != (source.start, other)
    ]
    if not rivals:
        return ""
    subject = _subject(source.sentence)
    heads, own = _heads(text, amount) - subject, _heads(source.text, other)
    for clause, rival in rivals:
        if taken := (heads - own) & _heads(clause.text, rival):
            return min(taken)
    elsewhere = source.sentence
    for clause in {clause.start: clause for clause, _ in rivals}.values():
        if clause.start != source.start:
            elsewhere = elsewhere.replace(clause.text, " ", 1)
    said = [word.text for word in content_words(text) if word.text not in subject]
    return next((word for word in said if word in source.sentence and word not in elsewhere), "")


def _subject(sentence: str) -> set[str]:
    """Return the words that a sentence begins with, which all its clauses may speak of."""
    first = min((amount.start for amount in amounts(sentence)), default=len(sentence))
    words = [word for word in content_words(sentence) if word.end <= first]
    verb = next((number for number, word in enumerate(words) if word.flag == "v"), None)
    if verb is not None:
        return {word.text for word in words[:verb]}
    # “公司营收10亿元，净利润2亿元”, but not “投资10亿元，产值20亿元”.
    return {word.text for word in words[:1] if len(words) > 1}


def _heads(text: str, amount: Amount) -> set[str]:
    """Return the words next to a figure that tell what it measures or counts."""
    found = [other for other in amounts(text) if other.kind == amount.kind]
    first = max((other.end for other in found if other.end <= amount.start), default=0)
    last = min((other.start for other in found if other.start >= amount.end), default=len(text))
    first = max(first, text.rfind("、", first, amount.start) + 1)
    if (pause := text.find("、", amount.end, last)) >= 0:
        last = pause
    before = _near(reversed(_words_in(text, first, amount.start)), amount.start)
    after = _near(_words_in(text, amount.end, last), amount.end)
    # Where something is counted its name follows, and what stands before is what counts it.
    return after or before


def _words_in(text: str, start: int, end: int) -> list[Word]:
    return [word for word in content_words(text) if start <= word.start and word.end <= end]


def _near(words: Iterable[Word], at: int) -> set[str]:
    """Return the first words of a run that begins at a figure."""
    found: set[str] = set()
    for word in words:
        if min(abs(word.start - at), abs(word.end - at)) > (2 if not found else 0):
            break
        found.add(word.text)
        at = word.start if word.end <= at else word.end
    return found
