"""What the reading model learns from: a text on the left held against a text on the right.

The left is a question or a claim; the right is a passage under its title and date.  One lesson has
targets for one head or for several.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embeddings.training.datasets import read_lines
from qa.training.questions.claims import Claim
from qa.training.questions.examples import Example, WrongContexts
from qa.types import Span

QUESTION, CLAIM = "query: ", "claim: "
# Authored training questions in words far from their passages', written by hand.
PARAPHRASES = Path(__file__).parent / "questions" / "paraphrases.jsonl.xz"
_YEAR = re.compile(r"(?<!\d)(?:19|20)(?=\d\d年)")  # what is left out of a year
DATED = 0.5  # share of the passages with a date whose heading gives it


@dataclass(frozen=True, slots=True)
class Lesson:
    """A pair of texts, and what each head should say of it; ``None`` where it is not asked.

    ``right`` begins with ``heading`` characters that no window may lose.  ``answers`` are spans of
    ``right``, none if it does not answer; for a list they are its items.  ``unsupported`` are the
    spans of ``left`` that ``right`` does not bear out, and ``supported`` tells whether it bears out
    all of it.  Where it ``is_cut`` a window may hold a part of ``right``; elsewhere a part may not
    bear out the same words.  Lessons of one ``group`` are passages found for one question, and what
    answers it should stand out among them.
    """

    left: str
    right: str
    prompt: str = QUESTION
    heading: int = 0
    answers: tuple[Span, ...] | None = None
    is_list: bool = False
    unsupported: tuple[Span, ...] | None = None
    supported: bool | None = None
    is_cut: bool = False
    kind: str = ""
    group: str = ""


def with_short_years(lesson: Lesson) -> Lesson:
    """Return a lesson whose question names its years as people type them: 23年 for 2023年."""
    left, at, cuts = "", 0, []
    for match in _YEAR.finditer(lesson.left):
        left += lesson.left[at : match.start()]
        at = match.end()
        cuts.append(match.span())
    left += lesson.left[at:]
    if not cuts or lesson.prompt != QUESTION:
        return lesson

    def moved(place: int) -> int:
        return place - sum(max(0, min(place, end) - start) for start, end in cuts)

    unsupported = lesson.unsupported and tuple(
        (moved(start), moved(end)) for start, end in lesson.unsupported
    )
    return replace(lesson, left=left, unsupported=unsupported)


@dataclass(frozen=True, slots=True)
class Source:
    """A passage of the authored items."""

    id: str
    document: str
    title: str
    published: str
    text: str

    def heading(self, *, dated: bool) -> str:
        """Return the line that stands before the passage: its title, and at times its date."""
        date = self.published if dated else ""
        line = f"{self.title} {date}".strip()
        return f"{line}\n" if line else ""


class Authored:
    """The items that people wrote over passages: ``train`` to learn from, ``dev`` to measure."""

    def __init__(self, folder: Path, part: str) -> None:
        """Read the passages and items of one part of the data set in ``folder``."""
        rows = read_lines(folder / f"passages_{part}.jsonl.xz")
        self.passages = {
            row["id"]: Source(row["id"], row["doc"], row["title"], row["published"], row["text"])
            for row in rows
        }
        self.rows = list(read_lines(folder / f"{part}.jsonl.xz"))

    def paraphrased(self, path: Path) -> Authored:
        """Return the items of which ``path`` has other wordings, in these.

        A line of it has the number of an item, the question in other words, and, where the passage
        does not answer, which of the new words it does not bear out.
        """
        other = copy.copy(self)
        other.rows = []
        for line in read_lines(path):
            asked = line["question"]
            row = self.rows[line["of"]] | {"question": asked}
            if "unsupported" in line:
                row["unsupported"] = [
                    {"text": text, "start": asked.index(text)} for text in line["unsupported"]
                ]
            other.rows.append(row)
        return other

    def lessons(self, dice: random.Random) -> Iterator[Lesson]:
        """Yield a lesson for each item but the follow-ups, which the rewriting head learns from."""
        for row in self.rows:
            if row["type"] not in _MAKERS:
                continue
            passage = self.passages[row["passage"]]
            heading = passage.heading(dated=dice.random() < DATED)
            yield _MAKERS[row["type"]](row, heading, passage.text)

    def examples(self) -> Iterator[Example]:
        """Yield the questions that one span answers as examples."""
        for row in self.rows:
            if row["type"] == "question" and row["kind"] != "list":
                passage = self.passages[row["passage"]]
                answers = tuple(map(_span, row["answers"]))
                yield Example(row["question"], passage.text, answers, passage.title)

    def elsewhere(self, dice: random.Random, share: float) -> Iterator[Lesson]:
        """Yield questions with passages that look right and do not answer them."""
        examples = [
            Example(
                row["question"],
                self.passages[row["passage"]].text,
                tuple(_span(answer) for answer in row["answers"]),
                self.passages[row["passage"]].document,
            )
            for row in self.rows
            if row["type"] == "question"
        ]
        headings = {
            passage.text: passage.heading(dated=dice.random() < DATED)
            for passage in self.passages.values()
        }
        wrong = WrongContexts(examples)
        for example in examples:
            found = wrong.find(example, dice) if dice.random() < share else None
            if found is not None:
                heading = headings[found.passage]
                yield Lesson(
                    found.question,
                    heading + found.passage,
                    heading=len(heading),
                    answers=(),
                    supported=False,
                    kind="elsewhere",
                )


def from_example(example: Example, *, titled: bool) -> Lesson:
    """Return a reading lesson of a question set's example, under its title if ``titled``."""
    heading = f"{example.title}\n" if titled and example.title else ""
    at = len(heading)
    answers = tuple((start + at, end + at) for start, end in example.answers)
    return Lesson(
        example.question,
        heading + example.passage,
        heading=at,
        answers=answers,
        unsupported=() if answers else example.unsupported,
        supported=bool(answers),
        is_cut=True,
        kind=example.kind,
    )


def from_claim(claim: Claim, *, titled: bool) -> Lesson:
    """Return a lesson of a claim that was made of a question, under its title if ``titled``."""
    heading = f"{claim.title}\n" if titled and claim.title else ""
    return Lesson(
        claim.text,
        heading + claim.passage,
        CLAIM,
        heading=len(heading),
        unsupported=claim.wrong,
        supported=not claim.wrong,
        kind="claim made",
    )


def _question(row: Mapping[str, Any], heading: str, text: str) -> Lesson:
    at = len(heading)
    answers = tuple((start + at, end + at) for start, end in map(_span, row["answers"]))
    is_list = row["kind"] == "list"
    return Lesson(
        row["question"],
        heading + text,
        heading=at,
        answers=tuple(sorted(answers)) if is_list else answers,
        is_list=is_list,
        unsupported=(),
        supported=True,
        kind=f"question {row['kind']}",
    )


def _unanswerable(row: Mapping[str, Any], heading: str, text: str) -> Lesson:
    return Lesson(
        row["question"],
        heading + text,
        heading=len(heading),
        answers=(),
        unsupported=tuple(map(_span, row["unsupported"])),
        supported=False,
        kind=f"unanswerable {row['trap']}",
    )


def _claim(row: Mapping[str, Any], heading: str, text: str) -> Lesson:
    return Lesson(
        row["claim"],
        heading + text,
        CLAIM,
        heading=len(heading),
        unsupported=tuple(map(_span, row["wrong"])),
        supported=row["true"],
        kind=f"claim {str(row['true']).lower()}",
    )


_MAKERS = {
    "question": _question,
    "unanswerable": _unanswerable,
    "claim": _claim,
}


def _span(part: Mapping[str, Any]) -> Span:
    return part["start"], part["start"] + len(part["text"])


def followup_answers(authored: Authored, dice: random.Random) -> Iterator[Lesson]:
    """Yield the rewritten follow-ups as questions over their passages."""
    for row in authored.rows:
        if row["type"] != "followup":
            continue
        passage = authored.passages[row["passage"]]
        heading = passage.heading(dated=dice.random() < DATED)
        start = passage.text.find(row["answer"]) if row["answer"] else -1
        at = len(heading) + start
        lesson = Lesson(
            row["rewrite"], heading + passage.text, heading=len(heading), kind="followup answer"
        )
        if row["answer"] and passage.text.count(row["answer"]) == 1:
            span = (at, at + len(row["answer"]))
            yield replace(lesson, answers=(span,), unsupported=(), supported=True)
        elif not row["answer"]:
            yield replace(lesson, answers=(), supported=False)
