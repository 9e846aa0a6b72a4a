"""The phrases of a question: nouns, what they say of a thing, and what only joins them."""

from __future__ import annotations

import re

from qa.language.asking import measured_in
from qa.language.names import is_generic
from qa.language.tokens import Word, tag
from qa.text import fold

# What joins a subject to what is asked of it, and says nothing itself.
_LINKS = frozenset(
    (
        "是 为 有 在 的 了 过 着 约 达 达到 共 共有 一共 总共 分别 大概 大约 于 到 叫 叫做 要 需 "
        "需要"
    ).split()
)
_MEASURING = frozenset(
    "总 年 营业 主营 首期 一期 二期 计划 规划 总共 预计 全年 平均 人均 合计 累计".split()
)
# Terms of statistics that are one thing, whatever words the tagger finds in them.
_INDICATOR = re.compile(
    "(?:(?:人均|户均)?(?:地区|国内|国民)生产总值|(?:全体|城镇|农村|城乡)?(?:常住)?居民(?:家庭)?(?:人均)?"
    "(?:可支配收入|消费支出|纯收入|消费价格指数)|(?:城镇|农村|常住|户籍|流动)人口"
    "|(?:地方)?(?:一般)?公共预算(?:收入|支出)|社会消费品零售总额|全社会用电量|固定资产投资额?"
    "|(?:本外币|人民币)?各?项?(?:存款|贷款)(?:余额)?|(?:货物)?(?:外贸)?(?:进出口|进口|出口)(?:总额|额|总值)?"
    "|(?:旅游|财政|税收)(?:总?收入|支出))的?$"
)
OFFICE = re.compile(
    "(?:副?[省市县区镇乡村院校所站局厂会]长|董事长|(?:[省市县区镇]委)?副?书记|副?主任|主席|副?总?经理|负责人)$"
)
ORGANISATION = re.compile("(?:公司|集团|企业|[局院会社行厂队]|中心|大学|中学|学校|机场|银行)$")
_NOUN = ("n", "j", "l", "i", "eng", "b", "z", "s", "x", "g", "vn", "an", "q")


def without_indicator(subject: str) -> str:
    """Return a subject without the indicator of statistics that it ends with."""
    return _INDICATOR.sub("", subject)


def without_office(subject: str) -> str:
    """Return whose office it is: 梅江区 of 梅江区区长; the subject itself if it names none."""
    match = OFFICE.search(fold(subject))
    return subject[: match.start()].rstrip("的") if match and match.start() else subject


def without_verb(rest: str) -> str:
    """Return the noun phrase of “是雁洋镇副镇长” or “要撤销枫溪区”."""
    text = rest.strip("的 ")
    words = list(tag(fold(text)))
    while len(words) > 1 and words[0].flag[0] in "vd" and words[0].flag != "vn":
        text, words = text[len(words[0].text) :], words[1:]
    return text


def trimmed(before: str) -> str:
    """Return what stands before an interrogative without the words that only link it."""
    words = list(tag(before))
    while words and words[-1].text in _LINKS:
        words.pop()
    return before[: words[-1].end] if words else ""


def subject_and_verb(before: str) -> tuple[str, str]:
    """Cut what stands before an interrogative into subject and verb."""
    words = list(tag(before))
    done = False
    while words and words[-1].text in {"了", "过", "着", "共", "一共", "总共"}:
        done = words.pop().text in {"了", "过"} or done
    if not words or (words[-1].text in _LINKS and words[-1].text != "有"):
        return trimmed(before), ""
    # 新建 is a place to the tagger; what is done (“了”) is a verb, whatever else it can be.
    if done or words[-1].text == "有" or words[-1].flag[0] == "v":
        verb = words.pop()
        return before[: verb.start].rstrip(), verb.text
    return trimmed(before), ""


def noun_phrase(after: str) -> str:
    """Return the noun phrase that what stands after an interrogative begins with."""
    text = after.lstrip("的是 ")
    end, noun = 0, False
    for word in tag(text):
        is_noun = word.flag.startswith(_NOUN) and not word.flag.startswith("uj")
        if noun and word.flag[0] in "vdprcy" and not word.flag.startswith("vn"):
            break
        if not noun and word.flag[0] in "yu":
            break
        noun = noun or is_noun
        end = word.end
    return text[:end] if noun else ""


def is_attribute(word: Word) -> bool:
    """Tell what is measured, and what only says how: 总投资, 规划面积; times stand beside."""
    return (
        bool(measured_in(word.text))
        or bool(re.search(".[量额率值]$", word.text))
        or word.text in _MEASURING
        or word.text in _LINKS
        or word.flag in {"m", "d", "a"}
    )


def is_organisation(noun: str) -> bool:
    """Tell whether a noun is what kind of organisation something is: 公司, 中学."""
    return bool(ORGANISATION.search(noun))


def is_thing(word: Word) -> bool:
    """Tell a noun for a thing, an organisation or a person from what is measured of one."""
    return (
        word.flag[0] in "njlx"
        and len(word.text) > 1
        and word.text not in _MEASURING
        and not is_generic(word.text)
    )
