"""Computing with quoted values: exactly, in one unit, with the formula; or saying why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from qa.language.hedges import bound
from qa.language.numbers import Figure, figures, is_fall, numeral_value
from qa.language.periods import moment
from qa.text import answer_span, fold
from qa.types import Computed, Reason

# What units are of a common one, where that is exact; 亩 is no whole number of 平方米.
_EXACT = {
    **dict.fromkeys(("公里", "千米", "km"), ("米", 1000)),
    **dict.fromkeys(("平方公里", "平方千米"), ("平方米", 1_000_000)),
    **dict.fromkeys(("平米", "㎡"), ("平方米", 1)),
    "公顷": ("平方米", 10_000),
    **dict.fromkeys(("吨", "公吨"), ("克", 1_000_000)),
    **dict.fromkeys(("公斤", "千克", "kg"), ("克", 1000)),
    "斤": ("克", 500),
    **dict.fromkeys(("元", "块", "人民币"), ("元", 1)),
    **dict.fromkeys(("名", "位", "多人"), ("人", 1)),
    "个百分点": ("百分点", 1),
    "立方": ("立方米", 1),
}
_SCALES = {"万": 10**4, "亿": 10**8}
_SCALE = re.compile("[万亿]*(?=[余多 ]*$)")
_ORDERED = {"higher": True, "most": True, "rank": True, "lower": False, "least": False}
_BARE = re.compile(r"(?P<sign>[-+−]?)(?P<number>\d[\d,]*(?:\.\d+)?)(?P<unit> ?%?)")
_MINUS = re.compile(r"(?<![\w)）%])[-−]$")
_COMPARED = 6  # values that a formula has of an order
_PLACES = 2  # decimals of what does not divide exactly


@dataclass(frozen=True, slots=True)
class Operand:
    """A value in the common unit, and how it is written: so many times ``scale``, then ``unit``.

    What is said to have fallen by a figure is less than nothing, beside what rose.
    """

    part: str
    number: int  # of its citation
    text: str
    value: Decimal
    common: str
    scale: Decimal
    unit: str
    is_vague: bool


def said_figures(quote: str, said: str) -> list[Figure]:
    """Return the figures of a quote that what is said of it touches, whole ones, in their order."""
    start, end = answer_span(quote, said) or (0, 0)
    return [item for item in figures(fold(quote)) if item.start < end and start < item.end]


def operands(values: Sequence[tuple[str, int, str, str]]) -> list[Operand] | None:
    """Return what to compute with, for parts, numbers of citations, their quotes and what they say.

    Where values hold several figures it is those of the first kind that all have.  None where a
    value has no figure at all.
    """
    found = [said_figures(quote, said) or _bare(quote, said) for _, _, quote, said in values]
    if not found or not all(found):
        return None
    kinds = [item.kind for item in found[0]]
    common = [kind for kind in kinds if all(_first(items, kind) for items in found)]
    chosen = [(_first(items, common[0]) if common else None) or items[0] for items in found]
    quotes = [fold(quote) for _, _, quote, _ in values]
    falls = [is_fall(quote, figure) for quote, figure in zip(quotes, chosen, strict=True)]
    return [
        _operand(part, number, quote, figure, is_less=fell and not all(falls))
        for (part, number, _, _), quote, figure, fell in zip(
            values, quotes, chosen, falls, strict=True
        )
    ]


def _bare(quote: str, said: str) -> list[Figure]:
    """Return the figure that is said without a unit, as the cells of tables have it."""
    found = _BARE.fullmatch(fold(said).strip())
    value = numeral_value(found["number"]) if found else None
    if found is None or value is None:
        return []
    at, _ = answer_span(quote, said) or (0, 0)
    start, end = (at + place for place in (found.start("number"), found.end()))
    unit = found["unit"].strip()
    return [Figure(start, end, value, unit, "percent" if unit else "number")]


def _first(items: Sequence[Figure], kind: str) -> Figure | None:
    return next((item for item in items if item.kind == kind), None)


def _operand(part: str, number: int, quote: str, figure: Figure, *, is_less: bool) -> Operand:
    written = quote[figure.start : figure.end]
    sign = -1 if is_less or _MINUS.search(quote[: figure.start]) else 1
    common, factor = _EXACT.get(figure.unit, (figure.unit, 1))
    found = _SCALE.search(written.removesuffix(figure.unit))
    scales = found[0] if found else ""
    scale = Decimal(factor)
    for character in scales:
        scale *= _SCALES[character]
    return Operand(
        part=part,
        number=number,
        text=written if sign > 0 else f"−{written}",
        # A figure's amount is exact in twelve digits, which is as many as texts have.
        value=sign * Decimal(f"{figure.value:.12g}") * factor,
        common=common,
        scale=scale,
        unit=scales + figure.unit,
        is_vague=bool(bound(quote, figure.start, figure.end)),
    )


def compute(what: str, given: Sequence[Operand] | None, parts: int) -> Computed:
    """Compute ``what`` of the operands of ``parts`` parts, or tell why that cannot be done."""
    if given is None:
        return Computed(what, reason="figures")
    cited = tuple(dict.fromkeys(operand.number for operand in given))
    reason = _hindrance(what, given, parts)
    if reason:
        return Computed(what, citations=cited, reason=reason)
    if what in _ORDERED:
        text, formula = _ordered(what, given)
    else:
        text, formula = _COMPUTED[what](given)
    return Computed(what, text, formula, cited)


def _hindrance(what: str, given: Sequence[Operand], parts: int) -> Reason:
    is_of_a_group = what in {"most", "least", "rank"}
    if len(given) < 2 or (not is_of_a_group and len(given) < parts):
        return "missing"
    if len({operand.common for operand in given}) > 1:
        return "units"
    vague = [operand for operand in given if operand.is_vague]
    if vague and (what not in _ORDERED or _has_tie(vague, given)):
        return "inexact"
    if what == "growth" and len(given) > 2 and not _in_time(given):
        return "order"
    if what in {"ratio", "growth"}:
        base = _base(what, given).value
        return "zero" if not base else "negative" if base < 0 else ""
    return ""


def _has_tie(some: Sequence[Operand], given: Sequence[Operand]) -> bool:
    return any(one.value == other.value for one in some for other in given if one is not other)


def ranked(what: str, given: Sequence[Operand]) -> list[Operand]:
    """Return operands in the order that is asked for; those that are equal stay as they were."""
    return sorted(given, key=lambda operand: -operand.value if _ORDERED[what] else operand.value)


def _ordered(what: str, given: Sequence[Operand]) -> tuple[str, str]:
    order = ranked(what, given)
    best = [operand.part for operand in order if operand.value == order[0].value]
    sign = " > " if _ORDERED[what] else " < "
    formula = _cited(order[0])
    for before, after in pairwise(order[:_COMPARED]):
        formula += (" = " if before.value == after.value else sign) + _cited(after)
    formula += f"{sign}…" if len(order) > _COMPARED else ""
    names = [operand.part for operand in order] if what == "rank" else best
    return "、".join(names), formula


def _cited(operand: Operand) -> str:
    return f"{operand.text}[{operand.number}]"


def _added(operand: Operand) -> str:
    return f"({_cited(operand)})" if operand.value < 0 else _cited(operand)


def _difference(given: Sequence[Operand]) -> tuple[str, str]:
    first, *others = given
    left = first.value - sum((operand.value for operand in others), Decimal(0))
    unit = "个百分点" if first.unit == "%" else first.unit
    text = _amount(left, first, unit)
    return text, f"{' − '.join(map(_added, given))} = {text}"


def _sum(given: Sequence[Operand]) -> tuple[str, str]:
    text = _amount(sum((operand.value for operand in given), Decimal(0)), given[0])
    return text, f"{' + '.join(map(_added, given))} = {text}"


def _average(given: Sequence[Operand]) -> tuple[str, str]:
    total = sum((operand.value for operand in given), Decimal(0))
    shown, sign = _rounded(total / given[0].scale / len(given))
    text = f"{shown}{given[0].unit}"
    return text, f"({' + '.join(map(_added, given))}) ÷ {len(given)} {sign} {text}"


def _ratio(given: Sequence[Operand]) -> tuple[str, str]:
    first, second = given[0], _base("ratio", given)
    shown, sign = _rounded(first.value / second.value)
    return shown, f"{_cited(first)} ÷ {_cited(second)} {sign} {shown}"


def _growth(given: Sequence[Operand]) -> tuple[str, str]:
    base, *_, last = _in_time(given) or given
    shown, sign = _rounded((last.value - base.value) / base.value * 100)
    unit = "个百分点" if base.unit == "%" else base.unit
    more = _amount(last.value - base.value, base, unit)
    formula = f"{_cited(last)} − {_cited(base)} = {more}；{more} ÷ {_cited(base)} {sign} {shown}%"
    return f"{shown}%", formula


def _base(what: str, given: Sequence[Operand]) -> Operand:
    """Return what is divided by: what is named second, but of a growth what was first.

    That is what is named first where no times are: 技改以前跟技改以后, 六普到七普.
    """
    return (_in_time(given) or given)[0] if what == "growth" else given[1]


def _in_time(given: Sequence[Operand]) -> list[Operand]:
    """Return operands in the order of their times; none where these cannot be put in one."""
    moments = [moment(fold(operand.part)) for operand in given]
    if not all(moments) or len({when[:1] for when in moments}) > 1:
        return []
    order = sorted(range(len(given)), key=moments.__getitem__)
    return [given[number] for number in order]


_COMPUTED: dict[str, Callable[[Sequence[Operand]], tuple[str, str]]] = {
    "difference": _difference,
    "sum": _sum,
    "average": _average,
    "ratio": _ratio,
    "growth": _growth,
}
COMPUTABLE = frozenset({*_ORDERED, *_COMPUTED})


def _amount(value: Decimal, like: Operand, unit: str = "") -> str:
    """Return an amount as it would be written beside ``like``."""
    return f"{_plain(value / like.scale)}{unit or like.unit}"


def _rounded(value: Decimal) -> tuple[str, str]:
    """Return a number with few decimals, and whether that is all of it."""
    short = round(value, _PLACES)
    return _plain(short), "=" if short == value else "≈"


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")
