"""Reposts (转载): articles that say what another one says, under another name or date.

Two articles are reposts of each other if nearly all of their sentences are the same, and neither
names a place, a year or a figure of which the other does not speak.  A notice that another town
copied is none: its title or its signature names that town.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from functools import lru_cache

from qa.articles.passages import outline
from qa.language.names import places
from qa.text import fold, sentences
from qa.types import Article, Span

SHARED = 0.85  # share of each article's characters that stand in the same sentences
SKETCHED = 12  # hashes kept of an article
ALIKE = 6  # of these that two articles share before they are compared
_SHORTEST = 60  # characters of a body that can be a repost: less is a headline or a caption
_SENTENCE = 6  # characters of a sentence that tells articles apart
# “本报讯（记者 张三）”, “新华社北京11月16日电 ”: who reports, not what.
_DATELINE = re.compile(
    r"^(?:[^,;。]{0,12}(?:讯|消息)|[^,;。]{0,20}\d{1,2}日(?:电|讯|消息)|\w{2,8}社\w{0,6}电)"
    r"\s*(?:\([^()]{0,40}\)|[:,\s])\s*"
)
_BYLINE = re.compile(r"(?:责任编辑|责编|编辑|记者|作者|来源|文|图|摄影|审核|校对)\s*[:/]")
# Marks tell nothing, but those within a figure do: 3.5 is not 35.
_MARKS = re.compile(r"[^\w.%-]+|(?<!\d)\.|\.(?!\d)|-(?!\d)")
_ENDS = re.compile(r"(?<=[。\n])")
_FIGURE = re.compile(r"\d+(?:\.\d+)?%?")


def sketch(article: Article) -> tuple[int, ...]:
    """Return the smallest hashes of the sentences, which reposts have in common (Broder, 1997).

    They are signed 64-bit numbers; there are none for what is too short to be a repost.
    """
    counted = _sentences(article.text)
    if _length(counted) < _SHORTEST:
        return ()
    hashes = (hashlib.blake2b(text.encode(), digest_size=8).digest() for text in counted)
    return tuple(sorted(int.from_bytes(value, "big", signed=True) for value in hashes)[:SKETCHED])


def needed(values: tuple[int, ...]) -> int:
    """Return how many of an article's hashes another one has to share to be compared with it."""
    return min(ALIKE, max(1, len(values) // 2))


def is_repost(one: Article, other: Article) -> bool:
    """Tell whether each of two articles says what the other says, and nothing else of weight."""
    ours, theirs = _sentences(one.text), _sentences(other.text)
    both = _length(ours & theirs)
    if both < SHARED * max(_length(ours), _length(theirs), _SHORTEST):
        return False
    rest, other_rest = list((ours - theirs).elements()), list((theirs - ours).elements())
    return _mentions(other, one.title, rest) and _mentions(one, other.title, other_rest)


def counterpart(quote: str, text: str) -> Span | None:
    """Return where ``text`` says what ``quote`` says, word by word; None if it does not.

    Spaces, line ends, width and script may differ, figures and marks may not.
    """
    at = text.find(quote)
    if at >= 0:
        return at, at + len(quote)
    wanted = re.sub(r"\s+", "", fold(quote))
    places_of = [index for index, character in enumerate(text) if not character.isspace()]
    letters = fold("".join(text[index] for index in places_of))
    at = letters.find(wanted) if wanted else -1
    return (places_of[at], places_of[at + len(wanted) - 1] + 1) if at >= 0 else None


@lru_cache(maxsize=64)
def _sentences(text: str) -> Counter[str]:
    """Return the sentences of the body, without marks, spaces, datelines and bylines."""
    folded = fold(text)
    found: Counter[str] = Counter()
    for run in outline(text):
        for block in run:
            for start, end in sentences(text, block.start, block.end):
                said = folded[start:end]
                if len(said) < 60 and _BYLINE.search(said):
                    continue
                said = _MARKS.sub("", _DATELINE.sub("", said))
                if len(said) >= _SENTENCE:
                    found[said] += 1
    return found


def _length(counted: Counter[str]) -> int:
    return sum(len(text) * times for text, times in counted.items())


def _mentions(article: Article, title: str, said: list[str]) -> bool:
    """Tell whether an article has the figures, years and places of a title and some sentences."""
    text = "\n".join([fold(title), *said])
    own = f"{fold(article.title)}\n{fold(article.text)}"
    if not set(_FIGURE.findall(text)) <= set(_FIGURE.findall(own)):
        return False
    return all(_names(own, name) for name in {place.base for place in places(text)})


def _names(text: str, name: str) -> bool:
    """Tell whether a text names a place: “上海南京路” has the characters of 海南, and does not.

    Only sentences that have the characters are looked at, as tagging takes long.
    """
    return any(
        name == place.base
        for sentence in _ENDS.split(text)
        if name in sentence
        for place in places(sentence)
    )
