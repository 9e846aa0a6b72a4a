"""Number formats: a value and the code of its format to what the cell shows.

Shares and days only: any other number is read as it is stored, with all its digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

DIGITS = ".15g"  # that a cell has: 0.1 + 0.2 is kept as 0.30000000000000004
_MOST_PLACES = 30  # behind the point, in Excel
_EXACT = 1e12  # shares from which on places behind the point are no longer counted

_MONTH, _DAY, _BOTH = 'yyyy"年"m"月"', 'm"月"d"日"', 'yyyy"年"m"月"d"日"'
# The codes that have a number only, as Chinese programs show them.  Those numbers that are shown in
# the way of whoever looks, as 14, are not among them: of these days all is told.
BUILTIN = {
    9: "0%",
    10: "0.00%",
    31: _BOTH,
    **dict.fromkeys((27, 36, 50, 52, 57), _MONTH),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), _DAY),
}
# What a code consists of: text between quotes or behind a backslash, colours and conditions in
# brackets, filling and spacing, and runs of one letter.
_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[(?P<bracket>[^\]]*)\]|[_*].'
    r"|(?P<run>([A-Za-z])\5*)|(?P<sign>.)",
    re.S,
)
_DATE_SIGNS = frozenset(" -/.:,年月日时分秒")
_PLACES = re.compile(r"\.([0#?]*)")
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - of no zone
_FIRST, _LAST = 61, 2_958_465  # days counted from the first: before the 61st Excel miscounts


def as_shown(value: Any, code: str, *, from_1904: bool = False) -> str | None:  # noqa: ANN401
    """Return what a cell shows that is a share or a day; None of any other."""
    if isinstance(value, bool):
        return None
    section = _section(code, negative=isinstance(value, int | float) and value < 0)
    if isinstance(value, int | float) and "%" in section:
        return _share(float(value), section)
    if not is_date(section):
        return None
    day = _day(value, from_1904=from_1904)
    return None if day is None else _shown_day(day, section)


def day_of(value: Any, code: str, *, from_1904: bool = False) -> datetime | None:  # noqa: ANN401
    """Return the day of a cell that shows one but holds a number; None of any other."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _day(value, from_1904=from_1904) if is_date(_section(code, negative=False)) else None


def is_clear(shown: str, day: date) -> bool:
    """Tell whether a reader knows what is meant: 2023/8/2 and 8月2日, not 8/2."""
    return str(day.year) in shown or "月" in shown


def share(value: float) -> str:
    """Return a share with all the digits that it has."""
    return _plain(Decimal(format(value, DIGITS)) * 100) + "%"


@lru_cache(maxsize=1024)
def is_date(section: str) -> bool:
    """Tell whether a format shows a day, or a month, and nothing but such."""
    kinds = [kind for kind, _ in _tokens(section)]
    return None not in kinds and bool({"y", "m", "d"} & {*kinds})


@lru_cache(maxsize=1024)
def _section(code: str, *, negative: bool) -> str:
    """Return the part of a format that is for such numbers."""
    parts = [""]
    for match in _PART.finditer(code):
        if match["sign"] == ";":
            parts.append("")
        else:
            parts[-1] += match[0]
    return parts[1] if negative and len(parts) > 1 else parts[0]


def _share(value: float, section: str) -> str | None:
    """Return a share with as many places behind the point as its format shows."""
    scale, places = _places(section)
    if scale > 1:
        return None
    number = Decimal(format(value, DIGITS)) * (100 if scale else 1)
    if places is None or abs(value) >= _EXACT:
        return _plain(number) + "%"
    text = f"{number.quantize(Decimal(1).scaleb(-len(places)), ROUND_HALF_UP):f}"
    for _ in places[len(places.rstrip("#?")) :]:  # which are shown only if they are not 0
        text = text.removesuffix("0")
    return text.removesuffix(".") + "%"


@lru_cache(maxsize=1024)
def _places(section: str) -> tuple[int, str | None]:
    """Return how often a format multiplies by a hundred, and what it has behind the point.

    It never does where the sign is only a text behind the number.  With a condition, or too many
    places, nobody knows what is shown.
    """
    parts = list(_PART.finditer(section))
    bare = "".join(part["sign"] or "" for part in parts)
    places = _PLACES.search(bare)
    wanted = places[1] if places else ""
    conditional = any((part["bracket"] or "").startswith(("<", "=", ">")) for part in parts)
    return bare.count("%"), None if conditional or len(wanted) > _MOST_PLACES else wanted


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _day(value: Any, *, from_1904: bool) -> datetime | None:  # noqa: ANN401
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a cell has no zone
    if isinstance(value, int | float) and _FIRST <= value <= _LAST:
        day = (_EPOCH_1904 if from_1904 else _EPOCH) + timedelta(days=value)
        return (day + timedelta(milliseconds=500)).replace(microsecond=0)
    return None


def _tokens(section: str) -> Iterator[tuple[str | None, str]]:
    """Yield the kind of each part of a day's format and what it says; None if it is of no day.

    The kinds are y, m (the month), d, h, n (the minute), s and "" for text that stands as it is.
    """
    before = ""
    parts = list(_PART.finditer(section))
    for number, match in enumerate(parts):
        run = (match["run"] or "").lower()
        kind: str | None
        if match["bracket"] is not None or match[0][0] in "_*":
            # Colours and languages show nothing; hours that go on after 24 are no time of day.
            kind = None if re.fullmatch("[hms]+", match["bracket"] or "", re.I) else ""
            yield kind, ""
            continue
        if not run:
            text = match["quoted"] or match["escaped"] or match["sign"] or ""
            yield ("" if not match["sign"] or text in _DATE_SIGNS else None), text
            continue
        kind = {"yyyy": "y", "e": "y"}.get(run) or (run[0] if len(run) <= 2 else None)
        if kind == "m" and (before == "h" or _is_before_seconds(parts[number + 1 :])):
            kind = "n"
        yield (kind if kind in {*"ymdhns"} and run not in {"yy", "y"} else None), run
        before = kind or ""


def _is_before_seconds(parts: list[re.Match[str]]) -> bool:
    following = next((match["run"] for match in parts if match["run"]), "")
    return following.lower() in {"s", "ss"}


def _shown_day(day: datetime, section: str) -> str | None:
    """Return a day as its format shows it, if that can be understood by itself."""
    said = {"m": day.month, "d": day.day, "h": day.hour, "n": day.minute, "s": day.second}
    pieces = []
    for kind, text in _tokens(section):
        if kind == "y":
            pieces.append(f"{day.year:04}")
        elif kind:
            pieces.append(str(said[kind]).zfill(len(text)))
        else:
            pieces.append(text)
    shown = "".join(pieces).strip()
    return shown if is_clear(shown, day) else None
