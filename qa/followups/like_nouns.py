"""Which stretch of a question a noun of the same kind takes the place of: 工业 for 农业."""

from __future__ import annotations

import re

from qa.followups.frames import Frame
from qa.followups.phrases import OFFICE
from qa.language.asking import measured_in
from qa.language.tokens import tag
from qa.text import HAN, fold
from qa.types import Span

_MEASURED = re.compile(
    rf"的?(?P<thing>[{HAN}]{{2,8}}?)(?:播种|种植|养殖)?(?:产量|产值|面积|价格|销量|储量|消费量|出口量)$"
)


def last_noun(base: Frame) -> Span | None:
    """Return where the word stands that ends what was asked about: 总产值 of 规上工业总产值."""
    words = [word for word in tag(fold(base.subject)) if word.text not in {"的", "是"}]
    if not words or base.counts:
        return None
    return words[-1].start, words[-1].end


def sibling(base: Frame, noun: str) -> Span | None:
    """Return where the question names another thing of this kind: 工业 for 农业, 主线 for 支线."""
    if base.counts or (base.has_indicator and measured_in(noun)):
        return None
    words = [word for word in tag(fold(base.subject)) if word.text not in {"的", "是"}]
    for last in range(len(words) - 1, -1, -1):
        for first in range(last, max(-1, last - 3), -1):
            start, end = words[first].start, words[last].end
            if end - start == len(noun) and _alike(noun, base.folded[start:end]):
                return start, end
    own = tag(noun)
    for word in words:  # 狮子洋通道 for 深中通道
        if len(own) > 1 and word.text == own[-1].text and word.end > len(base.scope):
            return _end_of_scope(base, word.start), word.end
    tail = last_noun(base)
    return tail if tail and _alike(noun, base.folded[slice(*tail)]) else None


def measured_thing(base: Frame) -> Span | None:
    """Return where the thing stands of which something is measured: 粮食 of 粮食产量."""
    if not (base.scope and base.subject.startswith(base.scope)):
        return None
    match = _MEASURED.match(fold(base.subject), len(base.scope))
    return match.span("thing") if match else None


def _end_of_scope(base: Frame, before: int) -> int:
    """Return where the last place or time ends that the subject names before a word of it."""
    ends = [end for _, (_, end) in base.times] + [place.end for place in base.places]
    ends += [len(base.scope)] if base.subject.startswith(base.scope) else []
    return max((end for end in ends if end <= before), default=0)


def level(base: Frame, modifier: str) -> Span | None:
    """Return where the question says of what level or kind it means: 省级 for 国家级."""
    if modifier[-1] not in "级型类":
        return None
    for word in tag(base.folded):
        if base.asks and word.start >= base.asks[1] and word.text[-1] == modifier[-1]:
            return word.start, word.end
    return None


def _alike(one: str, other: str) -> bool:
    """Tell whether two nouns name things of a kind, by the character that ends them."""
    return one[-1:] == other[-1:] or bool(OFFICE.search(one) and OFFICE.search(other))
