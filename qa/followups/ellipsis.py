"""A question as the follow-up to another: what it says itself, and what it is a follow-up by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from qa.followups.frames import INTERROGATIVE, Frame, frame, times
from qa.followups.phrases import is_thing
from qa.followups.regions import named_places
from qa.followups.timing import Times, alone
from qa.language.asking import measured_in
from qa.language.names import Place
from qa.language.questions import Question, parse
from qa.language.tokens import tag
from qa.text import HAN, fold

_LEAD = re.compile(
    r"^(?:那么?(?![里儿边个些年天时]|[家座所条位名场届项](?![庭长位额目有称件地业校单次里馆景面时约款例于具])"
    rf"[{HAN}])|然后|换[成做到]|改[成为问](?!什么|多少|谁|哪|几)|如果是)[,，、 ]?"
)
_END = re.compile(r"(?:的?(?:情况|话)(?:怎么?样|如何)?呢?|的?呢|又[是有](?:多少|什么|谁)|怎么样)$")
_THANKS = re.compile("[,，。 ]*(?:谢谢(?:[你您啦了])?|多谢|感谢|谢了|麻烦[你您]?了|拜托了?)$")
# What a person says who was misunderstood, or goes back to what was asked earlier.
_NOT_BUT = re.compile(
    "^(?:不对[,，。 ]*)?(?:我[问说指要]的)?不是(?P<old>[^,，。]{1,20}?)[,，。、 ]*"
    "(?:而|应该|我[问说指要]的)?是(?!否|不是)(?P<new>.+)$"
)
_BUT_NOT = re.compile(
    "^(?:不对[,，。 ]*)?(?:应该|我[问说指要]的)?是(?P<new>[^,，。]{1,20}?)[,，。、 ]*"
    "(?:而)?不是(?P<old>[^,，。]{1,20})$"
)
_MEANT = re.compile(
    "^(?:(?:不对|不是这个|[问说打搞弄]?错了)(?:[,，。! ]*(?:应该|我[问说指要]的)?是|[,，。! ]+)"
    "|我(?:刚才|其实)?(?:就?是|想要?|要)?(?:[问说指][你您]?|查询?|咨询|了解|知道)(?:的是|一下)?)(?P<new>.+)$"
)
_BACK = re.compile(
    "^(?:我们?|还是|再|那就?|先|接着)*(?:回到|说回|看回|回头看|[看说查讲])(?:一下|看)?(?P<new>.+?)(?:吧)?$"
)
PERSON = re.compile(r"^(?:他|她)(?!们)")
THERE = re.compile(r"^(?:那里|那儿|那边|这里|当地|该地)")
AT_EVENT = re.compile("^(?:会上|会后|会议上|活动上|仪式上)(?![一二三四五六七八九])")
AMONG = re.compile(r"^(?:其中|它们中|这些中)")
THESE = re.compile(
    r"^(?:[它他她]们|(?:这|那|上述)(?:些|\d+|[一二三四五六七八九十两几]+)[个家项件种条座所支场次名位]?)"
)
IT = re.compile(r"^(?:它(?!们)|其(?![他它余实次中])|此(?![外前后])|前者|后者)")
THAT = re.compile(r"^(?:该|本|[这那][个家项座所条位名]|这|上述)(?=[^些里儿么年天时边])")
MORE = re.compile(r"^(?:还有|其[他它]的?)(?:有?(?:哪些|什么|哪[几两]?个)|的|吗|别的吗?)?$")
QUANTITY = re.compile("[量数额率值价度积费款入润收本]$")
# What only persons have.
OF_PERSONS = re.compile("年龄|身高|体重|学历|工资|薪酬|得票|岁数|任期|工龄")
_COURTESY = re.compile(
    "^(?:(?:好的?|谢谢|多谢|感谢|你好|您好|嗯+|哦+|明白了?|知道了?|了解了?|行|ok|hi|hello|thanks)"
    "[,，。!！、 ~]+)+",
    re.IGNORECASE,
)
SMALL_TALK = re.compile(
    "^(?:(?:不对|不是|(?:[问说打搞弄]|不)?错了?|没有?)$|真的吗|是吗|对吗|确定吗|呢$|谢谢|多谢|感谢|你好|您好|好的|再见|明白|知道了|辛苦|嗯|哦|ok|hi|hello|thanks)"
)


@dataclass(frozen=True)
class FollowUp:
    """A question as it was typed, without what only joins it to the one before (“那…呢？”)."""

    text: str
    elliptic: bool
    instead_of: str = ""  # what was not meant: “不是鹤山，是潮州”

    @classmethod
    def of(cls, question: str) -> FollowUp:
        """Take off what only joins, thanks, or corrects."""
        plain = re.sub(r"[?？。！!\s]+$", "", question.strip())
        plain = _COURTESY.sub("", plain) or plain
        plain = _THANKS.sub("", plain) or plain
        if match := _NOT_BUT.match(plain) or _BUT_NOT.match(plain):
            return cls(_joined(match["new"]), elliptic=True, instead_of=match["old"])
        if match := _MEANT.match(plain):
            return cls(_joined(match["new"]), elliptic=True)
        if match := _BACK.match(plain):
            back = cls(_joined(match["new"]), elliptic=True)
            if back.times or back.covers(back.places):
                return back
        text = _joined(plain)
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

    @cached_property
    def times(self) -> Times:
        """The times that it consists of; none if it says anything else."""
        return alone(self.folded)

    @property
    def thing(self) -> str:
        """What it asks for, as folded text: “支出”, “支出是多少”."""
        return re.sub("的?(?:又?是|为)?多少$", "", self.folded)

    @property
    def refers(self) -> bool:
        """Tell whether it begins with a word that stands for something said before."""
        patterns = (PERSON, THERE, AT_EVENT, AMONG, THESE, IT, THAT)
        return any(pattern.match(self.folded) for pattern in patterns)

    @property
    def has_predicate(self) -> bool:
        """Tell whether it says what was or is done, after when or how: “高考什么时候开始”."""
        return self.frame.form in {"adverb", "place"} and bool(self.frame.rest.strip("的了是 "))

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


def _joined(text: str) -> str:
    """Return a text without what joins it to the question before."""
    begun = _LEAD.sub("", text) or text
    return _END.sub("", begun) or begun


def _is_introduction(word: str) -> bool:
    return word.startswith("首") or bool(times(word))
