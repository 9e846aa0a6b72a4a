"""Claims made of questions: the answer in the interrogative's place, or another one that is wrong.

People ask in other words than the passage has, so what they ask and what answers it make a claim
that is true and no copy of the passage.  With another figure, name or date of the same passage in
the answer's place it is false, and the words that are not borne out are known.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from qa.text import fold
from qa.training.questions.asking import statements
from qa.training.questions.examples import Example
from qa.types import Span

LONGEST = 40  # characters of an answer that is put into a claim
_INTERROGATIVE = re.compile(
    "什么时[候间]|何时|哪一?[年天日月]|几月几[日号]|百分之(?:多少|几)|多少|几(?=[个家位名人项年月天])|"
    "谁|哪一?[个位名家座所种项条部届]|哪里|哪儿|何[处地]|什么地[方点]|哪些|什么"
)
_ASKING = re.compile("[?？呢吗]+$|请问")
_UNIT_END = re.compile(r"[^\d.,]{1,3}$")
_MEASURE = re.compile("个百分点|个点|[个家户项名位年月天人元粒座条度斤]")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim over a passage; ``wrong`` are the words that it does not bear out."""

    text: str
    passage: str
    title: str
    wrong: tuple[Span, ...]


def claim_of(example: Example, dice: random.Random, *, true: bool) -> Claim | None:
    """Return a claim made of an example with an answer; ``None`` where no fair one comes out."""
    asked = _INTERROGATIVE.search(example.question)
    if asked is None or not example.answers:
        return None
    start, end = example.answers[0]
    answer = example.passage[start:end] if true else _other_answer(example, dice)
    if answer is None or len(answer) > LONGEST:
        return None
    before, after = example.question[: asked.start()], example.question[asked.end() :]
    text = _ASKING.sub("", before + answer + _without_unit(answer, after))
    wrong = () if true else ((len(before), len(before) + len(answer)),)
    return Claim(text, example.passage, example.title, wrong)


def _without_unit(answer: str, after: str) -> str:
    """Return what stands after the interrogative without the unit that the answer says itself."""
    unit = _UNIT_END.search(answer)
    for length in range(len(unit[0]) if unit else 0, 0, -1):
        if after.startswith(answer[-length:]):
            return after[length:]
    other = _MEASURE.match(after) if unit else None
    return after[other.end() :] if other else after


def _other_answer(example: Example, dice: random.Random) -> str | None:
    """Return something else of the passage that looks like the answer, but is not a part of it."""
    folded = fold(example.passage)
    start, end = example.answers[0]
    answer = folded[start:end]
    found = statements(example.passage)
    kinds = {item.kind for item in found if item.start < end and start < item.end}
    others = [
        example.passage[item.start : item.end]
        for item in found
        if item.kind in kinds
        and (item.kind != "number" or folded[item.end - 1] == answer[-1])
        and not (item.start < end and start < item.end)
        and folded[item.start : item.end] not in answer
        and answer not in folded[item.start : item.end]
    ]
    return dice.choice(others) if others else None
