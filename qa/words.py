"""Text to tokens: character bigrams and jieba's words, with parts of speech."""

from __future__ import annotations

import itertools
import math
import re
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from qa.text import HAN, fold

if TYPE_CHECKING:
    from jieba.posseg import POSTokenizer

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
            tokens.extend(run[index : index + 2] for index in range(len(run) - 1))
        else:
            tokens.append(run)
    return tokens


def search_words(text: str) -> list[str]:
    """Return jieba's words for searching, compound words also in their parts.

    Latin words and numbers stay whole.  jieba-rs cuts as jieba does, ten times faster: every
    passage of a library goes through here.
    """
    import rjieba

    tokens: list[str] = []
    for match in _RUN.finditer(fold(text)):
        tokens += rjieba.cut_for_search(match[0]) if match["han"] else [match[0]]
    return tokens


@lru_cache(maxsize=8192)
def tag(text: str) -> tuple[Word, ...]:
    """Return the words of ``text`` in order, with parts of speech."""
    found: list[Word] = []
    at = 0
    for pair in _tagger().cut(fold(text)):
        end = at + len(pair.word)
        if len(pair.word) == 2 and pair.word[1] in "有是" and not is_word(pair.word):
            found.append(Word(at, end - 1, pair.word[0], "n"))  # 镇有, 比是: made up by the model
            found.append(Word(end - 1, end, pair.word[1], "v"))
        else:
            found.append(Word(at, end, pair.word, pair.flag))
        at = end
    return tuple(found)


@lru_cache(maxsize=1)
def _tagger() -> POSTokenizer:
    """Load jieba's dictionary, cached in the user's own cache folder rather than a shared one."""
    import jieba
    import jieba.posseg
    from platformdirs import user_cache_path

    from qa.viterbi import States

    jieba.setLogLevel("WARNING")
    tokenizer = jieba.Tokenizer()
    cache = user_cache_path("yinju")
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:  # a read-only home: a private folder for this process
        cache = Path(tempfile.mkdtemp(prefix="yinju-"))
    tokenizer.tmp_dir = str(cache)
    tokenizer.initialize()
    states = States()

    class Tagger(jieba.posseg.POSTokenizer):  # type: ignore[misc]
        def load_word_tag(self, file: IO[bytes]) -> None:
            """Copy the tags that jieba read when it was imported: that took half a second."""
            file.close()
            self.word_tag_tab = dict(jieba.posseg.dt.word_tag_tab)

        def _POSTokenizer__cut(self, text: str) -> Iterator[Any]:  # noqa: N802 - jieba's own name
            """Cut what the dictionary lacks, sooner than jieba does."""
            return itertools.starmap(jieba.posseg.pair, states.cut(text))

    return Tagger(tokenizer)


def is_word(text: str) -> bool:
    """Tell whether jieba's dictionary has ``text`` as a word."""
    return bool(_tagger().tokenizer.FREQ.get(text, 0))


def rarity(word: str) -> float:
    """Return how much a word says, in [0, 1]: 0 for the most frequent, 1 for an unknown one.

    It is the information content under jieba's word frequencies, scaled to that of an unknown word.
    """
    tokenizer = _tagger().tokenizer
    count = tokenizer.FREQ.get(word, 0) or 1
    return 1.0 - math.log(count) / math.log(tokenizer.total)
