"""The times that a follow-up consists of, and what the relative ones among them mean.

上年同期 and 上个月 are counted from the year and the month that were spoken of, as far as those
were named in figures; nothing is counted from the day of asking.
"""

from __future__ import annotations

import re

from qa.followups.frames import times
from qa.types import Span

Times = tuple[tuple[str, str], ...]  # of what kind, and as it is said

_JOIN = re.compile(r" ?(?:和|与|及|、|到|至|-|—|~) ?")
_SHORT = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})(?![\d年])|(?<!\d)(?P<short>\d{2})年(?!代)")
_YEARS = {"去": -1, "上": -1, "前": -1, "次": 1, "第二": 1, "下": 1, "后": 1, "同": 0, "当": 0}
_RELATIVE = re.compile(
    r"(?P<year>(?:(?:去|上|前|上一|前一)年)?的?同期"
    r"|(?:上一?|前一|次|第二|下一|后一|同|当)年)"
    r"|(?P<deictic>去年|前年)"
    r"|(?P<month>(?:(?:上|下|前|后)一?个?|次)月)"
    r"|(?P<quarter>(?:上|下|前|后)一?个?季度)"
    r"|(?P<span>近[几两三四五六七八九十\d]+年来?|历年来?|目前|现在|最近)"
)
_QUARTERS = "一二三四"


def named_times(folded: str) -> list[tuple[str, Span]]:
    """Return the times of a folded text; those that are joined, “2021年和2022年”, are one."""
    found: list[tuple[str, Span]] = []
    for kind, (start, end) in times(folded):
        if found and found[-1][0] == kind and _JOIN.fullmatch(folded[found[-1][1][1] : start]):
            found[-1] = (kind, (found[-1][1][0], end))
        else:
            found.append((kind, (start, end)))
    return found


def alone(folded: str) -> Times:
    """Return the times of a text that says nothing else; nothing if it says more.

    Years are spelled out: “2022” is 2022年, “24年” is 2024年.
    """
    text = _SHORT.sub(_spelled, folded.strip(" 的,、\"'“”"))
    found = [(str(match.lastgroup), match.span()) for match in _RELATIVE.finditer(text)]
    for kind, (start, end) in named_times(text):
        if not any(a < end and start < b for _, (a, b) in found):
            found.append((kind, (start, end)))
    left = list(text)
    for _, (start, end) in found:
        left[start:end] = " " * (end - start)
    if "".join(left).strip(" 的,、又则"):
        return ()
    return tuple((kind, text[slice(*span)]) for kind, span in sorted(found, key=lambda it: it[1]))


def _spelled(match: re.Match[str]) -> str:
    if match["year"]:
        return f"{match['year']}年"
    return f"{'20' if int(match['short']) < 50 else '19'}{match['short']}年"


def resolved(said: Times, before: Times) -> list[Times]:
    """Return what times mean after a question with the times ``before``, the likeliest first.

    The kinds are ``year``, ``period`` and ``span``, which stands for all that was said of time.
    """
    if len(said) != 1 or said[0][0] in {"period", "span"}:
        return [said]
    kind, text = said[0]
    known = dict(reversed(before))
    year = re.fullmatch(r"(\d{4}) ?年度?", known.get("year", ""))
    if kind == "month":
        return [_other_month(text, known.get("period", ""), year and int(year[1]))]
    if kind == "quarter":
        return [_other_quarter(text, known.get("period", ""), year and int(year[1]))]
    if kind == "deictic":  # counted from today first, for that is what the words say
        counted = ("year", f"{int(year[1]) - (2 if text == '前年' else 1)}年") if year else None
        return [(("year", text),), *([(counted,)] if counted else [])]
    if kind == "year" and re.fullmatch(r"\D+", text) and text not in {"今年", "明年", "后年"}:
        if year is None:
            return [(("year", "去年" if known.get("year") == "今年" else text),)]
        step = -1 if "同期" in text else next(v for k, v in _YEARS.items() if text.startswith(k))
        return [(("year", f"{int(year[1]) + step}年"),)]
    return [said]


def _other_month(text: str, period: str, year: int | None) -> Times:
    month = re.fullmatch(r"(\d{1,2}) ?月(?:份|底)?", period)
    if month is None:
        return (("span", text),)
    number = int(month[1]) + (1 if text[0] in "下后次" else -1)
    if 1 <= number <= 12:
        return (("period", f"{number}月"),)
    return _wrapped(number, year, f"{(number - 1) % 12 + 1}月")


def _other_quarter(text: str, period: str, year: int | None) -> Times:
    quarter = re.fullmatch(r"第?([一二三四1-4]) ?个?季度", period)
    if quarter is None:
        return (("span", text),)
    at = _QUARTERS.find(quarter[1])
    number = (at if at >= 0 else int(quarter[1]) - 1) + (1 if text[0] in "下后" else -1)
    said = f"{_QUARTERS[number % 4]}季度"
    return (("period", said),) if 0 <= number < 4 else _wrapped(number, year, said)


def _wrapped(number: int, year: int | None, period: str) -> Times:
    """Return a month or quarter of the year before (``number`` below 1) or after."""
    step = -1 if number < 1 else 1
    said = f"{year + step}年" if year else "上年" if step < 0 else "次年"
    return (("year", said), ("period", period))
