"""One slot of the question before, filled anew: its time, place, route or base of comparison.

“2022年呢”, “全省呢”, “到珠海呢”, “环比呢” and “农村呢” ask the same question again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.followups.context import Context, Kept, Parts
from qa.followups.contrasts import another_base, counterpart, is_base
from qa.followups.ellipsis import FollowUp
from qa.followups.frames import Frame
from qa.followups.journeys import another_end, is_vehicle
from qa.followups.phrases import is_organisation
from qa.followups.regions import division, is_whole
from qa.followups.timing import Times, named_times, resolved
from qa.language.names import Place
from qa.language.tokens import tag
from qa.text import HAN, fold
from qa.types import Span

_INSTITUTION = re.compile(
    rf"(?!公办|民办|公立|私立|三甲|普通|重点|中等|高等|城区|农村|特殊)[{HAN}]{{2,12}}?(?:公司|集团|医院|大学|中学|小学|学校|学院|幼儿园|银行|机场|法院)(?!数|个数|总数)"
)
_GROUP = re.compile("[男女]性|城镇|农村|乡村|户籍|常住|流动|外来|老年|\\d+岁(?:及?以[上下])?")
_PEOPLE = re.compile("人口|居民")
_PER = re.compile("(?:人|户|日|月|年|平)均")


def replaced(said: FollowUp, context: Context) -> Iterator[Parts]:
    """Yield the question before with what the follow-up says in the place of its like.

    Nothing is yielded for a follow-up that fills none of these slots.
    """
    base = context.frame
    at = base.folded.find(fold(said.instead_of)) if said.instead_of else -1
    if at >= 0:
        yield context.instead(at, at + len(said.instead_of), said.text)
    elif said.times:
        yield from _at_another_time(said.times, base)
    elif route := _on_another_route(said, base):
        yield route
    elif is_base(said.folded):
        yield _with_another_base(said, context)
    elif _PER.fullmatch(said.folded) and said.folded not in base.folded:
        at = len(base.scope) if base.subject.startswith(base.scope) else 0
        yield context.instead(at, at, said.text)
    elif span := _another_institution(said, base):
        yield context.instead(*span, said.text)
    elif span := counterpart(base.folded, said.thing):
        yield context.instead(*span, said.text[: len(said.thing)])
    elif _GROUP.fullmatch(said.thing) and (people := _PEOPLE.search(base.folded)):
        yield context.instead(people.start(), people.start(), said.text[: len(said.thing)])


def _at_another_time(said: Times, base: Frame) -> Iterator[Parts]:
    before = named_times(base.folded)
    known = tuple((kind, base.folded[slice(*span)]) for kind, span in before)
    for new in resolved(said, known):
        if new[0][0] == "span":
            yield _at_another_span(new[0][1], base)
        else:
            yield at_times(new, base)


def leading_times(folded: str, base: Frame) -> int:
    """Return where the times end that a text begins with, 0 if the question has none of a kind."""
    kinds = {kind for kind, _ in named_times(base.folded)}
    at = 0
    for kind, (start, end) in named_times(folded):
        if start == at and kind in kinds:
            at = end
    return at


def at_times(new: Times, base: Frame) -> Parts:
    """Return a question with these times in the place of its own."""
    parts: list[str] = []
    spans = dict(reversed(named_times(base.folded)))  # the first of each kind
    at = 0
    for kind, text in sorted(new, key=lambda item: spans.get(item[0]) or _gap(base, item[0])):
        start, end = spans.get(kind) or _gap(base, kind)
        parts += [Kept(base.text[at:start]), text]
        at = end
    return *parts, Kept(base.text[at:])


def _at_another_span(text: str, base: Frame) -> Parts:
    """Return the question with this in the place of all that it says of time."""
    parts: list[str] = []
    at = 0
    for number, (_, (start, end)) in enumerate(named_times(base.folded)):
        parts += [Kept(base.text[at:start]), text if number == 0 else ""]
        at = end
    return *(parts or [text]), Kept(base.text[at:])


def _gap(base: Frame, kind: str) -> tuple[int, int]:
    """Return where a time of a kind that the question does not name belongs."""
    other = next((span for _, span in base.times), None)
    at = 0 if other is None else other[0] if kind == "year" else other[1]
    return at, at


def _on_another_route(said: FollowUp, base: Frame) -> Parts | None:
    """Return the question from or to another place, or by other means; None if it has no way."""
    if base.route is None:
        return None
    if is_vehicle(said.folded):
        (start, end), new = base.route.by, said.text
    elif found := another_end(said.folded, base.route):
        (start, end), new = found[0], said.text[slice(*found[1])]
    else:
        return None
    return Kept(base.text[:start]), new, Kept(base.text[end:])


def _with_another_base(said: FollowUp, context: Context) -> Parts:
    if found := another_base(context.frame.folded, said.folded):
        (start, end), new = found
        return context.instead(start, end, new)
    asks = "多少" if re.search("[长少加高升低落降滑涨]$", said.folded) else "增长多少"
    return context.topic, said.text + asks


def _institution(base: Frame, start: int) -> int | None:
    """Return where the institution's name ends that a place at ``start`` ends before."""
    match = _INSTITUTION.match(base.folded[start : len(base.subject)])
    if match and (base.object or start + match.end() < len(base.subject)):
        return start + match.end()
    return None


def _another_institution(said: FollowUp, base: Frame) -> Span | None:
    """Return where the question names an institution of a place, if this is another one."""
    if not said.places or said.frame.asks or said.covers(said.places):
        return None
    kind = said.folded[said.places[-1].end :]
    for word in tag(base.folded):  # 广州港 is one word
        if (
            kind
            and word.text.endswith(kind)
            and word.flag in {"ns", "nt", "nz"}
            and word.text != kind
        ):
            return word.start, word.end
    if not (is_organisation(said.folded) and base.places):
        return None
    end = _institution(base, base.places[0].end)
    return (base.places[0].start, end) if end else None


def moved(base: Frame, place: Place, name: str) -> Parts:
    """Return a question about another place."""
    if not base.places:
        return name, Kept(base.text)
    kind = division(place)
    old = next((old for old in base.places if division(old) == kind), base.places[0])
    start, end = old.start, old.end
    if is_whole(place.name):
        above = next((above for above in old.parents if above.endswith(place.name[-1])), "")
        if above:  # “全市” after 梅州市梅江区
            at = base.folded.index(above, start)
            return (
                Kept(base.text[:start]),
                Kept(base.text[at : at + len(above)]),
                Kept(base.text[end:]),
            )
        # 江门市第一人民医院 is no hospital of 全市.
        end = _institution(base, end) or end
    return Kept(base.text[:start]), name, Kept(base.text[end:])
