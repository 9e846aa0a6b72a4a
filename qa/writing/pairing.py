"""Lists that are read in parallel: “梅江区和梅县区分别引进项目60个和50个”."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.language.numbers import figures
from qa.language.questions import Question
from qa.types import Span

_RESPECTIVELY = "分别"
_AND = re.compile("[、和与及]")
_BREAK = re.compile("[,;。:!?()\\n]")


def is_anothers(question: Question, sentence: str, span: Span) -> bool:
    """Tell whether a figure of a folded sentence belongs to another member of a list.

    Where a sentence says of several what is theirs respectively, the first figure is the first
    one's and so on.  A figure is another's if the question names a member of the list, and not the
    one at the figure's place, or if members and figures cannot be paired.
    """
    at = sentence.rfind(_RESPECTIVELY, 0, span[0])
    if at < 0:
        return False
    members = _AND.split(_BREAK.split(sentence[:at])[-1])
    asked = _asked_for(question, members)
    if asked is None:
        return False
    stop = _stop(sentence, span[1])
    listed = [found for found in figures(sentence) if at < found.start < stop]
    own = next((found for found in listed if found.start < span[1] and span[0] < found.end), None)
    if own is None:
        return False
    alike = [found for found in listed if found.kind == own.kind and found.unit == own.unit]
    return len(alike) != len(members) or alike.index(own) != asked


def _asked_for(question: Question, members: Sequence[str]) -> int | None:
    """Return which member of a list the question names, None if none or several.

    A place tells the members apart before a year does, and a year before other words: what is
    said of all of them stands beside the last one.
    """
    kinds = (
        [name for place in question.places for name in (place.name, place.base)],
        question.years,
        [*question.names, *(term.text for term in question.terms if len(term.text) > 1)],
    )
    for names in kinds:
        named = [
            number for number, member in enumerate(members) if any(name in member for name in names)
        ]
        if len(named) == 1 < len(members):
            return named[0]
    return None


def _stop(sentence: str, start: int) -> int:
    """Return where the part of a sentence that may hold the list's figures ends."""
    match = re.compile("[;。!?\\n]").search(sentence, start)
    return match.start() if match else len(sentence)
