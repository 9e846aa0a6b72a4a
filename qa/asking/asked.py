"""A question as it was asked: its kind, and which of its characters say what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qa.representation import Value
from qa.types import Span

Kind = Literal[
    "single",  # one fact
    "parts",  # the same of several that are named
    "each",  # the same of a group that is not named one by one
    "series",  # how something went over time
    "articles",  # about the articles themselves
    "overview",  # what an article, a source or a topic says in the main
    "entity",  # a bare name
    "greeting",
    "thanks",
    "help",
    "several",  # different questions in one message
]
Compute = Literal[
    "",  # the values as they are
    "higher",
    "lower",
    "difference",
    "sum",
    "ratio",
    "growth",
    "most",
    "least",
    "rank",
    "average",
    "count",  # and the rest: of articles
    "list",
    "earliest",
    "latest",
    "author",
]


@dataclass(frozen=True, slots=True)
class Asked(Value):
    """What a question asks for; all spans are of ``question``.

    ``parts`` are what it names, one beside the other; of ``several`` they are whole questions.
    ``group`` is the word for parts that it does not name, ``dropped`` what a question for one part
    does not have, ``topic`` what articles or an overview are to be about, or the bare name.
    """

    question: str
    kind: Kind = "single"
    confidence: float = 1.0
    compute: Compute = ""
    parts: tuple[Span, ...] = ()
    group: Span | None = None
    dropped: tuple[Span, ...] = ()
    topic: Span | None = None

    @property
    def part_texts(self) -> tuple[str, ...]:
        """The parts' words."""
        return tuple(self.question[slice(*span)] for span in self.parts)

    @property
    def group_text(self) -> str:
        """The group's word; empty where there is none."""
        return self.question[slice(*self.group)] if self.group else ""

    @property
    def dropped_texts(self) -> tuple[str, ...]:
        """The words that a question for one part does not have."""
        return tuple(self.question[slice(*span)] for span in self.dropped)

    @property
    def topic_text(self) -> str:
        """The topic's words; empty where there is none."""
        return self.question[slice(*self.topic)] if self.topic else ""
