"""Follow-ups made of questions that people asked about one passage.

Of two such questions the second often names again what the first did; without that it is a
follow-up, and its rewriting is known.  Other follow-ups put another name or year in the place of
the first one's, and some lean on nothing.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from qa.text import fold
from qa.training.questions.examples import Example
from qa.types import Exchange

SHORTEST, LONGEST = 2, 16  # characters of what two questions share
SURE = 4  # characters of what is no part of a word, wherever it stands
LONGEST_ANSWER = 40  # characters of an answer in a history
# How the follow-ups are made, and how often.
DROPPED, REPLACED, EXCHANGED, ALONE = 0.45, 0.2, 0.2, 0.15
_PRONOUNS = ("它", "其", "这", "这个", "该", "他", "那里")
_OPENINGS = ("", "", "", "那", "那么", "还有", "请问")
_ASKING = re.compile("谁|什么|多少|哪|几|何|怎|吗|[?？，。,]")
_YEAR = re.compile(r"(?:19|20)\d\d年")
_EDGES = "的是在，。、？?了 "


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up with the turns before it, oldest first, and the question that it means."""

    history: tuple[Exchange, ...]
    text: str
    rewrite: str


def follow_ups(examples: Sequence[Example], dice: random.Random) -> Iterator[FollowUp]:
    """Yield up to one follow-up for each question that is not alone with its passage."""
    asked: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        asked[example.passage].append(example)
    titles = sorted({example.title for example in examples if 1 < len(example.title) <= LONGEST})
    for together in asked.values():
        for example in together:
            others = [other for other in together if other is not example]
            if not others:
                continue
            before = dice.sample(others, min(len(others), dice.choice((1, 1, 2, 3))))
            history = tuple(map(_turn, before))
            made = _made(example, before[-1], titles, dice)
            if made is not None:
                yield FollowUp(history, *made)
        if dice.random() < ALONE:
            new = dice.choice(examples)
            yield FollowUp((_turn(dice.choice(together)),), new.question, new.question)


def _turn(example: Example) -> Exchange:
    start, end = example.answers[0]
    return Exchange(example.question, "", example.passage[start:end][:LONGEST_ANSWER])


def _made(
    example: Example, last: Example, titles: Sequence[str], dice: random.Random
) -> tuple[str, str] | None:
    """Return a follow-up and its rewriting, of a question and the one before it."""
    (way,) = dice.choices(("drop", "replace", "exchange"), (DROPPED, REPLACED, EXCHANGED))
    if way == "exchange":
        return _exchanged(last, titles, dice)
    shared = _shared(last.question, example.question)
    if shared is None or (shared[0] and (way == "replace" or shared[1] - shared[0] < SURE)):
        return None
    before, after = example.question[: shared[0]], example.question[shared[1] :]
    if way == "replace":
        return f"{before}{dice.choice(_PRONOUNS)}{after}", example.question
    rest = (before.rstrip(_EDGES) + after.lstrip(_EDGES)).strip()
    if len(rest.strip(_EDGES)) < SHORTEST + 1:
        return None
    return dice.choice(_OPENINGS) + rest, example.question


def _exchanged(last: Example, titles: Sequence[str], dice: random.Random) -> tuple[str, str] | None:
    """Return “另一个呢” with another title or year than the question before has."""
    question = last.question
    year = _YEAR.search(question)
    if last.title and last.title in question and titles:
        old, new = last.title, dice.choice(titles)
    elif year:
        old = year[0]
        new = f"{int(old[:4]) + dice.choice((-2, -1, 1, 2))}年"
    else:
        return None
    if old == new:
        return None
    asked = dice.choice(_OPENINGS) + new + dice.choice(("呢", "呢？", "的呢？"))
    return asked, question.replace(old, new, 1)


def _shared(first: str, second: str) -> tuple[int, int] | None:
    """Return the longest stretch of the second question that the first one has, if it names."""
    left, right = fold(first), fold(second)
    match = SequenceMatcher(None, left, right, autojunk=False).find_longest_match()
    start, end = match.b, match.b + match.size
    while start < end and right[start] in _EDGES:
        start += 1
    while start < end and right[end - 1] in _EDGES:
        end -= 1
    named = right[start:end]
    if not SHORTEST <= len(named) <= LONGEST or _ASKING.search(named):
        return None
    return start, end
