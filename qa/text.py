"""Matching copies of text in which every character keeps its offset, and sentence ends.

A matching copy maps character by character (traditional to simplified, full-width to half-width,
case, quotation marks), so an offset in the copy is an offset in the original.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from qa.types import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    _Table = NDArray[np.uint32]

HAN = "㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U0003ffff〇"
_QUOTES = {**dict.fromkeys("“”„‟〝〞「」『』﹁﹂﹃﹄＂", '"'), **dict.fromkeys("‘’‚‛＇", "'")}
_DASHES = dict.fromkeys("—–―‐‑‒−─－～〜", "-")
_CLOSERS = "”’」』）)】》〉\"'"
_SENTENCE_END = re.compile(rf"[。！？!?…]+[{_CLOSERS}]*|\n+")
_CLAUSE_END = re.compile(rf"[；;]+[{_CLOSERS}]*")
_ENDING = "?？!！。．… \n\u3000"  # a question's end
_DIGIT = "0-9０-９"
_BEFORE = rf"(?<![{_DIGIT}])(?<![{_DIGIT}][.,．，])"
_AFTER = rf"(?![{_DIGIT}])(?![.,．，][{_DIGIT}])"
_NO_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONG_SENTENCE = 160  # characters; a longer one is also cut at semicolons


@lru_cache(maxsize=1)
def _simplifying() -> _Table:
    """Return, for each code point, the simplified one, one to one by OpenCC's character table."""
    import numpy as np  # for which a list of articles need not wait
    from opencc import OpenCC

    characters = [
        chr(code)
        for first, last in ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))
        for code in range(first, last + 1)
    ]
    # One character a line: OpenCC's phrase rules cannot reach across, so each maps by itself.
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = np.arange(sys.maxunicode + 1, dtype="<u4")
    for old, new in zip(characters, converted, strict=True):
        if len(new) == 1:
            table[ord(old)] = ord(new)
    table[0xD800:0xE000] = ord("\ufffd")  # no tokenizer takes a half
    return table


@lru_cache(maxsize=1)
def _folding() -> _Table:
    """Return, for each code point, the one that matches it, simplified."""
    plain = _QUOTES | _DASHES
    simplified = _simplifying()
    table: _Table = simplified.copy()
    for code in range(0x10000):  # beyond the basic plane nothing that articles use folds
        if 0xD800 <= code <= 0xDFFF:  # simplifying replaces halves
            continue
        character = chr(code)
        folded = unicodedata.normalize("NFKC", character).lower()
        new = plain.get(character) or plain.get(folded, folded)
        if new != character and len(new) == 1:
            table[code] = simplified[ord(new)]
    return table


def simplify(text: str) -> str:
    """Return ``text`` with traditional characters simplified, one for one.

    Half surrogate pairs, which undecodable bytes of a command line leave, become U+FFFD.
    """
    return _replace(text, _simplifying())


def fold(text: str) -> str:
    """Return the matching copy of ``text``: same length, offsets kept."""
    return _replace(text, _folding())


def spelled(text: str) -> str:
    """Return a regular expression for whatever has the same matching copy as ``text``.

    It finds 乡村振兴, 鄉村振興 and ＧＤＰ in a text as it stands: a thousand articles are looked
    through without a copy of each.
    """
    return "".join(map(_alike, fold(text)))


@lru_cache(maxsize=20_000)
def _alike(folded: str) -> str:
    """Return a pattern for the characters of which one is the folded form."""
    import numpy as np

    codes = np.flatnonzero(_folding() == ord(folded))
    return f"[{''.join(re.escape(chr(code)) for code in codes)}]"


def _replace(text: str, table: _Table) -> str:
    """Do what ``str.translate`` does, in a fifteenth of the time for an article."""
    import numpy as np

    if not text:
        return text
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return table.take(codes).tobytes().decode("utf-32-le")


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Yield the sentences of ``text[start:end]``, trimmed of white space, as spans of ``text``.

    A sentence ends at a full stop, question or exclamation mark, ellipsis or line end, closing
    quotes included; one of more than ``LONG_SENTENCE`` characters also at semicolons.
    """
    stop = len(text) if end is None else end
    for piece in _pieces(text, start, stop, _SENTENCE_END):
        first, last = trim(text, *piece)
        if last - first > LONG_SENTENCE:
            for part in _pieces(text, first, last, _CLAUSE_END):
                inner = trim(text, *part)
                if inner[0] < inner[1]:
                    yield inner
        elif first < last:
            yield first, last


def _pieces(text: str, start: int, end: int, separator: re.Pattern[str]) -> Iterator[Span]:
    for match in separator.finditer(text, start, end):
        yield start, match.end()
        start = match.end()
    if start < end:
        yield start, end


def trim(text: str, start: int, end: int) -> Span:
    """Shrink a span so that it neither begins nor ends with white space."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def is_sentence_end(text: str) -> bool:
    """Tell whether ``text`` ends as a sentence does."""
    return bool(re.search(rf"[。！？!?…；;：:][{_CLOSERS}]*\s*$", text))


def unmarked(question: str) -> str:
    """Return a question without the marks at its end: with and without them it asks the same."""
    return question.rstrip(_ENDING)


def visible(text: str) -> str:
    """Return ``text`` with control and direction characters replaced, line ends kept."""
    return "".join(
        character
        if character == "\n" or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
        else "\ufffd"
        for character in text.replace("\r\n", "\n").replace("\t", "    ")
    )


def xml_text(text: str) -> str:
    """Return ``text`` as :func:`visible` has it, without the characters that XML does not allow."""
    return _NO_XML.sub("\ufffd", visible(text))


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
