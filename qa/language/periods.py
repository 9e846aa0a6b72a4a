"""Parts of a year in text: months, quarters, halves; and years by their distance."""

from __future__ import annotations

import re

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


def members(group: str) -> tuple[str, ...]:
    """Return the parts of a year that a folded text, which ends in their name, means all of."""
    return next((found for name, found in _MEMBERS.items() if group.endswith(name)), ())
