"""Plots as SVG, drawn here: they need no script, and a screen reader hears what they show."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple
from urllib.parse import urlencode

from ui.escaping import escape
from ui.texts.languages import Messages

_WIDTH, _HEIGHT = 720, 170  # of the timeline, in its own units
_LEFT, _BOTTOM = 46, 32  # room for the axes
_MOST_BARS = 240  # months drawn one by one; longer stretches are drawn by year
_TICK = 130  # between the names of two periods, at least
_SOURCES = 12  # listed


class _Place(NamedTuple):
    """Where a bar stands on the time axis, in the plot's units."""

    left: float
    width: float


def timeline(months: Sequence[tuple[str, int]], messages: Messages) -> str:
    """Return how many articles are of each month, with their time on a true scale."""
    dated = [(month, count) for month, count in months if month]
    if not dated:
        return ""
    spread = _every_month(dated)
    if len(spread) > _MOST_BARS:
        spread = _by_year(spread)
    most = max(count for _, count in spread)
    top = _round_up(most)
    step = (_WIDTH - _LEFT) / len(spread)
    bars = "".join(
        _bar(_Place(_LEFT + number * step, step), count, top, period, messages)
        for number, (period, count) in enumerate(spread)
        if count
    )
    busiest = max(dated, key=lambda item: item[1])
    said = messages.timeline_hint.format(
        first=dated[0][0], last=dated[-1][0], most=busiest[0], n=busiest[1]
    )
    return (
        f'<svg class="yj-plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" '
        f'aria-label="{escape(messages.timeline)}: {escape(said)}" '
        f'data-keys="{escape(messages.timeline_keys)}">'
        f"{_axes(top)}{bars}{_ticks([period for period, _ in spread], step)}</svg>"
        f'<p class="yj-plot-said">{escape(said)}</p>'
    )


def sources(counted: Sequence[tuple[str, int]], messages: Messages) -> str:
    """Return the sources with the most articles, as bars that lead to their articles."""
    if not counted:
        return ""
    most = max(count for _, count in counted)
    rows = []
    for source, count in counted[:_SOURCES]:
        name = f"<bdi>{escape(source or messages.unknown_source)}</bdi>"
        if source:
            query = escape(urlencode({"source": source.encode("utf-8", "replace")}))
            name = f'<a href="library?{query}#yj-list">{name}</a>'
        rows.append(
            f'<li><span class="yj-source-name">{name}</span>'
            f'<meter min="0" max="{most}" value="{count}" aria-hidden="true"></meter>'
            f'<span class="yj-source-count">{count}</span></li>'
        )
    more = len(counted) - _SOURCES
    rest = f'<li class="yj-source-rest">+{more}</li>' if more > 0 else ""
    return f'<ol class="yj-sources">{"".join(rows)}{rest}</ol>'


def _bar(place: _Place, count: int, top: int, period: str, messages: Messages) -> str:
    full = _HEIGHT - _BOTTOM - 8
    height = max(1.5, full * count / top)
    said = f"{period}: {messages.matching.format(n=count)}"
    query = escape(urlencode(_days(period)))
    gap = min(2.0, place.width * 0.15)
    return (
        f'<a href="library?{query}#yj-list" aria-label="{escape(said)}">'
        f'<rect class="yj-plot-bar" x="{place.left + gap / 2:.1f}" y="{8 + full - height:.1f}" '
        f'width="{max(0.8, place.width - gap):.1f}" height="{height:.1f}">'
        f"<title>{escape(said)}</title></rect></a>"
    )


def _days(period: str) -> dict[str, str]:
    """Return the first and the last day of a month ("2023-11") or a year ("2023")."""
    if "-" not in period:
        return {"since": f"{period}-01-01", "until": f"{period}-12-31"}
    year, month = (int(part) for part in period.split("-"))
    return {"since": f"{period}-01", "until": f"{period}-{monthrange(year, month)[1]:02d}"}


def _axes(top: int) -> str:
    base = _HEIGHT - _BOTTOM
    lines = []
    for share in (0, 0.5, 1):
        y = base - (base - 8) * share
        value = top * share
        label = f"{value:.0f}" if value == int(value) else ""
        lines.append(
            f'<line class="yj-plot-line" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="yj-plot-text" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
            f"{label}</text>"
        )
    return "".join(lines)


def _ticks(periods: Sequence[str], step: float) -> str:
    """Return the names of some periods below the axis, as many as there is room for."""
    every = max(1, ceil(_TICK / step))
    marks = []
    for place in range(0, len(periods), every):
        x = _LEFT + (place + 0.5) * step
        anchor = (
            "middle" if 40 < x - _LEFT < _WIDTH - _LEFT - 40 else ("start" if place == 0 else "end")
        )
        marks.append(
            f'<text class="yj-plot-text yj-plot-tick" x="{x:.1f}" y="{_HEIGHT - 6}" '
            f'text-anchor="{anchor}">{escape(periods[place])}</text>'
        )
    return f"<g>{''.join(marks)}</g>"


def _every_month(dated: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return all months from the first to the last, those without an article too."""
    counts = dict(dated)
    first, last = (_number(month) for month in (dated[0][0], dated[-1][0]))
    names = (f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1))
    return [(name, counts.get(name, 0)) for name in names]


def _by_year(months: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    years: dict[str, int] = {}
    for month, count in months:
        years[month[:4]] = years.get(month[:4], 0) + count
    return list(years.items())


def _number(month: str) -> int:
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1


def _round_up(most: int) -> int:
    """Return the end of the scale: 1, 2 or 5 times a power of ten, at least ``most``."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= most:
                return factor * power
        power *= 10
