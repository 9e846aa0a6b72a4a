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
from qa.answering.computing import COMPUTABLE, operands
from qa.answering.rows import SHOWN, Grid, grid_at
from qa.asking.asked import Asked
from qa.language.days import find_days
from qa.language.names import division, places
from qa.language.periods import members, years
from qa.language.tokens import tag
from qa.reading.reading import PassageReader, Reading
from qa.reading.rewriter import figures
from qa.text import fold
from qa.types import Answer, Hit

RANKING = frozenset({"most", "least", "rank"})  # what puts parts in their order
TABLED = frozenset({"parts", "each", "series", "several"})  # kinds whose answers are tables
WIDE = 60  # passages in which parts are looked for
MOST = 40  # parts that are asked: the first that are named, or those that are spoken of most
PROBES = 3  # rows of a table that are asked before it is left
_READ = 10  # passages that are read for names that are no places'
_LEAST = 0.1  # what the reader has to think of such a name
_APART = re.compile("[、,;和及与]|以及")
_NAME = range(2, 21)  # characters

Find = Callable[[str, int], Sequence[Hit]]


class Part(NamedTuple):
    """A part, and the question for it alone."""

    name: str
    question: str


class Parts(NamedTuple):
    """The parts to ask; where they are cells of a table, ``column`` of ``grid`` has them all.

    Where they are places of some ``levels``, a table that tells of one may have the others.
    """

    names: list[str]
    grid: Grid | None = None
    column: str = ""
    levels: frozenset[str] = frozenset()

    def whole(self, asked: Asked, part: Part, answer: Answer) -> list[tuple[Part, Answer]]:
        """Return all parts with their answers, if one that was answered tells where they stand.

        Nothing where they are more than can be shown, unless only the first of an order are; and
        where something is to be computed, but what was answered is no figure.
        """
        alike = self._alike(asked, part, answer)
        if len(alike) > SHOWN and asked.compute not in RANKING:
            return []
        quoted = [(name, 1, found.citations[0].quote, found.text) for name, found in alike.items()]
        if asked.compute in COMPUTABLE and operands(quoted) is None:
            return []
        return [
            (Part(name, part.question.replace(part.name, name)), found)
            for name, found in alike.items()
        ]

    def is_over(self, asked: Asked, answered: Sequence[tuple[Part, Answer]]) -> bool:
        """Tell whether asking on is of no use: rows of a table are worded alike, or too many."""
        if self.grid is None:
            return False
        is_vain = all(answer.status != "answered" for _, answer in answered)
        is_long = len(self.grid.rows) > SHOWN and asked.compute not in RANKING
        return (is_vain and len(answered) >= PROBES) or (is_long and not is_vain)

    def _alike(self, asked: Asked, part: Part, answer: Answer) -> dict[str, Answer]:
        if self.grid is not None:
            return self.grid.alike(self.column, part.name, answer)
        if not self.levels or answer.status != "answered":
            return {}
        cited = answer.citations[0]
        grid = grid_at(cited.article, cited.start)
        if grid is None:
            return {}
        grid = grid.without_total().admitted(asked.question)
        return {
            name: found
            for column in grid.columns
            for name, found in grid.alike(column, part.name, answer).items()
            if any(division(place) in self.levels for place in places(fold(name)))
        }


def parts_of(asked: Asked, find: Find, reader: PassageReader) -> Parts:
    """Return the parts to ask; ``find`` finds so many passages for a question."""
    if asked.kind in {"parts", "several"}:
        return Parts(list(asked.part_texts)[:MOST])
    if asked.kind == "series":
        return Parts(_years(asked, find(asked.question, WIDE)))
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


def _members(asked: Asked, find: Find, reader: PassageReader) -> Parts:
    group = fold(asked.group_text)
    counted = members(group)
    if counted:
        return Parts(list(counted))
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
        return Parts([name for name, _ in merged.most_common(MOST)], levels=levels)
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


def _things(asked: Asked, group: str, hits: Sequence[Hit], reader: PassageReader) -> Parts:
    """Return what the reader takes for the things of a group: 各子项目 are which 子项目.

    Where they are cells of a table, the other cells of that column are of the group as well.
    """
    words = [word for word in tag(group) if word.flag[0] in "nvxlj"]
    noun = group[words[0].start :] if words else group
    read = reader.alternatives(f"有哪些{noun}", [lead(hit) + hit.text for hit in hits])
    found = [
        (reading, hit)
        for hit, readings in zip(hits, read, strict=True)
        for reading in readings
        if reading.score >= _LEAST
    ]
    column = _column(asked, noun, found)
    if column is not None:
        return column
    named = (
        name.strip(' "“”《》') for reading, _ in found for name in _APART.split(fold(reading.text))
    )
    counts = Counter(name for name in named if len(name) in _NAME)
    return Parts([name for name, _ in counts.most_common(MOST)])


def _column(asked: Asked, noun: str, found: Sequence[tuple[Reading, Hit]]) -> Parts | None:
    """Return the cells of a column, if the first passage in which such things are is of a table.

    The column that is called so, or else the one in which most was read.
    """
    if not found:
        return None
    article = found[0][1].article
    places = [
        (reading.score, (_start(reading, hit), _start(reading, hit) + len(reading.text)))
        for reading, hit in found
        if hit.article.id == article.id
    ]
    grid = grid_at(article, max(places)[1][0])
    if grid is None:
        return None
    sums = dict.fromkeys(grid.columns, 0.0)
    for score, span in places:
        column = grid.column_of(span)
        if column:
            sums[column] += score
    grid = grid.without_total().admitted(asked.question)
    for column in sorted(sums, key=lambda name: (noun not in fold(name), -sums[name])):
        names = list(grid.named(column))
        if names and (noun in fold(column) or sums[column]):
            return Parts(names[:MOST], grid, column)
    return None


def _start(reading: Reading, hit: Hit) -> int:
    return hit.passage.start - len(lead(hit)) + reading.start
