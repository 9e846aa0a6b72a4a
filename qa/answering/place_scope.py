"""Whether a span speaks of the places that the question names.

Another place's figure is the worst error there is, and a name is there or is not.  So this one
thing is looked up, and not left to the reader: without it, more of the answers to development
questions are wrong, and fewer near misses refused (docs/quality.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.answering.span_context import SpanContext
from qa.language.names import Place, base, places
from qa.language.questions import Question
from qa.text import HAN, fold

# 梅州中学 is not 梅州; “梅江区新建中学” tells what 梅江区 built.
NAMED_AFTER = re.compile(
    rf"(?![{HAN}]{{0,2}}(?:[新改扩修兴共]建|建[成设有]|[拥现共]有|新增|开[工办]))[{HAN}]{{0,4}}?(?:[小中大]学|学院|医院|公司|集团|银行|日报|晚报|高铁|铁路|机场|大桥|公路|广场|公园|酒店|"
    r"[界育商影港工]城|产业园|工业园|博物馆|体育馆|图书馆|港|站|协会|商会)"
)
_SUFFIX = re.compile("(?:[省市县区镇乡村]|街道)$")


def missing_places(question: Question, context: SpanContext, *, is_read: bool = False) -> list[str]:
    """Return the question's places of which the span does not speak.

    A figure or date belongs to the place that its clause names, or to the nearest one named before
    it.  Where a span ``is_read`` to answer the question, the title and the headings over it come
    before that: a report of 甘肃 names 四川 on the way.  A place in another's name,
    安徽省高速地产集团, is spoken of by a sentence or title with that name, too.  Other answers
    only have to be found in an article, or under a heading, that speaks of the place, and not in a
    sentence about another of its kind.
    """
    strict = question.kind in {"number", "date"}  # a figure or a date is somebody's
    here, *before = context.levels
    clause = _last_clause_with_subject(here) if strict else here

    def is_told(asked: Place) -> bool:
        if _speaks_of(asked, clause, strict=strict):
            return True
        if any(strict or _are_siblings(place, asked) for place in _subjects(clause)):
            return False
        if is_read and _nearest(asked, context.titles, strict=strict):
            return True
        return _nearest(asked, before, strict=strict)

    folded, names = fold(question.text), "\n".join([here, *context.titles])

    def is_in_name(asked: Place) -> bool:
        named = NAMED_AFTER.match(folded, asked.end) if is_read else None
        return named is not None and folded[asked.start : named.end()] in names

    return [one.name for one in question.places if not is_in_name(one) and not is_told(one)]


def _nearest(asked: Place, levels: Sequence[str], *, strict: bool) -> bool:
    """Tell whether a level speaks of a place, strictly taken before one speaks of another."""
    for level in levels:
        if _speaks_of(asked, level, strict=strict):
            return True
        if strict and _subjects(level):
            return False
    return False


def _subjects(text: str) -> list[Place]:
    return [place for place in places(text) if _is_subject(place, text)]


def _are_siblings(one: Place, other: Place) -> bool:
    """Tell two divisions of one kind, 城北镇 and 三角镇: neither is part of the other."""
    return bool(_SUFFIX.search(one.name)) and one.name[-1] == other.name[-1]


def _last_clause_with_subject(sentence: str) -> str:
    """Return the last clause that speaks of a place: “甲引进209个，乙引进60个” is 乙 for 60."""
    for clause in reversed(re.split(r"[,;:]", sentence)):
        if re.search("全[省市区县镇]", clause):
            return clause  # the whole that the article is about, not a part named before
        if _subjects(clause):
            return clause
    return sentence


def _speaks_of(asked: Place, level: str, *, strict: bool) -> bool:
    """Tell whether a text speaks of a place: as one, or where the tagger failed to see it as one.

    A name inside another's, as 长沙 in 长沙镇, is not it; 浦东新区 is 上海市浦东新区.  Strictly
    taken, neither is the parent in 梅州市梅江区, nor 梅州 in 梅州中学.
    """
    found = [
        place
        for place in places(level)
        if asked.base in level[place.start : place.end] or asked.name.endswith(place.name)
    ]
    if not found:
        return asked.base in level
    if strict:
        return any(
            (place.base == asked.base or asked.name.endswith(place.name))
            and not NAMED_AFTER.match(level, place.end)
            for place in found
        )
    return any(asked.base in map(base, (place.name, *place.parents)) for place in found)


def _is_subject(place: Place, level: str) -> bool:
    """Tell a place that is spoken of from where something took place, and from 梅州 in 梅州中学."""
    is_scene = level[max(0, place.start - 1) : place.start] in {"在", "于", "赴"}
    return not is_scene and not NAMED_AFTER.match(level, place.end)
