"""What every way of showing an answer has to decide alike."""

from __future__ import annotations

import re
from typing import Literal

from qa.types import Span

Sureness = Literal["high", "fair", "low"]

# On CMRC2018 trial about 79 %, 60 % and 40 % of the answers so called have the right answer in
# their first quote (tests/benchmarks/answering.py): no word here may promise more than that.
HIGH = 0.75
FAIR = 0.4
_DIGIT = "0-9０-９"
_BEFORE = rf"(?<![{_DIGIT}])(?<![{_DIGIT}][.,．，])"
_AFTER = rf"(?![{_DIGIT}])(?![.,．，][{_DIGIT}])"


def sureness(confidence: float) -> Sureness:
    """Return how sure an answer with this confidence is."""
    return "high" if confidence >= HIGH else "fair" if confidence >= FAIR else "low"


def answer_span(quote: str, text: str, *, whole: bool = False) -> Span | None:
    """Return where ``text`` stands in ``quote``, not as a part of a longer number if possible.

    With ``whole``, not as such a part at all: 7个 does not stand in 67个.
    """
    if not text:
        return None
    wanted = re.escape(text)
    match = re.search(_BEFORE + wanted + _AFTER, quote)
    if match is None and not whole:
        match = re.search(wanted, quote)
    return match.span() if match else None
