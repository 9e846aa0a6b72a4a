"""The words that a search looks for."""

from __future__ import annotations

import re

from qa.language.questions import parse
from qa.text import fold

_MOST = 64  # words of a query that are looked for: a longer one is a document
_NUMBER = re.compile(r"\d+(?:\.\d+)*")


def words_of(query: str) -> tuple[str, ...]:
    """Return the words that articles are searched for, folded, in the order of the query.

    They are what a question says beside asking: content words, places, numbers, and what stands in
    quotation marks as a whole.  Single characters, which say little, count only where there is
    nothing else.
    """
    parsed = parse(query)
    words = [*parsed.quoted, *(term.text for term in parsed.terms), *_NUMBER.findall(fold(query))]
    words += [name for place in parsed.places for name in (*place.parents, place.base)]
    words = [word for word in words if len(word) > 1 or word.isdigit()]
    words = words or re.findall(r"\w+", fold(query))
    text = fold(query)
    return tuple(sorted(dict.fromkeys(words), key=text.find))[:_MOST]
