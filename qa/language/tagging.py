"""Words with parts of speech, the same as jieba's tagger finds.

jieba-rs, which has the same dictionary, finds the likeliest words in it; what is left over between
them is cut by jieba's model of unknown words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from qa.language.dictionary import load_dictionary

if TYPE_CHECKING:
    from qa.language.viterbi import States

Tagged = tuple[str, str]  # a word and its part of speech

# What jieba looks for words in, and what it sets apart in what is left over.
_BLOCK = re.compile(r"([\u4e00-\u9fd5a-zA-Z0-9+#&._]+)")
_BETWEEN = re.compile(r"\r\n|.", re.DOTALL)
_HAN = re.compile(r"([\u4e00-\u9fd5]+)")
_LATIN = re.compile(r"([.0-9]+|[a-zA-Z0-9]+)")
_OTHER = "x"


def cut(text: str) -> Iterator[Tagged]:
    """Yield the words of ``text``, which are all of it, in order."""
    for number, part in enumerate(_BLOCK.split(text)):
        if number % 2:
            yield from _cut_block(part)
        else:
            for character in _BETWEEN.findall(part):
                yield character, _OTHER


def _cut_block(block: str) -> Iterator[Tagged]:
    import rjieba  # reads its dictionary, for which a list need not wait

    tags = load_dictionary().tags
    left_over = ""
    for word in rjieba.cut(block, hmm=False):
        if len(word) > 1 and word in tags:
            yield from _cut_left_over(left_over)
            yield word, tags[word]
            left_over = ""
        else:  # a single character, or Latin ones that jieba-rs has joined
            left_over += word
    yield from _cut_left_over(left_over)


@lru_cache(maxsize=8192)
def _cut_left_over(text: str) -> tuple[Tagged, ...]:
    dictionary = load_dictionary()
    if len(text) == 1 or dictionary.counts.get(text):  # a word that is likelier taken apart
        return tuple((character, dictionary.tags.get(character, _OTHER)) for character in text)
    found: list[Tagged] = []
    for number, part in enumerate(_HAN.split(text)):
        if number % 2:
            found += _states().cut(part)
        else:
            found += ((piece, _flag(piece)) for piece in _LATIN.split(part) if piece)
    return tuple(found)


def _flag(piece: str) -> str:
    if piece[0] in ".0123456789":
        return "m"
    return "eng" if piece[0].isalnum() else _OTHER


@cache
def _states() -> States:
    from qa.language.viterbi import States  # with numpy, for which a list need not wait

    return States()
