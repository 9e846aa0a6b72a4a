"""Questions written in pairs that differ in one thing: a passage answers one, and not the other.

``contrasts.jsonl.xz`` has a passage a line with the questions that people wrote over it.  Passages
of the public documents are told by document and place; those of other kinds of text (contracts,
recipes, minutes, price lists, …) were written for it and stand there whole.  A second file of
that form, ``quantities.jsonl.xz``, has plain questions, most of how many or how much of what; a
third, ``thresholds.jsonl.xz``, questions of how many there are above a limit: 多少亿元以上项目;
a fourth, ``genres.jsonl.xz``, made passages of conversations, contracts, rules, figures side by
side, everyday papers and news with the noise of crawled pages, asked about in everyday words;
a fifth, ``wordings.jsonl.xz``, made passages whose questions are worded far from them, and reports
of one place for two years, or of two places for one, of which either answers what the other does
not.  A sixth, ``siblings.jsonl.xz``, is of another form: a line has three such reports, and
questions with what answers each of them and, for a report that does not, the words that it lacks.
A seventh of that form, ``periods.jsonl.xz``, has government reports in which figures of the year
before, of five years and of the year to come stand side by side, mostly without their year.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embeddings.training.datasets import read_lines
from qa.training.lessons import DATED, Lesson
from qa.types import Span

CONTRASTS = Path(__file__).parent / "contrasts.jsonl.xz"
QUANTITIES = CONTRASTS.with_name("quantities.jsonl.xz")
THRESHOLDS = CONTRASTS.with_name("thresholds.jsonl.xz")
GENRES = CONTRASTS.with_name("genres.jsonl.xz")
WORDINGS = CONTRASTS.with_name("wordings.jsonl.xz")
SIBLINGS = CONTRASTS.with_name("siblings.jsonl.xz")
PERIODS = CONTRASTS.with_name("periods.jsonl.xz")
TYPED = CONTRASTS.with_name("typed.jsonl.xz")
HELD_BACK = 8  # of so many passages of each writer one is kept to measure on
_NEWS = "news_"


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage with its questions, as they stand in the file."""

    title: str
    published: str
    text: str
    made: bool  # written for this
    held_back: bool
    items: list[dict[str, Any]]


def read_passages(data: Path, path: Path = CONTRASTS) -> Iterator[Passage]:
    """Yield the passages of a file, cut from the documents in ``data`` where they are of those."""
    rows = list(read_lines(path))
    texts = _texts(data, {row["document"] for row in rows if "document" in row})
    for row in rows:
        made = "document" not in row
        text = row["text"] if made else texts[row["document"]][slice(*row["span"])]
        yield Passage(
            row["title"], row["published"], text, made, row["number"] % HELD_BACK == 0, row["items"]
        )


def contrast_lessons(passages: Iterable[Passage], dice: random.Random) -> Iterator[Lesson]:
    """Yield a lesson for each question."""
    for passage in passages:
        day = passage.published if passage.made or dice.random() < DATED else ""
        heading = f"{passage.title} {day}".strip()
        heading += "\n" if heading else ""
        for item in passage.items:
            yield _lesson(item, heading, passage)


def sibling_lessons(path: Path, *, held_back: bool) -> Iterator[Lesson]:
    """Yield for each question a lesson of every sibling, together in a group.

    One set in ``HELD_BACK`` is kept to measure on.
    """
    for number, row in enumerate(read_lines(path)):
        if (number % HELD_BACK == 0) != held_back:
            continue
        for at, item in enumerate(row["items"]):
            for sibling, passage in enumerate(row["passages"]):
                heading = f"{passage['title']} {passage['published']}".strip() + "\n"
                answer = item["answers"].get(str(sibling))
                start = len(heading) + passage["text"].index(answer) if answer else 0
                words = item["lacking"].get(str(sibling), ())
                yield Lesson(
                    item["question"],
                    heading + passage["text"],
                    heading=len(heading),
                    answers=((start, start + len(answer)),) if answer else (),
                    unsupported=tuple(_span_of(word, item["question"]) for word in words),
                    supported=bool(answer),
                    kind="sibling",
                    group=f"{path.name} {number} {at}",
                )


def _span_of(word: str, text: str) -> Span:
    start = text.index(word)
    return start, start + len(word)


def _lesson(item: Mapping[str, Any], heading: str, passage: Passage) -> Lesson:
    answers: tuple[Span, ...] = tuple(
        (start + len(heading), end + len(heading)) for start, end in item.get("answers", ())
    )
    return Lesson(
        item["question"],
        heading + passage.text,
        heading=len(heading),
        answers=answers,
        is_list=bool(item.get("list")),
        unsupported=tuple((start, end) for start, end in item.get("unsupported", ())),
        supported=bool(answers),
        kind=f"contrast {'made' if passage.made else 'real'}",
    )


def _texts(data: Path, wanted: set[str]) -> dict[str, str]:
    news = {f"{_NEWS}{row['id']}": row["text"] for row in read_lines(data / "crud_news.jsonl.xz")}
    official = {row["id"]: row["text"] for row in read_lines(data / "official.jsonl.xz")}
    return {name: text for name, text in (news | official).items() if name in wanted}
