"""Whether a span really answers: its place, its year and its subject must be the question's.

Another place's, another year's or another indicator's figure is the worst error there is, so what
the text around a span says about these is looked up in the order in which a reader would: the
clause and what precedes it in the sentence, the sentences before in the paragraph, the headings,
the title, and at last the article's beginning or its date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from qa.cleaning import lines
from qa.matching import coverage, degree
from qa.names import base, places
from qa.passages import headings_at
from qa.questions import Question
from qa.text import fold, sentences
from qa.types import Article, Span
from qa.words import tag

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?=年|-|—|至)|(?P<word>今年|去年|前年|明年|上年)")
_BARE_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_SHIFT = {"今年": 0, "去年": -1, "上年": -1, "前年": -2, "明年": 1, "后年": 2, "次年": 1}
_PRESENT = 0.5  # degree from which a word counts as being there
_LEAD = 300  # characters of an article's beginning that tell what it is about


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well the evidence fits: coverage in [0, 1], what is missing, by name."""

    coverage: float
    missing: tuple[str, ...]
    conflict: bool


class Scene:
    """A span of an article, with what stands around it, nearest first."""

    def __init__(self, article: Article, start: int, end: int) -> None:
        """Take the span ``article.text[start:end]``."""
        self.article = article
        self.start = start
        self.text = fold(article.text)
        self.paragraph = _paragraph(article.text, start)
        self.sentence = next(
            (span for span in sentences(article.text, *self.paragraph) if span[1] > start),
            (start, end),
        )
        self.end = end

    @cached_property
    def until_clause_end(self) -> str:
        """The sentence up to the end of the clause that holds the span."""
        rest = re.search(r"[,;、。!?]|$", self.text[self.end : self.sentence[1]])
        return self.text[self.sentence[0] : self.end + (rest.start() if rest else 0)]

    @cached_property
    def levels(self) -> list[str]:
        """What tells the subject, nearest first: clause, paragraph, headings, title, beginning."""
        headings = [self.text[a:b] for a, b in reversed(headings_at(self.article.text, self.start))]
        before = self.text[self.paragraph[0] : self.sentence[0]]
        earlier = [before[a:b] for a, b in sentences(before)]
        return [
            self.until_clause_end,
            *reversed(earlier),
            *headings,
            fold(self.article.title),
            self.beginning,
        ]

    @cached_property
    def beginning(self) -> str:
        """The first characters of the article's body."""
        body = [line for line in lines(self.article.text) if line.body]
        return "\n".join(self.text[line.start : line.end] for line in body)[:_LEAD]

    def surroundings(self, passage: Span) -> str:
        """The text in which the question's words are looked for, title and headings included."""
        return "\n".join([self.text[passage[0] : passage[1]], *self.levels[:-1]])


def judge(question: Question, article: Article, passage: Span, span: Span) -> Verdict:
    """Hold a span of ``passage`` against what the question names."""
    scene = Scene(article, *span)
    around = scene.surroundings(passage)
    missing = [
        *_missing_places(question, scene),
        *_missing_years(question, scene),
        *_missing_figures(question, around),
    ]
    missing += [
        f"“{quoted}”" for quoted in question.quoted if degree(quoted, scene.text) < _PRESENT
    ]
    conflict = bool(missing) or _other_indicator(question, scene)
    missing += [
        term.text
        for term in question.terms
        if degree(term.text, around) < _PRESENT and not any(term.text in name for name in missing)
    ]
    return Verdict(coverage(question.terms, around), tuple(missing), conflict)


def _paragraph(text: str, at: int) -> Span:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return start, len(text) if end < 0 else end


def _missing_places(question: Question, scene: Scene) -> list[str]:
    """Return the question's places of which the span does not speak.

    A figure or date belongs to the nearest place named before it; other answers only have to be
    found in an article, or under a heading, that speaks of the place.
    """
    strict = question.kind in {"number", "date"}
    sentence = scene.text[scene.sentence[0] : scene.sentence[1]]
    missing = []
    for asked in question.places:
        governing: Sequence[str] = ()
        for level in scene.levels:
            named = [base(name) for place in places(level) for name in (place.name,)]
            if strict and named:
                governing = named
                break
            governing = [*governing, *named, *(level,)]
        spoken = any(asked.base == name or (not strict and asked.base in name) for name in governing)
        # In its own sentence a place counts wherever the tagger failed to see it as one.
        if not spoken and strict:
            spoken = asked.base in scene.until_clause_end and not _is_inside(asked.base, sentence)
        if not spoken:
            missing.append(asked.name)
    return missing


def _is_inside(name: str, sentence: str) -> bool:
    """Tell whether ``name`` only stands inside other place names: 长沙 in 长沙镇, 江门 in 江门市."""
    found = [place for place in places(sentence) if name in sentence[place.start : place.end]]
    return bool(found) and all(place.base != name for place in found)


def _missing_years(question: Question, scene: Scene) -> list[str]:
    """Return the question's years that are not the one the span speaks of.

    The nearest year before the span governs; a statement without any is of the year in which the
    article appeared.  “去年” in a question is held against the article's own time.
    """
    published = scene.article.published
    wanted = [(f"{year}年", int(year)) for year in question.years]
    for word in question.relative_years:
        wanted.append((word, published.year + _SHIFT.get(word, 0) if published else 0))
    if not wanted:
        return []
    governing = _governing_years(scene)
    if question.relative_years and not published:
        return [word for word, _ in wanted if word not in scene.text]
    return [name for name, year in wanted if year not in governing]


def _governing_years(scene: Scene) -> set[int]:
    published = scene.article.published
    title_level = len(scene.levels) - 2
    for number, level in enumerate(scene.levels):
        found: list[int] = []
        for match in (_YEAR if number < title_level else _BARE_YEAR).finditer(level):
            if match[1]:
                found.append(int(match[1]))
            elif published:
                found.append(published.year + _SHIFT[match[0]])
        if found:
            # Of several in one sentence the last before the span; a heading or title may join two.
            return {found[-1]} if number == 0 else set(found)
        if number == title_level and published:
            return {published.year}
    return set()


def _missing_figures(question: Question, around: str) -> list[str]:
    """Return the figures that the question names as a condition and the evidence does not."""
    from qa.numbers import figures

    present = {(figure.kind, figure.value) for figure in figures(around)}
    return [
        question.stem[figure.start : figure.end]
        for figure in question.figures
        if (figure.kind, figure.value) not in present
    ]


def _other_indicator(question: Question, scene: Scene) -> bool:
    """Tell whether the figure is of another indicator than the one that is asked for.

    “潮州市的面积” is not “新流转土地面积”: where the asked attribute stands before the span with
    modifiers of which the question says little, it is another thing that is measured.
    """
    if question.kind != "number" or not question.focus:
        return False
    head = _head(question.focus)
    before = scene.text[scene.sentence[0] : scene.start]
    clause = re.split(r"[,;。!?]", before)[-1]
    at = clause.rfind(head)
    if not head or at < 0:
        return False
    phrase = _noun_phrase(clause[: at + len(head)])
    extra = [word for word in phrase if word not in question.text]
    said = sum(len(word) for word in phrase if word in question.text)
    return sum(map(len, extra)) > said


def _head(focus: str) -> str:
    words = [word.text for word in tag(focus)]
    return words[-1] if words else ""


def _noun_phrase(text: str) -> list[str]:
    """Return the words of the noun phrase that ends ``text``."""
    phrase: list[str] = []
    for word in reversed(list(tag(text))):
        if word.flag[0] not in "najlgbsv" or word.flag in {"ns", "ad"}:
            break
        phrase.append(word.text)
    return phrase
