"""Names of a question that no article has, and names that the articles have and that are near.

Near is what sounds the same (贺山 and heshan are 鹤山 by pinyin, tones aside), or what differs by
one character in a name of three or more.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from qa.language.dictionary import load_dictionary
from qa.language.names import persons, places
from qa.language.questions import parse
from qa.language.tokens import is_word
from qa.text import HAN, fold, spelled

MOST = 3  # names that are offered for one
_LATIN = re.compile("[a-z]{4,24}")
_PROPER = frozenset(("nr", "nrt", "nrfg", "ns", "nt", "nz"))  # jieba's names
_SYLLABLE = 6  # letters of the longest one
_LONG = 3  # characters of a name from which on one of them may be another
_LONGEST = 12  # characters: what is longer is a sentence, of which nothing is near


def corrections(
    question: str, topic: str, texts: Callable[[], Iterable[str]]
) -> Iterator[tuple[str, str]]:
    """Yield a name of ``question`` that no text has, and one that a text has and that is near.

    Names come in the order of the question, and what is near in that of how often it stands there.
    """
    parsed = parse(question)
    names = [topic, *parsed.names, *(place.name for place in parsed.places)]
    names += [term.text for term in parsed.terms if len(term.text) > 1]
    names = [name for name in dict.fromkeys(map(fold, names)) if name and name in fold(question)]
    near = {name: found for name in names if (found := _near(name))}
    absent = {name: re.compile(spelled(name)) for name in near}
    for text in texts() if absent else ():
        absent = {name: found for name, found in absent.items() if not found.search(text)}
        if not absent:
            return
    counts: dict[str, Counter[str]] = {name: Counter() for name in absent}
    for text in texts() if absent else ():
        for name in absent:
            counts[name].update(fold(match[0]) for match in near[name].finditer(text))
    for name, counted in counts.items():
        near_by = (other for other, _ in counted.most_common() if _is_near(name, other))
        likely = filter(_is_name, near_by)
        for other, _ in zip(likely, range(MOST), strict=False):
            yield name, other


def _near(name: str) -> re.Pattern[str] | None:
    """Return what finds the names that are near to ``name``."""
    if _LATIN.fullmatch(name):
        ways = [_sounding(syllables) for syllables in _syllables(name)]
    elif re.fullmatch(f"[{HAN}]{{1,{_LONGEST}}}", name):
        ways = [_sounding([_sound(character) for character in name])]
        if len(name) >= _LONG:
            ways += [
                spelled(name[:at]) + f"[{HAN}]" + spelled(name[at + 1 :]) for at in range(len(name))
            ]
    else:
        return None
    return re.compile("|".join(ways)) if all(ways) and ways else None


def _is_near(name: str, other: str) -> bool:
    """Tell whether two names sound the same as a whole, or are of three characters and more.

    The pattern went by each character's every sound: 重 is chong in 重庆 alone.
    """
    from pypinyin import lazy_pinyin

    sounds = "".join(lazy_pinyin(name, v_to_u=False))
    return len(other) >= _LONG or sounds == "".join(lazy_pinyin(other, v_to_u=False))


def _is_name(text: str) -> bool:
    """Tell a name from words, and from characters that only happen to stand side by side."""
    return load_dictionary().tags.get(text, "") in _PROPER or any(
        (found[0], found[1]) == (0, len(text)) for found in (*places(text), *persons(text))
    )


def _sounding(sounds: Iterable[frozenset[str]] | Iterable[str]) -> str:
    """Return a pattern of characters, each of which has one of the sounds of its place."""
    pattern = []
    for sound in sounds:
        wanted = {sound} if isinstance(sound, str) else sound
        alike = sorted({character for one in wanted for character in _characters().get(one, "")})
        if not alike:
            return ""
        pattern.append(f"[{''.join(alike)}]")
    return "".join(pattern)


def _syllables(letters: str) -> list[list[str]]:
    """Return all ways to read letters as two or more syllables."""
    ways: dict[int, list[list[str]]] = {0: [[]]}
    for end in range(1, len(letters) + 1):
        ways[end] = [
            [*before, letters[start:end]]
            for start in range(max(0, end - _SYLLABLE), end)
            if letters[start:end] in _characters()
            for before in ways[start]
        ]
    return [way for way in ways[len(letters)] if len(way) > 1]


def _sound(character: str) -> frozenset[str]:
    return frozenset(
        _plain(sound) for sound in _pinyin().get(ord(character), "").split(",") if sound
    )


@lru_cache(maxsize=1)
def _characters() -> Mapping[str, str]:
    """Map each syllable, without its tone, to the common characters that sound so."""
    found: dict[str, list[str]] = {}
    for code, sounds in _pinyin().items():
        character = chr(code)
        if is_word(character) or is_word(fold(character)):
            for sound in {_plain(sound) for sound in sounds.split(",")}:
                found.setdefault(sound, []).append(character)
    return {sound: "".join(alike) for sound, alike in found.items()}


def _pinyin() -> Mapping[int, str]:
    from pypinyin.constants import PINYIN_DICT  # a quarter of a second, for which few have to wait

    table: Mapping[int, str] = PINYIN_DICT
    return table


def _plain(sound: str) -> str:
    """Return a syllable without its tone: hè is he, lǜ is lv, as it is typed."""
    letters = unicodedata.normalize("NFD", sound).replace("u\u0308", "v")
    return "".join(letter for letter in letters if letter.isascii())
