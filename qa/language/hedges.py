"""Hedges of figures: 约60个, 超过60个, 60多个."""

from __future__ import annotations

import re
from typing import Literal

from qa.types import Span

BoundKind = Literal["", "least", "most", "about"]
_BEFORE = re.compile(
    r"(?:(?P<most>不超过|至多|最多|不足|不到|不满|接近|将近|近|少于|低于|小于|[≤≦<])"
    r"|(?P<least>超过?|逾|突破|不少于|不低于|至少|最少|多于|高于|大于|[≥≧>])"
    r"|(?P<about>大约|约|大概|大致))(?:[达为有了]|人民币)?$"
)
_AFTER = re.compile(
    r"(?P<most>以下|以内)|(?P<least>[余多]|以上|开外)|(?P<about>左右|上下|上下浮动)"
)


def bound(folded: str, start: int, end: int) -> BoundKind:
    """Tell how the figure ``folded[start:end]`` is bounded by what is written at it."""
    figure = folded[start:end]
    match = _BEFORE.search(folded[max(0, start - 6) : start]) or _AFTER.match(folded, end)
    if match is not None:
        return "most" if match["most"] else "least" if match["least"] else "about"
    return "least" if re.search("[余多]", figure) else "about" if "来" in figure else ""


def bound_before(folded: str, start: int) -> Span | None:
    """Return where the bound of the figure at ``start`` stands before it, if one does."""
    match = _BEFORE.search(folded[:start])
    return match.span() if match else None


def without_bound(folded: str, start: int) -> str:
    """Return what stands before the figure at ``start``, without a bound of it."""
    return _BEFORE.sub("", folded[:start])
