"""What kind of answer a question asks for: the interrogative, its unit and its noun."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal, NamedTuple

from qa.language.counting import counted_after, counted_before
from qa.language.numbers import unit_kind
from qa.language.tokens import Word, tag
from qa.text import HAN

Kind = Literal["number", "date", "person", "place", "entity", "list", "text"]

# What an attribute is measured in, by how its name ends.
_ATTRIBUTES = {
    "area": "面积|占地",
    "percent": "率|占比|比例|比重|份额|增长|增幅|增速|涨幅|降幅|同比|环比|百分比|百分之",
    "money": "投资|资金|金额|额度?|收入|产值|增加值|总值|gdp|利润|营收|税收?|价格?|售价|费用?|成本|"
    "贷款|授信|余额|预算|经费|工资|薪酬|补贴|补助|奖金|市值|估值|财政|支出|元|钱|损失|债务",
    "people": "人口|人数|员工|学生|居民|党员|职工",
    "length": "长度|全长|里程|距离|高度|海拔|宽度|深度|水位|路程|主线长|总长",
    "weight": "产量|重量|体重|储量|吞吐量|货运量",
    "duration": "时间|工期|期限|年限|时长|寿命|年龄",
    "energy": "装机|功率|发电量|用电量",
}
_TOTAL = "(?:总?[额量数值]|合计|共计|是|为|有|达|约|大概|大约)*$"
_MEASURES = {
    "大": "area",
    **dict.fromkeys("长高远宽深厚", "length"),
    "重": "weight",
    "久": "duration",
}
_MEASURE_WORDS = frozenset("个家项件种条座所支只场次间套栋幢台辆架艘部册份张块处宗例棵株颗款批届")
# Things that begin with the character of a measure word.
_NO_MEASURES = frozenset(
    "项目 条件 条款 条例 种子 种类 场地 场馆 场所 支线 支队 支行 座位 部门 部队 份额 家庭".split()
)
_CLASSIFIER = "家个所种条座项部支届款只台门本类位名届场艘辆架颗间栋"
_DIVISION = "省|市|县|区|镇|乡|村|街道|国家|城市|地方|地区|州"
_ROLE = "[记长人员师者生星手授席理]"  # how the name of an office or trade ends
_PATTERNS: dict[Kind, re.Pattern[str]] = {
    "date": re.compile(
        "什么时[候间]|何时|哪一?[年天日月]|哪个月|几年几月(?:几[日号])?|几月几[日号]|"
        "几[月号点](?!个)|"
        "(?:时间|日期|日子)是(?:什么|哪)|多久前"
    ),
    "person": re.compile(f"谁|哪[位名]|什么人|何人|哪个人|(?<={_ROLE})的?(?:叫什么|姓名|名字是)"),
    "list": re.compile(f"哪些|哪[几两三四五][{_CLASSIFIER}]?|分别(?:是|为|有)|有哪[{_CLASSIFIER}]"),
    "place": re.compile(
        f"在?哪一?个(?P<head>{_DIVISION})|哪[里儿]|何[处地]|什么地[方点]|在哪(?![家所位])"
    ),
    "entity": re.compile(
        f"哪一?[{_CLASSIFIER}](?P<head>[{HAN}]{{0,8}})|(?:什么|何种|哪类)(?P<head2>[{HAN}]{{2,8}})"
    ),
    "number": re.compile(
        r"(?P<percent>百分之(?:多少|几)|(?:多少|几)个?百分点|几成)|"
        r"(?:多少|几(?!乎|经|率|何))(?P<rest>[十百千万亿]*\S*)|多(?P<measure>[大长高远宽深厚重久])"
        r"|(?P<share>占比|比例|比重)(?:是|为)?(?:多大|几成)?\?*$"
    ),
}
_OPEN = re.compile(
    r"为什么|为何|怎么样?|怎样|如何|是什么\?*$|什么是|(?:是|有)?什么意思|是否|是不是|有没有|能不能|"
    r"吗\?*$|介绍一?下?"
)
_NAMING = re.compile(r"(?:是|为|叫做?)什么\?*$")
# “什么活动” does not ask for something whose name ends in 活动, but for what was done.
_ABSTRACT = re.compile(
    "(?:什么|哪些|何种?)(?:样的?|主要|重要|具体|重大)?"
    "(?:特征|特点|特色|特性|内容|事情?|活动|影响|后果|结果|作用|意义|成就|变化|原因|目的|关系|区别|不同|"
    "看法|观点|方式|方法|工作|功能|功效|优势|措施|做法|贡献|反应|情况|问题|用途|条件)"
)
# Words that carry nothing: of asking, of grammar, of counting.
EMPTY = frozenset(
    (
        "有 是 为 会 能 要 可以 应该 需要 做 进行 开展 实施 情况 问题 方面 内容 东西 事情 "
        "多少 什么 哪 哪个 哪些 哪家 哪里 谁 怎么 怎样 如何 几 几个 呢 吗 的 了 在 和 与 及 "
        "或 等 被 把 对 从 到 向 由 于 以 中 上 下 里 内 外 之 其 这 那 它 他 她 该 此 本 已 "
        "已经 将 都 也 还 又 就 才 很 最 更 一共 总共 共有 共 全部 一个 一些 具体 主要 目前 "
        "现在 当前 分别 达到 达 属于 叫 叫做 称为 名字 名称 数量 数 告诉 知道 请问 说 时候 "
        "时间 位 名 个 家 项 次 年 月 日 号 大 多 没有 不 去"
    ).split()
)


# “增长多少” asks for a rate unless a unit is named.
_COUNT = ("count", "people")
_AMOUNT = ("数", "数量", "个数", "总数", "户数", "家数")
_GROWTH = re.compile("(?:增长|比增|上涨|涨|下降|减少|提高|提升|降低|回落|上升|下滑|增|降)了?$")


class Asked(NamedTuple):
    """What is asked for.

    ``units`` are the kinds of figure that can answer, ``unit`` the very unit if it is named;
    ``focus`` is what is asked about or counted, ``counted`` the nouns of that where things are
    counted; ``stem`` is the question without its interrogative.
    """

    kind: Kind
    units: tuple[str, ...]
    unit: str
    focus: str
    counted: tuple[str, ...]
    stem: str


def find_asked(text: str) -> Asked:
    """Find what the folded question asks for."""
    kind, match = _kind(text)
    if match is None:
        attribute = last_noun(text.rstrip("?。! "))
        units = measured_in(attribute) or (_COUNT if attribute.endswith(_AMOUNT) else ())
        # “鹤山自来水普及率”: keywords that name what is measured ask for the figure.
        return Asked("number" if units else kind, units, "", attribute if units else "", (), text)
    units, unit, focus = _asked(text, kind, match)
    counted: tuple[str, ...] = ()
    if kind == "number" and set(units) & set(_COUNT):
        rest = match.start("rest") + (len(unit) if unit else 0)
        counted = counted_after(text, rest) or counted_before(text, match.start())
    stem = f"{text[: match.start()]} {_after(text, kind, match, unit)}"
    return Asked(kind, units, unit, focus, counted, stem)


def asks_to_explain(kind: Kind, text: str) -> bool:
    """Tell a question for reasons, ways or a description from one that a name answers.

    Mere keywords ask for neither, and are answered by what is found for them.
    """
    if kind != "text":
        return False
    return bool(_ABSTRACT.search(text) or (_OPEN.search(text) and not _NAMING.search(text)))


def _kind(text: str) -> tuple[Kind, re.Match[str] | None]:
    for pattern in (_OPEN, _ABSTRACT):
        if match := pattern.search(text):
            return "text", match
    for kind, pattern in _PATTERNS.items():
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
        return head + text[match.end() :]
    return text[match.end() :]


def _asked(text: str, kind: Kind, match: re.Match[str]) -> tuple[tuple[str, ...], str, str]:
    """Return the kinds of unit that can answer, the named unit, and the focus."""
    groups = match.groupdict()
    if kind in {"entity", "place"}:
        head = groups.get("head") or groups.get("head2") or ""
        return (), "", first_noun(head) or head
    if kind == "list":
        return (), "", first_noun(text[match.end() :])
    if kind == "number":
        return _asked_number(text, match)
    return (), "", ""


def _asked_number(text: str, match: re.Match[str]) -> tuple[tuple[str, ...], str, str]:
    before = text[: match.start()]
    attribute = last_noun(before)
    is_growth = _GROWTH.search(before) and not (match["rest"] or "").strip("?？。 ")
    if match["percent"] or (match["rest"] is not None and is_growth):
        return ("percent",), "", attribute
    if match["measure"]:
        asked = _MEASURES[match["measure"]]
        if match["measure"] == "大" and re.search(r"岁|年龄|年纪", text):
            asked = "duration"
        return (asked,), "", attribute
    if match["share"]:
        return ("percent",), "", match["share"]
    rest = (match["rest"] or "").strip("?？。 ")
    named = unit_kind(rest)
    if named is not None and _is_unit(rest, named[1]):
        kind, unit = named
        return (kind,), unit, first_noun(rest[rest.find(unit) + len(unit) :]) or attribute
    if counted := first_noun(rest):
        by_name = measured_in(rest if len(rest) <= 4 else counted)
        return by_name or _COUNT, "", counted
    return measured_in(attribute), "", attribute


def _is_unit(rest: str, unit: str) -> bool:
    """Tell “多少个镇” and “多少人” from “多少亿元以上项目”, “多少人才” and “多少项目”: a thing."""
    end = rest.find(unit) + len(unit)
    if re.match(r"以上|以下|以内|左右|级|才|员|口|民", rest[end:]):
        return False
    first = next(iter(tag(rest)), None)
    if rest[:2] in _NO_MEASURES:
        return False
    return unit in _MEASURE_WORDS or first is None or first.end <= end


def measured_in(attribute: str) -> tuple[str, ...]:
    """Return what kind of figure an attribute has: 面积 an area, 总投资 a sum of money."""
    for kind, endings in _ATTRIBUTES.items():
        if re.search(f"(?:{endings}){_TOTAL}", attribute):
            return (kind,)
    return ()


def last_noun(text: str) -> str:
    """Return the noun phrase that ends ``text``: “主平台规划面积” of “鹤山主平台规划面积”."""
    words = list(tag(text))
    while words and (words[-1].text in EMPTY or words[-1].flag[0] in "updrycx"):
        words.pop()
    phrase = ""
    for word in reversed(words):
        if word.flag[0] not in "nvajlgbs" or word.flag == "ns" or word.text in EMPTY:
            break
        phrase = word.text + phrase
        if len(phrase) >= 6:
            break
    return phrase


def first_noun(text: str) -> str:
    """Return the noun phrase that ``text`` begins with."""
    phrase = last = ""
    for word, following in pairwise((*tag(text), Word(0, 0, "", "x"))):
        if word.flag == "vn" and following.text in {"了", "过", "着"}:
            break  # “公司投资了”: a verb here
        belongs = word.text not in EMPTY or (phrase and word.flag == "f")  # 四上企业
        if word.flag[0] in "nmfbajlgzse" and belongs:
            phrase += word.text
            last = phrase if word.flag[0] in "njlge" else last
        elif word.flag[0] == "v" and (word.flag in {"vn"} or (phrase and not last)):
            phrase += word.text
            last = phrase if word.flag == "vn" else last
        elif phrase or word.flag[0] in "vy":
            break
    return last
