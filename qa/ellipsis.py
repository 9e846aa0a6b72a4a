"""A question as the follow-up to another: what it says itself, and what it is a follow-up by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from qa.asking import measured_in
from qa.frames import INTERROGATIVE, Frame, frame, is_thing, named_places, times
from qa.names import Place, is_generic
from qa.questions import QUOTED, Question, parse
from qa.text import HAN, fold
from qa.words import is_word, tag

_LEAD = re.compile(r"^(?:那么?(?![里儿边个些年天时])|然后|换成|换做|如果是)[,，、 ]?")
_END = re.compile(r"(?:的?(?:情况|话)(?:怎么?样|如何)?呢?|的?呢|怎么样)$")
PERSON = re.compile(r"^(?:他|她)(?!们)")
THERE = re.compile(r"^(?:那里|那儿|那边|这里|当地|该地)")
AMONG = re.compile(r"^(?:其中|它们中|这些中)")
THESE = re.compile(
    r"^(?:[它他她]们|(?:这|那|上述)(?:些|\d+|[一二三四五六七八九十两几]+)[个家项件种条座所支场次名位]?)"
)
IT = re.compile(r"^(?:它(?!们)|其(?![他它余实次中])|此(?![外前后])|前者|后者)")
THAT = re.compile(r"^(?:该|本|[这那][个家项座所条位名]|这|上述)(?=[^些里儿么年天时边])")
MORE = re.compile(r"^(?:还有|其[他它]的?)(?:有?(?:哪些|什么|哪[几两]?个)|的|吗|别的吗?)?$")
QUANTITY = re.compile("[量数额率值价度积费款入润收本]$")
_LEVEL = re.compile("([省市县区镇乡村])(?:长|委|政府|支书|人大|政协)|全([省市县区镇乡村])")
_TOWN = re.compile(rf"[{HAN}]{{2,3}}(?:村|镇|乡|街道|社区)(?=[{HAN}])")
_DEFINING = re.compile("什么[是叫]|何谓|是什么意思|(?:是|指)什么$|^介绍")
_COURTESY = re.compile(
    "^(?:(?:好的?|谢谢|多谢|感谢|你好|您好|嗯+|哦+|明白了?|知道了?|了解了?|行|ok|hi|hello|thanks)"
    "[,，。!！、 ~]+)+",
    re.IGNORECASE,
)
SMALL_TALK = re.compile(
    "^(?:真的吗|是吗|对吗|确定吗|呢$|谢谢|多谢|感谢|你好|您好|好的|再见|明白|知道了|辛苦|嗯|哦|ok|hi|hello|thanks)"
)


@dataclass(frozen=True)
class FollowUp:
    """A question as it was typed, without what only joins it to the one before (“那…呢？”)."""

    text: str
    elliptic: bool

    @classmethod
    def of(cls, question: str) -> FollowUp:
        """Take off what only joins."""
        plain = re.sub(r"[?？。！!\s]+$", "", question.strip())
        plain = _COURTESY.sub("", plain) or plain
        begun = _LEAD.sub("", plain) or plain
        text = _END.sub("", begun) or begun
        return cls(text, text != plain)

    @cached_property
    def folded(self) -> str:
        """The matching copy of the text."""
        return fold(self.text)

    @cached_property
    def parsed(self) -> Question:
        """The text as a question."""
        return parse(self.text)

    @cached_property
    def frame(self) -> Frame:
        """The text as a frame."""
        return frame(self.text)

    @property
    def places(self) -> tuple[Place, ...]:
        """The places it names."""
        return named_places(self.folded)

    @property
    def refers(self) -> bool:
        """Tell whether it begins with a word that stands for something said before."""
        patterns = (PERSON, THERE, AMONG, THESE, IT, THAT)
        return any(pattern.match(self.folded) for pattern in patterns)

    def is_new(self, before: Frame) -> bool:
        """Tell whether it says itself what it is about, so that nothing is to be carried over."""
        folded = self.folded
        if not folded or SMALL_TALK.match(folded):
            return True
        if self.refers or MORE.match(folded):
            return False
        if INTERROGATIVE.search(folded) is None:
            return not self.elliptic and not self.is_attribute(folded) and self._asserts
        town = _TOWN.match(folded)
        if town and not is_generic(town[0]) and not INTERROGATIVE.search(town[0]):
            return True
        if self.places:
            return not (self.covers(self.places) or self.repeats(before))
        if QUOTED.search(folded) or self._is_named or _DEFINING.search(folded):
            return bool(self.parsed.terms or self.parsed.quoted)
        return self._is_of_another_level(before)

    def _is_of_another_level(self, before: Frame) -> bool:
        """Tell 区委书记 after a city, which is not asked of that."""
        level = _LEVEL.search(self.folded)
        if level is None or not before.places:
            return False
        wanted = level[1] or level[2]
        if before.kind_of_division:
            return wanted != before.kind_of_division
        # 潮州 may be 潮州市: then 市长 is its own.
        return not any(is_word(place.base + wanted) for place in before.places)

    @property
    def _is_named(self) -> bool:
        """Tell whether it names an organisation, a person or a thing: 中建四局, ChatGPT."""
        first = tag(self.folded)[0]
        unknown_place = first.flag == "ns" and not is_generic(first.text)
        latin = first.flag == "eng" and not measured_in(first.text)
        own = first.flag in {"nz", "nt"} and len(first.text) > 2 and not measured_in(first.text)
        return bool(self.parsed.names) or unknown_place or latin or own

    @property
    def _asserts(self) -> bool:
        """Tell a sentence, or keywords that name a place, from a noun to ask for."""
        words = tag(self.folded)
        return len(self.text) > 6 or bool(self.places) or any(w.flag[0] == "v" for w in words)

    def covers(self, spans: Sequence[tuple[int, int]] | Sequence[Place]) -> bool:
        """Tell whether it consists of these stretches."""
        left = list(self.folded)
        for span in spans:
            left[span[0] : span[1]] = " " * (span[1] - span[0])
        return bool(spans) and not "".join(left).strip(" 的,、和与及")

    def repeats(self, before: Frame) -> bool:
        """Tell “那潮州有多少” after “鹤山有多少规上企业”: it says less of the same."""
        known = fold(before.text) + "".join(place.name for place in self.places)
        terms = [term.text for term in self.parsed.terms]
        return (
            self.frame.form == "number"
            and not self.frame.object
            and not measured_in(fold(self.frame.subject))
            and all(term in known for term in terms)
        )

    @staticmethod
    def is_interrogative(asks: str) -> bool:
        """Tell whether a text is an interrogative and no more, but for what is counted in."""
        match = INTERROGATIVE.match(asks)
        rest = asks[match.end() :] if match else asks
        return match is not None and (
            not rest or bool(re.fullmatch("[个家项种条座所支场次位名]", rest))
        )

    def is_attribute(self, folded: str) -> bool:
        """Tell what is measured of something that it does not name: 总投资, but not 工业总产值."""
        return bool(measured_in(folded) or QUANTITY.search(folded)) and not any(
            is_thing(word) and not measured_in(word.text) and not QUANTITY.search(word.text)
            for word in tag(folded)
        )

    def has_subject(self) -> bool:
        """Tell whether it names what does, is or has what it asks for."""
        stop = self.frame.asks[0] if self.frame.asks else len(self.text)
        for word in tag(self.folded):
            if word.start >= stop or word.flag[0] == "v":
                return False
            if word.flag[0] in "njlx" and len(word.text) > 1 and not _is_introduction(word.text):
                return True
        return False


def _is_introduction(word: str) -> bool:
    return word.startswith("首") or bool(times(word))
