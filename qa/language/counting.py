"""What a figure counts: the noun after its unit, or before it as in “项目60个”."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.language.tokens import Word, tag

_NOUNS = ("n", "j", "l", "g", "z", "s", "b", "e", "vn", "i")
_MODIFIERS = ("a", "f")
_QUOTED = re.compile(r'"([^"]{1,12})"')
_LINKING = ("v", "d", "p", "u", "y", "c")  # what can stand between a noun and its figure


def counted_after(text: str, at: int) -> tuple[str, ...]:
    """Return the nouns of the phrase that begins at ``text[at]``, in order.

    A verb belongs to it only before one of them, as in 帮扶项目 and 乡村振兴示范点.
    """
    name = _QUOTED.match(text, at)
    if name:  # “91家‘四上’企业”
        return (name[1], *counted_after(text, name.end()))
    words = [_from(word, at) for word in tag(text) if word.end > at]
    found: list[str] = []
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else None
        if word.text == '"' and not found:
            continue
        if word.flag.startswith(_NOUNS) and not word.flag.startswith("eng"):
            found.append(word.text)
        elif word.flag[0] == "v" and _joins(found, word, following):
            continue
        elif word.text == "、" and found and following and following.flag.startswith(_NOUNS):
            continue  # “24项省、市重点项目”
        elif not word.flag.startswith(_MODIFIERS) or found:
            break
    return tuple(found)


def counted_before(text: str, at: int) -> tuple[str, ...]:
    """Return the nouns of the phrase that ends before ``text[at]``, verbs like 增至 aside."""
    found: list[str] = []
    for word in reversed([word for word in tag(text) if word.end <= at]):
        if word.flag.startswith(_NOUNS) and word.flag != "ns":
            found.append(word.text)
        elif found or not (word.text == '"' or word.flag[0] in _LINKING):
            break
    return tuple(reversed(found))


def _from(word: Word, at: int) -> Word:
    """Return the part of a word that stands at or after ``at``."""
    if word.start >= at:
        return word
    return Word(at, word.end, word.text[at - word.start :], "n")


def _joins(found: Sequence[str], verb: Word, following: Word | None) -> bool:
    return (
        (not found or len("".join(found)) > 1)
        and len(verb.text) == 2
        and following is not None
        and following.flag.startswith(_NOUNS)
    )
