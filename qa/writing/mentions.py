"""What a written sentence names: it has to stand in the quotes, wherever that is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.language.names import persons, places
from qa.language.periods import periods
from qa.language.questions import QUOTED
from qa.language.tokens import tag
from qa.text import HAN, fold
from qa.types import Citation
from qa.writing.amounts import DAY, amounts, days, numbers
from qa.writing.clauses import clauses, context
from qa.writing.evidence import posts

_SHARE = re.compile(
    "一半|半数|过半|翻[一两三]?番|[一两二三四五六七八九十]+分之[一二三四五六七八九十]+|倍增"
)
_DIVISION = re.compile(
    rf"(?:^|(?<=[,;、和与在及]))(?![{HAN}]?[全各本该每某等此整])"
    rf"([{HAN}]{{1,3}}(?:[省市县区镇乡村](?![{HAN}]?[区域级内])|街道|公司|集团))"
)
_LEVEL = r"(?:自治[区州县旗]|街道|[省市县区镇乡村州旗盟])"
_LEVELLED = re.compile(rf"([{HAN}]{{2,}}){_LEVEL}")


def unmentioned(said: str, quotes: str, citations: Sequence[Citation]) -> Iterator[str]:
    """Yield names, quoted words, foreign words, numbers and days of ``said`` without support."""
    contexts = "\n".join(context(citation, citation.start) for citation in citations)
    around = f"{quotes}\n{contexts}"
    yield from (name for name in _names(said) if name not in around)
    yield from (
        place.name for place in places(said) if _is_of_another_level(place.name, around, citations)
    )
    yield from (word for word in _foreign(said) if not _stands_alone(word, around))
    yield from _missing_numbers(said, quotes)
    for day in days(said):
        same = [other for other in days(quotes) if other[1:] == day[1:]]
        if not any(not day.year or other.year in {0, day.year} for other in same):
            yield (f"{day.year}年" if day.year else "") + f"{day.month}月{day.day}日"
    held = posts(around)
    yield from ("".join(post) for post in posts(said) if post not in held)
    yield from (word for word in _SHARE.findall(said) if word not in quotes)


def _is_of_another_level(name: str, around: str, citations: Sequence[Citation]) -> bool:
    """Tell 鹤山区, where the quotes, or else their articles, have 鹤山市 and no 鹤山区."""
    match = _LEVELLED.fullmatch(name)
    if match is None or name in around:
        return False
    other = re.compile(rf"{re.escape(match[1])}{_LEVEL}(?![域级内])")
    if other.search(around):
        return True
    texts = [fold(citation.article.text) for citation in citations]
    return not any(name in text for text in texts) and any(map(other.search, texts))


def _names(said: str) -> Iterator[str]:
    """Yield the names of persons, organisations and works, and what stands in quotation marks."""
    for start, end in persons(said):
        yield said[start:end]
    for word in tag(said):
        if word.flag == "nt":
            yield word.text
    for found in QUOTED.findall(said):
        yield next(filter(None, found))
    seen = [(place.start, place.end) for place in places(said)]
    for match in _DIVISION.finditer(said):  # what the tagger did not take for one
        if not any(start < match.end(1) and match.start(1) < end for start, end in seen):
            yield match[1]


def _foreign(said: str) -> Iterator[str]:
    """Yield the words, and parts of words, that are written in no Chinese."""
    for word in re.findall(r"[^\W\d_]+", said):
        yield from re.findall(rf"[^{HAN}]+", word)


def _stands_alone(word: str, text: str) -> bool:
    """Tell whether a foreign word stands in a text, not as a part of a longer one."""
    return bool(re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text))


def _without_amounts(said: str) -> str:
    """Blank days, and the figures that have a unit: both are looked at by themselves."""
    said = DAY.sub("_", said)
    for amount in amounts(said):
        said = said[: amount.start] + "_" * (amount.end - amount.start) + said[amount.end :]
    return said


def _missing_numbers(said: str, quotes: str) -> Iterator[str]:
    """Yield the numbers without unit that stand in no quote beside the same character.

    Years and months are held against the quote's own time, clause by clause.
    """
    known = numbers(quotes)
    for number in numbers(said):
        signs = {other.sign for other in known if other.value == number.value}
        if signs and number.sign not in signs:
            yield number.sign + number.text
    months = {float(month) for period in periods(said) for month in period}
    alone = [_without_amounts(said[start:end]) for start, end in clauses(said)]
    for number in (number for text in alone for number in numbers(text)):
        is_year = number.after == "年" and re.fullmatch(r"(?:19|20)\d\d", number.text)
        if not is_year and number.value not in months and not any(map(number.is_said_by, known)):
            yield number.text
