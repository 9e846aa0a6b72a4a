"""Follow-ups completed from their context, class by class.

Another time or place alone, a word that stands for something, an interrogative alone, a noun, a
question without a subject, one without a place: each has its way of being completed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.asking import measured_in
from qa.context import Context, Kept, Parts
from qa.ellipsis import (
    AMONG,
    IT,
    MORE,
    OF_PERSONS,
    PERSON,
    QUANTITY,
    THAT,
    THERE,
    THESE,
    FollowUp,
)
from qa.frames import INTERROGATIVE, Frame, frame
from qa.phrases import OFFICE, is_organisation, is_thing
from qa.replacing import at_times, leading_times, moved, replaced
from qa.text import fold
from qa.timing import named_times
from qa.words import tag

_BARE = re.compile(r"^(?:具体|分别|一共|总共|共|都)?(?:是|有|在)?(?P<asks>.+?)[的了]?$")
_GROWTH = re.compile(
    "增长|比增|上涨|下降|减少|增加|提高|提升|降低|回落|上升|下滑|同比|环比|翻番|占比|^占"
)
_RATE = re.compile(
    "(?:同比|环比|年均|平均)?(?:增速|增幅|降幅|涨幅|跌幅|增长率|占比|比重)|占.{1,8}(?:比重|比例|份额)"
)
_GROWN = re.compile("(?:同比|环比)?(?:增长|比增|上涨|下降|减少|增加|上升|下滑)?了?$")
# What places and companies have, and what is counted in them mostly has not.
_OF_OWNERS = re.compile(
    "人口|营收|营业收入|利润|市值|产值|增加值|总值|gdp|财政|税收|普及率|失业率|优良率|绿化率|增速"
)
_PRODUCING = re.compile("(?:平台|园|区|企业|公司|基地|厂|[工农产行渔林牧矿]业|产?品|港|机场)$")
_PERSONS = re.compile("[人员师者生工民士]$")
_KIND = re.compile(
    "公司|企业|集团|工厂|医院|银行|学校|大学|学院|中学|小学|幼儿园|机构|项目|工程|平台|园区|会议|活动"
    "|协会|商会|实验室"
)
_PREPOSITIONS = frozenset("在 到 去 从 对 给 往 至".split())


def completed(said: FollowUp, context: Context) -> Iterator[Parts]:
    """Yield the follow-up with what it leaves out, the likeliest first."""
    if MORE.match(said.folded):
        yield context.asking("哪些", more=True)
    elif said.refers:
        yield from _referring(said, context)
    elif again := list(replaced(said, context)):
        yield from again
    elif said.places:
        yield from _elsewhere(said, context)
    elif at := leading_times(said.folded, context.frame):
        yield from _then(said, at, context.frame)
    elif (match := _BARE.match(said.folded)) and said.is_interrogative(match["asks"]):
        yield _asking_only(said, context, match["asks"])
    elif said.frame.asks is None:
        yield from _noun(said, context)
    else:
        yield from _question(said, context)


def _referring(said: FollowUp, context: Context) -> Iterator[Parts]:
    folded = said.folded
    for pattern, thing in (
        (AMONG, Kept(context.frame.topic + "中")),
        (THERE, context.there),
        (PERSON, context.person),
        (IT, context.topic if _GROWTH.search(folded) else context.it),
    ):
        if match := pattern.match(folded):
            yield thing or context.it, *_asked(said.text[match.end() :])
            return
    match = THESE.match(folded)
    if match is not None:
        rest = _after_noun(said.text[match.end() :], context.frame.topic)
        yield Kept(context.frame.topic), *_asked(rest)
        return
    match = THAT.match(folded)
    if match is not None:
        noun = _first_noun(folded[match.end() :])
        if found := context.that(noun):
            yield found, *_asked(said.text[match.end() + len(noun) :])


def _first_noun(folded: str) -> str:
    """Return the kind of thing that is meant: 公司 of 公司总部, which is one word to the tagger."""
    kind = _KIND.match(folded)
    return kind[0] if kind else next((word.text for word in tag(folded)), "")


def _asked(rest: str) -> tuple[str, ...]:
    """Return what is said of something, as a question."""
    if INTERROGATIVE.search(fold(rest)):
        return (rest,)
    return rest, _ending(fold(rest))


def _elsewhere(said: FollowUp, context: Context) -> Iterator[Parts]:
    """The same question, or another one on the same subject, about another place."""
    base, own = context.frame, said.places
    text = said.text[own[0].start : own[-1].end]
    there = moved(base, own[-1], text)
    if said.covers(own) or said.repeats(base):
        yield there
        return
    rest = (said.text[: own[0].start] + said.text[own[-1].end :]).removeprefix("的")
    yield from _also(rest, there, base)


def _then(said: FollowUp, at: int, base: Frame) -> Iterator[Parts]:
    """The same question, or another one on the same subject, at the time that it begins with."""
    times = tuple(
        (kind, said.folded[start:end])
        for kind, (start, end) in named_times(said.folded)
        if end <= at
    )
    yield from _also(said.text[at:].removeprefix("的"), at_times(times, base), base)


def _also(rest: str, there: Parts, base: Frame) -> Iterator[Parts]:
    """Ask for what else is said, of another place or time: ``there`` is the question before so."""
    if fold(rest) in base.folded or rest in _PREPOSITIONS:
        yield there
        return
    inner = Context(frame("".join(there)), "")
    for parts in completed(FollowUp(rest, elliptic=True), inner):
        yield tuple(parts)


def _asking_only(said: FollowUp, context: Context, asks: str) -> Parts:
    """The same question, asking for something else: “有哪些？”, “为什么？”."""
    match = INTERROGATIVE.match(asks)
    form = match.lastgroup if match else ""
    if form == "adverb":
        return context.adverbial(asks)
    if form == "place":
        return context.topic, "在" + asks.removeprefix("在")
    if form == "person":
        return context.topic, "是" + asks
    if context.frame.form not in {"number", "list", "entity"}:
        return context.topic, ("有" if form in {"number", "list"} else "是") + asks
    return context.asking(asks)


def _noun(said: FollowUp, context: Context) -> Iterator[Parts]:
    """Ask for the noun that a follow-up consists of: “那总投资呢？”, “规上工业企业呢？”."""
    base, folded = context.frame, said.folded
    end = _ending(folded)
    if OFFICE.search(folded):
        if base.form == "person" and (tail := _last_noun(base)):
            yield context.instead(*tail, said.text)
        yield context.scope or context.owner, said.text, "是谁"
    elif said.parsed.names and (parts := context.instead_of_name(said.text)):
        yield parts
    elif _RATE.fullmatch(folded) and base.form == "number":
        yield Kept(_GROWN.sub("", context.topic)), said.text, end
    elif said.is_attribute(folded):
        yield from _attribute(said, context, end)
    elif base.counts and base.asks:
        yield (
            _counted_instead(said, base)
            if not (level := _level(base, folded))
            else (context.instead(*level, said.text))
        )
        if base.verb != "有":
            yield Kept(base.subject), "有多少" if base.form == "number" else "有哪些", said.text
    elif span := _counterpart(base, folded):
        yield context.instead(*span, said.text)
        yield context.scope, said.text, end
    elif base.form == "number" and context.scope:
        yield context.scope, said.text, "是多少"
    else:
        yield context.owner, said.text, end


def _counted_instead(said: FollowUp, base: Frame) -> Parts:
    """Return the question with this in the place of what was counted, in whatever unit."""
    start, end = base.asks or (0, 0)
    at = base.text.index(base.object, end)
    unit = base.folded[start:end].removeprefix("多少")
    if len(unit) == 1 and unit not in "个家名位" and not set(said.folded) & set(base.folded[at:]):
        end -= 1  # 多少套房, but not 多少套店铺
    return Kept(base.text[:end]), said.text, Kept(base.text[at + len(base.object) :])


def _attribute(said: FollowUp, context: Context, end: str) -> Iterator[Parts]:
    """Ask for something that is measured: of what was counted, or of its owner."""
    base, folded = context.frame, said.folded
    scope = (context.scope, said.text, end)
    tail = _counterpart(base, folded)
    of_persons = bool(OF_PERSONS.search(folded))
    subject = context.owner
    if base.counts and (of_persons or not _PERSONS.search(base.folded_object)):
        subject = context.topic
    elif base.form == "person":
        subject = context.person if of_persons else Kept(base.owner)
    if base.verb and folded.startswith(fold(base.verb)):
        yield Kept(base.subject), said.text, end
    elif tail:
        yield (
            Kept(base.text[: tail[0]]),
            said.text,
            end if said.frame.asks else Kept(base.text[tail[1] :]),
        )
    elif not (_OF_OWNERS.search(folded) and context.scope) or _PRODUCING.search(fold(subject)):
        yield subject, said.text, end
    if subject != context.owner and is_organisation(context.owner):
        yield context.owner, said.text, end
    if context.scope:
        yield scope


def _question(said: FollowUp, context: Context) -> Iterator[Parts]:
    """Complete a question that lacks its subject, or the place and time of it."""
    base, folded, own = context.frame, said.folded, said.frame
    if _GROWTH.match(folded) or (_GROWTH.search(folded) and not said.has_subject()):
        yield Kept(_GROWN.sub("", context.topic)), said.text
        return
    if own.form == "number" and not own.object and said.is_attribute(fold(own.subject)):
        yield from _attribute(said, context, "")
        return
    if said.has_subject():
        # Not as it is typed, too: without its place another place's figure would answer it.
        whose = context.owner if _has_parts(base) else context.scope
        yield (whose, said.text) if whose else (said.text,)
        return
    adverb = said.text[slice(*own.asks)] if own.asks and own.form == "adverb" else ""
    if base.verb and own.rest.strip("了的 ") == base.verb and not own.subject:
        if adverb and not re.match("什么时|何时|多久", adverb):
            yield context.adverbial(adverb)
            return
        if not base.object and not context.named:
            yield Kept(base.subject), said.text
            return
    agentive = base.counts and own.counts and not context.named
    measured = base.form == "number" and not base.counts and not context.named
    things = any(is_thing(word) for word in tag(fold(own.subject)))
    if measured and own.form == "number" and not own.object and things and context.scope:
        yield context.scope, said.text  # “新增规上企业多少家” after “招商引资多少亿元”
    if agentive:
        yield Kept(base.subject), said.text
    else:
        yield context.owner if measured else context.topic, said.text


def _has_parts(base: Frame) -> bool:
    """Tell an institution or a thing that something was asked of, which has parts of its own."""
    return is_organisation(base.owner) or (
        base.form in {"adverb", "place"} and base.subject == base.owner and not base.counts
    )


def _ending(folded: str) -> str:
    """Return what makes a question of a noun."""
    if OFFICE.search(folded):
        return "是谁"
    return "是多少" if measured_in(folded) or QUANTITY.search(folded) else "是什么"


def _after_noun(text: str, topic: str) -> str:
    """Return what follows the noun of “这些项目总投资”, if it is that of the topic."""
    folded = fold(text)
    for end in range(min(len(text), 8), 0, -1):
        if fold(topic).endswith(folded[:end]):
            return text[end:]
    return text


def _last_noun(base: Frame) -> tuple[int, int] | None:
    """Return where the word stands that ends what was asked about: 总产值 of 规上工业总产值."""
    words = [word for word in tag(fold(base.subject)) if word.text not in {"的", "是"}]
    if not words or base.counts:
        return None
    return words[-1].start, words[-1].end


def _counterpart(base: Frame, noun: str) -> tuple[int, int] | None:
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
    tail = _last_noun(base)
    return tail if tail and _alike(noun, base.folded[slice(*tail)]) else None


def _end_of_scope(base: Frame, before: int) -> int:
    """Return where the last place or time ends that the subject names before a word of it."""
    ends = [end for _, (_, end) in base.times] + [place.end for place in base.places]
    ends += [len(base.scope)] if base.subject.startswith(base.scope) else []
    return max((end for end in ends if end <= before), default=0)


def _level(base: Frame, modifier: str) -> tuple[int, int] | None:
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
