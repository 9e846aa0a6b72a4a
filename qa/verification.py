"""Whether the quotes that a written sentence names bear it out.

A sentence is held against the quotes clause by clause.  All that it says has to stand there: its
figures with their units and bounds, days, years, places, names, and its other words; nothing may
be turned (:mod:`qa.qualifiers`); and what it says of a figure must not be what the quote says of
another one.  Whose figure it is, and of which year and indicator, is looked up as for an answer:
the clause is read as the question that its figure would answer (:func:`qa.evidence.judge`).

It errs on the side of doubt: a true sentence in words of its own is not verified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from qa.amounts import Amount, amounts, days, numbers
from qa.asking import EMPTY
from qa.evidence import judge, posts
from qa.matching import degree
from qa.names import persons, places
from qa.passages import headings_at
from qa.periods import periods
from qa.qualifiers import added, dropped, is_conditional, qualities, unplanned, without_bound
from qa.questions import QUOTED, parse
from qa.text import HAN, fold, sentences
from qa.types import Citation
from qa.words import Word, bigrams, tag

_CLAUSE = re.compile(r"(?:(?<!\d),|,(?!\d{3}(?!\d))|[;。!?…\n])+")
_YEAR = re.compile(r"(?<!\d)(?:(?:19|20)\d{2}) ?年|[今去前明]年|上年")
_SHARE = re.compile("一半|半数|过半|翻[一两三]?番|[一两二三四五六七八九十]+分之[一二三四五六七八九十]+|倍增")
_DIVISION = re.compile(
    rf"(?:^|(?<=[,;、和与在及]))(?![{HAN}]?[全各本该每某等此整])"
    rf"([{HAN}]{{1,3}}(?:[省市县区镇乡村](?![{HAN}]?[区域级内])|街道|公司|集团))"
)
_CONTENT = ("n", "v", "a", "j", "l", "i", "eng", "b", "s", "z", "g", "m", "x", "t", "d", "f")
_NAMED = frozenset("ns nr nrt nrfg nt nz t".split())
# Words that say nothing of their own in a report, whatever the quotes say.
_LIGHT = EMPTY | frozenset(
    (
        "根据 据 显示 资料 数据 介绍 表示 指出 称 提到 了解 报道 文章 公布 消息 方面 其中 同时 另外 此外 而 则 并 且 以及 "
        "当年 期间 截至 为止 当地 这些 那些 该 各 相关 有关 总计 合计 累计 总量 规模 水平 拥有 具有 达 至 共计 "
        "占 比 率 为止 目前 当时 以来 年度 左右 约 大约 超过 超 近 不足 以上 以下 已 正 均 都 将 于 所 并且 因此 这 "
        "多 余 来 第 该市 该区 该县 该镇 该项 当前 方式 工作 进行 开展 实际上 期 人 增 减 正式 今年 去年 明年 上年 月份 "
        "起来 到 又 也 再 还有 金额 总额 人数 数量 前 后 由 从 使 让 里面 得 起 "
        "前三季度 上半年 下半年 全年 一季度 二季度 三季度 四季度 第一季度 第二季度 第三季度 第四季度 季度"
    ).split()
)
_ALIKE = tuple(
    frozenset(group.split())
    for group in (
        "引进 引入", "成立 设立 组建 创立 创建", "举办 举行 召开", "获 获得 荣获 获评", "建成 建好",
        "职工 员工", "增长 比增 上升 增加 增 提高 上涨", "下降 减少 降低 下跌 回落", "总投资 投资总额 总投资额",
        "投资 总投资", "推动 推进", "位于 坐落", "全部 所有 100%", "入选 列入", "约 大约", "聘请 聘", "超 超过",
    )
)  # fmt: skip
_ALTERNATIVES = 3  # clauses of the quotes that are tried for a clause without figures
_ALMOST = 0.7  # share of the nearest one's likeness from which another is tried
_PRESENT = 0.6  # degree from which an ordinary word counts as being there


class Source(NamedTuple):
    """A clause of a quote; offsets are in the citation's article."""

    citation: Citation
    start: int
    end: int
    text: str  # folded
    before: str  # the clause before it in the sentence
    lead: str  # all of the sentence before it
    sentence: str  # folded


@dataclass(frozen=True, slots=True)
class _Claim:
    """A clause of a written sentence, with the place and time that earlier ones give it.

    ``said`` is the sentence up to the clause's end.
    """

    text: str
    setting: str
    said: str


def verify(written: str, citations: Sequence[Citation]) -> str:
    """Return what of a written sentence the quotes do not bear out; empty if they do.

    ``written`` is without its references; ``citations`` are those that it names.
    """
    said = fold(written)
    if not _bare(said):
        return written.strip() or "?"
    quotes = "\n".join(fold(citation.quote) for citation in citations)
    if _is_quoted(said, citations):
        return ""
    missing = next(_missing_by_name(said, quotes, citations), "")
    if missing:
        return missing
    sources = [source for citation in citations for source in _sources(citation)]
    for claim in _claims(said):
        problem = _unfounded(claim, sources)
        if problem:
            return problem
    return ""


def _bare(folded: str) -> str:
    """Return the letters and digits of a text, with what tells numbers apart."""
    return re.sub(r"[^\w%‰.]|(?<!\d)\.|\.(?!\d)|_", "", folded)


def _is_quoted(said: str, citations: Sequence[Citation]) -> bool:
    """Tell whether the whole sentence is one, or some in a row, of a quote."""
    wanted = _bare(said)
    for citation in citations:
        quote = fold(citation.quote)
        spans = list(sentences(quote))
        for first, (start, _) in enumerate(spans):
            if any(_bare(quote[start:end]) == wanted for _, end in spans[first:]):
                return True
    return False


def _sources(citation: Citation) -> Iterator[Source]:
    """Yield the clauses of a quote."""
    quote = fold(citation.quote)
    for first, last in sentences(quote):
        before = ""
        for start, end in _clauses(quote[first:last]):
            text = quote[first + start : first + end]
            at = citation.start + first + start
            lead = quote[first : first + start]
            yield Source(citation, at, at + len(text), text, before, lead, quote[first:last])
            before = text


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in (*_CLAUSE.finditer(text), None):
        end = match.start() if match else len(text)
        if text[start:end].strip():
            yield start, end
        start = match.end() if match else end


def _claims(said: str) -> Iterator[_Claim]:
    """Yield the clauses of a sentence, each with the place, year and period said before it."""
    place = year = period = ""
    for start, end in _clauses(said):
        text = said[start:end]
        here = places(text)
        setting = ""
        if found := _YEAR.search(text):
            year, period = found[0], ""
        else:
            setting += year
        if periods(text):
            period = _period_text(text)
        elif not days(text):
            setting += period
        if here:
            place = text[here[0].start : here[0].end]
        else:
            setting += place
        yield _Claim(text, setting, said[:end])


def _period_text(text: str) -> str:
    first, last = periods(text)[0]
    return f"{first}-{last}月" if first != last else f"{first}月"


# -- what must stand in the quotes by name -----------------------------------------------------


def _missing_by_name(said: str, quotes: str, citations: Sequence[Citation]) -> Iterator[str]:
    """Yield names, quoted words, foreign words, numbers and days of ``said`` without support."""
    contexts = "\n".join(_context(citation, citation.start) for citation in citations)
    around = f"{quotes}\n{contexts}"
    yield from (name for name in _names(said) if name not in around)
    yield from (word for word in re.findall(r"[^\W\d_]+", said) if _is_foreign(word, around))
    known = numbers(quotes) | {amount.value for amount in amounts(quotes)}
    years = {float(year) for year in re.findall(r"(?<!\d)((?:19|20)\d{2})(?= ?年)", said)}
    dated = [citation.article.published for citation in citations if citation.article.published]
    for number in sorted(numbers(_without_amounts(said)) - known - years):
        if not _is_part_of_period(number, said):
            yield f"{number:g}"
    for day in days(said):
        same = [other for other in days(quotes) if other[1:] == day[1:]]
        known_day = any(not day.year or other.year in {0, day.year} for other in same)
        if not known_day and (day.year or 0, *day[1:]) not in {
            (date.year, date.month, date.day) for date in dated
        }:
            yield f"{day.month}月{day.day}日"
    held = posts(around)
    yield from ("".join(post) for post in posts(said) if post not in held)
    yield from (word for word in _SHARE.findall(said) if word not in quotes)


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


def _is_foreign(word: str, around: str) -> bool:
    """Tell a word, or a part of one, that is written in no Chinese and stands nowhere else."""
    parts = re.findall(rf"[^{HAN}]+", word)
    return any(not re.search(rf"(?<![a-z]){re.escape(part)}(?![a-z])", around) for part in parts)


def _without_amounts(said: str) -> str:
    """Blank the figures that have a unit, which are looked at in their clause."""
    for amount in amounts(said):
        said = said[: amount.start] + " " * (amount.end - amount.start) + said[amount.end :]
    return said


def _is_part_of_period(number: float, said: str) -> bool:
    """Tell a month from other numbers: 1—9月 need not be written so where 前三季度 is."""
    return any(number in period for period in periods(said))


# -- a clause and what the quotes say ----------------------------------------------------------


def _unfounded(claim: _Claim, sources: Sequence[Source]) -> str:
    """Return what of a clause no quote bears out."""
    found = amounts(claim.text)
    for amount in found:
        stated = claim.text[amount.start : amount.end]
        places_of = [
            (source, other)
            for source in sources
            for other in amounts(source.text)
            if amount.is_said_by(other)
        ]
        if not places_of:
            return stated
        problems = [_misplaced(claim, amount, *at) for at in places_of]
        if all(problems):
            return problems[0]
    if not (_words(claim.text) or found or qualities(claim.text)):
        return ""
    nearest = _nearest(claim.text, sources)
    problems = [_not_said(claim, source, figures=bool(found)) for source in nearest]
    return "" if not all(problems) else problems[0]


def _nearest(text: str, sources: Sequence[Source]) -> list[Source]:
    """Return the clauses that share most with ``text``, the nearest first."""
    wanted = set(bigrams(text))
    shares = [(len(wanted & set(bigrams(source.text))), source) for source in sources]
    ranked = sorted(shares, key=lambda pair: (-pair[0], len(pair[1].text)))
    most = ranked[0][0] if ranked else 0
    return [source for share, source in ranked[:_ALTERNATIVES] if share >= _ALMOST * most]


def _not_said(claim: _Claim, source: Source, *, figures: bool) -> str:
    """Return what of a clause the sentence around ``source`` does not say, or says otherwise."""
    context = _context(source.citation, source.start)
    for word in _words(claim.text):
        if not _stands(word, claim.text, f"{source.sentence}\n{context}"):
            return word.text
    turned = _turned(claim, source, context)
    if turned or figures:
        return turned
    verdict = judge(
        parse(claim.setting + claim.text),
        source.citation.article,
        (source.citation.start, source.citation.end),
        (source.start, source.end),
    )
    return _telling(verdict.missing, claim) if verdict.conflict else _other_period(claim, source)


def _turned(claim: _Claim, source: Source, context: str) -> str:
    """Return the word by which a clause says another thing than ``source`` does."""
    turned = added(claim.text, f"{source.before},{source.text}") or dropped(claim.text, source.text)
    if turned:
        return turned
    if is_conditional(source.before) and not is_conditional(claim.said):
        return dropped(claim.said, source.before)
    # What is planned stays so to the end of the sentence, and under a heading of plans.
    return unplanned(claim.said, source.lead, source.text, context)


def _telling(missing: Sequence[str], claim: _Claim) -> str:
    return missing[0] if missing else claim.text.strip()


def _other_period(claim: _Claim, source: Source) -> str:
    """Return the period that a clause without figures names and the quote does not."""
    if days(claim.text):
        return ""
    wanted = periods(claim.setting + claim.text)
    known = periods(source.sentence)
    return "" if all(period in known for period in wanted) else _period_text(claim.text)


@lru_cache(maxsize=256)
def _context(citation: Citation, start: int) -> str:
    """Return title and headings, which tell what a quote is about."""
    article = citation.article
    headings = [article.text[a:b] for a, b in headings_at(article.text, start)]
    return fold("\n".join([article.title, *headings]))


def _words(text: str) -> list[Word]:
    """Return the words of a clause that its source must have: no places, dates or figures."""
    covered = [(place.start, place.end) for place in places(text)]
    covered += [(amount.start, amount.end) for amount in amounts(text)]
    covered += [match.span() for match in _YEAR.finditer(text)]
    return [
        word
        for word in tag(text)
        if word.flag.startswith(_CONTENT)
        and word.text not in _LIGHT
        and re.search(rf"[{HAN}]", word.text)
        and not re.fullmatch(r"[一二三四五六七八九十\d年月日号季度半-]+", word.text)
        and not any(start < word.end and word.start < end for start, end in covered)
    ]


def _stands(word: Word, clause: str, text: str) -> bool:
    """Tell whether a word of a clause, or one that says the same, stands in a text."""
    if len(word.text) == 1:  # it says something with what stands beside it
        pairs = clause[max(0, word.start - 1) : word.end], clause[word.start : word.end + 1]
        return any(pair.strip() in text for pair in pairs)
    if word.text.removesuffix("第") in text:
        return True
    if any(word.text in group and any(other in text for other in group) for group in _ALIKE):
        return True
    return len(word.text) > 2 and word.flag not in _NAMED and degree(word.text, text) >= _PRESENT


# -- figures -----------------------------------------------------------------------------------


def _misplaced(claim: _Claim, amount: Amount, source: Source, other: Amount) -> str:
    """Return why a figure is not said of what ``source`` says it of; empty if it is."""
    problem = _of_another(claim.text, amount, source, other)
    if problem:
        return problem
    turned = _turned(claim, source, _context(source.citation, source.start))
    if turned:
        return turned
    rest = f"{without_bound(claim.text, amount.start)}多少{amount.unit}{claim.text[amount.end :]}"
    question = parse(claim.setting + rest)
    citation = source.citation
    span = (source.start + other.start, source.start + other.end)
    verdict = judge(question, citation.article, (citation.start, citation.end), span)
    if verdict.conflict:
        return _telling(verdict.missing, claim)
    if _YEAR.search(question.text) and not periods(question.text) and not days(question.text):
        told = periods(source.sentence)
        if told and not days(source.sentence) and (1, 12) not in told:
            return _YEAR.search(question.text)[0]  # type: ignore[index]
    return ""


def _of_another(text: str, amount: Amount, source: Source, other: Amount) -> str:
    """Return a word that is said of the figure, and that the quote says only of another one."""
    rivals = [
        (clause, rival)
        for clause in _sources(source.citation)
        if clause.sentence == source.sentence
        for rival in amounts(clause.text)
        if rival.kind == amount.kind and (clause.start, rival) != (source.start, other)
    ]
    if not rivals:
        return ""
    heads, own = _heads(text, amount), _heads(source.text, other)
    for clause, rival in rivals:
        for word in heads - own:
            if word in _heads(clause.text, rival):
                return word
    elsewhere = source.sentence
    for clause in {clause.start: clause for clause, _ in rivals}.values():
        if clause.start != source.start:
            elsewhere = elsewhere.replace(clause.text, " ", 1)
    subject = next(iter(_words(source.sentence)), None)
    for word in _words(text):
        is_subject = subject is not None and word.text == subject.text
        if word.text in source.sentence and word.text not in elsewhere and not is_subject:
            return word.text
    return ""


def _heads(text: str, amount: Amount) -> set[str]:
    """Return the words next to a figure that tell what it measures or counts."""
    found = [other for other in amounts(text) if other.kind == amount.kind]
    first = max((other.end for other in found if other.end <= amount.start), default=0)
    last = min((other.start for other in found if other.start >= amount.end), default=len(text))
    first = max(first, text.rfind("、", first, amount.start) + 1)
    if (pause := text.find("、", amount.end, last)) >= 0:
        last = pause
    before = _near(reversed(_words_in(text, first, amount.start)), amount.start)
    after = _near(_words_in(text, amount.end, last), amount.end)
    # Where something is counted its name follows, and what stands before is what counts it.
    return after or before


def _words_in(text: str, start: int, end: int) -> list[Word]:
    return [word for word in _words(text) if start <= word.start and word.end <= end]


def _near(words: Iterable[Word], at: int) -> set[str]:
    """Return the first words of a run that begins at a figure."""
    found: set[str] = set()
    for word in words:
        if min(abs(word.start - at), abs(word.end - at)) > (2 if not found else 0):
            break
        found.add(word.text)
        at = word.start if word.end <= at else word.end
    return found
