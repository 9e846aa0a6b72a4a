"""Follow-ups that are a noun: “那总投资呢？”, “规上工业企业呢？”, “书记呢？”."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.followups.context import Context, Kept, Parts
from qa.followups.ellipsis import OF_PERSONS, QUANTITY, FollowUp
from qa.followups.frames import Frame
from qa.followups.like_nouns import last_noun, level, measured_thing, sibling
from qa.followups.phrases import OFFICE, is_organisation
from qa.language.asking import measured_in
from qa.text import fold

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


def asked_noun(said: FollowUp, context: Context) -> Iterator[Parts]:
    """Ask for the noun that a follow-up consists of: “那总投资呢？”, “规上工业企业呢？”."""
    base, folded = context.frame, said.folded
    end = ending(folded)
    if OFFICE.search(folded):
        if base.form == "person" and (tail := last_noun(base)):
            yield context.instead(*tail, said.text)
        yield context.scope or context.owner, said.text, "是谁"
    elif said.parsed.names and (parts := context.instead_of_name(said.text)):
        yield parts
    elif _RATE.fullmatch(folded) and base.form == "number":
        yield ungrown(context.topic), said.text, end
    elif said.is_attribute(folded):
        yield from asked_attribute(said, context, end)
    elif base.counts and base.asks:
        yield from _counted(said, context)
    elif span := sibling(base, folded):
        yield context.instead(*span, said.text)
        yield context.scope, said.text, end
    elif base.form == "number" and context.scope:
        if span := measured_thing(base):
            yield context.instead(*span, said.text)
        yield context.scope, said.text, "是多少"
    else:
        yield context.owner, said.text, end


def _counted(said: FollowUp, context: Context) -> Iterator[Parts]:
    """Ask for other things than were counted, or for some of another level."""
    base = context.frame
    if span := level(base, said.folded):
        yield context.instead(*span, said.text)
    else:
        yield _counted_instead(said, base)
    if base.verb != "有":
        yield Kept(base.subject), "有多少" if base.form == "number" else "有哪些", said.text


def _counted_instead(said: FollowUp, base: Frame) -> Parts:
    """Return the question with this in the place of what was counted, in whatever unit."""
    start, end = base.asks or (0, 0)
    at = base.text.index(base.object, end)
    unit = base.folded[start:end].removeprefix("多少")
    if len(unit) == 1 and unit not in "个家名位" and not set(said.folded) & set(base.folded[at:]):
        end -= 1  # 多少套房, but not 多少套店铺
    return Kept(base.text[:end]), said.text, Kept(base.text[at + len(base.object) :])


def asked_attribute(said: FollowUp, context: Context, end: str) -> Iterator[Parts]:
    """Ask for something that is measured: of what was counted, or of its owner."""
    base, folded = context.frame, said.folded
    scope = (context.scope, said.text, end)
    tail = sibling(base, folded)
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


def ending(folded: str) -> str:
    """Return what makes a question of a noun."""
    if OFFICE.search(folded):
        return "是谁"
    return "是多少" if measured_in(folded) or QUANTITY.search(folded) else "是什么"


def ungrown(topic: str) -> Kept:
    """Return what grew: GDP of “GDP同比增长”."""
    return Kept(_GROWN.sub("", topic))
