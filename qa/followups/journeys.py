"""Ways from one place to another in a question: “从广州坐高铁到香港要多久”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from qa.language.names import Place
from qa.text import HAN
from qa.types import Span

_VEHICLE = "高铁|动车|飞机|火车|大巴|地铁|轻轨|公交车?|轮渡|客轮|船|汽车|出租车|的士"
_BY = rf"(?:[坐乘搭打骑转换]坐?)?(?:{_VEHICLE})|开车|自驾车?|步行|骑车|打车"
_FROM = "[从由自]"
_TO = "到达?|至|去往?|前?往|飞往?|回"
_ROUTE = re.compile(
    rf"{_FROM}(?P<origin>[{HAN}]{{2,10}}?)(?:出发)?(?P<by>{_BY})?(?:{_TO})(?P<goal>[{HAN}]{{2,8}}?)"
    rf"(?=[要需的有多坐乘几怎是大全,?]|{_BY}|铁路|公路|高速|航[班线]|票价|距离|路程|$)"
)
_JOINED = re.compile(rf"(?:{_TO}|[—~-])+")
_ANOTHER = re.compile(
    rf"(?:(?P<origin>{_FROM})|(?:{_TO}))(?P<place>[{HAN}]{{2,8}}?)(?:出发|走|的)?"
)


class Route(NamedTuple):
    """A way: its whole span, those of its ends, and that of the vehicle, empty if none is named."""

    span: Span
    origin: Span
    goal: Span
    by: Span


def find_route(folded: str, places: Sequence[Place]) -> Route | None:
    """Return the way that a folded question with these places is about."""
    match = _ROUTE.search(folded)
    if match and any(match.start() <= place.start < match.end() for place in places):
        by = match.span("by") if match["by"] else _by_after(folded, match.end())
        return Route(match.span(), match.span("origin"), match.span("goal"), by)
    for first, second in pairwise(places):
        if _JOINED.fullmatch(folded[first.end : second.start]):
            origin, goal = (first.start, first.end), (second.start, second.end)
            return Route((first.start, second.end), origin, goal, _by_after(folded, second.end))
    return None


def another_end(folded: str, route: Route) -> tuple[Span, Span] | None:
    """Return which end of the way a follow-up names anew, and where it names it: “到珠海”."""
    match = _ANOTHER.fullmatch(folded)
    if match is None:
        return None
    return (route.origin if match["origin"] else route.goal), match.span("place")


def is_vehicle(folded: str) -> bool:
    """Tell whether a text says by what one goes, and no more: “坐飞机”, “高铁”."""
    return bool(re.fullmatch(_BY, folded))


def _by_after(folded: str, at: int) -> Span:
    match = re.compile(_BY).match(folded, at + folded.startswith("的", at))
    return match.span() if match else (at, at)
