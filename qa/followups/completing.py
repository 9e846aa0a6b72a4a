"""Follow-ups completed from their context, class by class.

Another time or place alone, a word that stands for something, an interrogative alone, a noun, a
question without a subject, one without a place: each has its way of being completed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.followups.context import Context, Kept, Parts
from qa.followups.ellipsis import (
    AMONG,
    AT_EVENT,
    IT,
    MORE,
    PERSON,
    THAT,
    THERE,
    THESE,
    FollowUp,
)
from qa.followups.frames import INTERROGATIVE, Frame, frame
from qa.followups.nouns import asked_attribute, asked_noun, ending, ungrown
from qa.followups.phrases import is_organisation, is_thing
from qa.followups.slots import at_times, leading_times, moved, replaced
from qa.followups.timing import named_times
from qa.language.tokens import tag
from qa.text import fold

_BARE = re.compile(r"^(?:具体|分别|一共|总共|共|都)?(?:是|有|在)?(?P<asks>.+?)[的了]?$")
_GROWTH = re.compile(
    "增长|比增|上涨|下降|减少|增加|提高|提升|降低|回落|上升|下滑|同比|环比|翻番|占比|^占"
)
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
        yield from asked_noun(said, context)
    else:
        yield from _question(said, context)


def _referring(said: FollowUp, context: Context) -> Iterator[Parts]:
    folded = said.folded
    if AT_EVENT.match(folded):
        yield context.topic, said.text
        return
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
    return rest, ending(fold(rest))


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


def _question(said: FollowUp, context: Context) -> Iterator[Parts]:
    """Complete a question that lacks its subject, or the place and time of it."""
    base, folded, own = context.frame, said.folded, said.frame
    if _GROWTH.match(folded) or (_GROWTH.search(folded) and not said.has_subject()):
        yield ungrown(context.topic), said.text
        return
    if own.form == "number" and not own.object and said.is_attribute(fold(own.subject)):
        yield from asked_attribute(said, context, "")
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


def _after_noun(text: str, topic: str) -> str:
    """Return what follows the noun of “这些项目总投资”, if it is that of the topic."""
    folded = fold(text)
    for end in range(min(len(text), 8), 0, -1):
        if fold(topic).endswith(folded[:end]):
            return text[end:]
    return text
