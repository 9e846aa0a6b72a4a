"""What a question asks for, and what it says that evidence must agree with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from qa.language.asking import EMPTY, Kind, find_asked
from qa.language.names import Place, is_surname, places
from qa.language.numbers import Bound, Figure, bounds, figures
from qa.language.tokens import Word, is_word, rarity, tag
from qa.text import HAN, fold

_POLITE = re.compile(
    r"^(?:请问|请告诉我|告诉我|我想知道|想问一?下|你知道|你好[,，]?|帮我查一?下|查一?下)+"
)
# What a unit says already, and a bound that evidence has to name as the question does.
_QUANTITY = frozenset(("数量", "人数", "钱", "总数", "个数"))
QUOTED = re.compile(r'"([^"]{2,30})"|《([^》]{2,40})》|\'([^\']{2,30})\'')
_YEAR = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(?= ?年|度|-|—|至|到|全年|上半年|下半年|[^\d.%个家亿万元名项]|$)"
)
_RELATIVE_YEAR = re.compile(r"去年|前年|明年|后年|上年|次年")
_CONTENT = ("n", "v", "a", "j", "l", "i", "eng", "b", "s", "z", "g", "f", "t", "m", "d", "x")
_PIECES = frozenset(("n", "ng", "nr", "nrt", "nz", "g", "x", "zg", "j", "s", "q", "ag", "vg"))


@dataclass(frozen=True, slots=True)
class Term:
    """A content word of the question and its weight, in (0, 1]."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart; all texts are folded.

    ``units`` are the kinds of figure that can answer, ``unit`` the very unit if it is named;
    ``focus`` is what is asked about or counted; ``stem`` is the question without its interrogative.
    """

    text: str
    kind: Kind
    stem: str
    focus: str
    counted: tuple[str, ...]
    units: tuple[str, ...]
    unit: str
    terms: tuple[Term, ...]
    places: tuple[Place, ...]
    names: tuple[str, ...]
    conditions: tuple[tuple[str, Bound], ...]
    quoted: tuple[str, ...]
    years: tuple[str, ...]
    relative_years: tuple[str, ...]
    figures: tuple[Figure, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """What evidence has to say in one way or another: places, years and content words."""
        return (
            *(place.name for place in self.places),
            *(f"{year}年" for year in self.years),
            *self.relative_years,
            *(term.text for term in self.terms),
        )


@lru_cache(maxsize=256)
def parse(question: str) -> Question:
    """Take a question apart."""
    text = _POLITE.sub("", fold(question).strip()).strip()
    asked = find_asked(text)
    found_places = places(text)
    rest = _YEAR.sub(" ", asked.stem)
    for place in found_places:
        for name in (*place.parents, place.name):
            rest = rest.replace(name, " ", 1)
    quoted = tuple(next(filter(None, found)) for found in QUOTED.findall(text))
    return Question(
        text=text,
        kind=asked.kind,
        stem=asked.stem.strip(" ?？。!"),
        focus=asked.focus,
        counted=asked.counted,
        units=asked.units,
        unit=asked.unit,
        terms=tuple(_terms(rest)),
        places=found_places,
        names=tuple(_names(rest)),
        conditions=tuple(bounds(text).items()),
        quoted=quoted,
        years=tuple(dict.fromkeys(_YEAR.findall(text))),
        relative_years=tuple(_RELATIVE_YEAR.findall(text)),
        figures=tuple(
            figure for figure in figures(asked.stem) if _is_condition(asked.stem, figure)
        ),
    )


def _is_condition(stem: str, figure: Figure) -> bool:
    """Tell a figure that evidence must have from “一线” and the like."""
    return figure.kind not in {"count", "people"} or stem[figure.start].isdigit()


def _joined(words: Iterable[Word]) -> Iterator[Word]:
    """Join three or more single nouns in a row: an unknown name, 锦地罗, that was cut up."""
    run: list[Word] = []
    for word in (*words, None):
        if word is not None and re.fullmatch(f"[{HAN}]", word.text) and word.flag in _PIECES:
            run.append(word)
            continue
        if len(run) >= 3:
            yield Word(run[0].start, run[-1].end, "".join(piece.text for piece in run), "nz")
        else:
            yield from run
        run = []
        if word is not None:
            yield word


def _names(rest: str) -> Iterator[str]:
    """Yield the names of persons, organisations and things that evidence has to mention."""
    for word in _joined(tag(rest)):
        name = word.text.lstrip("和与及对向在由从") if not is_word(word.text) else word.text
        is_name = word.flag == "nt" or (
            word.flag in {"nr", "nrt", "nrfg"} and (is_word(name) or is_surname(name[:1]))
        )
        is_unknown = word.flag in {"nz", "n", "ns"} and len(name) > 2 and not is_word(name)
        if len(name) > 1 and (is_name or is_unknown):
            yield name


def _terms(rest: str) -> Iterator[Term]:
    """Yield the content words with their weights: what they say, less for verbs.

    Places, years and figures are not among them: evidence has to agree with those anyway.
    """
    found: dict[str, float] = {}
    for word in _joined(tag(rest)):
        if word.text in EMPTY or word.text in _QUANTITY or not re.search(rf"[{HAN}a-z]", word.text):
            continue
        if not word.flag.startswith(_CONTENT):
            continue
        share = 1.0 if word.flag[0] in "njlie" else 0.9 if word.flag == "vn" else 0.5
        if len(word.text) == 1:
            share *= 0.5
        weight = min(1.0, share * (0.15 + rarity(word.text)))
        found[word.text] = max(found.get(word.text, 0.0), weight)
    for text, weight in found.items():
        yield Term(text, weight)
