"""Parts of a year in text: months, quarters, halves; and years by their distance."""

from __future__ import annotations

import re

from qa.types import Span

Period = tuple[int, int]  # first and last month

# Years after that in which an article appeared.
YEAR_SHIFT = {"今年": 0, "去年": -1, "上年": -1, "前年": -2, "明年": 1, "后年": 2, "次年": 1}
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4}
_HALVES: dict[str, Period] = {"上半年": (1, 6), "下半年": (7, 12), "全年": (1, 12)}
_PERIOD = re.compile(
    r"(?P<half>上半年|下半年|全年)"
    r"|(?P<upto>前)?第? ?(?P<quarter>[一二三四1-4]) ?个?季度|q(?P<q>[1-4])(?!\d)"
    r"|(?<!\d)(?P<first>\d{1,2}) ?月?(?:份)? ?[-至到] ?(?P<last>\d{1,2}) ?月(?! ?\d)"
    r"|(?<!\d)(?P<month>\d{1,2}) ?月(?:份|底|末)?(?! ?\d)"
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2}) ?年")
_ANY_YEAR = re.compile(r"(?<!\d)(?:(?P<whole>(?:19|20)\d{2})(?!\d)|(?P<short>\d{2})(?=年))")
_TIME = re.compile(
    r"(?:19|20)\d{2} ?年度?|今年|去年|前年|明年|后年|上年"
    r"|上半年|下半年|全年|前?第?[一二三四1-4] ?个?季度"
    r"|\d{1,2} ?月?(?:份)? ?[-至到] ?\d{1,2} ?月(?:份)?"
    r"|\d{1,2} ?月(?:份|底|\d{1,2} ?[日号])?|年[初中底末]|[上本]月"
)
_MEMBERS = {
    "季度": tuple(f"{number}季度" for number in _DIGITS),
    "月": tuple(f"{number}月" for number in range(1, 13)),
    "月份": tuple(f"{number}月" for number in range(1, 13)),
    "半年": ("上半年", "下半年"),
}


def periods(folded: str) -> list[Period]:
    """Find the periods of a folded text, days excepted: “1-6月” and “上半年” are (1, 6)."""
    found: list[Period] = []
    for match in _PERIOD.finditer(folded):
        if match["half"]:
            found.append(_HALVES[match["half"]])
        elif number := match["quarter"] or match["q"]:
            quarter = _DIGITS.get(number) or int(number)
            found.append((1 if match["upto"] else 3 * quarter - 2, 3 * quarter))
        else:
            first = int(match["first"] or match["month"])
            last = int(match["last"] or match["month"])
            if 1 <= first <= last <= 12:
                found.append((first, last))
    return found


def years(folded: str) -> list[int]:
    """Find the years of a folded text that are written in figures."""
    return [int(match[1]) for match in _YEAR.finditer(folded)]


def moment(folded: str) -> tuple[str, int, int] | tuple[()]:
    """Return when a folded text is: from what its year counts, the year, and the last month.

    Nothing if it names no time.  Years count from Christ, or from this one: 去年 is −1.
    """
    months = periods(folded)
    month = months[-1][1] if months else 12
    year = _ANY_YEAR.search(folded)
    if year:
        return "", int(year["whole"] or f"20{year['short']}"), month
    shift = next((shift for word, shift in YEAR_SHIFT.items() if word in folded), None)
    if shift is not None:
        return "今年", shift, month
    return ("月", 0, month) if months else ()


def times(folded: str) -> list[Span]:
    """Find where a folded text names years and parts of years."""
    return [match.span() for match in _TIME.finditer(folded)]


def members(group: str) -> tuple[str, ...]:
    """Return the parts of a year that a folded text, which ends in their name, means all of."""
    return next((found for name, found in _MEMBERS.items() if group.endswith(name)), ())
