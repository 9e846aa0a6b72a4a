"""The parts that a question is to be asked of: those it names, or those that the folder has.

What 各镇 are is nowhere written down, so it is looked up: names of that level in the passages that
search finds for the question, or what the reader takes for such things.  Years and quarters are
counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from qa.answering.candidates import lead
from qa.asking.asked import Asked
from qa.followups.regions import division
from qa.language.names import is_generic, places
from qa.language.periods import members, years
from qa.language.questions import parse
from qa.language.tokens import tag
from qa.reading.reading import PassageReader
from qa.text import fold
from qa.types import Hit

TABLED = frozenset({"parts", "each", "series", "several"})  # kinds whose answers are tables
WIDE = 60  # passages in which parts are looked for
MOST = 40  # parts that are asked, those that are spoken of most
_READ = 10  # passages that are read for names that are no places'
_LEAST = 0.1  # what the reader has to think of such a name
_APART = re.compile("[、,;和及与]|以及")
_NAME = range(2, 21)  # characters

Find = Callable[[str, int], Sequence[Hit]]


class Part(NamedTuple):
    """A part, and the question for it alone."""

    name: str
    question: str


def parts(asked: Asked, find: Find, reader: PassageReader) -> list[Part]:
    """Return the parts to ask; ``find`` finds so many passages for a question."""
    if asked.kind in {"parts", "several"}:
        names = list(asked.part_texts)
    elif asked.kind == "series":
        names = _years(asked, find(asked.question, WIDE))
    else:
        names = _members(asked, find, reader)
    return [
        Part(name, _for_figure(asked, question))
        for name, question in zip(names, asked.part_questions(names), strict=True)
    ]


def _for_figure(asked: Asked, question: str) -> str:
    """Return a question that asks for a figure, where figures are to be compared.

    Of “哪个镇引进项目最多” there is left what the figure is of: “沙坪镇引进项目”.
    """
    is_open = (asked.compute or asked.kind == "series") and parse(question).kind == "text"
    return f"{question}是多少" if is_open else question


def _years(asked: Asked, hits: Sequence[Hit]) -> list[str]:
    """Return the years that passages speak of or appeared in, as far as the question admits."""
    bounds = years(fold(asked.question))
    found = Counter(year for hit in hits for year in {*years(fold(hit.text)), *_published(hit)})
    if bounds:
        last = max(bounds) if len(bounds) > 1 else max(found, default=0)
        found = Counter({year: n for year, n in found.items() if min(bounds) <= year <= last})
    return [f"{year}年" for year in sorted(year for year, _ in found.most_common(MOST))]


def _published(hit: Hit) -> set[int]:
    day = hit.article.published
    return {day.year, day.year - 1} if day else set()


def _members(asked: Asked, find: Find, reader: PassageReader) -> list[str]:
    group = fold(asked.group_text)
    counted = members(group)
    if counted:
        return list(counted)
    hits = find(asked.question, WIDE)
    level = _level(group)
    if level:
        named = {place.base for place in places(fold(asked.question))}
        found = Counter(
            place.name
            for hit in hits
            for place in places(fold(hit.text))
            if division(place) == level and place.base not in named
        )
        merged = _merged(found)
        return [name for name, _ in merged.most_common(MOST)]
    return _things(asked, group, hits[:_READ], reader)


def _level(group: str) -> str:
    """Return the level of places that a group is of: 镇 of 各镇 and 各乡镇; empty if of none."""
    words = tag(group)
    last = words[-1].text if words else ""
    return last[-1] if last and (is_generic(last) or len(last) == 1) and last[-1] in _LEVELS else ""


_LEVELS = "省市县区镇乡村道"


def _merged(found: Counter[str]) -> Counter[str]:
    """Count a place once that is named with its level and without: 潮州 and 潮州市."""
    merged: Counter[str] = Counter()
    for name, count in found.items():
        longer = [other for other in found if other[:-1] == name]
        merged[longer[0] if longer else name] += count
    return merged


def _things(asked: Asked, group: str, hits: Sequence[Hit], reader: PassageReader) -> list[str]:
    """Return what the reader takes for the things of a group: 各子项目 are which 子项目."""
    words = [word for word in tag(group) if word.flag[0] in "nvxlj"]
    noun = group[words[0].start :] if words else group
    read = reader.alternatives(f"有哪些{noun}", [lead(hit) + hit.text for hit in hits])
    said = (
        name.strip(' "“”《》')
        for readings in read
        for reading in readings
        if reading.score >= _LEAST
        for name in _APART.split(fold(reading.text))
    )
    return [name for name, _ in Counter(n for n in said if len(n) in _NAME).most_common(MOST)]
