"""What reading comprehension is given and what it says, whoever does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.types import Span


@dataclass(frozen=True, slots=True)
class Reading:
    """The likeliest answer in one passage: ``passage[start:end] == text``.

    ``score`` is better when higher and comparable between passages; ``answerable`` tells whether
    the span is taken for an answer at all.  ``lacking`` are the stretches of the question that the
    passage does not bear out.
    """

    text: str
    start: int
    end: int
    score: float
    answerable: bool
    lacking: tuple[Span, ...] = ()


class PassageReader(Protocol):
    """Finds the spans of a passage that can answer a question."""

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Return one reading for each passage, in the passages' order."""

    def alternatives(self, question: str, passages: Sequence[str]) -> list[list[Reading]]:
        """Return for each passage its likeliest readings, best first, that do not overlap."""
