"""Text to tokens: character bigrams and jieba's words, with parts of speech."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from operator import add
from typing import NamedTuple

from qa.language.dictionary import load_dictionary
from qa.language.tagging import cut
from qa.text import HAN, fold

_RUN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<other>\d+(?:\.\d+)?|(?:(?![{HAN}])[^\W\d_])+)")


class Word(NamedTuple):
    """A word of a text: its span, its folded form and jieba's part of speech."""

    start: int
    end: int
    text: str
    flag: str


def bigrams(text: str) -> list[str]:
    """Return the character bigrams of the Han runs; Latin words and numbers stay whole.

    A Han character standing alone is a token of its own.
    """
    tokens: list[str] = []
    for match in _RUN.finditer(fold(text)):
        run = match[0]
        if match["han"] and len(run) > 1:
            tokens += map(add, run, run[1:])
        else:
            tokens.append(run)
    return tokens


def search_words(text: str) -> list[str]:
    """Return jieba's words for searching, compound words also in their parts.

    Latin words and numbers stay whole.  jieba-rs cuts as jieba does, ten times faster: every
    passage of a library goes through here.
    """
    import rjieba  # reads its dictionary, for which a list need not wait

    tokens: list[str] = []
    for match in _RUN.finditer(fold(text)):
        tokens += rjieba.cut_for_search(match[0]) if match["han"] else [match[0]]
    return tokens


@lru_cache(maxsize=8192)
def tag(text: str) -> tuple[Word, ...]:
    """Return the words of ``text`` in order, with parts of speech."""
    found: list[Word] = []
    at = 0
    for word, flag in cut(fold(text)):
        end = at + len(word)
        if len(word) == 2 and word[1] in "有是" and not is_word(word):
            found.append(Word(at, end - 1, word[0], "n"))  # 镇有, 比是: made up by the model
            found.append(Word(end - 1, end, word[1], "v"))
        else:
            found.append(Word(at, end, word, flag))
        at = end
    return tuple(found)


def is_word(text: str) -> bool:
    """Tell whether jieba's dictionary has ``text`` as a word."""
    return bool(load_dictionary().counts.get(text))


def rarity(word: str) -> float:
    """Return how much a word says, in [0, 1]: 0 for the most frequent, 1 for an unknown one.

    It is the information content under jieba's word frequencies, scaled to that of an unknown word.
    """
    dictionary = load_dictionary()
    count = dictionary.counts.get(word) or 1
    return 1.0 - math.log(count) / math.log(dictionary.total)
