"""What a question asks for, and what it says that evidence must agree with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qa.asking import EMPTY, Kind, find_asked
from qa.names import Place, places
from qa.numbers import Figure, figures
from qa.text import HAN, fold
from qa.words import Word, is_word, rarity, tag

_POLITE = re.compile(
    r"^(?:请问|请告诉我|告诉我|我想知道|想问一?下|你知道|你好[,，]?|帮我查一?下|查一?下)+"
)
QUOTED = re.compile(r'"([^"]{2,30})"|《([^》]{2,40})》|\'([^\']{2,30})\'')
_YEAR = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(?=年|度|-|—|至|到|全年|上半年|下半年|[^\d.%个家亿万元名项]|$)"
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
    units: tuple[str, ...]
    unit: str
    terms: tuple[Term, ...]
    places: tuple[Place, ...]
    names: tuple[str, ...]
    quoted: tuple[str, ...]
    years: tuple[str, ...]
    relative_years: tuple[str, ...]
    figures: tuple[Figure, ...]


def parse(question: str) -> Question:
    """Take a question apart."""
    text = _POLITE.sub("", fold(question).strip()).strip()
    asked = find_asked(text)
    found_places = places(text)
    quoted = tuple(next(filter(None, found)) for found in QUOTED.findall(text))
    return Question(
        text=text,
        kind=asked.kind,
        stem=asked.stem.strip(" ?？。!"),
        focus=asked.focus,
        units=asked.units,
        unit=asked.unit,
        terms=_terms(asked.stem, found_places),
        places=found_places,
        names=_names(asked.stem),
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


def _names(stem: str) -> tuple[str, ...]:
    """Return the names of persons, organisations and things that evidence has to mention."""
    return tuple(
        word.text
        for word in _joined(tag(stem))
        if len(word.text) > 1
        and (
            word.flag in {"nr", "nrt", "nt", "nrfg"}
            or (word.flag in {"nz", "n"} and len(word.text) > 2 and not is_word(word.text))
        )
    )


def _terms(stem: str, found_places: Sequence[Place]) -> tuple[Term, ...]:
    """Return the content words with their weights: what they say, less for verbs.

    Places, years and figures are not among them: evidence has to agree with those anyway.
    """
    rest = _YEAR.sub(" ", stem)
    for place in found_places:
        for name in (*place.parents, place.name):
            rest = rest.replace(name, " ", 1)
    found: dict[str, float] = {}
    for word in _joined(tag(rest)):
        if word.text in EMPTY or not re.search(rf"[{HAN}a-z]", word.text):
            continue
        if not word.flag.startswith(_CONTENT):
            continue
        share = 1.0 if word.flag[0] in "njlie" else 0.9 if word.flag == "vn" else 0.5
        if len(word.text) == 1:
            share *= 0.5
        weight = min(1.0, share * (0.15 + rarity(word.text)))
        found[word.text] = max(found.get(word.text, 0.0), weight)
    return tuple(Term(text, weight) for text, weight in found.items())
