"""Whether a written clause is a clause of its quote, said shorter: word by word, in its order.

The words of the clause are laid on those of the quote, figures on figures.  They have to stand
there in the same order, and side by side where the clause has them side by side: 市委书记张三、市长
李四 is no 张三市长, and who buys is not who is bought.  What is left over in the quote between and
beside them may be let go only where it turns nothing.  So there is no list of verbs that cancel or
hedge, but a short one of words that do neither: 放弃, 申请, 难以, 险些 and 被 are words left over
like any other verb, adverb or preposition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from qa.language.hedges import bound_before
from qa.language.names import is_surname, persons, places
from qa.language.questions import QUOTED
from qa.language.tokens import Word, is_word, tag
from qa.text import HAN
from qa.types import Span
from qa.writing.amounts import amounts
from qa.writing.clauses import QuoteClause, WrittenClause, clauses, context
from qa.writing.content_words import TIME, alike
from qa.writing.measures import RESPECTIVELY

_FIGURE = "figure"  # stands for the part of speech of an amount
_PREFIXES = frozenset("年 月 日 周 季 旬 原 前 副 代 净 毛".split())
_PAUSE = re.compile("[、/:]|(?<![参涉给赋授普以])[和及](?!谐|平|解)|以及|并(?!购)|(?<!参)与(?!会)")
_VERBS = frozenset("v vd vn vi vq vg zg d ad a".split())
_NOUNS = ("n", "j", "l", "i", "b", "s", "z", "g", "eng", "f", "t", "an", "x", "k", "h")
_BARE = ("u", "y", "e", "o", "q", "c", "r")
# Who does it to whom, how far, whether at all: never let go, never put in.
_ROLES = frozenset(
    (
        "被 由 向 对 把 将 给 让 使 叫 令 比 较 除 替 为了 除了 或 或者 未 不 非 一度 原 前任 时任 "
        "通过"
    ).split()
)
# What may be let go or put in: it neither turns nor narrows what a report says.
_HARMLESS = frozenset(
    (
        "进行 开展 实现 完成 有 是 为 达 达到 达成 共 共有 一共 总共 共计 均 都 也 还 还有 "
        "又 已 已经 正式 成功 目前 当前 现 现有 此外 另外 同时 其中 该 本 当地 我市 我区 "
        "我县 介绍 指出 据 据悉 了解 获悉 来 等 数 数量 分别 在 于 以 经 根据 方面 情况 从 "
        "自 起 上 中 里 这 那 其 的 了 拥有 具有 设 设有 属于 不断 持续 积极 进一步 全面 "
        "大力 有效 深入 扎实 稳步 仍 仍然 尚 则 却 而 先后 就 才 名 家 个 当年 期间 底 到 至"
    ).split()
)
# These too, though they stand in an order: 居全省第三、全国第二十.
_DISPENSABLE = _HARMLESS | frozenset("位 居 占 市 区 县 镇 项目 工程".split())
_SPEECH = frozenset("称 表示 说".split())
_RANK = re.compile("第|首|最|前|排|倒数")
_WHOLE = re.compile("全[国省市区县镇乡村]")


class _Laid(NamedTuple):
    """A word of the clause and where it stands in the quote's clause."""

    word: Word
    start: int
    end: int


def misaligned(claim: WrittenClause, source: QuoteClause) -> str:
    """Return the first word by which a clause departs from the clause of its quote, or empty."""
    laid = _lay(claim.text, source.text)
    for one, other in pairwise(laid):
        if _is_torn(one, other, claim.text, source.text):
            return other.word.text
    for item in laid:
        said, told = _prefix(claim.text, item.word.start), _prefix(source.text, item.start)
        if said != told:
            return said or told
    return _put_in(claim.text, source, laid) or _left_over(claim, source.text, laid)


# -- laying words on words ---------------------------------------------------------------------


def _tokens(text: str) -> list[Word]:
    """Return the words of a clause that have a place in its order, with its figures as words."""
    found = [Word(item.start, item.end, item.unit, _FIGURE) for item in amounts(text)]
    taken = _figures(text)
    taken += [match.span() for match in TIME.finditer(text)]
    found += [
        word
        for word in tag(text)
        if not _overlaps(word, taken)
        and word.text not in _HARMLESS
        and re.search(rf"[{HAN}a-z]", word.text)
        and (word.text in _ROLES or not word.flag.startswith((*_BARE, "m", "p")) or _is_rank(word))
    ]
    return sorted(found)


def _figures(text: str) -> list[Span]:
    """Return where the figures of a clause stand, with what bounds them."""
    found = amounts(text)
    bounds = [span for item in found if (span := bound_before(text, item.start))]
    return [(item.start, item.end) for item in found] + bounds


def _is_rank(word: Word) -> bool:
    return word.text.startswith(("第", "首"))


def _overlaps(word: Word, spans: Sequence[Span]) -> bool:
    return any(start < word.end and word.start < end for start, end in spans)


def _lay(said: str, quoted: str) -> list[_Laid]:
    """Lay the words of a clause on another's so that as few neighbours as can be are torn apart.

    A word that is not there is left out: it was named before, or is looked for by other means.
    """
    options = [(word, found) for word in _tokens(said) if (found := _found(word, said, quoted))]
    best: list[tuple[float, list[_Laid]]] = [(0.0, [])]
    for word, spans in options:
        following = []
        for span in spans:
            here = _Laid(word, *span)
            following.append(
                min(
                    (
                        (cost + _cost(path[-1:], here, said, quoted), [*path, here])
                        for cost, path in best
                    ),
                    key=lambda pair: pair[0],
                )
            )
        best = following
    return min(best, key=lambda pair: pair[0])[1]


def _prefix(text: str, at: int) -> str:
    """Return the syllable at a word that makes it another: 月收入, 原局长; not that of 5月收入."""
    before = [word for word in tag(text) if word.end <= at]
    if not before or before[-1].end < at or before[-1].text not in _PREFIXES:
        return ""
    return "" if re.search(r"[\d上本当每] ?$", text[: before[-1].start]) else before[-1].text


def _cost(before: Sequence[_Laid], here: _Laid, said: str, quoted: str) -> float:
    if not before:
        return 0.0
    distance = abs(here.start - before[0].end) / (1 + len(quoted))
    return distance + (10.0 if _is_torn(before[0], here, said, quoted) else 0.0)


def _found(word: Word, said: str, quoted: str) -> list[Span]:
    """Return where a word, or a figure, or another word that says the same stands in a clause."""
    if word.flag == _FIGURE:
        own = next(item for item in amounts(said) if item.start == word.start)
        return [(item.start, item.end) for item in amounts(quoted) if own.is_said_by(item)]
    spans: list[Span] = []
    for form in sorted(alike(word.text), key=len, reverse=True):
        found = [match.span() for match in re.finditer(re.escape(form), quoted)]
        found = [(a, b) for a, b in found if not any(c <= a and b <= d for c, d in spans)]
        if len(form) == 1:  # 增 is not in 增长
            whole = {(item.start, item.end) for item in tag(quoted)}
            found = [span for span in found if span in whole]
        spans += found
    return spans


def _is_torn(one: _Laid, other: _Laid, said: str, quoted: str) -> bool:
    """Tell whether two neighbours stand in the quote's clause in another order, or apart."""
    joined = not _PAUSE.search(said, one.word.end, other.word.start)
    if one.end <= other.start:
        listed = quoted.rfind(RESPECTIVELY, 0, other.start)
        if listed >= 0 and RESPECTIVELY not in said and other.word.flag == _FIGURE:
            return False  # whose it is tells qa.writing.pairing
        apart = _PAUSE.search(quoted, max(one.end, listed), other.start)
        return bool(apart) and joined and not _shares(one, other, said, quoted)
    if other.end <= one.start:  # only a figure may change places, with what it counts
        between = quoted[other.end : one.start]
        is_figure = _FIGURE in {one.word.flag, other.word.flag}
        return not is_figure or bool(_PAUSE.search(between) or amounts(between) or _verbs(between))
    return False


def _shares(one: _Laid, other: _Laid, said: str, quoted: str) -> bool:
    """Tell a verb that several things follow, or several persons before one verb."""
    if _verbs(quoted[one.end : other.start]):
        return False
    link = said[one.word.end : other.word.start]
    is_told = other.word.flag == "v" or (link and quoted[: other.start].endswith(link))
    return one.word.flag[0] == "v" or (one.word.flag == "nr" and bool(is_told))


def _verbs(text: str) -> list[str]:
    return [
        word.text
        for word in tag(text)
        if word.flag in _VERBS and word.text not in _DISPENSABLE and word.flag != "vn"
    ]


# -- what is put in, and what is left over -----------------------------------------------------


def _put_in(said: str, source: QuoteClause, laid: Sequence[_Laid]) -> str:
    """Return the verb, adverb or preposition that the clause has and the quote's has not.

    快递 in 快递业务 is none, where the sentence spoke of 快递业务 before.  A noun that was named
    before may stand before the verb; after it, it would be another object: 驳回其请求 is not
    驳回乙的请求.
    """
    known = {item.word.start for item in laid}
    verbs = [item.word.start for item in laid if item.word.flag == "v"]
    named = [match.span() for match in QUOTED.finditer(said) if match[0] in source.sentence]
    before = f"{context(source.citation, source.start)}\n{source.lead}"
    for word in _tokens(said):
        if word.start in known or _overlaps(word, named):
            continue
        if _is_name(word) and _is_object(word.text, source.lead):
            return word.text
        joined = said[word.start : word.end + 2]
        if joined in source.sentence and joined not in f"{before}{source.text}":
            return word.text  # that is said in another clause
        is_object = word.flag[0] in "nj" and bool(verbs) and min(verbs) < word.start
        if word.text in _DISPENSABLE:
            continue
        if word.text in _ROLES or word.flag[0] == "d" or is_object:
            return word.text
        joined = said[word.start : word.end + 2]
        is_named = not is_word(word.text) or (
            len(joined) == len(word.text) + 2 and joined in before
        )
        if word.flag in _VERBS and not is_named:
            return word.text
    return ""


def _is_name(word: Word) -> bool:
    """Tell a name; the tagger takes 龙舟赛 for somebody's, too."""
    is_person = is_surname(word.text[0]) and not is_word(word.text[:2])
    return word.flag in {"nz", "nt"} or (word.flag[:2] == "nr" and is_person)


def _is_object(name: str, lead: str) -> bool:
    """Tell whom the clauses before name only behind their verb: 甲胜乙, 将对阵丙 is said of 甲."""
    told = [lead[start:end] for start, end in clauses(lead) if name in lead[start:end]]
    before = [part[: part.find(name)] for part in told]
    return bool(before) and all(_verbs(part) or persons(part) for part in before)


def _left_over(claim: WrittenClause, quoted: str, laid: Sequence[_Laid]) -> str:
    """Return a word of the quote's clause that may not be let go."""
    covered = [(item.start, item.end) for item in laid]
    taken = covered + [span for span in _figures(quoted) if quoted[slice(*span)] != "一度"]
    taken += [match.span() for match in TIME.finditer(quoted)]
    taken += [(item.start, item.end) for item in places(quoted)]
    words = [word for word in tag(quoted) if not _overlaps(word, taken)]
    for start, end in _segments(quoted):
        inside = [span for span in covered if start <= span[0] < end]
        for word in words if inside else ():
            if (
                start <= word.start < end
                and word.text not in _DISPENSABLE
                and re.search(rf"[{HAN}a-z]", word.text)
                and _turns(word, claim, inside, laid, quoted)
            ):
                return word.text
    return ""


def _turns(
    word: Word, claim: WrittenClause, inside: Sequence[Span], laid: Sequence[_Laid], quoted: str
) -> bool:
    """Tell whether to leave out a word makes another statement."""
    if word.text in _ROLES:
        return True
    if _WHOLE.fullmatch(word.text) and not _RANK.match(quoted, word.end):
        return False  # it says again of what place all this is
    if word.text in _SPEECH and not word.start:
        return False
    if word.flag == "p":
        return word.text not in claim.text and any(first == word.end for first, _ in inside)
    if word.flag in _VERBS and not (word.flag[0] == "a" and _is_noun_at(word.end, quoted)):
        return word.text not in claim.text
    if quoted[: word.start].endswith("的") and max(end for _, end in inside) == word.start - 1:
        return True  # 修建公园的议案 is not yet that it is built
    is_noun = word.flag.startswith((*_NOUNS, "a"))
    return is_noun and word.text not in claim.said and _narrows(word, inside, laid)


def _is_noun_at(at: int, quoted: str) -> bool:
    return any(word.start == at and word.flag[0] == "n" for word in tag(quoted))


def _narrows(word: Word, inside: Sequence[Span], laid: Sequence[_Laid]) -> bool:
    """Tell whether a noun stands at a word of the clause, so that together they say another thing.

    Not so what somebody is, before the name, nor the first of several things that follow one verb,
    where a later one is told.
    """
    if any(first == word.end for first, _ in inside):
        return not any(item.start == word.end and item.word.flag == "nr" for item in laid)
    verbs = {item.end for item in laid if item.word.flag[0] == "v"}
    shared = word.start in verbs and max(end for _, end in inside) == word.start
    return any(last == word.start for _, last in inside) and not shared


def _segments(quoted: str) -> Iterator[Span]:
    """Yield the parts of a clause between its pauses."""
    start = 0
    for match in _PAUSE.finditer(quoted):
        yield start, match.start()
        start = match.end()
    yield start, len(quoted)
