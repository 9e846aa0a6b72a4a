"""Questions with passages that answer them or do not."""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from embeddings.training.datasets import read_lines
from qa.search.lexical import LexicalIndex
from qa.types import Span

HUMAN = ("cmrc2018_train", "drcd_dev", "xquad_zh")  # asked by people; the only ones to train on
DEVELOPMENT = "cmrc2018_trial"
NEIGHBOURS = 6  # best wrong contexts kept for a question


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage; ``answers`` are spans of it, none if it does not answer.

    ``unsupported`` are the words of the question that keep the passage from answering, where it is
    known which they are.
    """

    question: str
    passage: str
    answers: tuple[Span, ...]
    title: str = ""
    kind: str = ""
    unsupported: tuple[Span, ...] | None = None


def read_examples(path: Path) -> list[Example]:
    """Read a question set; questions whose answers are not verbatim are left out."""
    return [
        Example(
            row["question"],
            row["context"],
            tuple((a["start"], a["start"] + len(a["text"])) for a in row["answers"]),
            row["title"],
            path.name.removesuffix(".jsonl.xz"),
        )
        for row in read_lines(path)
        if row["answers"]
    ]


class WrongContexts:
    """For a question, contexts that do not answer it but look as if they might."""

    def __init__(self, examples: Sequence[Example]) -> None:
        """Index the contexts of the examples."""
        self._contexts = list(dict.fromkeys(example.passage for example in examples))
        self._titled: Mapping[str, list[str]] = _by_title(examples)
        self._scratch = tempfile.TemporaryDirectory()
        self._index = LexicalIndex(Path(self._scratch.name))
        self._index.update([], enumerate(self._contexts))

    def find(self, example: Example, dice: random.Random) -> Example | None:
        """Return the question with a wrong context, from the same article if there is one."""
        said = [example.passage[start:end] for start, end in example.answers]
        siblings = self._titled[example.title] if dice.random() < 0.5 else []
        nearest = [self._contexts[i] for i, _ in self._index.search(example.question, NEIGHBOURS)]
        for pool in (siblings, nearest):
            wrong = [
                context
                for context in pool
                if context != example.passage and not any(answer in context for answer in said)
            ]
            if wrong:
                chosen = dice.choice(wrong)
                return Example(example.question, chosen, (), example.title, "wrong context")
        return None


def _by_title(examples: Sequence[Example]) -> Mapping[str, list[str]]:
    titled: dict[str, dict[str, None]] = defaultdict(dict)
    for example in examples:
        titled[example.title][example.passage] = None
    return defaultdict(list, {title: list(contexts) for title, contexts in titled.items()})
