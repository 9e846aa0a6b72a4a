"""Periods of a text as days: since when, and until when."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from qa.language.numbers import numeral_value
from qa.language.periods import YEAR_SHIFT, Period, periods

_HAN_NUMERAL = re.compile("[零〇一二三四五六七八九十]+(?=[年月日号])")
_DAYS = re.compile(
    r"(?:(?<!\d)(?P<year>(?:19|20)\d{2})(?:年度?|(?=[-/.]\d)|(?!\d))"
    rf"|(?P<shift>{'|'.join(YEAR_SHIFT)}))?[-/.的]?"
    r"(?:(?P<part>上半年|下半年|全年|前?第?[一二三四1-4]个?季度)"
    r"|(?<!\d)(?P<first>\d{1,2})月?份?[-至到](?P<last>\d{1,2})月份?"
    r"|(?<!\d)(?P<month>\d{1,2})(?:月份?|(?<=\d[-/.]\d)(?!\d)|(?<=\d[-/.]\d\d)(?!\d)|(?=[-/.]\d))"
    r"(?:[-/.]?(?P<day>\d{1,2})(?:[日号]|(?!\d)))?)?"
    r"(?P<open>(?:以来|以后|之后|至今|起)|(?P<before>以前|之前))?"
)


def find_days(
    folded: str, today: date, months: Sequence[tuple[str, int]] = ()
) -> tuple[date | None, date | None, str]:
    """Return the first and the last day that a folded text names, and the text without them.

    Of several periods it is from the first to the last.  今年 is counted from ``today``; a month
    without a year is one of the first year named, or else the last one of that name among
    ``months``, which are written 2023-05.
    """
    text = _HAN_NUMERAL.sub(lambda match: f"{numeral_value(match[0]):.0f}", folded)
    named = (_year(match, today) for match in _DAYS.finditer(text))
    year = next(filter(None, named), None)
    spans: list[tuple[date | None, date | None]] = []

    def take(match: re.Match[str]) -> str:
        found = _days(match, _year(match, today) or year, months) if match[0] else None
        if found is None:
            return match[0]
        spans.append(found)
        return ""

    left = _DAYS.sub(take, text)
    if not spans:
        return None, None, folded
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    return (
        None if None in starts else min(filter(None, starts)),
        None if None in ends else max(filter(None, ends)),
        left,
    )


def _year(match: re.Match[str], today: date) -> int | None:
    """Return the year that one match names."""
    if match["shift"]:
        return today.year + YEAR_SHIFT[match["shift"]]
    return int(match["year"]) if match["year"] else None


def _days(
    match: re.Match[str], year: int | None, months: Sequence[tuple[str, int]]
) -> tuple[date | None, date | None] | None:
    """Return the days of one match; None if it names none."""
    part = _part(match)
    if part is None:
        return None
    first, last = part
    is_named = any(match[name] for name in ("year", "shift", "part"))
    if not is_named and "月" not in match[0]:  # 3.5 is no day in March
        return None
    if year is None:
        known = [month for month, _ in months if month and first <= int(month[5:]) <= last]
        if not known:
            return None
        year = int(max(known)[:4])
    last_day = monthrange(year, last)[1]
    day = int(match["day"] or last_day)
    if not 1 <= day <= last_day:
        return None
    start, end = date(year, first, day if match["day"] else 1), date(year, last, day)
    if match["before"]:
        return None, start - timedelta(days=1)
    return start, None if match["open"] else end


def _part(match: re.Match[str]) -> Period | None:
    """Return the months of one match; None if there are no such months."""
    if match["part"]:
        return periods(match["part"])[0]
    first = int(match["first"] or match["month"] or 1)
    last = int(match["last"] or match["month"] or 12)
    return (first, last) if 1 <= first <= last <= 12 else None
