r"""What a folder's search finds for the authored questions: passages that answer, and that do not.

Call::

    python -m qa.training.questions.retrieved ../shared/data FOLDER FILE [--far]

``FOLDER`` is the one that ``tests.benchmarks.folder`` makes; ``FILE`` gets a JSON object a line, of
which ``qa.training.questions.pairs`` takes the passages that do not answer.  Documents that
development items were asked of are left out.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from embeddings.training.datasets import read_lines
from qa import Article, Hit, Library
from qa.training.lessons import PARAPHRASES, Authored, Lesson
from qa.types import Span

DEPTH = 10  # passages searched for a question
WRONG = 3  # kept of those that do not answer it
AROUND = 12  # characters on either side by which an answer is found again in its article
HEAD = 40  # characters by which a passage is


class Finder:
    """Finds what a library has for a question."""

    def __init__(self, library: Library, held: Sequence[str], dice: random.Random) -> None:
        """Leave out articles that have one of the ``held`` texts."""
        self._library = library
        self._heads = [text[:HEAD] for text in held]
        self._dice = dice
        self._is_held: dict[int, bool] = {}

    def find(
        self, question: str, passage: str, answers: Sequence[Span], *, is_list: bool
    ) -> Iterator[dict[str, Any]]:
        """Yield the passage that answers, if it is found, and some that do not.

        Of a passage that has the answer's words elsewhere it is not known whether it answers.
        """
        wanted = [
            (passage[max(0, start - AROUND) : end + AROUND], min(start, AROUND), end - start)
            for start, end in answers
        ]
        said = [passage[start:end] for start, end in answers]
        right: list[tuple[Hit, list[Span]]] = []
        wrong: list[tuple[Hit, list[Span]]] = []
        for hit in self._library.retrieve(question, DEPTH):
            if self._held(hit.article):
                continue
            places = [
                (at + before, at + before + size)
                for around, before, size in wanted
                if (at := hit.text.find(around)) >= 0
            ]
            if len(places) == len(wanted) or (places and not is_list):
                right.append((hit, places))
            elif not any(text in hit.text for text in said):
                wrong.append((hit, []))
        chosen = self._dice.sample(wrong[: 2 * WRONG], min(WRONG, len(wrong)))
        for hit, found in right[:1] + chosen:
            yield _row(question, hit, found, is_list=is_list)

    def _held(self, article: Article) -> bool:
        if article.id not in self._is_held:
            self._is_held[article.id] = any(head in article.text for head in self._heads)
        return self._is_held[article.id]


def _row(question: str, hit: Hit, answers: Sequence[Span], *, is_list: bool) -> dict[str, Any]:
    published = hit.article.published
    return {
        "question": question,
        "title": hit.article.title.strip(),
        "published": published.isoformat() if published else "",
        "text": hit.text,
        "answers": answers,
        "list": is_list and bool(answers),
    }


def read_lessons(path: Path) -> Iterator[Lesson]:
    """Yield the lessons of a file that :func:`main` wrote, under the heading that users' have."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            row: Mapping[str, Any] = json.loads(line)
            heading = f"{row['title']} {row['published']}".strip()
            heading += "\n" if heading else ""
            answers = tuple(
                (start + len(heading), end + len(heading)) for start, end in row["answers"]
            )
            yield Lesson(
                row["question"],
                heading + row["text"],
                heading=len(heading),
                answers=answers,
                is_list=row["list"],
                unsupported=() if answers else None,
                supported=bool(answers),
                kind="retrieved",
                group=row["question"],
            )


def main() -> None:
    """Search and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--far", action="store_true", help="ask in words far from the passages'")
    parser.add_argument("--questions", type=int, help="a draw of them; all by default")
    arguments = parser.parse_args()
    dice = random.Random("retrieved")
    folder = arguments.data / "authored"
    authored = Authored(folder, "train")
    if arguments.far:
        authored = authored.paraphrased(PARAPHRASES)
    held = [row["text"] for row in read_lines(folder / "passages_dev.jsonl.xz")]
    rows = [row for row in authored.rows if row["type"] == "question"]
    if arguments.questions:
        rows = dice.sample(rows, arguments.questions)
    with (
        Library.open(arguments.folder / "library") as library,
        arguments.file.open("w", encoding="utf-8") as file,
    ):
        finder = Finder(library, held, dice)
        for row in rows:
            is_list = row["kind"] == "list"
            spans = [(a["start"], a["start"] + len(a["text"])) for a in row["answers"]]
            answers = spans if is_list else spans[:1]
            for found in finder.find(
                row["question"], authored.passages[row["passage"]].text, answers, is_list=is_list
            ):
                print(json.dumps(found, ensure_ascii=False), file=file, flush=True)


if __name__ == "__main__":
    main()
