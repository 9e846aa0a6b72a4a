"""Bytes to text: the encodings in which Chinese articles are found."""

from __future__ import annotations

import codecs
import math
import re
from collections import Counter
from functools import lru_cache

from qa.errors import ArticleUnreadableError
from qa.language.dictionary import load_dictionary
from qa.text import simplify

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = ("gb18030", "big5hkscs")
_GUESSED = 64 << 10  # bytes shown to the statistical detector
_PUNCTUATION = "，。、；：？！“”‘’（）《》【】—…·「」『』　"
_PLAUSIBLE = 0.45  # commonness: Chinese text has 0.7 to 0.9, a wrong decoding below 0.4
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def decode(data: bytes) -> str:
    """Decode the bytes of an article.

    A byte order mark decides; then valid UTF-8; then UTF-16 without a mark, which its zero bytes
    or its Chinese give away; then GB18030 against Big5 by which gives more of the characters that
    Chinese is made of.  Line ends are left as they are.

    Raises:
        ArticleUnreadableError: if the bytes are not text in any of these.
    """
    text = _decode(data)
    if len(_CONTROL.findall(text)) > len(text) // 100:
        raise ArticleUnreadableError("binary_data", "the file is binary data, not text")
    return text


def _decode(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding).removeprefix("\ufeff")
            except UnicodeDecodeError as error:
                raise _broken(encoding, error) from error
    try:
        if data.count(0) * 100 <= len(data):  # UTF-16 has more of them
            return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    readings = dict(_readings(data))
    best = max(readings, key=lambda name: commonness(readings[name]), default=None)
    if best is not None and commonness(readings[best]) >= _PLAUSIBLE:
        return readings[best]
    if data.count(0) * 100 > len(data):
        raise ArticleUnreadableError("binary_data", "the file is binary data, not text")
    return _mostly_utf8(data) or _guess(data, readings.get(best or "", ""))


def _readings(data: bytes) -> list[tuple[str, str]]:
    """Decode ``data`` in every candidate encoding that accepts all of it."""
    candidates = [] if b"\x00" in data else list(_LEGACY)
    if len(data) % 2 == 0:
        candidates += ["utf-16-le", "utf-16-be"]
    found = []
    for name in candidates:
        try:
            found.append((name, data.decode(name)))
        except UnicodeDecodeError:
            continue
    return found


def commonness(text: str) -> float:
    """Return how much the characters beyond ASCII are those of Chinese, in [0, 1].

    It is their mean logarithmic frequency, 1 for the most frequent character and 0 for one that
    Chinese does not use.  Text of ASCII alone gets half the share that is printable.
    """
    beyond = [character for character in simplify(text) if character > "\x7f"]
    if not beyond:
        return 0.5 * sum(map(str.isprintable, text)) / max(1, len(text))
    frequency = _frequency()
    return sum(frequency.get(character, 0.0) for character in beyond) / len(beyond)


@lru_cache(maxsize=1)
def _frequency() -> dict[str, float]:
    """Map characters to log-frequency, scaled to [0, 1], counted over jieba's word list."""
    counts: Counter[str] = Counter()
    for word, count in load_dictionary().counts.items():
        for character in word:
            counts[character] += count
    top = max(counts.values())
    counts.update(dict.fromkeys(_PUNCTUATION, top // 10))
    return {
        character: math.log(1 + count) / math.log(1 + top) for character, count in counts.items()
    }


def _mostly_utf8(data: bytes) -> str | None:
    """Accept UTF-8 with a few damaged bytes, which become U+FFFD, or a cut last character."""
    text = data.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    return text if damaged * 50 <= len(text) and commonness(text) >= _PLAUSIBLE else None


def _guess(data: bytes, fallback: str) -> str:
    """Ask charset-normalizer, where our own candidates look unlike Chinese or none fits."""
    from charset_normalizer import from_bytes  # seldom asked, and slow to import

    match = from_bytes(data[:_GUESSED]).best()
    if match is not None:
        try:
            return data.decode(match.encoding)
        except UnicodeDecodeError:
            pass
    if fallback:
        return fallback
    damaged = data.decode("gb18030", errors="replace")
    if damaged.count("\ufffd") * 50 <= len(damaged) and commonness(damaged) >= _PLAUSIBLE:
        return damaged
    raise ArticleUnreadableError(
        "encoding_unknown",
        "the file is not text in UTF-8, GB18030, UTF-16 or Big5; save it as UTF-8",
    )


def _broken(encoding: str, error: UnicodeDecodeError) -> ArticleUnreadableError:
    return ArticleUnreadableError(
        "encoding_damaged",
        "the file begins as {encoding} but is damaged at byte {byte}; save it as UTF-8",
        encoding=encoding,
        byte=error.start,
    )
