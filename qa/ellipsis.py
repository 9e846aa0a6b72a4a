"""A question as the follow-up to another: what it says itself, and what it is a follow-up by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from qa.asking import measured_in
from qa.frames import INTERROGATIVE, Frame, frame, times
from qa.names import Place, is_generic
from qa.phrases import OFFICE, is_thing
from qa.questions import QUOTED, Question, parse
from qa.regions import named_places
from qa.text import HAN, fold
from qa.timing import Times, alone
from qa.words import is_word, tag

_LEAD = re.compile(
    r"^(?:那么?(?![里儿边个些年天时]|[家座所条位名场届项](?![庭长位额目有称件地业校单次里馆景面时约款例于具具])"
    rf"[{HAN}])|然后|换成|换做|如果是)[,，、 ]?"
)
_END = re.compile(r"(?:的?(?:情况|话)(?:怎么?样|如何)?呢?|的?呢|又[是有](?:多少|什么|谁)|怎么样)$")
_THANKS = re.compile("[,，。 ]*(?:谢谢(?:[你您啦了])?|多谢|感谢|谢了|麻烦[你您]?了|拜托了?)$")
# What a person says who was misunderstood, or goes back to what was asked earlier.
_NOT_BUT = re.compile(
    "^(?:不对[,，。 ]*)?(?:我[问说指要]的)?不是(?P<old>[^,，。]{1,20}?)[,，。、 ]*"
    "(?:而|应该|我[问说指要]的)?是(?P<new>.+)$"
)
_MEANT = re.compile(
    "^(?:(?:不对|不是这个|[问说打搞弄]?错了)[,，。! ]*(?:应该|我[问说指要]的)?是"
    "|我(?:刚才|其实)?(?:就?是|想要?|要)?(?:[问说指查]|了解|知道)(?:的是|一下)?)(?P<new>.+)$"
)
_BACK = re.compile(
    "^(?:我们?|还是|再|那就?|先|接着)*(?:回到|说回|看回|回头看|[看说查讲])(?:一下|看)?(?P<new>.+?)(?:吧)?$"
)
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
# What only persons have.
OF_PERSONS = re.compile("年龄|身高|体重|学历|工资|薪酬|得票|岁数")
_LEVEL = re.compile(
    "([省市县区镇乡村])(?:长|委|政府|支书|人大|政协)|全([省市县区镇乡村])|^(国家|[省市县区])级"
)
# What is counted or measured of places: it is asked of the one that was spoken of.
_OF_PLACES = re.compile(
    "(?:企业|公司|商户|工厂|主体|学校|小学|中学|大学|幼儿园|医院|机构|道路|公路|铁路|地铁|桥梁?|公园|园区|基地|平台"
    "|项目|工程|村|镇|街道|社区|人口|居民|户|学位|床位|医生|教师|班|站|队|中心|[率量值]|收入|支出|投资|面积|[总金]?额"
    "|密度|指数)[数量总]*$"
)
_AUXILIARY = re.compile("可以|可不可以|能不能|能否|需要|应该|必须|[能要会须应]")
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
    instead_of: str = ""  # what was not meant: “不是鹤山，是潮州”

    @classmethod
    def of(cls, question: str) -> FollowUp:
        """Take off what only joins, thanks, or corrects."""
        plain = re.sub(r"[?？。！!\s]+$", "", question.strip())
        plain = _COURTESY.sub("", plain) or plain
        plain = _THANKS.sub("", plain) or plain
        if match := _NOT_BUT.match(plain):
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
        return re.sub("(?:又?是|为)?多少$", "", self.folded)

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
        if self.refers or MORE.match(folded) or self.times:
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
        return self._is_of_another_level(before) or self._is_complete(before)

    def _is_of_another_level(self, before: Frame) -> bool:
        """Tell 区委书记 after a city, which is not asked of that."""
        level = _LEVEL.search(self.folded)
        if level is None or not before.places:
            return False
        if level[3]:
            rank = "国" if level[3] == "国家" else level[3]
            return not self.elliptic and rank != (before.kind_of_division or rank)
        wanted = level[1] or level[2]
        if before.kind_of_division:
            return wanted != before.kind_of_division
        # 潮州 may be 潮州市: then 市长 is its own.
        return not any(is_word(place.base + wanted) for place in before.places)

    def _is_complete(self, before: Frame) -> bool:
        """Tell a question that has a subject of its own: “医保报销比例是多少”.

        One that a place has, “高新技术企业有多少家”, is asked of the place before.
        """
        if self.elliptic or any(
            len(term.text) > 1 and term.text in before.folded for term in self.parsed.terms
        ):
            return False
        match = INTERROGATIVE.match(self.folded)
        if match is not None:
            return match.lastgroup != "list" and self._has_object(match.end())
        subject = self._own_subject
        if OF_PERSONS.search(subject):
            return len(subject) > 2 and before.form != "person"
        if self.is_attribute(subject) or _OF_PLACES.search(subject) or OFFICE.search(subject):
            return False
        words = [word for word in tag(subject) if len(word.text) > 1 or word.flag[0] in "nh"]
        if len(words) < 2 or (_is_introduction(words[0].text) and not times(words[0].text)):
            return False
        return any(word.flag[0] in "njl" for word in words) or bool(times(words[0].text))

    @property
    def _own_subject(self) -> str:
        """What stands before the predicate, as folded text."""
        if self.frame.form != "whether" and (self.frame.subject or not self.frame.rest):
            text = fold(self.frame.subject)
        else:
            text = self.folded[: self.frame.asks[0]] if self.frame.asks else self.folded
        match = _AUXILIARY.search(text, 2)
        return text[: match.start()] if match else text

    def _has_object(self, start: int) -> bool:
        """Tell “谁获得了诺贝尔奖” from “谁制定的”, “怎么实施” and “谁是书记”."""
        words = tag(self.folded[start:])
        verb = next((n for n, word in enumerate(words) if word.flag[0] == "v"), None)
        if verb is None or OFFICE.search(self.folded):
            return False
        rest = "".join(word.text for word in words[verb + 1 :]).strip("了过的")
        return any(word.flag[0] in "nj" for word in tag(rest)) and len(rest) > 1

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


def _joined(text: str) -> str:
    """Return a text without what joins it to the question before."""
    begun = _LEAD.sub("", text) or text
    return _END.sub("", begun) or begun


def _is_introduction(word: str) -> bool:
    return word.startswith("首") or bool(times(word))
