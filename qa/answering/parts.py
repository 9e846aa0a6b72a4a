"""The parts that a question is to be asked of: those it names, or those that the folder has.

What 各镇 are is nowhere written down, so it is looked up: names of that level in the passages that
search finds for the question, or what the reader takes for such things.  Years and quarters are
counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from qa.answering.candidates import lead
from qa.asking.asked import Asked
from qa.language.days import find_days
from qa.language.names import division, places
from qa.language.periods import members, years
from qa.language.tokens import tag
from qa.reading.reading import PassageReader
from qa.reading.rewriter import figures
from qa.text import fold
from qa.types import Hit

TABLED = frozenset({"parts", "each", "series", "several"})  # kinds whose answers are tables
WIDE = 60  # passages in which parts are looked for
MOST = 40  # parts that are asked: the first that are named, or those that are spoken of most
_READ = 10  # passages that are read for names that are no places'
_LEAST = 0.1  # what the reader has to think of such a name
_APART = re.compile("[、,;和及与]|以及")
_NAME = range(2, 21)  # characters

Find = Callable[[str, int], Sequence[Hit]]


class Part(NamedTuple):
    """A part, and the question for it alone."""

    name: str
    question: str


def part_names(asked: Asked, find: Find, reader: PassageReader) -> list[str]:
    """Return the parts to ask; ``find`` finds so many passages for a question."""
    if asked.kind in {"parts", "several"}:
        return list(asked.part_texts)[:MOST]
    if asked.kind == "series":
        return _years(asked, find(asked.question, WIDE))
    return _members(asked, find, reader)


def is_of_part(asked: Asked, name: str, reading: str) -> bool:
    """Tell whether a reading of a part is a question of its own, with what holds for all parts.

    Without 2025 of “甲和乙2025年引进多少项目” another year's figure would do.
    """
    if asked.kind == "several":
        return True
    said, at = [], 0
    spans = (*asked.parts, *asked.dropped, *([asked.group] if asked.group else []))
    for start, end in sorted(spans):
        said.append(asked.question[at:start])
        at = max(at, end)
    said.append(asked.question[at:])
    return reading not in {name, asked.question} and figures(" ".join(said)) <= figures(reading)


def _years(asked: Asked, hits: Sequence[Hit]) -> list[str]:
    """Return the years that passages speak of or appeared in, as far as the question admits."""
    since, until, _ = find_days(fold(asked.question), date.today())  # noqa: DTZ011 - the reader's
    first = since.year if since else 0
    # One year alone, 从2015年开始, is where it begins.
    last = until.year if until and until.year > first else date.max.year
    named = (year for hit in hits for year in {*years(fold(hit.text)), *_published(hit)})
    found = Counter(year for year in named if first <= year <= last)
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
    levels = _levels(group)
    if levels:
        named = {place.base for place in places(fold(asked.question))}
        found = Counter(
            place.name
            for hit in hits
            for place in places(fold(hit.text))
            if division(place) in levels and place.base not in named
        )
        merged = _merged(found)
        return [name for name, _ in merged.most_common(MOST)]
    return _things(asked, group, hits[:_READ], reader)


def _levels(group: str) -> frozenset[str]:
    """Return the levels of places that a group is of: 镇 of 各镇, 乡 and 镇 of 各乡镇.

    Of 各街道 it is 道, by which names end; 各小区 and 各社区 are no places of a level.
    """
    found = _GROUP.fullmatch(group)
    return frozenset(found[1].replace("街", "道")) & _LEVELS if found else frozenset()


_LEVELS = frozenset("省市县区镇乡村道")
_GROUP = re.compile("[各每个哪些几下]*(?:城|县级)?([省市县区镇乡村街道]+)")


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
