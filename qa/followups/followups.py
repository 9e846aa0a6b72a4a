"""Follow-up questions: completed from what was asked, and answered, before.

What a follow-up leaves out decides what is carried over: “潮州呢？” puts another place in the
question before, “那总投资呢？” asks for something else about what it was about, “什么时候成立的？”
is about what was answered.  No model of language takes part: jieba's words and their parts of
speech do, and the completed question is one that a person would write, for it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.followups.completeness import is_new
from qa.followups.completing import completed
from qa.followups.context import Context, Kept, Parts
from qa.followups.ellipsis import SMALL_TALK, FollowUp
from qa.followups.frames import frame, times
from qa.followups.regions import named_places
from qa.language.questions import parse
from qa.text import fold
from qa.types import Answer, Exchange

REMEMBERED = 6  # earlier questions that a follow-up can lean on
MAX_READINGS = 3  # that are tried for one question
MAX_CHARACTERS = 2_000  # of an earlier question or answer that are looked at

Past = str | Exchange | Answer


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A question as it can be understood, and the pieces carried over from earlier ones."""

    text: str
    carried: tuple[str, ...] = ()


def interpret(question: str, history: Sequence[Past] = ()) -> Iterator[Interpretation]:
    """Yield readings of ``question`` that stand on their own, the likeliest first.

    ``history`` are the questions before, oldest first, with their readings and answers where they
    are known.  A question that says itself what it is about is read as it is.
    """
    earlier = [exchange for item in history if (exchange := _exchange(item)).question.strip()]
    seen: set[str] = set()
    folded = fold(question)
    own = [folded[place.start : place.end] for place in named_places(folded)]
    own += [folded[start:end] for _, (start, end) in times(folded)]
    for parts in _readings(question, earlier[-REMEMBERED:]):
        text = "".join(parts).strip()
        if text in seen or len(seen) == MAX_READINGS:
            continue
        seen.add(text)
        yield Interpretation(text, tuple(_carried(parts, own)))


def _exchange(item: Past) -> Exchange:
    if isinstance(item, Answer):
        said = item.text if item.status == "answered" else ""
        item = Exchange(item.question, item.reading, said)
    elif isinstance(item, str):
        item = Exchange(item)
    parts = (item.question, item.reading, item.text)
    return Exchange(*(part[:MAX_CHARACTERS] for part in parts))


def _carried(parts: Parts, own: Sequence[str]) -> Iterator[str]:
    """Yield what earlier questions gave, without places and times that the question names too."""
    for part in parts:
        if isinstance(part, Kept):
            pieces = re.split("|".join(map(re.escape, own)), part) if own else [part]
            yield from filter(None, (piece.strip(" 的,，") for piece in pieces))


def _readings(question: str, history: Sequence[Exchange]) -> Iterator[Parts]:
    context = _context(history)
    said = FollowUp.of(question)
    if context is None or is_new(said, context.frame):
        yield (question,)
        return
    found = False
    for parts in completed(said, context):
        found = True
        yield parts
    if not found:
        yield (question,)


def _context(history: Sequence[Exchange]) -> Context | None:
    """Return the last exchange that was about something, completed from those before it."""
    for index in range(len(history) - 1, -1, -1):
        past = history[index]
        reading = past.reading.strip()
        if not reading:
            reading = "".join(next(_readings(past.question, history[:index])))
        parsed = parse(reading)
        if not SMALL_TALK.match(parsed.text) and (parsed.terms or parsed.places or parsed.quoted):
            return Context(frame(reading), past.text.strip())
    return None
