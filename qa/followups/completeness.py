"""Whether a question says itself what it is about, so that nothing is carried over.

A place taken over where none was meant is a worse error than one left out: a question with a
subject and a predicate of its own stands as it is, unless what it asks for is what places have.
"""

from __future__ import annotations

import re

from qa.followups.ellipsis import MORE, OF_PERSONS, SMALL_TALK, FollowUp
from qa.followups.frames import INTERROGATIVE, Frame, times
from qa.followups.phrases import OFFICE, trimmed, without_indicator
from qa.language.asking import EMPTY, measured_in
from qa.language.names import is_generic
from qa.language.questions import QUOTED
from qa.language.tokens import is_word, tag
from qa.text import HAN, fold

_LEVEL = re.compile("([省市县区镇乡村])(?:长|委|政府|支书|人大|政协)|^(国家|[省市县区])级")
# What is counted or measured of places, and what is part of a work or an event that was spoken of.
_OF_OTHERS = re.compile(
    "(?:企业|公司|商户|工厂|主体|学校|小学|中学|大学|幼儿园|医院|机构|道路|公路|铁路|地铁|桥梁?|公园|园区|基地|平台"
    "|项目|工程|村|[镇街]街?|街道|社区|人口|居民|村民|户|学位|床位|岗位|医生|教师|班|站|队|中心|[率量值]|收入|支出|投资"
    "|面积|[总金]?额|密度|指数|资金|会议|大会|活动|仪式|论坛|产业|行业)[数量总]*$"
)
_AUXILIARIES = frozenset("可以 可不可以 能不能 能否 需要 应该 必须 能 要 会 须 应".split())
_TOWN = re.compile(rf"[{HAN}]{{2,3}}(?:村|镇|乡|街道|社区)(?=[{HAN}])")
_DEFINING = re.compile("什么[是叫]|何谓|是什么意思|(?:是|指)什么$|^介绍")


def is_new(said: FollowUp, before: Frame) -> bool:
    """Tell whether nothing is to be carried over from the question before."""
    folded = said.folded
    if not folded or SMALL_TALK.match(folded):
        return True
    if said.refers or MORE.match(folded) or said.times:
        return False
    if INTERROGATIVE.search(folded) is None:
        return not said.elliptic and not said.is_attribute(folded) and _asserts(said)
    town = _TOWN.match(folded)
    if town and not is_generic(town[0]) and not INTERROGATIVE.search(town[0]):
        return True
    if said.places:
        return not (said.covers(said.places) or said.repeats(before))
    whole = _before_asking(said)
    if whole and not without_indicator(whole):
        return False
    if QUOTED.search(folded) or _is_named(said) or _DEFINING.search(folded):
        return bool(said.parsed.terms or said.parsed.quoted)
    return _is_of_another_level(said, before) or _is_complete(said, before)


def _asserts(said: FollowUp) -> bool:
    """Tell a sentence, or keywords that name a place, from a noun to ask for."""
    words = tag(said.folded)
    return len(said.text) > 6 or bool(said.places) or any(w.flag[0] == "v" for w in words)


def _is_named(said: FollowUp) -> bool:
    """Tell whether it names an organisation, a person or a thing: 中建四局, ChatGPT."""
    first = tag(said.folded)[0]
    unknown_place = first.flag == "ns" and not is_generic(first.text)
    latin = first.flag == "eng" and not measured_in(first.text)
    own = first.flag in {"nz", "nt"} and len(first.text) > 2 and not measured_in(first.text)
    return bool(said.parsed.names) or unknown_place or latin or own


def _is_of_another_level(said: FollowUp, before: Frame) -> bool:
    """Tell 区委书记 after a city, which is not asked of that."""
    level = _LEVEL.search(said.folded)
    if level is None or not before.places:
        return False
    if level[2]:
        rank = level[2].removesuffix("家")
        return not said.elliptic and rank != (before.kind_of_division or rank)
    if before.kind_of_division:
        return level[1] != before.kind_of_division
    # 潮州 may be 潮州市: then 市长 is its own.
    return not any(is_word(place.base + level[1]) for place in before.places)


def _is_complete(said: FollowUp, before: Frame) -> bool:
    """Tell a question that has a subject of its own: “医保报销比例是多少”.

    One that a place has, “高新技术企业有多少家”, is asked of the place before, and nothing that
    shares a word with the question before begins a new topic.
    """
    if said.elliptic or any(
        len(term.text) > 1 and term.text in before.folded for term in said.parsed.terms
    ):
        return False
    if before.places and _LEVEL.match(said.folded):
        return False  # the place's own level
    asks = INTERROGATIVE.match(said.folded)
    if asks is not None:
        return _has_object(said.folded[asks.end() :])
    subject, whole = _own_subject(said), _before_asking(said)
    if OF_PERSONS.search(subject):
        return len(subject) > 2 and before.form != "person"
    if _OF_OTHERS.search(subject) or _OF_OTHERS.search(whole) or OFFICE.search(subject):
        return False
    words = [
        word
        for word in tag(subject)
        if word.text not in EMPTY and (len(word.text) > 1 or word.flag[0] in "nh")
    ]
    if said.is_attribute(subject) or not words or words[0].text.startswith("首"):
        return False
    dated = bool(times(words[0].text))
    if len(words) == 1:
        # 今年春节 is one word; 今年 alone is no subject.
        is_feast = dated and times(words[0].text)[0][1] != (0, len(words[0].text))
        return is_feast or (said.has_predicate and before.is_of_place)
    is_noun = any(word.flag[0] in "njl" for word in words)
    return words[0].flag != "v" and "《" not in before.subject and (is_noun or dated)


def _before_asking(said: FollowUp) -> str:
    """Return what stands before the interrogative, without words that only link it."""
    return trimmed(said.folded[: said.frame.asks[0]]) if said.frame.asks else said.folded


def _own_subject(said: FollowUp) -> str:
    """Return what stands before the predicate, as folded text."""
    frame = said.frame
    if frame.form != "whether" and (frame.subject or not frame.rest):
        text = fold(frame.subject)
    else:
        text = said.folded[: frame.asks[0]] if frame.asks else said.folded
    end = next((word.start for word in tag(text) if word.text in _AUXILIARIES), len(text))
    return text[:end].rstrip("从在由被到给")


def _has_object(predicate: str) -> bool:
    """Tell “谁获得了诺贝尔奖” from “谁制定的”, “怎么实施” and “哪些企业获奖”."""
    words = tag(predicate)
    verb = next((n for n, word in enumerate(words) if word.flag[0] == "v"), None)
    if verb is None or OFFICE.search(predicate):
        return False
    asked = "".join(word.text for word in words[:verb])
    thing = "".join(word.text for word in words[verb + 1 :]).strip("了过的")
    is_thing = len(thing) > 1 and any(word.flag[0] in "njlixe" for word in tag(thing))
    return is_thing and not _OF_OTHERS.search(asked)
