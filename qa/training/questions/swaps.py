"""Questions that ask for another place, year or subject than their passage speaks of.

Made of questions that the passage answers: one name of theirs is exchanged for another of its kind
that the passage does not have.  What is exchanged is what the passage does not bear out.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa.language.names import places
from qa.text import fold
from qa.training.questions.examples import Example
from qa.types import Span

LONGEST = 16  # characters of a title that is exchanged
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=年)")
_DIVISION = re.compile("[省市县区镇乡村州]$")


def swapped(examples: Sequence[Example], share: float, dice: random.Random) -> Iterator[Example]:
    """Yield that share of the examples with a name in the question exchanged, if it has one."""
    known: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        for kind, name, _ in _names(example):
            known[kind].add(name)
    pools = {kind: sorted(names) for kind, names in known.items()}
    for example in examples:
        found = list(_names(example)) if dice.random() < share else []
        if not found:
            continue
        kind, name, (start, end) = dice.choice(found)
        if kind == "year":
            new = str(int(name) + dice.choice((-3, -2, -1, 1, 2)))
        else:
            new = dice.choice(pools[kind])
        around = fold(example.title + example.passage)
        if new == name or new in around or name in new or new in name:
            continue
        yield replace(
            example,
            question=example.question[:start] + new + example.question[end:],
            answers=(),
            kind="swapped",
            unsupported=((start, start + len(new)),),
        )


def _names(example: Example) -> Iterator[tuple[str, str, Span]]:
    """Yield the kind, the text and the place of each name in a question."""
    folded = fold(example.question)
    for match in _YEAR.finditer(folded):
        yield "year", match[0], match.span()
    found = [place for place in places(folded) if place.end - place.start > 1]
    for place in found:
        division = _DIVISION.search(place.name)
        name = folded[place.start : place.end]
        yield f"place {division[0] if division else ''}", name, (place.start, place.end)
    title = fold(example.title)
    at = folded.find(title) if 1 < len(title) <= LONGEST else -1
    if at >= 0 and not any(place.start < at + len(title) and at < place.end for place in found):
        yield "title", title, (at, at + len(title))
