"""Follow-ups made of questions that people asked about one passage.

Of two such questions the second often names again what the first did; without that it is a
follow-up, and its rewriting is known.  Other follow-ups put another name or year in the place of
the first one's, and some lean on nothing.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import permutations

from qa.language.tokens import tag
from qa.text import fold
from qa.training.questions.examples import Example
from qa.types import Exchange

SHORTEST, LONGEST = 2, 16  # characters of what two questions share
LONGEST_SLOT, LEAST_SHARED = 12, 6  # characters that differ, and that do not
MOST_TOGETHER = 60  # questions of a passage that are compared
SURE = 4  # characters of what is no part of a word, wherever it stands
LONGEST_ANSWER = 40  # characters of an answer in a history
# How the follow-ups are made, and how often.
DROPPED, REPLACED, EXCHANGED, ALONE = 0.45, 0.2, 0.2, 0.15
_PRONOUNS = ("它", "其", "这", "这个", "该", "他", "那里")
_OPENINGS = ("", "", "", "那", "那么", "还有", "请问")
_ENDINGS = ("呢", "呢", "呢？", "", "的呢")
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


@dataclass(frozen=True, slots=True)
class Parallel:
    """Two questions that differ in one stretch, and what of the second stands there."""

    first: str
    other: str
    second: str

    def follow_up(self, dice: random.Random) -> FollowUp:
        """Return what the second says otherwise, as “那公路呢”, and the second as its rewriting."""
        text = dice.choice(_OPENINGS) + self.other + dice.choice(_ENDINGS)
        return FollowUp((Exchange(self.first),), text, self.second)


def parallels(groups: Iterable[Sequence[str]]) -> Iterator[Parallel]:
    """Yield the pairs of questions, each group's among themselves, that differ in one stretch."""
    for group in groups:
        questions = list(dict.fromkeys(question.rstrip("?？。 ") for question in group))
        for first, second in permutations(questions[:MOST_TOGETHER], 2):
            other = _exchanged_stretch(fold(first), fold(second))
            if other is not None:
                yield Parallel(first, second[slice(*other)], second)


def _exchanged_stretch(first: str, second: str) -> tuple[int, int] | None:
    """Return which whole words of the second stand where the first has others."""
    edges = [
        {0, len(text), *(word.start for word in tag(text)), *(word.end for word in tag(text))}
        for text in (first, second)
    ]
    least = min(len(first), len(second))
    begin = 0
    while begin < least and first[begin] == second[begin]:
        begin += 1
    while not all(begin in found for found in edges):
        begin -= 1
    same = 0
    while same < least - begin and first[-1 - same] == second[-1 - same]:
        same += 1
    ends = [len(first) - same, len(second) - same]
    while not all(end in found for end, found in zip(ends, edges, strict=True)):
        ends = [end + 1 for end in ends]
    same = len(first) - ends[0]
    before, after = first[begin : ends[0]], second[begin : ends[1]]
    shared = begin + same
    is_slot = (
        bool(before)
        and len(after) >= SHORTEST
        and max(len(before), len(after)) <= LONGEST_SLOT
        and shared >= max(LEAST_SHARED, len(after))
        and not _ASKING.search(before + after)
    )
    return (begin, ends[1]) if is_slot else None


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
