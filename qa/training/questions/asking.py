"""Questions made from statements: what the answer says becomes an interrogative in its place.

Chinese asks in place: “引进亿元以上项目60个” becomes “引进亿元以上项目多少个”, so a clause with a
question word is already a question; some are turned into the forms people use more often.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from qa.language.names import is_surname, persons, places
from qa.language.numbers import Figure, figures
from qa.language.tokens import tag
from qa.text import HAN, fold

MIN_QUESTION, MAX_QUESTION = 7, 46  # characters
_COMMA = re.compile(r"[,;:。!?]")
_DATE = re.compile(
    r"(?:\d{4} ?年 ?)?\d{1,2} ?月 ?\d{1,2} ?日|\d{4} ?年(?: ?\d{1,2} ?月)?(?![前以至来间内后])"
)
_LIST = re.compile(
    rf"[{HAN}\w\"《》]{{2,16}}(?:、[{HAN}\w\"《》]{{2,16}})+(?:和|及|与)[{HAN}]{{2,12}}"
)
_QUOTED = re.compile(r'《[^》]{2,24}》|"[^"]{3,20}"')
_ORGANISATION = re.compile(
    rf"[{HAN}]{{2,12}}(?:公司|集团|银行|大学|学院|医院|研究院|研究所|委员会|管理局|协会|出版社|法院)"
)
_BOUND = re.compile(
    r"(?:达到?了?|为|是|约为|约|超过?|近|逾|共|共计|合计|有|至|突破|接近|超出){1,3}$"
)
_SYNONYMS = tuple(
    pair.split("/")
    for pair in (
        "增长/增加/提高 下降/减少/降低 获得/得到/拿到 举行/举办/召开 发布/公布 成立/设立/建立 "
        "表示/说/指出 建成/建好 目前/现在 完成/做完 宣布/公布 推出/上线 位于/坐落在 购买/买 "
        "投资/投入 出售/卖 启动/开始 参加/参与 开展/进行 共有/一共有 人员/人 "
        "帮助/帮 销售/卖出 打造/建设 引进/引入"
    ).split()
)
_LOCATED = re.compile("(?:在|于|往|到|自|赴|至|处|抵达|前往)$")
_SUFFIX = re.compile("[省市县区镇乡村州]$")
_NEEDLESS = ("d", "uz", "ul", "c", "zg", "y")  # flags of words a question does without


class Askable(NamedTuple):
    """A figure, date, name or list in a passage that can be asked for."""

    start: int
    end: int
    kind: str


Form = tuple[str, str, str]  # what stands before the answer, its interrogative, what follows


def statements(text: str) -> list[Askable]:
    """Find what can be asked for in a sentence."""
    folded = fold(text)
    found = [
        Askable(figure.start, figure.end, "number")
        for figure in figures(folded)
        if folded[figure.start].isdigit() or figure.value > 9
    ]
    found += [Askable(*match.span(), "date") for match in _DATE.finditer(folded)]
    found += [
        Askable(start, end, "person")
        for start, end in persons(folded)
        if end - start in {2, 3} and is_surname(folded[start])
    ]
    found += [
        Askable(place.start, place.end, "place")
        for place in places(folded)
        if _LOCATED.search(folded[: place.start]) or _SUFFIX.search(place.name)
    ]
    for kind, pattern in (("list", _LIST), ("name", _QUOTED), ("organisation", _ORGANISATION)):
        found += [Askable(*match.span(), kind) for match in pattern.finditer(folded)]
    return found


def ask(text: str, target: Askable, dice: random.Random) -> str | None:
    """Ask for ``target`` of the sentence ``text``; None where no fair question comes out."""
    folded = fold(text)
    before, after = _clause(folded, target)
    asked = folded[target.start : target.end]
    form = _FORMS[target.kind](before, asked, after, dice)
    if form is None or asked in form[0] + form[2] or "(" in form[0][-2:]:
        return None
    before, word, after = (_plain(form[0], dice), form[1], _plain(form[2], dice))
    before = _shorten(before, MAX_QUESTION - len(word) - len(after))
    question = f"{before}{word}{after}".strip(" ,;:\"'")
    bare = before + after
    if not MIN_QUESTION <= len(question) <= MAX_QUESTION or len(re.findall(f"[{HAN}]", bare)) < 4:
        return None
    return question + dice.choice(("?", "?", "?", "", "", "呢?"))


def _clause(folded: str, target: Askable) -> tuple[str, str]:
    """Return what stands before and after the target in its clause and those it needs."""
    marks = [match.end() for match in _COMMA.finditer(folded, 0, target.start)]
    start = marks[-1] if marks else 0
    # “同比增长8%” does not say of what: what leads up to it comes along.
    if len(marks) >= 1 and target.start - start < 9:
        start = marks[-2] if len(marks) >= 2 else 0
    stop = _COMMA.search(folded, target.end)
    end = stop.start() if stop else len(folded)
    if target.kind == "date" and end - target.end < 2 and stop:
        following = _COMMA.search(folded, end + 1)
        return folded[start : target.start], folded[
            end + 1 : following.start()
        ] if following else ""
    return folded[start : target.start], folded[target.end : end]


def _number(before: str, asked: str, after: str, dice: random.Random) -> Form | None:
    figure = next((item for item in figures(asked) if item.end == len(asked)), None)
    if figure is None:
        return None
    bound = _BOUND.search(before)
    bare = before[: bound.start()] if bound else before
    if len(after) <= 1 and bound and dice.random() < 0.6:  # “产值达8亿元”: 产值是多少
        how = dice.choice(("是多少", "是多少", "有多少", "多少", "达到多少", "为多少"))
        return bare, how, ""
    lead = bare if bound and dice.random() < 0.5 else before
    return lead, dice.choice(_how_many(figure)), after


def _how_many(figure: Figure) -> list[str]:
    unit = figure.unit
    if figure.kind == "money":
        return ["多少钱", "多少元", "多少亿元" if figure.value >= 1e8 else "多少万元", "多少"]
    if figure.kind == "percent":
        ratio = ["百分之多少", "百分之几", "多少"]
        return ratio if unit in {"%", "百分点"} else [f"多少{unit}"]
    few = [f"几{unit}"] if figure.value < 20 else []
    more = {"length": ["多长"], "area": ["多大"], "duration": ["多久", "多长时间"]}
    return [f"多少{unit}", f"多少{unit}", "多少", *few, *more.get(figure.kind, [])]


def _date(before: str, asked: str, after: str, dice: random.Random) -> Form | None:
    words = ["什么时候", "什么时候", "何时"]
    words += ["哪一天", "几月几日", "哪天"] if asked.endswith("日") else ["哪一年", "哪年"]
    word = dice.choice(words)
    before = before.rstrip("于在自从到截至")
    if len(before) > 3:
        return before, word, after
    verb = next((item for item in tag(after) if item.flag in {"v", "p", "vn"}), None)
    if verb is None or verb.start == 0:
        return before, word, after
    if dice.random() < 0.4:
        return before + after[: verb.start], f"是{word}", f"{after[verb.start :]}的"
    return before + after[: verb.start], word, after[verb.start :]


def _person(before: str, asked: str, after: str, dice: random.Random) -> Form | None:
    role = re.search(rf"[{HAN}]{{2,14}}[记长任席理裁师员授人家军手官监]$", before)
    if role and dice.random() < 0.5:
        return before, dice.choice(("是谁", "叫什么名字", "是哪位", "叫什么")), ""
    return before, dice.choice(("谁", "谁", "哪位", "什么人")), after


def _place(before: str, asked: str, after: str, dice: random.Random) -> Form | None:
    words = ["哪里", "哪里", "什么地方", "哪儿"]
    suffix = _SUFFIX.search(asked)
    if suffix:
        words += [f"哪个{suffix[0]}"] * 3
    if not _LOCATED.search(before):
        words = [word for word in words if word.startswith(("哪个", "什么"))]
    return before, dice.choice(words), after


def _several(before: str, asked: str, after: str, dice: random.Random) -> Form | None:
    after = re.sub("^等?(?:[一二三四五六七八九十0-9]+[个家种项名位])?", "", after)
    return before, dice.choice(("哪些", "哪些", "什么", "哪几个")), after


def _name(before: str, asked: str, after: str, dice: random.Random) -> Form | None:
    return before, "什么", after


def _organisation(before: str, asked: str, after: str, dice: random.Random) -> Form | None:
    ending = re.search("公司|集团|银行|大学|学院|医院|法院|出版社|协会", asked)
    classifier = "所" if ending and ending[0] in {"大学", "学院", "医院"} else "家"
    words = [f"哪{classifier}{ending[0]}"] if ending else ["哪个机构", "哪个单位"]
    return before, dice.choice([*words, "谁"]), after


_FORMS: dict[str, Callable[[str, str, str, random.Random], Form | None]] = {
    "number": _number,
    "date": _date,
    "person": _person,
    "place": _place,
    "list": _several,
    "name": _name,
    "organisation": _organisation,
}


def _plain(text: str, dice: random.Random) -> str:
    """Say it as one would ask: without some adverbs and particles, with other words for some."""
    if dice.random() < 0.35:
        return text
    return "".join(_said(text, dice))


def _said(text: str, dice: random.Random) -> Iterator[str]:
    for word in tag(text):
        if word.flag in _NEEDLESS and dice.random() < 0.6:
            continue
        if word.text in {'"', "'"} and dice.random() < 0.5:
            continue
        group = next((group for group in _SYNONYMS if word.text in group), None)
        yield dice.choice(group) if group and dice.random() < 0.4 else word.text


def _shorten(text: str, room: int) -> str:
    """Cut at the front, between words, what is too long for a question."""
    for word in tag(text):
        if len(text) - word.start <= room:
            return text[word.start :].lstrip(",;:")
    return ""
