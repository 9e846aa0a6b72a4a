"""The words of a written clause that its source must have, and which of those say the same."""

from __future__ import annotations

import re

from qa.language.asking import EMPTY
from qa.language.hedges import bound_before
from qa.language.matching import degree
from qa.language.names import places
from qa.language.tokens import Word, tag
from qa.text import HAN, fold
from qa.writing.amounts import amounts, numbers

YEAR = re.compile(r"(?<!\d)(?:(?:19|20)\d{2}) ?年|[今去前明]年|上年")
_CONTENT = ("n", "v", "a", "j", "l", "i", "eng", "b", "s", "z", "g", "m", "x", "t", "d", "f")
_NAMED = frozenset("ns nr nrt nrfg nt nz t".split())
# A point or a part of time as it is written; days have a form of their own
# (qa.writing.amounts.DAY).
TIME = re.compile(
    r"(?:(?:19|20)\d{2} ?年|[今去前明]年|上年)?(?:\d{1,2} ?月(?:份)? ?[-至到] ?)?\d{1,2}"
    r"(?: ?月 ?\d{1,2} ?[日号]| ?月份?| ?[-至到] ?\d{1,2} ?月份?| ?[日号])"
    r"|(?:(?:19|20)\d{2} ?年|[今去前明]年|上年)(?:上半年|下半年|前?[一二三四]季度)?"
    r"|上半年|下半年|全年|第?前?[一二三四]季度|\d{4}-\d{1,2}-\d{1,2}"
)
# Words that say nothing of their own in a report, or are looked at by other means: bounds, trends,
# parts of a year.
LIGHT = EMPTY | frozenset(
    (
        "根据 据 显示 资料 数据 介绍 表示 指出 称 提到 了解 报道 文章 公布 消息 方面 其中 同时 "
        "另外 此外 而 则 并 且 以及 当年 期间 截至 为止 当地 这些 那些 该 各 相关 有关 总计 合计 "
        "累计 总量 规模 水平 拥有 具有 达 至 共计 占 目前 当时 以来 年度 左右 约 大约 "
        "近 不足 以上 以下 已 正 均 都 将 于 所 并且 因此 这 多 余 来 第 该市 该区 该县 该镇 "
        "该项 当前 却 仍 尚 方式 工作 进行 开展 实际上 期 人 正式 今年 去年 明年 上年 月份 起来 "
        "到 可 又 也 再 还有 金额 总额 人数 数量 前 里面 得 起 前三季度 上半年 下半年 "
        "全年 一季度 二季度 三季度 四季度 第一季度 第二季度 第三季度 第四季度 季度"
    ).split()
)
_FILLER = frozenset(
    (
        "提供 引文 原文 以上 如下 综上所述 综上 总结 总之 回答 答案 答 信息 可以 得出 结论 希望 "
        "帮助 材料 整理 您 你 好 问题 简要 概括 所述 说明 内容 情况 谢谢"
    ).split()
)
_ALIKE = tuple(
    frozenset(group.split())
    for group in (
        "引进 引入",
        "成立 设立 组建 创立 创建",
        "举办 举行 召开",
        "获 获得 荣获 获评",
        "建成 建好",
        "职工 员工",
        "增长 比增 上升 增加 增 提高 上涨",
        "下降 减少 降低 下跌 回落",
        "总投资 投资总额 总投资额",
        "投资 总投资",
        "推动 推进",
        "位于 坐落",
        "全部 所有 100%",
        "入选 列入",
        "聘请 聘",
    )
)


def content_words(text: str) -> list[Word]:
    """Return the words of a clause that its source must have: no places, dates or figures."""
    covered = [(place.start, place.end) for place in places(text)]
    covered += [(amount.start, amount.end) for amount in amounts(text)]
    covered += [match.span() for match in YEAR.finditer(text)]
    covered += [
        span for amount in amounts(text) if (span := bound_before(text, amount.start)) is not None
    ]
    return [
        word
        for word in tag(text)
        if word.flag.startswith(_CONTENT)
        and word.text not in LIGHT
        and re.search(rf"[{HAN}]", word.text)
        and not re.fullmatch(r"[一二三四五六七八九十]*[\d年月日号季度半-]+", word.text)
        and not any(start < word.end and word.start < end for start, end in covered)
    ]


def alike(text: str) -> frozenset[str]:
    """Return a word with those that say the same."""
    return frozenset({text}).union(*(group for group in _ALIKE if text in group))


def stands(word: Word, clause: str, text: str) -> bool:
    """Tell whether a word of a clause, or one that says the same, stands in a text."""
    if len(word.text) == 1:  # it says something with what stands beside it
        pairs = clause[max(0, word.start - 1) : word.end], clause[word.start : word.end + 1]
        return any(pair.strip() in text for pair in pairs)
    if word.text.removesuffix("第") in text:
        return True
    if any(word.text in group and any(other in text for other in group) for group in _ALIKE):
        return True
    return len(word.text) > 2 and word.flag not in _NAMED and degree(word.text, text) == 1.0


def says_nothing(written: str) -> bool:
    """Tell a sentence without anything that could be true or false: “根据资料，回答如下：”."""
    said = fold(written)
    nothing = LIGHT | _FILLER
    words = [word for word in tag(said) if re.search(r"\w", word.text)]
    return not numbers(said) and all(
        word.text in nothing or not word.flag.startswith(_CONTENT) for word in words
    )
