"""What a figure is measured by: a level or a difference, against which base, for each of what.

增长到60亿元 is a level and 增长60亿元 a difference; 同比, 环比 and 较2019年 are three bases; 每亩
and the total two measures.  A clause has to give its figure the same as the quote does.
"""

from __future__ import annotations

import re
from itertools import pairwise

from qa.language.hedges import without_bound
from qa.language.names import places
from qa.language.periods import YEAR_SHIFT, periods
from qa.text import HAN
from qa.writing.amounts import Amount, amounts
from qa.writing.clauses import QuoteClause, WrittenClause, clauses, period_text
from qa.writing.content_words import YEAR, content_words, stands

RESPECTIVELY = "分别"
_CHANGED = (
    "增长?|增加|新增|净增|[提升]高|提升|上[升涨调]|扩大|攀升|[下]?降低?|下[跌滑调]|减少?|回落|缩[小短减]"
    "|跌|涨|升|延长|压减|压缩|拓展|翻"
)
_LEVEL = re.compile(rf"(?:{_CHANGED})[了]?[到至为成]了?$")
_DIFFERENCE = re.compile(
    rf"(?:(?:{_CHANGED})(?:率|了|达|额)*|[增涨升降减跌]幅度?(?:[为达]|达到)?|[多少高低快慢])了?$"
)
_TREND = rf"相比|{_CHANGED}|[高低多少快慢强弱大小长短]"
_BASE = re.compile(
    rf"同比|比增|环比|(?:比|较|与|同|跟)(?P<base>[^,;。:、]{{1,12}}?)(?=分别|{_TREND})"
)
_YEAR_BEFORE = re.compile(r"(?:上年|去年)(?:的?同期)?")
_MONTH_BEFORE = re.compile(r"上个?[月季周]度?")
_EACH = re.compile(rf"[每单][一]?[{HAN}]|各(?=\d|[一二两三四五六七八九十])")
_PER = re.compile(rf"(?:/|每)[{HAN}a-z]+")
_TO = frozenset("至 到 - ~ 或 或者 比".split())
_AND = frozenset("、 和 与 及 以及".split())
_RANGE = re.compile(r"\d[十百千万亿]*(?:至|到|-|~|或|、)$")
# A time with what makes it a beginning, an end or a base.
_WHEN = re.compile(
    r"(?P<before>截至|截止到?|到|至|自|从|由|比|较|与|同)?(?:了|上|过)?"
    r"(?P<time>(?:19|20)\d\d ?年|[今去前明后]年"
    r"|(?<![\d-])(?<![\d月][至到])\d{1,2} ?月)(?:份)?(?![-至到]\d)"
    r"(?P<part>[初中底末])?(?P<after>以来|以前|以后|之前|之后|前(?![一二三四\d])|后|起|内|间|相比|同期)?"
)
_LASTING = re.compile(
    r"(?:近|过去|连续)?(?:\d+|[一二两三四五六七八九十几多数]+)个?(?:年|月|周|天|季度)(?:以?来|间|内|里)"
)
_FRAME = re.compile(
    r"(?P<turning>^(?:除|剔除|扣除|不含|不包括|不计|未经|没有|如果?|若|假如|一旦|只要|只有).+$|相比|相较|比较|(?<![目当日])前|时|期间|情况下|口径)$"
    r"|(?:之后|以后|以来|后)$"
)


def mismeasured(claim: WrittenClause, amount: Amount, source: QuoteClause, other: Amount) -> str:
    """Return what makes a figure of a clause another measure than that of the quote; or empty."""
    said, quoted = claim.text, source.text
    stated = said[amount.start : amount.end]
    if _change(said, amount) != _change(quoted, other):
        return stated
    if _range(said, amount) != _range(quoted, other):
        return stated
    paired = RESPECTIVELY in quoted[: other.start] and RESPECTIVELY not in said
    if not paired and _run(said, amount) != _run(quoted, other):
        return stated
    mark, told = _base(said, amount), _base(quoted, other)
    # 增长 alone is as against the year before, where the sentence has no other base.
    is_understood = not mark and told == "同比" and "环比" not in source.sentence
    if mark != told and not is_understood:
        return mark or told
    if (mark := _each(said, amount)) != (told := _each(quoted, other)):
        return mark or told
    return _part(claim, source)


def _change(text: str, amount: Amount) -> str:
    """Tell a level that something came to from a difference; empty where it is neither."""
    before = without_bound(text, amount.start)
    return "level" if _LEVEL.search(before) else "by" if _DIFFERENCE.search(before) else ""


def _range(text: str, amount: Amount) -> str:
    """Return the bare number that a figure makes a range with: 10至 in 10至20亿元."""
    match = _RANGE.search(text[: amount.start])
    return match[0] if match else ""


def _run(text: str, amount: Amount) -> list[float]:
    """Return the figures that stand in a row with this one: 10亿元至20亿元, 60个和50个."""
    found = amounts(text)
    run = [amount.value]
    at = found.index(amount)
    for one, other in pairwise(reversed(found[: at + 1])):
        if text[other.end : one.start] not in _TO | _AND:
            break
        run.insert(0, other.value)
    for one, other in pairwise(found[at:]):
        if text[one.end : other.start] not in _TO | _AND:
            break
        run.append(other.value)
    return run


def _before(text: str, amount: Amount) -> str:
    """Return what stands before a figure, from the one before, those in a row with it excepted."""
    found = amounts(text)
    at = found.index(amount)
    while at and text[found[at - 1].end : found[at].start] in _AND:
        at -= 1
    return text[found[at - 1].end if at else 0 : found[at].start]


def _base(text: str, amount: Amount) -> str:
    """Return what a figure is compared with, a year before and a month before by one name each."""
    last = ""
    for match in _BASE.finditer(_before(text, amount)):
        base = match["base"]
        if base is None:
            last = "环比" if match[0] == "环比" else "同比"
        elif _YEAR_BEFORE.fullmatch(base):
            last = "同比"
        else:
            last = "环比" if _MONTH_BEFORE.fullmatch(base) else base.replace("年同期", "年")
    return last


def _each(text: str, amount: Amount) -> str:
    """Return for each of what a figure is: 每亩, 各, or what follows it, /亩."""
    found = _EACH.findall(_before(text, amount))
    after = _PER.match(text, amount.end)
    return after[0] if after else found[-1] if found else ""


def _part(claim: WrittenClause, source: QuoteClause) -> str:
    """Return 其中 where the clause makes a part of a whole, or the whole of a part."""
    is_part, told = "其中" in claim.text, "其中" in source.text
    if is_part and not told and (places(claim.text) or places(source.text)):
        return "其中"
    if told and not is_part:
        named = (w for w in content_words(claim.text) if not stands(w, claim.text, source.text))
        return next((word.text for word in named), "")
    return ""


# -- times and conditions ----------------------------------------------------------------------


def mistimed(claim: WrittenClause, source: QuoteClause) -> str:
    """Return the time that a clause makes a beginning, an end or a base, unlike the quote."""
    told = {_when(match) for match in _WHEN.finditer(source.sentence)}
    for match in _WHEN.finditer(_with_time(claim)):
        when = _when(match)
        same = {other for other in told if other[1] == when[1]}
        if when not in same and (same or when[0] or when[2:] != ("", "")):
            return match[0]
    for match in _LASTING.finditer(source.text):
        if match[0] not in claim.said:
            return match[0]
    said, quoted = _years(claim.text, source), _years(source.text, source)
    if quoted and not set(said) <= set(quoted):
        return min(set(said) - set(quoted))
    return _other_part(claim, source) or _framed(claim, source)


def _other_part(claim: WrittenClause, source: QuoteClause) -> str:
    """Return the part of a year that a clause names where the quote names another one nearer."""
    said = periods(claim.text)
    lead = [source.lead[start:end] for start, end in clauses(source.lead)]
    told = next((found for part in (source.text, *reversed(lead)) if (found := periods(part))), [])
    other = next((period for period in said if told and period not in told), None)
    return period_text(other) if other else ""


def _years(text: str, source: QuoteClause) -> list[str]:
    """Return the years that a clause names, 去年 as the one before the article appeared."""
    published = source.citation.article.published
    found = []
    for match in YEAR.finditer(text):
        shift = YEAR_SHIFT.get(match[0])
        if published is None or shift is None:
            found.append(match[0].replace(" ", ""))
        else:
            found.append(f"{published.year + shift}年")
    return found


def _with_time(claim: WrittenClause) -> str:
    """Return a clause, with the one before it where that is nothing but a time."""
    spans = list(clauses(claim.said))
    before = claim.said[slice(*spans[-2])] if len(spans) > 1 else ""
    return claim.text if content_words(before) or amounts(before) else f"{before},{claim.text}"


def _when(match: re.Match[str]) -> tuple[str, str, str, str]:
    before = (match["before"] or "").replace("截止", "截至").removesuffix("到") or match["before"]
    return before or "", match["time"].replace(" ", ""), match["part"] or "", match["after"] or ""


def _framed(claim: WrittenClause, source: QuoteClause) -> str:
    """Return the clause that says when, or against what, all that follows it holds."""
    lead = source.lead[source.lead.rfind(";") + 1 :]
    told = _frame(lead)
    earlier = claim.said[: len(claim.said) - len(claim.text)]
    said = _frame(earlier[earlier.rfind(";") + 1 :])
    if said and said[-3:] != told[-3:]:
        return said
    is_turning = (match := _FRAME.search(told)) is not None and match["turning"]
    return told if is_turning and not said and told[-3:] not in claim.said else ""


def _frame(text: str) -> str:
    found = [text[start:end] for start, end in clauses(text)]
    return next((item.strip() for item in reversed(found) if _FRAME.search(item.strip())), "")
