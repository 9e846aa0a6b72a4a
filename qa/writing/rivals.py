"""What a quote says of one figure and not of another one beside it."""

from __future__ import annotations

from collections.abc import Iterable

from qa.language.tokens import Word
from qa.writing.amounts import Amount, amounts
from qa.writing.clauses import QuoteClause, clauses, sources, subject_of
from qa.writing.content_words import content_words
from qa.writing.qualifiers import qualities


def of_another(text: str, amount: Amount, source: QuoteClause, other: Amount) -> str:
    """Return a word that is said of the figure, and that the quote says only of another one."""
    around = [item for item in sources(source.citation) if item.sentence == source.sentence]
    rivals = [
        (clause, rival)
        for clause in around
        for rival in amounts(clause.text)
        if rival.kind == amount.kind and (clause.start, rival) != (source.start, other)
    ]
    if not rivals:
        return ""
    subjects = _subjects(source.sentence)
    own_field = _field(source, around, amount.kind)
    taken = {
        item.start: item for clause, _ in rivals for item in _field(clause, around, amount.kind)
    }
    lead, sentence = source.lead, source.sentence
    for clause in (item for item in taken.values() if item not in own_field):
        lead, sentence = (text.replace(clause.text, " ", 1) for text in (lead, sentence))
    heads = {word for word in _heads(text, amount) - subjects if word not in lead}
    own = _heads(source.text, other)
    for clause, rival in rivals:
        if exchanged := (heads - own) & _heads(clause.text, rival):
            return min(exchanged)
    said = [word.text for word in content_words(text) if not qualities(word.text)]
    said = [word for word in said if word not in subjects]
    return next((word for word in said if word in source.sentence and word not in sentence), "")


def _field(clause: QuoteClause, around: list[QuoteClause], kind: str) -> list[QuoteClause]:
    """Return the clauses that tell what the figure in ``clause`` is of.

    A rate is of what was said since the rate before: “产值148亿元，增长2.2%”.
    """
    at = around.index(clause)
    first = at
    while kind == "percent" and first and not _has(around[first - 1].text, kind):
        first -= 1
    return around[first : at + 1]


def _has(text: str, kind: str) -> bool:
    return any(amount.kind == kind for amount in amounts(text))


def _subjects(sentence: str) -> set[str]:
    """Return what the clauses of a sentence speak of, rather than what they say of it."""
    words = content_words(sentence)
    first = min((amount.start for amount in amounts(sentence)), default=len(sentence))
    # “公司营收10亿元，净利润2亿元”, but not “投资10亿元，产值20亿元”.
    found = {word.text for word in words[:1] if any(other.end <= first for other in words[1:])}
    for start, end in clauses(sentence):
        clause = sentence[start:end]
        found |= {word.text for word in subject_of(clause)}
    return found


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
    began = False
    for word in words:
        if min(abs(word.start - at), abs(word.end - at)) > (0 if began else 2):
            break
        if not qualities(word.text):  # 增长 says of which figure it is as little as 比增
            found.add(word.text)
        began = True
        at = word.start if word.end <= at else word.end
    return found
