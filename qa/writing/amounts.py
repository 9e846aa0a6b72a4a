"""Figures with what makes them the same or another: amount, unit and bound."""

from __future__ import annotations

import re
from typing import NamedTuple

from qa.language.hedges import BoundKind, bound
from qa.language.numbers import figures

# Units of one name for this purpose; 户 is no 人, and 人次 neither.
_SAME_UNIT = {
    **dict.fromkeys(("块", "元钱", "块钱", "元人民币", "人民币元"), "元"),
    **dict.fromkeys(("人", "名", "位", "口人", "多人"), "人"),
    **dict.fromkeys(("个", "家", "项", "件", "种", "所", "座", "处", "条", "支", "类"), "个"),
    **dict.fromkeys(("场", "次", "批次"), "次"),
    **dict.fromkeys(("平方千米", "k㎡"), "平方公里"),
    **dict.fromkeys(("平米", "㎡", "平方"), "平方米"),
    **dict.fromkeys(("千米", "km"), "公里"),
    **dict.fromkeys(("公斤", "kg"), "千克"),
    **dict.fromkeys(("公吨",), "吨"),
    **dict.fromkeys(("天", "日"), "天"),
    **dict.fromkeys(("个星期", "星期"), "周"),
    **dict.fromkeys(("度",), "千瓦时"),
    "百分点": "个百分点",
    "多个月": "个月",
}
_FORMER = frozenset("由从自")
SIGNS = "+±≥≤≧≦<>=≈$¥€£"
_NUMBER = re.compile(r"\d+(?:,\d{3}(?!\d))*(?:\.\d+)?")
# What makes a number another one: -3.2, ≥80, $350; not the dash of 1-9月.
_SIGN = re.compile(rf"(?:[{SIGNS}]|(?<![\d日月年%元万亿-])-) ?$")
DAY = re.compile(
    r"(?<!\d)(?:(?P<year>\d{4}) ?[年./-] ?(?P<m>\d{1,2}) ?[月./-] ?(?P<d>\d{1,2})"
    r"|(?P<month>\d{1,2}) ?月 ?(?P<day>\d{1,2})) ?[日号]?(?!\d| ?月)"  # not 2023年1-9月
)


class Amount(NamedTuple):
    """A figure of a folded text: where it stands, and by what it is compared with others."""

    start: int
    end: int
    value: float
    kind: str
    unit: str
    bound: BoundKind

    def is_said_by(self, other: Amount) -> bool:
        """Tell whether another figure is the same one: 1.5亿元 is 15000万元, 超60个 is not 60个."""
        return self[2:] == other[2:]


class Day(NamedTuple):
    """A day of a text; the year is 0 where it is not written."""

    year: int
    month: int
    day: int


def amounts(folded: str) -> list[Amount]:
    """Return the figures of a folded text in order, dates excepted."""
    return [
        Amount(
            figure.start,
            figure.end,
            figure.value,
            figure.kind,
            _SAME_UNIT.get(figure.unit, figure.unit),
            bound(folded, figure.start, figure.end),
        )
        for figure in figures(folded)
    ]


class Number(NamedTuple):
    """A number in digits, whatever it counts or names, with the characters beside it."""

    text: str
    value: float
    before: str
    after: str
    sign: str

    def is_said_by(self, other: Number) -> bool:
        """Tell whether another number is the same one, by its value and one of its sides.

        What something was before is not what it became: 由20年一遇提高到50年一遇.
        """
        return (
            self.value == other.value
            and self.sign == other.sign
            and (self.before == other.before or self.after == other.after)
            and (self.before in _FORMER) == (other.before in _FORMER)
        )


def numbers(folded: str) -> list[Number]:
    """Return the numbers that a folded text has in digits; 第344位 is 344位."""
    return [
        Number(
            match[0],
            float(match[0].replace(",", "")),
            folded[: match.start()].rstrip(" 第")[-1:],
            folded[match.end() :].lstrip(" ")[:1],
            sign[0].strip() if (sign := _SIGN.search(folded[: match.start()])) else "",
        )
        for match in _NUMBER.finditer(folded)
    ]


def days(folded: str) -> list[Day]:
    """Return the days of a folded text: 2023年9月11日, 2023-09-11, 9月11日."""
    return [
        Day(
            int(match["year"] or 0),
            int(match["m"] or match["month"]),
            int(match["d"] or match["day"]),
        )
        for match in DAY.finditer(folded)
    ]


def unit_in(text: str, amount: Amount) -> str:
    """Return the unit of a figure as the folded ``text`` that has it writes it: 公斤, not 千克."""
    written = text[amount.start : amount.end]
    names = [name for name in (*_SAME_UNIT, amount.unit) if written.endswith(name)]
    return max(names, key=len, default=amount.unit)
