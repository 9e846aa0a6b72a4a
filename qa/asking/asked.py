"""A question as it was asked: its kind, and which of its characters say what."""

from __future__ import annotations

from collections.abc import Iterable
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
_JOINTS = " \t,，、;；。"  # what may be left at the ends of a question that lost words there


@dataclass(frozen=True, slots=True)
class Asked(Value):
    """What a question asks for; all spans are of ``question``.

    ``parts`` are what it names, one beside the other; of ``several`` they are whole questions.
    ``group`` is the word for parts that it does not name, ``dropped`` what must go before one part
    takes their place, ``topic`` what articles or an overview are to be about, or the bare name.
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

    def part_questions(self, names: Iterable[str] = ()) -> tuple[str, ...]:
        """Return one question a part: the whole question with that part in the place of all.

        ``names`` are the parts instead of those that the question names; without a group and
        without parts they come first in it.
        """
        if self.kind == "several":
            return self.part_texts
        places = self.parts or ((self.group,) if self.group else ())
        return tuple(self._with(name, places) for name in (tuple(names) or self.part_texts))

    def _with(self, name: str, places: tuple[Span, ...]) -> str:
        """Return the question with ``name`` where the first of ``places`` is, and none beside."""
        cuts = sorted([(span, "") for span in (*places[1:], *self.dropped)])
        cuts = sorted([*cuts, ((places[0] if places else (0, 0)), name)])
        said, at = [], 0
        for (start, end), instead in cuts:
            said += [self.question[at:start], instead]
            at = max(at, end)
        said.append(self.question[at:])
        return "".join(said).strip(_JOINTS)
