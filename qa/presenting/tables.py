"""A table of an answer in words: its heads, its rows, and what was computed of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from qa.types import Answer, Cell, Citation, Computed, Table


class Line(NamedTuple):
    """A row: its part, its value, and the citation of that; or, without one, what was missing."""

    part: str
    value: str
    citation: Citation | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Words:
    """What a table says of itself, in one language; ``{n}`` and the like are filled in."""

    part: str
    value: str
    none: str  # of a row without evidence
    missing: str
    separator: str
    counted: str
    reasons: Mapping[str, str]  # why nothing is computed, by ``Computed.reason``


CHINESE = Words(
    part="分项",
    value="答案",
    none="没有依据",
    missing="没有依据（没有提到：{terms}）",
    separator="、",
    counted="查了 {n} 项，{found} 项有依据",
    reasons={
        "figures": "没有计算：有的原文没有给出数字",
        "units": "没有计算：各项的单位不能换算",
        "inexact": "没有计算：有的原文只给出约数",
        "missing": "没有计算：有依据的项数不够",
        "zero": "没有计算：除数为零",
        "negative": "没有计算：除数是负数",
        "order": "没有计算：看不出先后",
    },
)


def heads(table: Table, words: Words = CHINESE) -> tuple[str, str]:
    """Return what stands over the parts and over their values."""
    part, value = table.columns
    return part or words.part, value or words.value


def lines(answer: Answer, words: Words = CHINESE) -> Iterator[Line]:
    """Yield the rows of an answer's table."""
    cited = {citation.number: citation for citation in answer.citations}
    for row in answer.table.rows if answer.table else ():
        for cell in row.cells:
            citation = cited.get(cell.citation or 0)
            value = cell.text if citation else _missing(cell, words)
            yield Line(row.part, value, citation, cell.confidence)


def _missing(cell: Cell, words: Words) -> str:
    if not cell.missing:
        return words.none
    return words.missing.format(terms=words.separator.join(cell.missing))


def counted(table: Table, words: Words = CHINESE) -> str:
    """Return of how many parts there is evidence."""
    return words.counted.format(n=len(table.rows), found=table.answered)


def computed(table: Table, words: Words = CHINESE) -> str:
    """Return what was computed and how, or why nothing was; empty where nothing was to be."""
    found: Computed | None = table.computed
    if found is None:
        return ""
    return words.reasons[found.reason] if found.reason else f"{found.text}（{found.formula}）"
