"""The frame of a question: who or what it is about, what was done, and what it asks for.

“鹤山引进了多少亿元以上项目” has the subject 鹤山, the verb 引进, and asks 多少 of the object
亿元以上项目; “梅江区规上工业总产值是多少” has a subject that ends with an attribute.  Follow-ups
take such parts over, so every part is a slice of the question as it was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from qa.followups.journeys import Route, find_route
from qa.followups.phrases import (
    ORGANISATION,
    is_attribute,
    is_thing,
    noun_phrase,
    subject_and_verb,
    trimmed,
    without_indicator,
    without_office,
    without_verb,
)
from qa.followups.regions import division, named_places
from qa.language.asking import find_asked, measured_in
from qa.language.names import Place, places
from qa.language.questions import parse
from qa.language.tokens import tag
from qa.text import fold
from qa.types import Span

_CLASSIFIERS = "个家项件种条座所支只场次间套栋户名位批款类届门台届"
_DIVISIONS = "省市县区镇乡村"
INTERROGATIVE = re.compile(
    "(?P<adverb>为什么|为何|什么时[候间]|何时|多久|怎么样?|怎样|如何|哪一?[年天日]|哪个月)"
    "|(?P<place>什么地方|哪[里儿]|何[处地]|在哪)"
    "|(?P<person>谁|哪位)"
    f"|(?P<list>哪些|哪[几两三四五][{_CLASSIFIERS}]?)"
    f"|(?P<entity>哪一?[{_CLASSIFIERS}{_DIVISIONS}]|什么样的?|什么|何种)"
    "|(?P<number>多少|百分之几|几成|几(?!乎|经|率)|多[大长高远宽深厚重](?!的?提|力))"
    "|(?P<whether>吗$|没有$|是否|是不是|有没有)"
)
_YEAR = r"(?:(?:19|20)\d{2} ?年度?|今年|去年|前年|明年|后年|上年)"
_PERIOD = (
    r"(?:上半年|下半年|全年|前?第?[一二三四1-4] ?个?季度"
    r"|\d{1,2} ?月?(?:份)? ?[-至到] ?\d{1,2} ?月(?:份)?"
    r"|\d{1,2} ?月(?:份|底|\d{1,2} ?[日号])?|年[初中底末]|[上本]月)"
)
_TIME = re.compile(f"(?P<year>{_YEAR})|(?P<period>{_PERIOD})")
_PROPER = frozenset(("nz", "nt", "nr", "nrt", "nrfg"))


@dataclass(frozen=True)
class Frame:
    """A question cut up; all parts are stretches of ``text``.

    ``asks`` is the interrogative with its unit, None if there is none, and ``form`` its group in
    ``INTERROGATIVE``.  Before it stand ``subject`` and ``verb``, after it ``object`` and ``rest``.
    """

    text: str
    asks: Span | None
    form: str
    subject: str
    verb: str
    object: str
    rest: str

    @cached_property
    def folded(self) -> str:
        """The matching copy of the text."""
        return fold(self.text)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places it names."""
        return named_places(self.folded)

    @cached_property
    def route(self) -> Route | None:
        """The way from one place to another that it is about."""
        return find_route(self.folded, self.places)

    @cached_property
    def times(self) -> tuple[tuple[str, Span], ...]:
        """The years and parts of years it names: ``year`` or ``period``, and where."""
        return times(self.folded)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Organisations, persons and things with names, as folded text."""
        first = next(iter(tag(self.folded)), None)
        leading = (first.text,) if first and first.flag in _PROPER and len(first.text) > 1 else ()
        return tuple(dict.fromkeys((*leading, *parse(self.text).names)))

    @property
    def tail(self) -> str:
        """What follows the subject: “是多少”, “有多长”."""
        return self.text[len(self.subject) :].lstrip()

    @property
    def begins(self) -> str:
        """All before the interrogative, without the particles that end it."""
        stop = self.asks[0] if self.asks else len(self.text)
        return re.sub(r"[了过着]$", "", self.text[:stop].rstrip())

    @property
    def counts(self) -> bool:
        """Tell whether things are asked for to which something was done; 人口 is no such thing."""
        return bool(self.object and self.verb) and not measured_in(self.folded_object)

    @cached_property
    def scope(self) -> str:
        """Place, time and organisation of the subject, in their order."""
        spans = [span for _, span in self.times]
        way = self.route.span if self.route else (0, 0)
        spans += [way] if self.route else []
        spans += [
            (place.start, self._name_end(place))
            for place in self.places
            if not way[0] <= place.start < way[1]
        ]
        for name in self.names:
            at = self.folded.find(name)
            if at and not ORGANISATION.search(name):
                continue
            if 0 <= at < len(self.subject) and not any(
                a < at + len(name) and at < b for a, b in spans
            ):
                spans.append((at, at + len(name)))
        return "".join(self.text[start:end] for start, end in sorted(spans))

    def _name_end(self, place: Place) -> int:
        """Return where a name ends that begins with a place and stands before a time: 宁德时代."""
        begun = {start for _, (start, _) in self.times}
        words = [word for word in tag(self.folded) if word.start == place.end]
        is_name = bool(words) and words[0].flag[0] == "n" and words[0].end in begun
        return words[0].end if is_name else place.end

    @property
    def is_plain(self) -> bool:
        """Tell whether the subject is its scope and nothing else."""
        return bool(self.subject) and self.subject.rstrip("的") == self.scope

    @property
    def topic(self) -> str:
        """What the question is about, as a noun phrase: 鹤山亿元以上项目."""
        if self.form == "whether":
            return self._asserted
        if not self.object:
            return self.begins if self.verb else self.subject or without_verb(self.rest)
        if not self.verb and self.subject and self.form in {"list", "entity"}:
            return self.subject  # “前三名是哪些镇街”
        if self.rest and self.form != "entity":
            return f"{self.begins}{self.rest}的{self.object}".replace("有", "", self.verb == "有")
        if self.verb == "有":
            return f"{self.subject}的{self.object}" if self.subject else self.object
        if self.is_plain and len(tag(self.folded_object)) > 1:
            return self.subject + self.object
        return f"{self.begins}的{self.object}" if self.verb else self.subject + self.object

    @property
    def _asserted(self) -> str:
        """Whom or what a yes-or-no question is about: “潮州撤销了枫溪区吗” 潮州枫溪区."""
        words = list(tag(fold(self.subject)))
        verb = next((place for place, word in enumerate(words) if word.flag[0] == "v"), None)
        if not verb:
            return self.subject
        thing = self.subject[words[verb].end :].lstrip("了过着")
        before = self.subject[: words[verb].start]
        return thing if places(fold(thing)) else before + thing

    @property
    def rest_of_object(self) -> str:
        """The object with what follows it."""
        return self.object + self.rest

    @property
    def folded_object(self) -> str:
        """The matching copy of the object."""
        return fold(self.object)

    @property
    def owner(self) -> str:
        """Who or what has the attribute that is asked for: 鹤山主平台 of 鹤山主平台规划面积."""
        if self.verb or self.form == "adverb":
            return self.subject
        if self.form == "person":
            return self.scope if self.is_plain else without_office(self.subject)
        words = list(tag(without_indicator(fold(self.subject))))
        timed = {at for _, span in self.times for at in range(*span)}
        while words and words[-1].start not in timed:
            cut = measured_in("".join(word.text for word in words[-2:]))  # 营|收
            if not (cut or is_attribute(words[-1])):
                break
            del words[-2 if cut and not is_attribute(words[-1]) else -1 :]
        thing = self.subject[: words[-1].end] if words else ""
        return thing if any(is_thing(word) for word in words) else self.scope or thing

    @property
    def is_of_place(self) -> bool:
        """Tell whether what is asked for is a place's own, and not that of a thing in it."""
        return bool(self.places) and self.owner == self.scope and not self.names

    @property
    def has_indicator(self) -> bool:
        """Tell whether it asks for a term of statistics: 地区生产总值."""
        subject = fold(self.subject)
        return without_indicator(subject) != subject

    @property
    def kind_of_division(self) -> str:
        """The kind of its last place: 市 for 鹤山市, and for 鹤山 if there is such a city."""
        return division(self.places[-1]) if self.places else ""


def times(folded: str) -> tuple[tuple[str, Span], ...]:
    """Find years and parts of years in a folded text."""
    return tuple((str(match.lastgroup), match.span()) for match in _TIME.finditer(folded))


def frame(text: str) -> Frame:
    """Cut a question up; what it ends with (“？”, “呢”) is left out."""
    text = re.sub(r"[呢啊呀]?[?？。！!\s]*$", "", text.strip())
    folded = fold(text)
    match = INTERROGATIVE.search(folded)
    if match is None:
        return Frame(text, None, "", text, "", "", "")
    start, end = match.span()
    unit = find_asked(folded).unit if match.lastgroup == "number" else ""
    if unit and folded.startswith(unit, end):
        end += len(unit)
    form = str(match.lastgroup)
    subject, verb = subject_and_verb(folded[:start])
    thing = "" if form in {"adverb", "place", "whether"} else noun_phrase(folded[end:])
    done = bool(re.search("[了过]$", folded[:start]))  # 接待了多少人次, not 就业多少人
    if verb and not thing and not done and form not in {"entity", "list"}:
        subject, verb = trimmed(folded[:start]), ""
    at = end + len(folded[end:]) - len(folded[end:].lstrip("的是 "))
    return Frame(
        text=text,
        asks=(start, end),
        form=form,
        subject=text[: len(subject)],
        verb=verb,
        object=text[at : at + len(thing)],
        rest=text[at + len(thing) :] if thing else text[end:],
    )
