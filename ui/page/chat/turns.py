"""A turn of a conversation."""

from __future__ import annotations

from dataclasses import dataclass

from qa.types import Answer, Hit


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it: an answer, an error, or nothing yet.

    ``lost`` says that there was an answer, which the articles do not bear out any more.
    ``to_write`` says that a language model is to write the answer out, once the page shows it.
    ``found`` are the passages that are being read, while there is no answer yet.
    """

    question: str
    answer: Answer | None = None
    error: str = ""
    lost: bool = False
    to_write: bool = False
    found: tuple[Hit, ...] = ()
