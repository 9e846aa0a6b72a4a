"""What a question asks for, and what it says that evidence must agree with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from qa.names import Place, places
from qa.numbers import Figure, figures, unit_kind
from qa.text import HAN, fold
from qa.words import Word, is_word, rarity, tag

Kind = Literal["number", "date", "person", "place", "entity", "list", "text"]

# What an attribute is measured in, by how its name ends.
_ATTRIBUTES: tuple[tuple[str, str], ...] = (
    (r"面积|占地", "area"),
    (r"率|占比|比例|比重|份额|增长|增幅|增速|涨幅|降幅|同比|环比|百分比|百分之", "percent"),
    (r"投资|资金|金额|额度?|收入|产值|增加值|总值|gdp|利润|营收|税收?|价格?|售价|费用?|成本|贷款|授信|余额|预算|"
     r"经费|工资|薪酬|补贴|补助|奖金|市值|估值|财政|支出|元|钱|损失|债务", "money"),
    (r"人口|人数|员工|学生|居民|党员|职工", "people"),
    (r"长度|全长|里程|距离|高度|海拔|宽度|深度|水位|路程|主线长|总长", "length"),
    (r"产量|重量|体重|储量|吞吐量|货运量", "weight"),
    (r"时间|工期|期限|年限|时长|寿命|年龄", "duration"),
    (r"装机|功率|发电量|用电量", "energy"),
)  # fmt: skip
_MEASURES = {"大": "area", "长": "length", "高": "length", "远": "length", "宽": "length",
             "深": "length", "厚": "length", "重": "weight", "久": "duration"}  # fmt: skip
_MEASURE_WORDS = frozenset("个家项件种条座所支只场次间套栋幢台辆架艘部册份张块处宗例棵株颗款批届")
_CLASSIFIER = "家个所种条座项部支届款只台门本类位名届场艘辆架颗间栋"
_HOW_MANY = re.compile(
    r"(?:多少|几(?!乎|经|率|何))(?P<rest>[十百千万亿]*\S*)|多(?P<measure>[大长高远宽深厚重久])"
    r"|(?P<share>占比|比例|比重)(?:是|为)?(?:多大|几成)?\?*$"
)
_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("date", re.compile(
        r"什么时[候间]|何时|哪一?[年天日月]|哪个月|几[月号点](?!个)|几年几月|(?:时间|日期|日子)是(?:什么|哪)|多久前")),
    ("person", re.compile(r"谁|哪[位名]|什么人|何人|哪个人|(?<=[记长人员师者生星手授席理])的?(?:叫什么|姓名|名字是)")),
    ("list", re.compile(rf"哪些|哪[几两三四五][{_CLASSIFIER}]?|分别(?:是|为|有)|有哪[{_CLASSIFIER}]")),
    ("place", re.compile(
        r"在?哪一?个(?P<head>省|市|县|区|镇|乡|村|街道|国家|城市|地方|地区|州)|哪[里儿]|何[处地]|什么地[方点]|在哪(?![家所位])")),
    ("entity", re.compile(rf"哪一?[{_CLASSIFIER}](?P<head>[{HAN}]{{0,8}})|(?:什么|何种|哪类)(?P<head2>[{HAN}]{{2,8}})")),
    ("number", _HOW_MANY),
)  # fmt: skip
_OPEN = re.compile(
    r"为什么|为何|怎么样?|怎样|如何|是什么\?*$|什么是|(?:是|有)?什么意思|是否|是不是|有没有|能不能|吗\?*$|介绍一?下?"
)
# “什么活动” does not ask for something whose name ends in 活动, but for what was done.
_ABSTRACT = re.compile(
    r"(?:什么|哪些|何种?)(?:样的?|主要|重要|具体|重大)?(?:特征|特点|特色|特性|内容|事情?|活动|影响|后果|结果|作用|意义|"
    r"成就|变化|原因|目的|关系|区别|不同|看法|观点|方式|方法|工作|功能|功效|优势|措施|做法|贡献|反应|情况|问题|用途|条件)"
)
_POLITE = re.compile(r"^(?:请问|请告诉我|告诉我|我想知道|想问一?下|你知道|你好[,，]?|帮我查一?下|查一?下)+")
QUOTED = re.compile(r'"([^"]{2,30})"|《([^》]{2,40})》|\'([^\']{2,30})\'')
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?=年|度|-|—|至|到|全年|上半年|下半年|[^\d.%个家亿万元名项]|$)")
_RELATIVE_YEAR = re.compile(r"去年|前年|明年|后年|上年|次年")
_CONTENT = ("n", "v", "a", "j", "l", "i", "eng", "b", "s", "z", "g", "f", "t", "m", "d", "x")
_PIECES = frozenset(("n", "ng", "nr", "nrt", "nz", "g", "x", "zg", "j", "s", "q", "ag", "vg"))
_EMPTY = frozenset(
    "有 是 为 会 能 要 可以 应该 需要 做 进行 开展 实施 情况 问题 方面 内容 东西 事情 多少 什么 哪 哪个 哪些 哪家 哪里 "
    "谁 怎么 怎样 如何 几 几个 呢 吗 的 了 在 和 与 及 或 等 被 把 对 从 到 向 由 于 以 中 上 下 里 内 外 之 其 这 那 它 "
    "他 她 该 此 本 已 已经 将 都 也 还 又 就 才 很 最 更 一共 总共 共有 共 全部 一个 一些 具体 主要 目前 现在 当前 分别 "
    "达到 达 属于 叫 叫做 称为 名字 名称 数量 数 告诉 知道 请问 说 时候 时间 位 名 个 家 项 次 年 月 日 号 大 多 没有 不 去".split()
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """A content word of the question and its weight, in (0, 1]."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart; all texts are folded.

    ``units`` are the kinds of figure that can answer, ``unit`` the very unit if it is named;
    ``focus`` is what is asked about or counted; ``stem`` is the question without its interrogative.
    """

    text: str
    kind: Kind
    stem: str
    focus: str
    units: tuple[str, ...]
    unit: str
    terms: tuple[Term, ...]
    places: tuple[Place, ...]
    names: tuple[str, ...]
    quoted: tuple[str, ...]
    years: tuple[str, ...]
    relative_years: tuple[str, ...]
    figures: tuple[Figure, ...]


def parse(question: str) -> Question:
    """Take a question apart."""
    text = _POLITE.sub("", fold(question).strip()).strip()
    kind, match = _kind(text)
    units, unit, focus = _asked(text, kind, match)
    stem = text if match is None else f"{text[: match.start()]} {_after(text, kind, match, unit)}"
    found_places = places(text)
    quoted = tuple(next(filter(None, found)) for found in QUOTED.findall(text))
    return Question(
        text=text,
        kind=kind,
        stem=stem.strip(" ?？。!"),
        focus=focus,
        units=units,
        unit=unit,
        terms=_terms(stem, found_places),
        places=found_places,
        names=_names(stem),
        quoted=quoted,
        years=tuple(dict.fromkeys(_YEAR.findall(text))),
        relative_years=tuple(_RELATIVE_YEAR.findall(text)),
        figures=tuple(figure for figure in figures(stem) if _is_condition(stem, figure)),
    )


def _is_condition(stem: str, figure: Figure) -> bool:
    """Tell a figure that evidence must have from “一线” and the like."""
    return figure.kind not in {"count", "people"} or stem[figure.start].isdigit()


def _kind(text: str) -> tuple[Kind, re.Match[str] | None]:
    for pattern in (_OPEN, _ABSTRACT):
        if match := pattern.search(text):
            return "text", match
    for kind, pattern in _PATTERNS:
        if match := pattern.search(text):
            return kind, match
    return "text", None


def _after(text: str, kind: Kind, match: re.Match[str], unit: str) -> str:
    """Return what stands after the interrogative, which for 多少 begins after its unit."""
    if kind == "number" and match["rest"] is not None:
        rest = text[match.start("rest") :]
        return rest.removeprefix(unit) if unit and len(unit) < len(rest) else rest
    if kind in {"entity", "place"}:
        head = match.groupdict().get("head") or match.groupdict().get("head2") or ""
        return f"{head} {text[match.end() :]}"
    return text[match.end() :]


def _asked(
    text: str, kind: Kind, match: re.Match[str] | None
) -> tuple[tuple[str, ...], str, str]:
    """Return the kinds of unit that can answer, the named unit, and the focus."""
    if match is None:
        return (), "", ""
    before = text[: match.start()]
    groups = match.groupdict()
    if kind in {"entity", "place"}:
        head = groups.get("head") or groups.get("head2") or ""
        return (), "", _first_noun(head) or head
    if kind == "list":
        return (), "", _first_noun(text[match.end() :])
    if kind != "number":
        return (), "", ""
    if groups["measure"]:
        asked = _MEASURES[groups["measure"]]
        if groups["measure"] == "大" and re.search(r"岁|年龄|年纪", text):
            asked = "duration"
        return (asked,), "", _last_noun(before)
    if groups["share"]:
        return ("percent",), "", groups["share"]
    rest = (groups["rest"] or "").strip("?？。 ")
    attribute = _last_noun(before)
    named = unit_kind(rest)
    if named is not None and _is_unit(rest, *named):
        return (named[0],), named[1], _first_noun(rest[len(named[1]) :]) or attribute
    if counted := _first_noun(rest):
        by_name = _measured_in(rest if len(rest) <= 4 else counted)
        return by_name or ("count", "people"), "", counted
    return _measured_in(attribute) or (), "", attribute


def _is_unit(rest: str, kind: str, unit: str) -> bool:
    """Tell “多少个镇” and “多少人” from “多少亿元以上项目” and “多少人才”, which name a thing."""
    end = rest.find(unit) + len(unit)
    if re.match(r"以上|以下|以内|左右|级|才|员|口|民", rest[end:]):
        return False
    first = next(iter(tag(rest)), None)
    return unit in _MEASURE_WORDS or first is None or first.end <= end


def _measured_in(attribute: str) -> tuple[str, ...]:
    """Return what kind of figure an attribute has: 面积 an area, 总投资 a sum of money."""
    for pattern, kind in _ATTRIBUTES:
        if re.search(rf"(?:{pattern})(?:总?[额量数值]|合计|共计|是|为|有|达|约|大概|大约)*$", attribute):
            return (kind,)
    return ()


def _last_noun(text: str) -> str:
    """Return the noun phrase that ends ``text``: “主平台规划面积” of “鹤山主平台规划面积”."""
    words = [word for word in tag(text)]
    while words and (words[-1].text in _EMPTY or words[-1].flag[0] in "updrycx"):
        words.pop()
    phrase = ""
    for word in reversed(words):
        if word.flag[0] not in "nvajlgbs" or word.flag == "ns" or word.text in _EMPTY:
            break
        phrase = word.text + phrase
        if len(phrase) >= 6:
            break
    return phrase


def _first_noun(text: str) -> str:
    """Return the noun phrase that ``text`` begins with."""
    phrase = last = ""
    for word in tag(text):
        if word.flag[0] in "nmfbajlgzse" and word.text not in _EMPTY:
            phrase += word.text
            last = phrase if word.flag[0] in "njlge" else last
        elif word.flag[0] == "v" and (word.flag in {"vn"} or (phrase and not last)):
            phrase += word.text
            last = phrase if word.flag == "vn" else last
        elif phrase or word.flag[0] in "vy":
            break
    return last


def _joined(words: Iterable[Word]) -> Iterator[Word]:
    """Join three or more single nouns in a row: an unknown name, 锦地罗, that was cut up."""
    run: list[Word] = []
    for word in (*words, None):
        if word is not None and re.fullmatch(f"[{HAN}]", word.text) and word.flag in _PIECES:
            run.append(word)
            continue
        if len(run) >= 3:
            yield Word(run[0].start, run[-1].end, "".join(piece.text for piece in run), "nz")
        else:
            yield from run
        run = []
        if word is not None:
            yield word


def _names(stem: str) -> tuple[str, ...]:
    """Return the names of persons, organisations and things that evidence has to mention."""
    return tuple(
        word.text
        for word in _joined(tag(stem))
        if len(word.text) > 1
        and (
            word.flag in {"nr", "nrt", "nt", "nrfg"}
            or (word.flag in {"nz", "n"} and len(word.text) > 2 and not is_word(word.text))
        )
    )


def _terms(stem: str, found_places: Sequence[Place]) -> tuple[Term, ...]:
    """Return the content words with their weights: what they say, less for verbs.

    Places, years and figures are not among them: evidence has to agree with those anyway.
    """
    rest = _YEAR.sub(" ", stem)
    for place in found_places:
        for name in (*place.parents, place.name):
            rest = rest.replace(name, " ", 1)
    found: dict[str, float] = {}
    for word in _joined(tag(rest)):
        if word.text in _EMPTY or not re.search(rf"[{HAN}a-z]", word.text):
            continue
        if not word.flag.startswith(_CONTENT):
            continue
        share = 1.0 if word.flag[0] in "njlie" else 0.9 if word.flag == "vn" else 0.5
        if len(word.text) == 1:
            share *= 0.5
        weight = min(1.0, share * (0.15 + rarity(word.text)))
        found[word.text] = max(found.get(word.text, 0.0), weight)
    return tuple(Term(text, weight) for text, weight in found.items())
