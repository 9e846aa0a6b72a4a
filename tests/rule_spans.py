"""Stretches of a sentence that can be the answer to a question of a given kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from qa.language.asking import Kind
from qa.language.counting import counted_after, counted_before
from qa.language.names import base, persons, places
from qa.language.numbers import Figure, figures
from qa.language.questions import Question
from qa.language.tokens import Word, tag
from qa.text import HAN
from qa.types import Span

_DATE = re.compile(
    r"(?:\d{4} ?年 ?|[今去前明后]年|当年)?\d{1,2} ?月(?:份|底|初|中旬|上旬|下旬)?"
    r"(?: ?\d{1,2} ?[日号])?"
    r"(?: ?[至到\-] ?\d{1,2} ?[月日号](?: ?\d{1,2} ?[日号])?)?(?:[上下]午|晚上|凌晨)?"
    r"(?: ?\d{1,2}[:时点](?:\d{1,2}分?)?)?"
    r"|\d{4} ?年(?: ?[初底末中]|上半年|下半年|春|夏|秋|冬)?|\d{1,2} ?[日号](?:[上下]午|晚上|凌晨)?"
    r"|[今去前明后]年(?:[初底末]|上半年|下半年)?|[昨今明前]天|\d{4}-\d{1,2}-\d{1,2}"
    r"|[〇零一二三四五六七八九]{4}年"
)
# What a head noun can be called in the name of the thing itself.
_HEADS: tuple[tuple[str, str], ...] = (
    (r"企业|公司|厂商?|商家", r"(?:公司|集团|企业|厂|银行|商行|合作社|股份|工作室)"),
    (r"学校|高校|院校|大学", r"(?:大学|学院|中学|小学|学校|幼儿园|党校)"),
    (r"机构|部门|单位|组织", r"(?:局|委|办|部|院|所|中心|处|会|署|厅|组|机构|部门|单位|协会)"),
    (r"国家", r"国"),
    (r"城市", r"市"),
    (r"地方|地区", r"(?:省|市|县|区|镇|乡|村|州|街道)"),
    (r"媒体|报纸|报社", r"(?:报|社|网|台|电视)"),
    (r"医院", r"(?:医院|卫生院|保健院)"),
)
# Units that count one kind of thing only: 三级 does not tell how many 镇 there are.
_SPECIFIC = frozenset("级期届层次轮类批分步环线路面道页字句段节卷集镇村县市区省国街")
_NOMINAL = ("n", "j", "b", "eng", "vn", "s", "nz", "g", "m", "q", "f")


class Stretch(NamedTuple):
    """A possible answer in a folded sentence, and how well its form fits, in [0, 1]."""

    start: int
    end: int
    fit: float


@lru_cache(maxsize=1024)  # rules look through the same sentences that a reader's spans lie in
def stretches(question: Question, sentence: str) -> tuple[Stretch, ...]:
    """Return the stretches of a folded sentence whose form fits what is asked for."""
    find = _FINDERS.get(question.kind)
    found = find(question, sentence) if find else ()
    return tuple(item for item in found if not _is_echo(question, sentence, item))


def _is_echo(question: Question, sentence: str, stretch: Stretch) -> bool:
    """Tell whether a stretch only repeats the question, a place before it aside."""
    said = sentence[stretch.start : stretch.end]
    for place in question.places:
        said = said.removeprefix(place.name)
    return said in question.text


def _numbers(question: Question, sentence: str) -> Iterator[Stretch]:
    for figure in figures(sentence):
        fit = _unit_fit(question, figure, sentence)
        if fit and figure.kind in {"count", "people"} and question.counted:
            fit *= _counted_fit(question, sentence, figure)
        if fit and not _other_condition(question, sentence, figure):
            yield Stretch(figure.start, figure.end, fit)


def _unit_fit(question: Question, figure: Figure, sentence: str) -> float:
    """Return how well the unit fits; without an asked unit, the focus has to stand close by."""
    if not question.units:
        near = sentence[max(0, figure.start - 12) : figure.end + 6]
        head = question.focus[-2:]
        return 0.5 if not question.focus or head in near else 0.0
    is_counted = bool(question.counted) and figure.unit == question.counted[-1]  # “9镇1街”
    if is_counted or (question.unit and figure.unit == question.unit):
        return 1.0
    if figure.unit in _SPECIFIC:
        return 0.0
    if figure.kind in question.units:
        return 0.6 if question.unit and figure.kind == "count" else 0.9
    both_count = {figure.kind, *question.units} <= {"count", "people"}
    return 0.5 if both_count else 0.0


def _counted_fit(question: Question, sentence: str, figure: Figure) -> float:
    """Return how well what the figure counts fits: another noun after it is another thing."""
    if figure.unit == question.counted[-1]:
        return 1.0
    after = counted_after(sentence, figure.end)
    if after:
        if same_thing(question.counted, after):
            return 1.0
        # “26位来自高等院校的专家”: what is counted may still come
        return 0.7 if begins_with_verb(sentence, figure.end) else 0.0
    before = counted_before(sentence, figure.start)
    if not before:
        return 0.8
    if same_thing(question.counted, before):
        return 1.0
    clause = re.split(r"[,;。]", sentence[: figure.start])[-1]
    return 0.5 if question.counted[-1] in clause else 0.0


def _other_condition(question: Question, sentence: str, figure: Figure) -> bool:
    """Tell whether the figure's clause names another bound: 超100万元 where 1000万元 is asked."""
    if not question.figures:
        return False
    start = max(sentence.rfind(mark, 0, figure.start) for mark in ",;。") + 1
    end = next(
        (i for i in range(figure.end, len(sentence)) if sentence[i] in ",;。"), len(sentence)
    )
    others = [
        other for other in figures(sentence[start:end]) if other.start + start != figure.start
    ]
    return any(
        other.kind == asked.kind and other.value != asked.value
        for asked in question.figures
        for other in others
    ) and not any(
        (other.kind, other.value) == (asked.kind, asked.value)
        for asked in question.figures
        for other in others
    )


def _dates(question: Question, sentence: str) -> Iterator[Stretch]:
    wants_year = bool(re.search(r"哪一?年|几年", question.text))
    for match in _DATE.finditer(sentence):
        has_year = bool(re.match(r"\d{4}年|[今去前明后]年", match[0]))
        fit = 0.9 if not wants_year or has_year else 0.3
        yield Stretch(*match.span(), min(1.0, fit + 0.1 * has_year))


def _persons(question: Question, sentence: str) -> Iterator[Stretch]:
    for start, end in persons(sentence):
        yield Stretch(start, end, 0.9)


def _places(question: Question, sentence: str) -> Iterator[Stretch]:
    """Find place names; of a chain like 湘桥区官塘镇 the member of the kind that is asked for."""
    allowed = set(re.findall(r"省|市|县|区|镇|乡|村|街道|州|国", question.focus))
    if question.focus and question.focus in "县市区":
        allowed |= set("县市区")
    asked = {place.base for place in question.places}
    for place in places(sentence):
        at = place.start
        for name in (*place.parents, place.name):
            start, at = at, at + len(name)
            if base(name) in asked or (allowed and not name.endswith(tuple(allowed))):
                continue
            yield Stretch(start, at, 0.9)


def _entities(question: Question, sentence: str) -> Iterator[Stretch]:
    """Find noun phrases that end in the head noun, or in what such things are called."""
    if not question.focus:
        return
    head = _head_pattern(question.focus)
    words = list(tag(sentence))
    for index, word in enumerate(words):
        if re.search(rf"{head}$", word.text):
            start = _phrase_start(words, index)
            if start < word.start or not re.fullmatch(head, word.text):
                # A name does not end in the very word that asks for it: 科技企业 is a kind.
                is_kind = (
                    question.focus.endswith(word.text) and '"' not in sentence[start : word.end]
                )
                yield Stretch(start, word.end, 0.6 if is_kind else 0.9)


def _head_pattern(focus: str) -> str:
    for head, pattern in _HEADS:
        if re.search(rf"(?:{head})$", focus):
            return pattern
    noun = [word.text for word in tag(focus)]
    return re.escape(noun[-1] if noun else focus)


def _phrase_start(words: list[Word], index: int) -> int:
    """Walk left over what belongs to the noun phrase that ends with word ``index``."""
    at = index
    while at > 0:
        previous = words[at - 1]
        if previous.text == "的" and at > 1 and words[at - 2].text == '"':
            at -= 1
        elif previous.text == '"':
            opening = next((i for i in range(at - 2, -1, -1) if words[i].text == '"'), None)
            if opening is None or words[at - 1].start - words[opening].start > 30:
                break
            return words[opening].start  # a name in quotes begins there
        elif previous.flag.startswith(_NOMINAL) and not previous.text.isdigit():
            at -= 1
        else:
            break
    if 0 < at < index and words[at - 1].text.isdigit() and len(words[at].text) == 1:
        at += 1  # “1|家|企业”
    return words[at].start


def _lists(question: Question, sentence: str) -> Iterator[Stretch]:
    """Find enumerations: quoted names in a row, or items between 、 and 和."""
    for match in re.finditer(r'(?:"[^"]{1,30}"[、和及与]?){2,}', sentence):
        yield Stretch(match.start(), match.end() - (match[0][-1] != '"'), 1.0)
    item = rf"[{HAN}a-z0-9\"()·+\-%]{{1,24}}"
    for match in re.finditer(rf"{item}(?:、{item})+(?:(?:和|及|以及|与){item})?", sentence):
        start, end = _trim_items(sentence, *match.span())
        if sentence[start:end].strip("、和及与 ") and sentence[start] not in "、和及与":
            yield Stretch(start, end, 0.8)


def _trim_items(sentence: str, start: int, end: int) -> Span:
    """Cut a verb off the first item and a predicate off the last: items are noun phrases."""
    inside = [word for word in tag(sentence) if start <= word.start and word.end <= end]
    first_mark = sentence.find("、", start, end)
    last_mark = max(sentence.rfind(mark, start, end) for mark in "、和及与")
    for word in reversed([word for word in inside if word.end <= first_mark]):
        led = sentence[start : word.start].endswith(("重点", "大力", "主要", "着力"))
        if word.flag[0] in "vpdcu" and (word.flag != "vn" or led):
            start = word.end
            break
    for word in [word for word in inside if word.start > last_mark]:
        if word.start > last_mark + 1 and (word.flag[0] in "vpdcrum" and word.flag != "vn"):
            end = word.start
            break
    return start, end


_FINDERS: dict[Kind, Callable[[Question, str], Iterator[Stretch]]] = {
    "number": _numbers,
    "date": _dates,
    "person": _persons,
    "place": _places,
    "entity": _entities,
    "list": _lists,
}


def begins_with_verb(text: str, at: int) -> bool:
    """Tell whether the first word from ``text[at]`` on is a verb."""
    return next((word.flag[0] == "v" for word in tag(text) if word.start >= at), False)


def same_thing(asked: Sequence[str], counted: Sequence[str]) -> bool:
    """Tell whether two phrases name the same: by the asked head, or by how both begin.

    What is counted may run on (“24项重点项目完成年度投资”), so its head is looked for at the front.
    """
    pairs = [(asked[-1], noun) for noun in counted[:4]]
    if len(asked[0]) > 1:  # 镇 says too little: 镇企帮扶项目 are no 镇
        pairs.append((asked[0], counted[0]))
    return any(one.endswith(other) or other.endswith(one) for one, other in pairs)
