"""Figures in Chinese text: finding them, their units, and what they amount to."""

from __future__ import annotations

import re
from typing import NamedTuple

_DIGITS = {**dict(zip("零一二三四五六七八九", range(10), strict=True)), "〇": 0, "两": 2}
_SMALL = {"十": 10, "百": 100, "千": 1_000}
_LARGE = {"万": 10**4, "亿": 10**8}
_HAN_DIGITS = "[零〇一二两三四五六七八九十百千]"
_NUMERAL = (
    rf"(?:\d[\d,]*(?:\.\d+)?|{_HAN_DIGITS}+"
    rf"(?:(?:[万亿]{_HAN_DIGITS}+)+|点[零一二三四五六七八九]+)?)"
)
# Units by what they measure.  Within one class, a figure in one unit can answer for another.
UNITS: dict[str, str] = {
    "money": r"(?:人民币|[美欧日港韩英加澳新]元|[元块](?:钱|人民币)?|英镑|卢布|卢比)",
    "percent": r"(?:%|‰|个百分点|百分点|成(?![立为员果功交都效本就长])|倍)",
    "area": r"(?:平方公里|平方千米|平方米|平方英里|平米|公顷|亩|㎡|k㎡|平方)",
    "length": r"(?:公里|千米|厘米|毫米|海里|英里|英尺|英寸|纳米|微米|光年|米|里(?![面程])|尺|丈"
    r"|km|cm|mm)",
    "weight": r"(?:公吨|公斤|千克|毫克|吨|斤|克|磅|kg)",
    "duration": r"(?:个多?月|周年|小时|分钟|秒钟?|个星期|星期|周(?!边)|年(?!级|代|度)|天|日|岁"
    r"|世纪|届)",
    "energy": r"(?:千瓦时|兆瓦时|千瓦|兆瓦|吉瓦|瓦|千伏|伏|度)",
    "volume": r"(?:立方公里|立方米|立方|升|毫升)",
    "people": r"(?:人次|多人|人|名|位|口人|户)",
    "data": r"(?:gb|mb|tb|kb|ghz|mhz|hz|fps)",
    "count": r"(?:批次|个|家|项|件|种|条|座|所|支|只|场|次|间|套|栋|幢|台|辆|架|艘|艇|部|本|册|份|"
    r"张|片|块|处|宗|起|例|门|棵|株|头|匹|尾|口|眼|艘|枚|颗|粒|款|类|类型|批|期|届|轮|级|层|篇|首|幅|"
    r"面|道|班|组|队|对|双|节|段|句|字|页|卷|集|站|路|线|环|镇|村|县|市|区|省|国|星|分|杯|瓶|箱|桶|袋|碗|盘|席|排|步|"
    r"招|笔|单|票|户)",
}
_UNIT = "|".join(f"(?P<{name}>{pattern})" for name, pattern in UNITS.items())
# Between digits and what follows them some writers put a space: “2879 亿元”, “8 月 16 日”.
_FIGURE = re.compile(
    rf"(?P<hundredth>百分之(?P<share>{_NUMERAL}))"
    rf"|(?P<numeral>{_NUMERAL}) ?(?P<more>[余多来]?)(?P<scale>[十百千]?[万亿]*)(?P<more2>[余多]?)"
    rf" ?(?:{_UNIT})"
)
_DATE_LIKE = re.compile(
    r"\d{4} ?年|\d{1,2} ?月(?:份)?(?: ?\d{1,2} ?[日号])?|\d{1,2} ?[日号](?!元)"
    r"|[零〇一二三四五六七八九]{4}年|[一二三四五六七八九十]{1,2}月(?:[一二三四五六七八九十]{1,3}[日号])?"
)


_VAGUE = re.compile(
    "一(?:批|类|些|种|套|系列|道|线|面|起|带|时|路|体|级|届|期|环)"
)  # names no number


_BOUND = re.compile(rf"(?P<numeral>{_NUMERAL}?)(?P<scale>[万亿]+)元?(?P<side>以上|以下|以内)")


# By, not to: 下降至8% is a level.
_FALL = re.compile(
    "(?:下降|降低|减少|回落|下滑|下跌|缩减|负增长|亏损|[降减跌])(?:幅|了|为|达|约|近|超|过)*$"
)


class Bound(NamedTuple):
    """The amount and side of a bound: 1.5亿元以上, 15000万元以上 and 一亿五千万以上 are one."""

    value: float
    side: str


class Figure(NamedTuple):
    """A number with its unit: the span, the amount in whole units, and what it measures."""

    start: int
    end: int
    value: float
    unit: str
    kind: str


def figures(folded: str) -> list[Figure]:
    """Find the figures of a folded text, dates excepted."""
    dates = [match.span() for match in _DATE_LIKE.finditer(folded)]
    found: list[Figure] = []
    for match in _FIGURE.finditer(folded):
        start, end = match.span()
        if any(first < end and start < last for first, last in dates):
            continue
        if start and (
            folded[start - 1] in "第.-年"
            or (folded[start - 1].isascii() and folded[start - 1].isalnum())
        ):
            continue
        if folded.startswith("一", end):  # a catchword: “七个一”
            continue
        if (start and folded[start - 1] in "数几") or _VAGUE.fullmatch(match[0]):
            continue
        value = _amount(match["share"] or match["numeral"], match["scale"] or "")
        if value is None:
            continue
        if match["hundredth"]:
            found.append(Figure(start, end, value, "%", "percent"))
            continue
        kind = str(match.lastgroup)
        found.append(Figure(start, end, value, match[kind], kind))
    return found


def is_fall(folded: str, figure: Figure) -> bool:
    """Tell whether something is said to have fallen by a figure of a folded text."""
    return bool(_FALL.search(folded[: figure.start]))


def bounds(folded: str) -> dict[str, Bound]:
    """Return the bounds that a folded text names, as written: “亿元以上” is one of 100 million."""
    found = {}
    for match in _BOUND.finditer(folded):
        value = _amount(match["numeral"] or "一", match["scale"])
        if value is not None:
            found[match[0]] = Bound(value, match["side"])
    return found


def _amount(numeral: str, scales: str) -> float | None:
    """Return a numeral times its scales: “1.5” and “亿”, or “一亿五千” and “万”."""
    if re.search("[万亿]", numeral):  # “一亿五千万”: the last scale is part of the numeral
        numeral, scales = numeral + scales, ""
    value = numeral_value(numeral)
    if value is None:
        return None
    for scale in scales:
        value *= (_SMALL | _LARGE)[scale]
    return float(f"{value:.12g}")  # 148.11亿 and 1481100万 are equal


def numeral_value(numeral: str) -> float | None:
    """Return what “1,234.5”, “二十” or “一亿五千万” amounts to, None if it is not a number.

    A row of plain Chinese digits is read as such: “二〇二三” is 2023.
    """
    if re.fullmatch(r"\d[\d,]*(?:\.\d+)?", numeral):
        return float(numeral.replace(",", ""))
    if len(numeral) > 1 and all(character in _DIGITS for character in numeral):
        return float("".join(str(_DIGITS[character]) for character in numeral))
    whole, _, decimals = numeral.partition("点")
    total = section = digit = 0
    for character in whole:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _SMALL:
            section += (digit or 1) * _SMALL[character]
            digit = 0
        elif character == "亿":  # all before it counts in hundred millions: 三万亿
            total = (total + section + digit) * _LARGE[character]
            section = digit = 0
        elif character == "万":
            total += (section + digit) * _LARGE[character]
            section = digit = 0
        else:
            return None
    fraction = "".join(str(_DIGITS[character]) for character in decimals)
    return total + section + digit + (float(f"0.{fraction}") if fraction else 0.0)


def unit_kind(text: str) -> tuple[str, str] | None:
    """Return (kind, unit) if ``text`` begins with a unit, None otherwise."""
    match = re.match(rf"[十百千万亿]*(?:{_UNIT})", text)
    if match is None:
        return None
    kind = str(match.lastgroup)
    return kind, match[kind]
