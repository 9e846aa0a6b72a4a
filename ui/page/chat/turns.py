"""A conversation and its turns."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

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


def _new_key() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns, under the key by which a browser keeps them.

    ``unread`` is what the browser keeps, while the articles that it cites cannot be read.
    """

    key: str = field(default_factory=_new_key)
    turns: tuple[Turn, ...] = ()
    unread: Any = None
